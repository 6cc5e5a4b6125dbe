//! `pdsim compare` and `pdsim demo`: files, verdicts, bytes and bad input.

use std::path::Path;
use std::process::{Command, Output};

use crate::cli_program::Csv;

pub const STUDY: &str = r#"
schema = 1
name   = "study"
base   = "base.toml"
[compare]
baseline     = "none"
metrics      = ["spam.leakage", "ham.false-reject"]
indifference = { "ham.false-reject" = "1%" }
[arm.none]
limits = {}
[arm.also-none.limits.sender]
algorithm = { token-bucket = { burst = 1000000, refill = "1/s" } }
key       = "sender"
[arm.tight.limits.sender]
algorithm = { token-bucket = { burst = 2, refill = "2/1h" } }
key       = "sender"
"#;

pub const BASE: &str = r#"
schema = 1
name   = "base"
[run]
duration     = "4h"
replications = 6
seed         = 3
[network]
delay = { constant = "10ms" }
[pds]
accounts = { list = [40, 60] }
[senders.people]
class    = "ham"
count    = 100
arrivals = { poisson = { rate = "1/1d" } }
[senders.wave]
class    = "spam"
count    = 5
arrivals = { poisson = { rate = "60/1h" } }
"#;

fn folder(study: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("study.toml"), study).unwrap();
    std::fs::write(folder.path().join("base.toml"), BASE).unwrap();
    folder
}

fn pdsim(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pdsim"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn comparisons(folder: &Path) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(folder.join("comparisons.csv")).unwrap();
    assert_eq!(
        reader.headers().unwrap(),
        "metric,arm,baseline,difference,ci_lo,ci_hi,p_adjusted,correlation,variance_ratio,verdict"
            .split(',')
            .collect::<Vec<_>>()
    );
    reader.records().map(Result::unwrap).collect()
}

#[test]
fn arms_are_compared_with_the_baseline_under_the_same_numbers() {
    let folder = folder(STUDY);
    let output = pdsim(folder.path(), &["compare", "study.toml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let rows = comparisons(&folder.path().join("results/study"));
    let cell = |metric: &str, arm: &str, column: usize| {
        let row = rows.iter().find(|row| &row[0] == metric && &row[1] == arm);
        row.unwrap_or_else(|| panic!("{metric} {arm}"))[column].to_owned()
    };
    // 5 spammers send 60 per hour for 4 hours; each PDS lets through 2 + 2 x 4 of each spammer, so
    // about 2 x 10 of 240: leakage falls from 1 to about 1/12.
    assert_eq!(cell("spam.leakage", "tight", 9), "better");
    let difference: f64 = cell("spam.leakage", "tight", 3).parse().unwrap();
    assert!((difference + 11.0 / 12.0).abs() < 0.02, "{difference}");
    // A limit that refuses nobody leaves the same draws, so no difference at all.
    assert_eq!(cell("spam.leakage", "also-none", 3), "0");
    assert_eq!(cell("spam.leakage", "also-none", 9), "identical");
    // Honest people send one message a day: a bucket of 2 refuses next to nothing of it.
    let verdict = cell("ham.false-reject", "tight", 9);
    assert!(
        verdict == "equivalent" || verdict == "identical",
        "{verdict}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("tight has spam.leakage"), "{text}");
    assert!(text.contains("times less than none ["), "{text}");
    assert!(text.contains("Unpaired messages: none"), "{text}");
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = folder(STUDY);
    for (jobs, out) in [("1", "a"), ("8", "b")] {
        let output = pdsim(
            folder.path(),
            &["compare", "study.toml", "-j", jobs, "--out", out],
        );
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let mut names: Vec<_> = std::fs::read_dir(folder.path().join("a"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name != "provenance.json" && name != "arms")
        .collect();
    names.sort();
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        let read = |out: &str| std::fs::read(folder.path().join(out).join(&name)).unwrap();
        assert_eq!(read("a"), read("b"), "{name:?}");
    }
    let again = pdsim(folder.path(), &["compare", "study.toml", "--out", "a"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("up to date"));
}

#[test]
fn a_scenario_is_varied_by_its_values() {
    let folder = folder(STUDY);
    let vary = "senders.wave.arrivals.poisson.rate=\"60/1h\",\"30/1h\"";
    let arguments = [
        "compare",
        "base.toml",
        "--vary",
        vary,
        "--metrics",
        "ham.false-reject",
    ];
    let output = pdsim(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let rows = comparisons(&folder.path().join("results/base-compare"));
    assert_eq!((&rows[0][1], &rows[0][2]), ("30/1h", "60/1h"));
    // Half as many sends: what is missing has no partner, and that is said.
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("in one arm only: 30/1h at least"), "{text}");
}

#[test]
fn a_wrong_study_is_refused_with_its_place_and_nothing_is_written() {
    for (from, to, said) in [
        (
            "baseline     = \"none\"",
            "baseline     = \"nun\"",
            "there is no arm `nun`",
        ),
        (
            "\"spam.leakage\", ",
            "\"spam.leak\", ",
            "there is no metric `spam.leak`",
        ),
        ("burst = 2", "burst = 0", "study.toml:15:40"),
        ("base.toml", "bass.toml", "bass.toml"),
        (
            "[arm.tight.limits",
            "[arm.idle]\n[arm.tight.limits",
            "study.toml:14:1: the arm `idle` changes nothing: it is the same scenario as `none`; change a key in [arm.idle], or take it out",
        ),
    ] {
        let folder = folder(&STUDY.replace(from, to));
        let output = pdsim(folder.path(), &["compare", "study.toml"]);
        let said_so = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said_so}");
        assert!(said_so.contains(said), "{said_so}");
        assert!(!folder.path().join("results").exists());
    }
}

#[test]
fn a_scenario_without_arms_says_what_to_write() {
    let folder = folder(STUDY);
    let output = pdsim(folder.path(), &["compare", "base.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("--vary KEY=V1,V2")
    );
}

#[test]
fn the_demo_runs_from_an_empty_folder_and_pairing_pays() {
    let folder = tempfile::tempdir().unwrap();
    let output = pdsim(folder.path(), &["demo"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("  pdsim "))
            .count(),
        3,
        "{text}"
    );
    let rows = comparisons(&folder.path().join("results/demo"));
    // Two arms of standard deviations a and b need (a^2 + b^2) / (a - b)^2 times fewer replications
    // at best, with a correlation of 1.
    let summary = std::fs::read_to_string(folder.path().join("results/demo/summary.csv"));
    let summary = Csv::of(&summary.unwrap());
    let deviation = |arm: &str| -> f64 {
        let row = [("arm", arm), ("metric", "spam.leakage")];
        summary.value(&row, "sd").parse().unwrap()
    };
    let leakage = rows.iter().filter(|row| &row[0] == "spam.leakage");
    let mut saved = 0;
    for row in leakage.filter(|row| &row[9] != "identical") {
        let (a, b) = (deviation(&row[1]), deviation(&row[2]));
        let best = (a * a + b * b) / ((a - b) * (a - b));
        let ratio: f64 = row[8].parse().unwrap();
        println!(
            "{} against {}: {ratio:.2} of {best:.2} at best",
            &row[1], &row[2]
        );
        assert!(ratio <= best * 1.000_001, "{row:?}");
        assert!(ratio >= 3.0, "{row:?}");
        saved += 1;
    }
    assert_eq!(
        saved, 3,
        "all but the baseline and the arm that changes nothing"
    );
    let told = text
        .lines()
        .filter(|line| line.starts_with("spam.leakage") && line.ends_with(" x"));
    assert!(told.count() >= saved, "the figures are printed: {text}");
}

#[test]
fn independent_arms_have_seeds_of_their_own_and_say_so() {
    let folder = folder(&STUDY.replace("[arm.tight", "[arm.idle]\n[arm.tight"));
    let arguments = ["compare", "study.toml", "--independent-arms"];
    let output = pdsim(folder.path(), &arguments);
    // Equal in law but not in draws: an arm that changes nothing is allowed here.
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("random numbers of its own"), "{text}");
    assert!(text.contains("Nothing is paired"), "{text}");
    let seed = |arm: &str| {
        let path = folder.path().join(format!("results/study/arms/{arm}.toml"));
        let text = std::fs::read_to_string(path).unwrap();
        let line = text.lines().find(|line| line.starts_with("seed"));
        line.unwrap().to_owned()
    };
    assert!(seed("none") != seed("idle") && seed("idle") != seed("tight"));
}

#[test]
fn varied_values_that_are_one_scenario_are_refused() {
    let folder = folder(STUDY);
    let arguments = ["compare", "base.toml", "--vary", "run.duration=4h,240m"];
    let output = pdsim(folder.path(), &arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("`4h` and `240m` are the same scenario"),
        "{said}"
    );
}
