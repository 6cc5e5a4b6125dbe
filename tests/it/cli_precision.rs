//! How many replications, from when on, and what is said of what never happened.

use pdsim::experiment::{self, Arm, Options};
use pdsim::stats::Estimate;
use pdsim::units::Share;
use rayon::prelude::*;

use crate::cli_program::{Csv, Sandbox};
use crate::support;

/// Half of the spam is lost: the delivered share of about a hundred messages per replication.
const LOSSY: &str = r#"
schema = 1
name = "lossy"
[run]
duration = "1h"
seed = 3
replications = { min = 5, max = 200, metric = ["spam.leakage"], relative-half-width = "5%" }
[network]
loss = "50%"
delay = { constant = "0s" }
[pds]
accounts = { list = [10] }
[inbox.sync]
[pipeline]
order = []
[senders.wave]
class = "spam"
count = 1
arrivals = { poisson = { rate = "100/1h" } }
"#;

/// Numerator and denominator of a metric in every replication.
fn parts(sandbox: &Sandbox, folder: &str, metric: &str) -> Vec<(f64, f64)> {
    let csv = Csv::of(&sandbox.read(&format!("{folder}/replications.csv")));
    let rows = csv.rows.iter().filter(|row| row["metric"] == metric);
    let number = |cell: &String| cell.parse::<f64>().expect("a number");
    rows.map(|row| (number(&row["numerator"]), number(&row["denominator"])))
        .collect()
}

#[test]
fn a_run_ends_when_its_precision_is_reached_and_has_lasted() {
    let sandbox = Sandbox::with("lossy.toml", LOSSY);
    for jobs in ["1", "2", "16"] {
        sandbox.succeed(&format!("run lossy.toml --out j{jobs} -j {jobs}"));
    }
    let results = sandbox.results("j1");
    assert!(results == sandbox.results("j2") && results == sandbox.results("j16"));
    let parts = parts(&sandbox, "j1", "spam.leakage");
    let confidence = Share::new(0.95).unwrap();
    let is_narrow = |n: usize| {
        let estimate = Estimate::ratio_of_sums(&parts[..n], confidence).unwrap();
        estimate.relative_half_width().unwrap() <= 0.05
    };
    // The plain reading of the rule: the first n that is narrow and stays so for five more.
    let lasts = |n: &usize| (*n..=n + 5).all(|n| n <= parts.len() && is_narrow(n));
    let first = (5..=parts.len()).find(lasts).expect("it ended");
    assert_eq!(parts.len(), first + 5);
    let manifest: serde_json::Value =
        serde_json::from_str(&sandbox.read("j1/manifest.json")).unwrap();
    assert_eq!(manifest["replications"], parts.len());
    assert_eq!(manifest["precision"]["since"], first);
    let again = sandbox.succeed("run lossy.toml --out j1");
    assert!(again.out.contains("up to date"), "{}", again.out);
}

#[test]
fn a_precision_that_is_not_reached_ends_with_4_also_when_it_is_up_to_date() {
    let sandbox = Sandbox::with("lossy.toml", LOSSY);
    for _ in 0..2 {
        let ended = sandbox.run("run lossy.toml --set run.replications.max=6");
        assert_eq!(ended.code, 4, "{}", ended.err);
        let said = "the precision is not reached after 6 replications: spam.leakage of base";
        assert!(ended.err.contains(said), "{}", ended.err);
    }
    // A mean of 0 has no relative half-width, and that is said.
    let none =
        sandbox.run("run lossy.toml --out b --set network.loss=1 --set run.replications.max=5");
    assert_eq!(none.code, 4, "{}", none.err);
    assert!(none.err.contains("its mean is 0"), "{}", none.err);
}

#[test]
fn a_precision_that_makes_no_sense_is_refused_at_its_place() {
    for (from, to, said) in [
        ("spam.leakage", "spam.leakeage", "write \"spam.leakage\""),
        ("max = 200", "max = 4", "max = 4 is below min = 5"),
        ("min = 5", "min = 1", "1 replications have no interval"),
        ("\"5%\"", "\"0%\"", "no number of replications"),
        ("[\"spam.leakage\"]", "[]", "no metric says when to stop"),
        ("max = 200", "most = 200", "lossy.toml:7:"),
    ] {
        let sandbox = Sandbox::with("lossy.toml", &LOSSY.replace(from, to));
        let ended = sandbox.run("run lossy.toml");
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{to}");
        assert!(ended.err.contains(said), "{to}: {}", ended.err);
        assert!(ended.err.contains("lossy.toml:7:"), "{}", ended.err);
        assert_eq!(sandbox.names("."), ["lossy.toml"]);
    }
}

#[test]
#[ignore = "long: runs in release mode"]
fn intervals_after_sequential_stopping_cover_the_truth() {
    let confidence = Share::new(0.95).unwrap();
    let covers = |seed: u64| {
        let text = LOSSY.replace("seed = 3", &format!("seed = {seed}"));
        let arm = Arm::new("base", support::scenario(&text));
        let options = Options {
            threads: Some(1),
            ..Options::default()
        };
        let results = experiment::run(&[arm], options, &()).expect("no law is broken");
        let measures = experiment::rows::measures_of(&results.arms[0], "spam.leakage");
        let estimate = experiment::rows::estimate(&measures, confidence).expect("spam was sent");
        let interval = estimate.interval.expect("several replications");
        // Every message is lost with chance 1/2, whatever else happens.
        interval.lo <= 0.5 && 0.5 <= interval.hi
    };
    let covered = (1..=1_000_u64)
        .into_par_iter()
        .filter(|seed| covers(*seed))
        .count();
    println!("covered in {covered} of 1000");
    assert!((920..=975).contains(&covered), "{covered} of 1000");
}

/// One message per second into a bucket of 100 that refills every other second: nothing is refused
/// for 200 s, then every second one.
const BUCKET: &str = r#"
schema = 1
name = "bucket"
[run]
duration = "2000s"
warmup = "auto"
replications = 2
[network]
delay = { constant = "0s" }
[pds]
accounts = { list = [10] }
[inbox.sync]
[pipeline]
order = ["rate-limit"]
[limits.sender]
algorithm = { token-bucket = { burst = 100, refill = "0.5/s" } }
key = "sender"
[senders.people]
class = "ham"
count = 1
target = { one = {} }
arrivals = { regular = { every = "1s" } }
"#;

#[test]
fn a_warm_up_that_is_found_ends_where_the_start_is_forgotten() {
    let bucket = BUCKET.replace("target = { one = {} }\n", "");
    let sandbox = Sandbox::with("bucket.toml", &bucket);
    let ended = sandbox.succeed("run bucket.toml --out a -j 1");
    let manifest: serde_json::Value =
        serde_json::from_str(&sandbox.read("a/manifest.json")).unwrap();
    let found = manifest["warm_up_s"].as_f64().unwrap();
    // Batches are of 10 s; the one in which the bucket runs dry belongs to the start or not.
    assert!((190.0..=210.0).contains(&found), "{found}");
    assert!(!ended.err.contains("more than half"), "{}", ended.err);
    let summary = Csv::of(&sandbox.read("a/summary.csv"));
    let refused = summary.value(&[("metric", "limit.sender.reject")], "mean");
    let refused: f64 = refused.parse().unwrap();
    assert!((refused - 0.5).abs() < 0.01, "{refused}");
    sandbox.succeed("run bucket.toml --out b -j 16");
    assert!(sandbox.results("a") == sandbox.results("b"));
    sandbox.succeed("replay a");
    let again = sandbox.succeed("run bucket.toml --out a");
    assert!(again.out.contains("up to date"), "{}", again.out);
    // With 300 s in all, 200 of them are more than half. Batches are of 1.5 s then: at ten messages
    // per second each holds fifteen, so that no batch differs from the next by where it begins.
    let faster = "--set senders.people.arrivals.regular.every=100ms \
        --set limits.sender.algorithm.token-bucket.burst=1000 \
        --set limits.sender.algorithm.token-bucket.refill=5/s";
    let ended = sandbox.succeed(&format!(
        "run bucket.toml --out c --set run.duration=300s {faster}"
    ));
    assert!(
        ended.err.contains("more than half of the run"),
        "{}",
        ended.err
    );
}

#[test]
fn a_beat_of_regular_sends_with_the_batches_is_told_and_kept_in_the_manifest() {
    let bucket = BUCKET.replace("target = { one = {} }\n", "");
    let sandbox = Sandbox::with("bucket.toml", &bucket);
    // 2,000 s are 200 batches of 10 s, ten sends each; 2,100 s are batches of 10.5 s.
    let even = sandbox.succeed("run bucket.toml --out even --no-report");
    assert!(!even.err.contains("beat"), "{}", even.err);
    let odd = sandbox.succeed("run bucket.toml --out odd --no-report --set run.duration=2100s");
    let told = "batches of 10s500ms in which the warm-up was looked for hold 10 or 11 sends";
    assert!(odd.err.contains(told), "{}", odd.err);
    assert!(odd.err.contains("run.duration = \"36m40s\""), "{}", odd.err);
    assert!(sandbox.read("odd/manifest.json").contains(told));
}

#[test]
fn a_warm_up_is_not_found_where_the_scenario_changes() {
    let sandbox = Sandbox::with(
        "bucket.toml",
        &BUCKET.replace("target = { one = {} }\n", ""),
    );
    for (change, said) in [
        ("senders.people.start=5m", "a start or stop"),
        ("senders.people.stop=5m", "a start or stop"),
        (
            "senders.people.arrivals={poisson={rate=\"1/s\",profile=\"diurnal\"}}",
            "a profile",
        ),
        (
            "intervene=[{at=\"5m\",label={account=\"people/0\"}}]",
            "interventions",
        ),
    ] {
        let ended = sandbox.run(&format!("run bucket.toml --set {change}"));
        assert_eq!(ended.code, 2, "{change}");
        assert!(ended.err.contains(said), "{}", ended.err);
        assert!(ended.err.contains("set it: write a span"), "{}", ended.err);
        assert!(ended.err.contains("bucket.toml:6:"), "{}", ended.err);
    }
}

/// M/M/1 at load 0.5: the mean wait is 1 s.
const QUEUE: &str = r#"
schema = 1
name = "queue"
[run]
duration = "20100s"
warmup = "100s"
seed = 4
[network]
delay = { constant = "0s" }
[pds]
accounts = { list = [8] }
[inbox.station]
workers = 1
[pipeline]
order = []
extra = { exponential = { mean = "1s" } }
[senders.people]
class = "ham"
count = 5
arrivals = { poisson = { rate = "0.1/s" } }
[output]
time-series = "1000s"
"#;

#[test]
fn batches_of_one_long_run_agree_with_theory_and_add_up_to_the_run() {
    let sandbox = Sandbox::with("queue.toml", QUEUE);
    sandbox.succeed("run queue.toml --out whole");
    let ended = sandbox.succeed("run queue.toml --out steady --steady-state");
    assert!(
        ended.out.contains("1 replication in 20 batches"),
        "{}",
        ended.out
    );
    for metric in ["inbox.wait.mean", "inbox.length.mean", "inbox.utilization"] {
        let batches = parts(&sandbox, "steady", metric);
        let whole = parts(&sandbox, "whole", metric)[0];
        assert_eq!(batches.len(), 20);
        let sum = batches
            .iter()
            .fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        assert!(
            (sum.0 - whole.0).abs() < 1e-6,
            "{metric}: {sum:?} {whole:?}"
        );
        assert!(
            (sum.1 - whole.1).abs() < 1e-6,
            "{metric}: {sum:?} {whole:?}"
        );
    }
    let waits = parts(&sandbox, "steady", "inbox.wait.mean");
    let waits: Vec<f64> = waits.iter().map(|part| part.0 / part.1).collect();
    support::assert_samples("mean wait in batches", &waits, 1.0);
    // Counts add up to the messages of the run, and the series is that of the run.
    let count = |folder: &str| -> u64 {
        let csv = Csv::of(&sandbox.read(&format!("{folder}/outcomes.csv")));
        csv.rows
            .iter()
            .map(|row| row["count"].parse::<u64>().unwrap())
            .sum()
    };
    assert_eq!(count("steady"), count("whole"));
    let series = sandbox.read("steady/time_series.csv");
    assert_eq!(series, sandbox.read("whole/time_series.csv"));
    // The folder says what it is: the same command is up to date, a plain run is another.
    let again = sandbox.succeed("run queue.toml --out steady --steady-state");
    assert!(again.out.contains("up to date"), "{}", again.out);
    assert_eq!(sandbox.run("run queue.toml --out steady").code, 2);
    sandbox.succeed("replay steady");
}

#[test]
fn what_never_happened_is_said_with_its_bound() {
    let sandbox = Sandbox::with("queue.toml", QUEUE);
    let command = "run queue.toml --set run.replications=10 --set run.duration=500s";
    let ended = sandbox.succeed(command);
    let outcomes = Csv::of(&sandbox.read("results/queue/outcomes.csv"));
    let counts = outcomes
        .rows
        .iter()
        .map(|row| row["count"].parse::<u64>().unwrap());
    let sent = pdsim::report::human::count(counts.sum());
    let line = ended
        .out
        .lines()
        .find(|line| line.starts_with("ham.false-reject"));
    let line = line.unwrap_or_else(|| panic!("{}", ended.out));
    // 1 - 0.05^(1/10) = 0.259.
    assert!(line.contains(&format!("0 of {sent}")), "{line}");
    assert!(
        line.ends_with("fewer than 26 % of replications have any"),
        "{line}"
    );
    let shown = sandbox.succeed("show results/queue").out;
    assert!(shown.contains(line), "{shown}");
    let json = sandbox.succeed("show results/queue --format json").out;
    assert!(json.contains("\"no_events\""), "{json}");
}
