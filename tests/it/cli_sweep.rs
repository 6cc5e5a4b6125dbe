//! `pdsim sweep`: points, tables, main effects, bytes and bad input.

use std::path::Path;
use std::process::{Command, Output};

pub const BASE: &str = r#"
schema = 1
name   = "base"
[run]
duration     = "1000s"
replications = 3
seed         = 3
[network]
delay = { constant = "0s" }
[pds]
accounts = { equal = { each = 50 } }
[pipeline]
order = ["label", "rate-limit"]
[labelers.main]
lag = { constant = "100s" }
[limits.sender]
algorithm = { token-bucket = { burst = 50, refill = "1/1h" } }
key       = "sender"
[senders.wave]
class    = "spam"
count    = 5
arrivals = { regular = { every = "10s" } }
"#;

pub const STUDY: &str = r#"
schema = 1
name   = "lags"
title  = "How does leakage hang on lag and burst?"
base   = "base.toml"
[sweep]
design  = "grid"
metrics = ["spam.leakage"]
[factor.lag]
key    = "labelers.main.lag.constant"
values = ["95s", "295s"]
[factor.burst]
key   = "limits.sender.algorithm.token-bucket.burst"
range = { from = 5, to = 20, steps = 2, scale = "log" }
[arm.none]
limits = {}
[arm.bucket]
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

/// The rows of a table, by the names of the columns.
fn table(path: &Path) -> (Vec<String>, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    (header, reader.records().map(Result::unwrap).collect())
}

#[test]
fn a_grid_gives_one_row_per_point_arm_and_metric_with_the_values_of_hand() {
    let folder = folder(STUDY);
    let output = pdsim(folder.path(), &["sweep", "study.toml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (header, rows) = table(&folder.path().join("results/lags/sweep.csv"));
    let expected =
        "point,burst,lag,arm,metric,unit,replications,mean,ci_lo,ci_hi,half_width,sd,min,max";
    assert_eq!(header.join(","), expected);
    let leakage = |arm: &str| -> Vec<(String, String, f64)> {
        let own = rows
            .iter()
            .filter(|row| &row[3] == arm && &row[4] == "spam.leakage");
        own.map(|row| {
            (
                row[1].to_owned(),
                row[2].to_owned(),
                row[7].parse().unwrap(),
            )
        })
        .collect()
    };
    // Each spammer sends at 0, 10, ..., 990 s; a label 95 s after the first lets 10 of 100
    // through, one after 295 s lets 30, a bucket at most 5 or 20 (its next token takes an hour).
    let point = |burst: &str, lag: &str, share: f64| (burst.to_owned(), lag.to_owned(), share);
    assert_eq!(
        leakage("bucket"),
        [
            point("5", "95", 0.05),
            point("5", "295", 0.05),
            point("20", "95", 0.1),
            point("20", "295", 0.2),
        ]
    );
    let none: Vec<f64> = leakage("none").into_iter().map(|row| row.2).collect();
    assert_eq!(none, [0.1, 0.3, 0.1, 0.3]);
    // Means of the levels of the bucket: bursts .05 and .15, lags .075 and .125, of all .1.
    let (_, effects) = table(&folder.path().join("results/lags/effects.csv"));
    let of = |arm: &str, factor: &str| -> Vec<f64> {
        let own = effects
            .iter()
            .filter(|row| &row[1] == arm && &row[2] == factor);
        own.map(|row| row[8].parse().unwrap()).collect()
    };
    let close = |found: Vec<f64>, expected: [f64; 2]| {
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
        assert!(
            found.iter().zip(&expected).all(near),
            "{found:?} {expected:?}"
        );
    };
    close(of("bucket", "burst"), [-0.05, 0.05]);
    close(of("bucket", "lag"), [-0.025, 0.025]);
    close(of("none", "burst"), [0.0, 0.0]);
    close(of("none", "lag"), [-0.1, 0.1]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("4 points x 2 arms x 3 replications = 24 runs"),
        "{text}"
    );
    assert!(
        text.contains("spam.leakage of bucket hangs most on burst"),
        "{text}"
    );
    let again = pdsim(folder.path(), &["sweep", "study.toml"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("up to date"));
}

#[test]
fn a_dry_run_shows_points_and_cost_and_writes_nothing() {
    let folder = folder(STUDY);
    let output = pdsim(folder.path(), &["sweep", "study.toml", "--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("    4     20  295s\n"), "{text}");
    assert!(text.contains("= 24 runs"), "{text}");
    assert!(text.contains("Pilot of 3 points: "), "{text}");
    assert!(!folder.path().join("results").exists());
}

#[test]
fn sobol_and_latin_hypercube_fill_a_range_and_threads_change_no_byte() {
    for design in [
        "{ sobol = { points = 8 } }",
        "{ latin-hypercube = { points = 8, seed = 5 } }",
    ] {
        let folder = folder(&STUDY.replace("\"grid\"", design));
        for (jobs, out) in [("1", "a"), ("8", "b")] {
            let output = pdsim(
                folder.path(),
                &["sweep", "study.toml", "-j", jobs, "--out", out],
            );
            assert_eq!(output.status.code(), Some(0), "{output:?}");
        }
        for name in [
            "sweep.csv",
            "effects.csv",
            "manifest.json",
            "datapackage.json",
        ] {
            let read = |out: &str| std::fs::read(folder.path().join(out).join(name)).unwrap();
            assert_eq!(read("a"), read("b"), "{name}");
        }
        let (_, rows) = table(&folder.path().join("a/sweep.csv"));
        let mut bursts: Vec<(u32, u32)> = rows
            .iter()
            .map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap()))
            .collect();
        bursts.dedup();
        // One point in each eighth of the range of ratios from 5 to 20, rounded to whole bursts.
        let mut eighths: Vec<u32> = bursts.iter().map(|(_, burst)| *burst).collect();
        eighths.sort_unstable();
        assert_eq!(eighths.len(), 8);
        let near = |(place, burst): (usize, &u32)| {
            let edge = |part: usize| 5.0 * libm::pow(4.0, part as f64 / 8.0);
            (edge(place) - 0.5..=edge(place + 1) + 0.5).contains(&f64::from(*burst))
        };
        assert!(eighths.iter().enumerate().all(near), "{eighths:?}");
    }
}

#[test]
fn a_scenario_is_swept_over_the_values_of_the_command_line() {
    let folder = folder(STUDY);
    let arguments = [
        "sweep",
        "base.toml",
        "--vary",
        "labelers.main.lag.constant=95s,295s",
        "--vary",
        "senders.wave.attack={ flood = {} },{ fan-out = {} }",
        "--metrics",
        "spam.leakage",
        "--format",
        "csv",
    ];
    let output = pdsim(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let head = "point,labelers.main.lag.constant,senders.wave.attack,arm,metric,";
    assert!(text.starts_with(head), "{text}");
    assert!(
        text.contains("\n4,295,{ fan-out = {} },base,spam.leakage,ratio,3,0.3,"),
        "{text}"
    );
}

#[test]
fn what_the_command_line_sets_wins_over_arms_and_factors() {
    let folder = folder(STUDY);
    let set = "labelers.main.lag.constant=195s";
    let output = pdsim(folder.path(), &["sweep", "study.toml", "--set", set]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (_, rows) = table(&folder.path().join("results/lags/sweep.csv"));
    let none = rows
        .iter()
        .filter(|row| &row[3] == "none" && &row[4] == "spam.leakage");
    assert!(none.clone().count() == 4 && none.clone().all(|row| &row[7] == "0.2"));
}

/// What is changed in the study, into what, and what is said of it.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "labelers.main.lag",
        "labelers.mian.lag",
        "study.toml:10:10: there is no `labelers.mian`; write \"labelers.main.lag.constant\"",
    ),
    (
        "lag.constant",
        "lagg.constant",
        "study.toml:10:10: unknown key `lagg`; write `lag`",
    ),
    (
        "from = 5, to = 20",
        "from = 20, to = 5",
        "study.toml:14:18: the range from 20 to 5 is upside down; write from = 5, to = 20",
    ),
    ("from = 5", "from = \"5s\"", "are not of one kind"),
    (
        "from = 5",
        "from = 0",
        "study.toml:14:18: 0 has no logarithm",
    ),
    (", steps = 2", "", "write steps = 5"),
    ("steps = 2", "steps = 1", "write steps = 2 or more"),
    ("steps = 2", "steps = 40", "repeat whole numbers"),
    (
        "\"spam.leakage\"",
        "\"spam.leek\"",
        "there is no metric `spam.leek`",
    ),
    (
        "\"grid\"",
        "{ sobol = { points = 0 } }",
        "0 points are no sweep; write points = 64",
    ),
    ("\"grid\"", "\"gird\"", "write `grid`"),
    (
        "values = [\"95s\", \"295s\"]",
        "values = []",
        "write values = [V1, V2]",
    ),
    (
        "values = [\"95s\", \"295s\"]",
        "values = [\"95s\", \"fast\"]",
        "study.toml:11:18",
    ),
    (
        "values = [\"95s\", \"295s\"]",
        "",
        "either `values` or a `range`",
    ),
    (
        "[factor.lag]",
        "[factor.mean]",
        "is a column of sweep.csv already",
    ),
];

#[test]
fn a_wrong_study_is_refused_with_its_place_and_what_to_write() {
    for (from, to, said) in WRONG {
        assert!(STUDY.contains(from), "{from}");
        let folder = folder(&STUDY.replace(from, to));
        for command in [
            &["sweep", "study.toml"][..],
            &["sweep", "study.toml", "--dry-run"],
            &["check", "study.toml"],
        ] {
            let output = pdsim(folder.path(), command);
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{to}: {told}");
            assert!(told.contains(said), "{told}");
            assert!(!folder.path().join("results").exists());
        }
    }
}

#[test]
fn a_wrong_command_line_is_refused_with_what_to_write() {
    let folder = folder(STUDY);
    for (arguments, said) in [
        (&["base.toml"][..], "write --vary KEY=V1,V2"),
        (&["base.toml", "--vary", "run.duratoin=1h,2h"], "`duratoin`"),
        (&["base.toml", "--vary", "run.duration"], "has no `=`"),
        (&["base.toml", "--vary", "run.duration=1h,2"], "has no unit"),
        (
            &["study.toml", "--metrics", "spam.leekage"],
            "write spam.leakage",
        ),
        (&["nowhere.toml"], "does not exist"),
    ] {
        let output = pdsim(folder.path(), &[&["sweep"], arguments].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(said), "{told}");
        assert!(!folder.path().join("results").exists());
    }
}

#[test]
fn results_of_another_sweep_are_not_replaced_unasked() {
    let folder = folder(STUDY);
    let sweep = |more: &[&str]| pdsim(folder.path(), &[&["sweep", "study.toml"], more].concat());
    assert_eq!(sweep(&[]).status.code(), Some(0));
    let refused = sweep(&["--seed", "4"]);
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("--overwrite"), "{told}");
    assert_eq!(
        sweep(&["--seed", "4", "--overwrite"]).status.code(),
        Some(0)
    );
}
