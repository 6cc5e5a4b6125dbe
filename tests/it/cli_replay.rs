//! `replay`, `show` and `diff` of comparisons, and where a replay differs.

use crate::cli_program::Sandbox;

const BASE: &str = r#"
schema = 1
name = "base"
[run]
duration = "2h"
replications = 4
seed = 3
[pds]
accounts = { list = [20, 10] }
[senders.people]
class = "ham"
count = 30
arrivals = { poisson = { rate = "4/1h" } }
[senders.wave]
class = "spam"
count = 3
arrivals = { poisson = { rate = "60/1h" } }
"#;

const STUDY: &str = r#"
schema = 1
name = "study"
title = "Does a bucket help?"
base = "base.toml"
[compare]
baseline = "none"
metrics = ["spam.leakage", "ham.false-reject"]
indifference = { "ham.false-reject" = "1%" }
[arm.none]
limits = {}
[arm.tight.limits.sender]
algorithm = { token-bucket = { burst = 2, refill = "2/1h" } }
key = "sender"
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with("base.toml", BASE);
    sandbox.write("study.toml", STUDY);
    sandbox
}

/// Replaces the first occurrence of a text in a file.
fn change(sandbox: &Sandbox, name: &str, from: &str, to: &str) {
    let text = sandbox.read(name);
    assert!(text.contains(from), "{name} has no {from}");
    sandbox.write(name, text.replacen(from, to, 1));
}

#[test]
fn a_comparison_is_shown_and_replayed_from_its_folder() {
    let sandbox = sandbox();
    let compared = sandbox.succeed("compare study.toml").out;
    let shown = sandbox.succeed("show results/study").out;
    assert!(compared.starts_with(&shown), "{compared}\n{shown}");
    let same = sandbox.succeed("replay results/study -j 2").out;
    assert!(same.contains("every byte the same"), "{same}");
    change(
        &sandbox,
        "results/study/comparisons.csv",
        ",better",
        ",worse",
    );
    let ended = sandbox.run("replay results/study");
    assert_eq!(ended.code, 5, "{}", ended.err);
    assert!(ended.out.contains("comparisons.csv, row"), "{}", ended.out);
    assert!(ended.out.contains("column verdict"), "{}", ended.out);
}

#[test]
fn a_comparison_in_other_terms_is_not_up_to_date() {
    let sandbox = sandbox();
    sandbox.succeed("compare study.toml");
    let again = sandbox.succeed("compare study.toml");
    assert!(again.out.contains("up to date"), "{}", again.out);
    let other = sandbox.run("compare study.toml --metrics spam.leakage");
    assert_eq!(other.code, 2, "{}", other.out);
    assert!(other.err.contains("--overwrite"), "{}", other.err);
}

#[test]
fn two_comparisons_differ_in_the_values_of_an_arm() {
    let sandbox = sandbox();
    sandbox.succeed("compare study.toml --out a");
    sandbox.write("study.toml", STUDY.replace("burst = 2", "burst = 3"));
    sandbox.succeed("compare study.toml --out b");
    let out = sandbox.succeed("diff a b").out;
    let key = "tight: limits.sender.algorithm.token-bucket.burst";
    assert!(out.contains(key), "{out}");
    assert!(!out.contains("none: "), "{out}");
    assert!(out.contains("spam.leakage"), "{out}");
}

#[test]
fn a_replay_names_file_row_column_time_and_event() {
    let sandbox = sandbox();
    sandbox.succeed("run base.toml --out a --set output.events=all");
    // What another machine would have written at the first service of the second replication.
    let log = sandbox.read("a/events.ndjson");
    let line = log.lines().position(|line| {
        line.contains("\"replication\":2") && line.contains("\"event\":\"taken\"")
    });
    let row = line.expect("an event") + 1;
    let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
    let changed = &mut lines[row - 1];
    let event: serde_json::Value = serde_json::from_str(changed).unwrap();
    *changed = changed.replacen("\"verdict\":\"pass\"", "\"verdict\":\"refused.block\"", 1);
    sandbox.write("a/events.ndjson", lines.join("\n") + "\n");
    change(&sandbox, "a/outcomes.csv", "delivered,", "delivered,1");
    let ended = sandbox.run("replay a");
    assert_eq!(ended.code, 5, "{}", ended.err);
    assert!(
        ended
            .out
            .contains(&format!("events.ndjson, row {row}, column verdict\n")),
        "{}",
        ended.out
    );
    let t_ns = event["t_ns"].as_u64().unwrap();
    let time = format!("{}.{:09} s", t_ns / 1_000_000_000, t_ns % 1_000_000_000);
    let message = event["message"].as_str().unwrap();
    let said = format!("virtual time {time}, event taken of message {message}, replication 2");
    assert!(ended.out.contains(&said), "{said}\n{}", ended.out);
}

#[test]
fn a_name_that_no_row_has_is_answered_with_the_nearest() {
    let sandbox = sandbox();
    sandbox.succeed("run base.toml --out a");
    let ended = sandbox.run("show a --where metric=spam.leakge");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(
        ended.err.contains("write metric=spam.leakage"),
        "{}",
        ended.err
    );
}
