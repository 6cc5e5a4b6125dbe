//! `replay`, `show` and `diff` of comparisons and sweeps, and where a replay differs.

use crate::cli_compare::{BASE, STUDY};
use crate::cli_program::{Csv, Sandbox};
use crate::cli_sweep;

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

/// A sweep with two arms, and data files of one name that a factor chooses between.
fn swept(study: &str) -> Sandbox {
    let sandbox = Sandbox::with("base.toml", cli_sweep::BASE);
    sandbox.write("study.toml", study);
    for (folder, lag) in [("slow", 295), ("fast", 95)] {
        sandbox.write(&format!("{folder}/lag.csv"), format!("seconds\n{lag}\n"));
    }
    sandbox
}

fn assert_same(sandbox: &Sandbox, command: &str, files: usize) {
    let same = sandbox.succeed(command).out;
    let told = format!("{files} files, every byte the same");
    assert!(same.contains(&told), "{command}: {same}");
}

#[test]
fn a_sweep_of_every_design_is_replayed_from_its_folder_alone() {
    let designs = [
        "\"grid\"",
        "{ sobol = { points = 4 } }",
        "{ latin-hypercube = { points = 3, seed = 5 } }",
    ];
    for design in designs {
        let sandbox = swept(&cli_sweep::STUDY.replace("\"grid\"", design));
        sandbox.succeed("sweep study.toml --out a --set run.replications=2 -j 2");
        for name in ["study.toml", "base.toml"] {
            std::fs::remove_file(sandbox.path(name)).unwrap();
        }
        // Two arms, and changes, datapackage, effects, manifest, points, sweep.
        assert_same(&sandbox, "replay a -j 1", 8);
        assert_same(&sandbox, "replay a -j 16", 8);
    }
}

#[test]
fn values_that_bring_and_take_keys_and_files_are_replayed() {
    let files = r#"values = [{ empirical = { file = "slow/lag.csv" } }, { constant = "95s" }, { empirical = { file = "fast/lag.csv" } }]"#;
    let study = cli_sweep::STUDY
        .replace("labelers.main.lag.constant", "labelers.main.lag")
        .replace("values = [\"95s\", \"295s\"]", files);
    let sandbox = swept(&study);
    let attack = "senders.wave.attack={ flood = {} },{ fan-out = {} }";
    let command = ["sweep", "study.toml", "--out", "a", "--vary", attack];
    let ended = sandbox.run_args(&command);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(
        sandbox.names("a/arms/inputs"),
        ["lag-2.csv", "lag.csv"],
        "two files of one name"
    );
    // As many are delivered as by hand: at 0, 10, ..., 290 s or 90 s.
    let table = sandbox.read("a/sweep.csv").replace('"', "");
    for (lag, leakage) in [("slow", 0.3), ("fast", 0.1)] {
        let start =
            format!("/lag.csv }} }},{{ flood = {{}} }},none,spam.leakage,ratio,3,{leakage},");
        let row = table
            .lines()
            .find(|line| line.contains(lag) && line.contains(&start));
        assert!(row.is_some(), "{start}\n{table}");
    }
    for gone in ["slow", "fast"] {
        std::fs::remove_dir_all(sandbox.path(gone)).unwrap();
    }
    assert_same(&sandbox, "replay a", 10);
}

#[test]
fn a_replay_of_a_sweep_names_file_row_column_and_the_run_to_look_into() {
    let sandbox = swept(cli_sweep::STUDY);
    sandbox.succeed("sweep study.toml --out a");
    let table = sandbox.read("a/sweep.csv");
    // The bucket of 20 with the long lag lets 20 of 100 through.
    let was = "4,20,295,bucket,spam.leakage,ratio,3,0.2,";
    let row = table.lines().position(|line| line.starts_with(was));
    let row = row.expect("a row") + 1;
    change(
        &sandbox,
        "a/sweep.csv",
        was,
        "4,20,295,bucket,spam.leakage,ratio,3,0.25,",
    );
    change(
        &sandbox,
        "a/effects.csv",
        "spam.leakage,bucket",
        "spam.leakage,buckets",
    );
    let ended = sandbox.run("replay a");
    assert_eq!(ended.code, 5, "{}{}", ended.out, ended.err);
    for told in [
        "a differs in effects.csv, sweep.csv\neffects.csv, row 2, column arm\n",
        "It begins in point 4 of arm bucket.",
    ] {
        assert!(ended.out.contains(told), "{told}\n{}", ended.out);
    }
    sandbox.succeed("sweep study.toml --out a --overwrite");
    change(
        &sandbox,
        "a/sweep.csv",
        was,
        "4,20,295,bucket,spam.leakage,ratio,3,0.25,",
    );
    let ended = sandbox.run("replay a");
    let told = format!("sweep.csv, row {row}, column mean\n");
    assert!(ended.out.contains(&told), "{told}\n{}", ended.out);
    // The run that it names is that of the point.
    let line = ended.out.lines().find(|line| line.contains("pdsim run "));
    let line = line.expect("a command").trim().replace('\'', "");
    let arguments: Vec<&str> = line.split(' ').skip(1).collect();
    let run = sandbox.run_args(&[&arguments[..], &["--out", "b"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let summary = Csv::of(&sandbox.read("b/summary.csv"));
    assert_eq!(summary.value(&[("metric", "spam.leakage")], "mean"), "0.2");
    assert!(sandbox.path("b/events.ndjson").is_file());
}

#[test]
fn a_damaged_folder_of_a_sweep_is_told_and_not_run() {
    let sandbox = swept(cli_sweep::STUDY);
    sandbox.succeed("sweep study.toml --out a");
    let whole = sandbox.read("a/points.csv");
    for (from, to) in [("1,burst", "1,lag"), (",5\n", ",7\n"), ("4,lag", "5,lag")] {
        assert!(whole.contains(from), "{whole}");
        sandbox.write("a/points.csv", whole.replacen(from, to, 1));
        let ended = sandbox.run("replay a");
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{to}");
        let told = "a/points.csv is damaged";
        assert!(ended.err.contains(told), "{}", ended.err);
    }
    sandbox.write("a/points.csv", &whole);
    let changes = sandbox.read("a/changes.csv");
    change(
        &sandbox,
        "a/changes.csv",
        "labelers.main.lag",
        "labelers.mine.lag",
    );
    let ended = sandbox.run("replay a");
    assert_eq!(ended.code, 2, "{}", ended.out);
    assert!(
        ended.err.contains("changes.csv says of point 2"),
        "{}",
        ended.err
    );
    sandbox.write("a/changes.csv", changes);
    std::fs::remove_file(sandbox.path("a/points.csv")).unwrap();
    let ended = sandbox.run("replay a");
    assert_eq!(ended.code, 2);
    assert!(
        ended.err.contains("run the sweep again with --overwrite"),
        "{}",
        ended.err
    );
}

#[test]
fn a_sweep_is_shown_by_its_effects_or_by_the_rows_that_are_asked_for() {
    let sandbox = swept(cli_sweep::STUDY);
    sandbox.succeed("sweep study.toml --out a");
    let effects = sandbox.succeed("show a").out;
    assert!(effects.contains("labelers.main.lag.constant"), "{effects}");
    let command = ["show", "a", "--format", "csv", "--where"];
    let query = "metric=spam.leakage and arm=bucket and point>2";
    let ended = sandbox.run_args(&[&command[..], &[query]].concat());
    let rows = Csv::of(&ended.out).rows;
    let means: Vec<&str> = rows.iter().map(|row| row["mean"].as_str()).collect();
    assert_eq!(means, ["0.1", "0.2"], "{}{}", ended.out, ended.err);
    let diff = sandbox.run("diff a a");
    assert_eq!(diff.code, 2);
    assert!(diff.err.contains("a holds a sweep"), "{}", diff.err);
}
