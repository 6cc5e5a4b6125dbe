//! The committed results are what the program makes of the committed scenarios, byte for byte.
//!
//! After a change that is meant to change them: `.ci/update-results`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Scenarios that run in seconds even without optimization.
const FAST: [&str; 22] = [
    "always-all",
    "always-all-or-none",
    "botnet-12k",
    "cheap-checks-first",
    "clock-skew",
    "college-dm",
    "college-dm-20-per-hour",
    "complaint-bound",
    "identity-price",
    "interventions",
    "invitation-stuffing",
    "label-lag",
    "plc-outage",
    "poc-docket",
    "poc-invitation",
    "queue-starve",
    "retry-storm",
    "snowshoe",
    "spam-wave",
    "sybil-pds",
    "two-pds",
    "warm-up",
];

/// Scenarios that want an optimized program.
const SLOW: [&str; 5] = [
    "atmosphere",
    "atmosphere-week",
    "bluesky-2025",
    "fediverse-wave",
    "mm1",
];

#[test]
fn the_fast_scenarios_give_their_committed_results() {
    for name in FAST {
        assert_reproduced(name);
    }
}

#[test]
#[ignore = "six million events: `.ci/run` runs it in release mode"]
fn the_bare_queue_gives_its_committed_results() {
    assert_reproduced("mm1");
}

#[test]
#[ignore = "125 million events: `.ci/run` runs it in release mode"]
fn the_whole_network_gives_its_committed_results() {
    assert_reproduced("atmosphere");
}

#[test]
#[ignore = "280 million messages: `.ci/nightly` runs it in release mode"]
fn the_whole_network_gives_its_committed_results_of_a_week() {
    assert_reproduced("atmosphere-week");
}

#[test]
#[ignore = "two million events: `.ci/run` runs it in release mode"]
fn a_week_of_small_hosts_gives_its_committed_results() {
    assert_reproduced("fediverse-wave");
}

#[test]
#[ignore = "five million events: `.ci/run` runs it in release mode"]
fn the_real_network_with_two_labelers_gives_its_committed_results() {
    assert_reproduced("bluesky-2025");
}

#[test]
#[ignore = "two million events: `.ci/run` runs it in release mode"]
fn the_ways_of_making_room_give_their_committed_results() {
    assert_reproduced("invitation-overflow");
}

#[test]
fn every_committed_result_has_a_test_here() {
    let folders = std::fs::read_dir(root().join("results")).expect("results/");
    let folders = folders.filter_map(Result::ok);
    let folders = folders.filter(|entry| is_committed(&entry.path()));
    let found: BTreeSet<String> = folders
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let tested = FAST
        .iter()
        .chain(&SLOW)
        .chain(&STUDIES)
        .chain(&TESTED_ELSEWHERE);
    let tested: BTreeSet<String> = tested.map(ToString::to_string).collect();
    let missing: Vec<&String> = found.difference(&tested).collect();
    assert!(missing.is_empty(), "no golden test: {missing:?}");
}

/// Studies, whose arms are compared.
const STUDIES: [&str; 1] = ["invitation-overflow"];

/// Results that other tests of the whole reproduce.
const TESTED_ELSEWHERE: [&str; 1] = ["demo"];

/// A user's own runs lie beside the committed results; they have no scenario of their name.
fn is_committed(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.is_dir() && root().join(format!("scenarios/{name}.toml")).is_file()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a scenario as a user would and compares every file of its folder.
fn assert_reproduced(name: &str) {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let made = scratch.path().join(name);
    let command = if STUDIES.contains(&name) {
        "compare"
    } else {
        "run"
    };
    let run = Command::new(env!("CARGO_BIN_EXE_pdsim"))
        .current_dir(root())
        .args(["--quiet", command, &format!("scenarios/{name}.toml")])
        .args(["--no-report", "--out"])
        .arg(&made)
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{name}: {}: {errors}", run.status);

    let committed = root().join("results").join(name);
    let hashes = hashes_of_large_files();
    let names = files_of(&made);
    for file in &names {
        let bytes = std::fs::read(made.join(file)).expect("a file just written");
        match hashes.get(&format!("{name}/{file}")) {
            Some(hash) => assert_eq!(
                &pdsim::experiment::sha256_hex(&bytes),
                hash,
                "results/histograms.sha256: {name}/{file}"
            ),
            None => assert_same(&committed.join(file), &bytes),
        }
    }
    let extra: Vec<String> = files_of(&committed)
        .into_iter()
        .filter(|file| !names.contains(file))
        .collect();
    assert!(extra.is_empty(), "{name}: no longer written: {extra:?}");
}

/// Compares with a committed file and names the first line that differs. The copies of data files
/// are not committed: they are compared with the data.
fn assert_same(committed: &Path, bytes: &[u8]) {
    let expected = if committed.parent().is_some_and(|at| at.ends_with("inputs")) {
        root()
            .join("scenarios/data")
            .join(committed.file_name().expect("a file"))
    } else {
        committed.to_owned()
    };
    let shown = expected.display();
    let wanted = std::fs::read(&expected).unwrap_or_else(|error| panic!("{shown}: {error}"));
    if wanted != bytes {
        let (wanted, got) = (
            String::from_utf8_lossy(&wanted),
            String::from_utf8_lossy(bytes),
        );
        let first = wanted.lines().zip(got.lines()).position(|(a, b)| a != b);
        let line = first.unwrap_or(wanted.lines().count().min(got.lines().count()));
        panic!(
            "{shown}:{}: committed {:?}, made {:?}",
            line + 1,
            wanted.lines().nth(line),
            got.lines().nth(line)
        );
    }
}

/// The files of a folder of results that must not differ between two machines.
fn files_of(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            let inner = files_of(&entry.path()).into_iter();
            names.extend(inner.map(|file| format!("{name}/{file}")));
        } else if name != "provenance.json" && name != "report.html" {
            names.insert(name);
        }
    }
    names
}

/// `results/histograms.sha256`: path to hash, of the files that are too large to commit.
fn hashes_of_large_files() -> BTreeMap<String, String> {
    let text = super::support::repository_file("results/histograms.sha256");
    let text = String::from_utf8(text).expect("text");
    let pairs = text.lines().filter_map(|line| line.split_once("  "));
    pairs
        .map(|(hash, path)| (path.to_owned(), hash.to_owned()))
        .collect()
}
