//! `pdsim run`: files, columns, bytes, exit codes, and what stands there before.

use std::process::Stdio;

use crate::cli_program::{Csv, Ended, Sandbox};

/// Twelve messages of one pair within 55 s, then one when the first no longer counts: a sliding
/// log of ten per 60 s refuses the eleventh and the twelfth.
const TRACE: &str = "time_s,sender,recipient\n\
    0,a,b\n5,a,b\n10,a,b\n15,a,b\n20,a,b\n25,a,b\n30,a,b\n35,a,b\n40,a,b\n45,a,b\n50,a,b\n\
    55,a,b\n61,a,b\n";

const REPLAYED: &str = r#"
schema = 1
name = "replayed"
title = "What does ten per minute refuse?"
[network]
delay = { constant = "0s" }
[inbox.sync]
[limits.per-pair]
algorithm = { sliding-log = { limit = 10, window = "60s" } }
key = "pair"
edge = "half-open"
[trace]
file = "data/messages.csv"
"#;

const WAVE: &str = r#"
schema = 1
name = "wave"
[run]
duration = "1h"
warmup = "5m"
replications = 6
seed = 18446744073709551615
[network]
loss = "1%"
retry = { atproto = {} }
[pds]
count = 3
accounts = { list = [60, 30, 10] }
[inbox.station]
workers = 2
[pipeline]
cost = "node"
extra = { empirical = { file = "data/extra.csv" } }
[limits.per-sender]
algorithm = { token-bucket = { burst = 5, refill = "20/1h" } }
key = "sender"
[senders.people]
class = "ham"
count = 50
arrivals = { poisson = { rate = "20/1h", profile = "diurnal" } }
target = { contacts = { mean = 5, new = "10%" } }
report = { chance = "30%", after = { lognormal = { median = "1m", sigma = 1.5 } } }
[senders.wave]
class = "spam"
count = 4
arrivals = { poisson = { rate = "100/1h" } }
[labelers.main]
sees = { reports = { threshold = 2 } }
lag = { exponential = { mean = "2m" } }
propagation = { poll = "60s" }
[output]
time-series = "10m"
events = "all"
histograms = "each"
"#;

fn replayed() -> Sandbox {
    let sandbox = Sandbox::with("scenario.toml", REPLAYED);
    sandbox.write("data/messages.csv", TRACE);
    sandbox
}

fn wave() -> Sandbox {
    let sandbox = Sandbox::with("wave.toml", WAVE);
    sandbox.write("data/extra.csv", "seconds\n0.001\n0.002\n0.004\n");
    sandbox
}

#[test]
fn a_trace_is_counted_to_the_message() {
    let sandbox = replayed();
    let ended = sandbox.succeed("run scenario.toml");
    let outcomes = Csv::of(&sandbox.read("results/replayed/outcomes.csv"));
    assert_eq!(outcomes.value(&[("outcome", "delivered")], "count"), "11");
    let refused = [
        ("outcome", "refused.limit.per-pair"),
        ("class", "ham"),
        ("group", "trace"),
    ];
    assert_eq!(outcomes.value(&refused, "count"), "2");
    assert_eq!(outcomes.rows.len(), 2);
    let summary = Csv::of(&sandbox.read("results/replayed/summary.csv"));
    let rejected = summary.value(&[("metric", "limit.per-pair.reject")], "mean");
    // 2 / 13, to the digits that a double holds.
    assert_eq!(rejected, "0.15384615384615385");
    let replications = Csv::of(&sandbox.read("results/replayed/replications.csv"));
    let parts = [("metric", "limit.per-pair.reject")];
    assert_eq!(replications.value(&parts, "numerator"), "2");
    assert_eq!(replications.value(&parts, "denominator"), "13");
    assert!(
        ended
            .out
            .starts_with("replayed: What does ten per minute refuse?\n")
    );
    assert!(
        ended.out.lines().last().unwrap().contains("pdsim explain"),
        "{}",
        ended.out
    );
    assert_eq!(ended.err, "");
}

#[test]
fn the_files_and_their_columns_are_those_of_the_documentation() {
    let sandbox = wave();
    sandbox.succeed("run wave.toml");
    let expected = [
        (
            "summary",
            "arm,metric,unit,replications,mean,ci_lo,ci_hi,half_width,sd,min,max",
        ),
        (
            "replications",
            "arm,replication,metric,unit,value,numerator,denominator",
        ),
        ("outcomes", "arm,replication,class,group,outcome,count"),
        ("time_series", "arm,replication,t_s,series,group,value"),
        (
            "histograms",
            "arm,replication,class,stage,value_s,percentile,count",
        ),
    ];
    for (name, columns) in expected {
        let csv = Csv::of(&sandbox.read(&format!("results/wave/{name}.csv")));
        assert_eq!(csv.header.join(","), columns);
        assert!(!csv.rows.is_empty(), "{name}");
        assert!(csv.rows.iter().all(|row| row["arm"] == "base"), "{name}");
    }
    let names = sandbox.names("results/wave");
    let others = [
        "datapackage.json",
        "events.ndjson",
        "inputs",
        "manifest.json",
        "provenance.json",
        "report.html",
        "scenario.toml",
    ];
    assert!(
        others
            .iter()
            .all(|name| names.contains(&(*name).to_owned())),
        "{names:?}"
    );
    assert_eq!(names.len(), expected.len() + others.len());
    assert_eq!(
        sandbox.read("results/wave/inputs/extra.csv"),
        sandbox.read("data/extra.csv")
    );
}

#[test]
fn the_data_package_names_every_column_of_every_table() {
    let sandbox = wave();
    sandbox.succeed("run wave.toml");
    let package: serde_json::Value =
        serde_json::from_str(&sandbox.read("results/wave/datapackage.json")).unwrap();
    let resources = package["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 5);
    for resource in resources {
        let path = resource["path"].as_str().unwrap();
        let csv = Csv::of(&sandbox.read(&format!("results/wave/{path}")));
        let fields = resource["schema"]["fields"].as_array().unwrap();
        let names: Vec<&str> = fields
            .iter()
            .map(|field| field["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, csv.header);
        for field in fields.iter().filter(|field| field["type"] != "string") {
            let column = field["name"].as_str().unwrap();
            for cell in csv
                .rows
                .iter()
                .map(|row| &row[column])
                .filter(|cell| !cell.is_empty())
            {
                let is_number = match field["type"].as_str().unwrap() {
                    "integer" => cell.parse::<u64>().is_ok(),
                    _ => cell.parse::<f64>().is_ok(),
                };
                assert!(is_number, "{path}: {column} {cell}");
            }
        }
    }
}

#[test]
fn every_message_has_one_outcome_and_rows_are_sorted() {
    let sandbox = wave();
    sandbox.succeed("run wave.toml");
    let events = sandbox.read("results/wave/events.ndjson");
    let mut created = 0_u64;
    for line in events.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let t_ns = event["t_ns"].as_u64().unwrap();
        created += u64::from(event["event"] == "created" && t_ns >= 300_000_000_000);
    }
    let outcomes = Csv::of(&sandbox.read("results/wave/outcomes.csv"));
    let counts = outcomes
        .rows
        .iter()
        .map(|row| row["count"].parse::<u64>().unwrap());
    assert_eq!(counts.sum::<u64>(), created);
    let key = |row: &std::collections::BTreeMap<String, String>| {
        let number: u32 = row["replication"].parse().unwrap();
        (
            number,
            row["class"].clone(),
            row["group"].clone(),
            row["outcome"].clone(),
        )
    };
    assert!(outcomes.rows.is_sorted_by_key(key));
    assert!(outcomes.rows.iter().all(|row| row["count"] != "0"));
}

#[test]
fn the_bytes_do_not_hang_on_threads_nor_on_the_hour() {
    let sandbox = wave();
    sandbox.succeed("run wave.toml --out one -j 1");
    sandbox.succeed("run wave.toml --out eight -j 8 --threads 3");
    let one = sandbox.results("one");
    assert!(one.len() >= 10);
    assert!(one == sandbox.results("eight"));
    sandbox.succeed("run wave.toml --out other --seed 1");
    assert!(one["summary.csv"] != sandbox.results("other")["summary.csv"]);
}

#[test]
fn the_resolved_scenario_is_a_scenario_and_gives_the_same_bytes() {
    let sandbox = wave();
    sandbox.succeed("run wave.toml --out first");
    sandbox.succeed("run first/scenario.toml --out second");
    assert!(sandbox.results("first") == sandbox.results("second"));
    let replayed = replayed();
    replayed.succeed("run scenario.toml --out first");
    replayed.succeed("run first/scenario.toml --out second");
    assert!(replayed.results("first") == replayed.results("second"));
    // Every default is written out: the end of the trace, the number of PDSes, the retry policy.
    let text = replayed.read("first/scenario.toml");
    for line in [
        "duration = \"1m1s1ns\"",
        "count = 1",
        "confidence = 0.95",
        "retry = \"none\"",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

#[test]
fn data_files_of_one_name_are_kept_apart() {
    let sandbox = wave();
    let costs = "{ token = { empirical = { file = \"more/extra.csv\" } } }";
    sandbox.write(
        "wave.toml",
        WAVE.replace("cost = \"node\"", &format!("cost = {costs}")),
    );
    sandbox.write("more/extra.csv", "seconds\n0.5\n");
    sandbox.succeed("run wave.toml --out first");
    assert_eq!(sandbox.names("first/inputs"), ["extra-2.csv", "extra.csv"]);
    sandbox.succeed("run first/scenario.toml --out second");
    assert!(sandbox.results("first") == sandbox.results("second"));
}

#[test]
fn results_that_stand_there_are_not_made_again() {
    let sandbox = replayed();
    sandbox.succeed("run scenario.toml");
    let before = sandbox.files("results/replayed");
    let again = sandbox.succeed("run scenario.toml");
    assert!(again.out.contains("up to date"), "{}", again.out);
    // Even `provenance.json`, which knows the clock, is the same.
    assert!(before == sandbox.files("results/replayed"));
    sandbox.succeed("run scenario.toml --overwrite");
    let after = sandbox.files("results/replayed");
    assert!(before["provenance.json"] != after["provenance.json"]);
}

#[test]
fn results_of_something_else_are_replaced_only_when_told() {
    let sandbox = replayed();
    sandbox.succeed("run scenario.toml");
    let before = sandbox.files("results/replayed");
    for change in ["--seed 7", "--set limits={}", "--replications 2"] {
        let refused = sandbox.run(&format!("run scenario.toml {change}"));
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{change}");
        assert!(refused.err.contains("--overwrite"), "{}", refused.err);
        assert!(before == sandbox.files("results/replayed"));
    }
    sandbox.write("data/messages.csv", TRACE.replace("61,a,b\n", "62,a,b\n"));
    assert_eq!(
        sandbox.run("run scenario.toml --set run.duration=2m").code,
        2
    );
    sandbox.succeed("run scenario.toml --overwrite");
    assert!(before != sandbox.files("results/replayed"));
    assert_eq!(sandbox.names("results"), ["replayed"]);
}

#[test]
fn a_folder_of_something_else_is_never_replaced() {
    let sandbox = replayed();
    let refused = sandbox.run("run scenario.toml --out data --overwrite");
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert_eq!(sandbox.names("data"), ["messages.csv"]);
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    sandbox.succeed("run scenario.toml --out empty");
}

#[test]
fn an_incomplete_run_says_so_and_is_made_again() {
    let sandbox = replayed();
    let ended = sandbox.succeed("run scenario.toml --max-events 5");
    assert!(ended.err.contains("--max-events"), "{}", ended.err);
    let manifest = sandbox.read("results/replayed/manifest.json");
    assert!(manifest.contains("\"complete\": false"), "{manifest}");
    assert!(manifest.contains("--max-events"), "{manifest}");
    sandbox.succeed("run scenario.toml");
    let outcomes = Csv::of(&sandbox.read("results/replayed/outcomes.csv"));
    assert_eq!(outcomes.value(&[("outcome", "delivered")], "count"), "11");
}

#[test]
fn a_run_stops_when_its_budget_of_wall_time_is_spent_and_keeps_what_it_has() {
    // A million messages take far longer than a millisecond.
    let text = r#"
schema = 1
name   = "long"
[run]
duration = "1000s"
[pds]
accounts = { list = [10] }
[senders.people]
class    = "ham"
count    = 10
arrivals = { poisson = { rate = "100/s" } }
"#;
    let sandbox = Sandbox::with("long.toml", text);
    let ended = sandbox.succeed("run long.toml --budget 1ms");
    assert!(ended.err.contains("--budget"), "{}", ended.err);
    let manifest = sandbox.read("results/long/manifest.json");
    assert!(manifest.contains("\"complete\": false"), "{manifest}");
    let outcomes = Csv::of(&sandbox.read("results/long/outcomes.csv"));
    let delivered = outcomes.value(&[("outcome", "delivered")], "count");
    let delivered: u64 = delivered.parse().unwrap();
    assert!(delivered > 0 && delivered < 500_000, "{delivered}");
}

#[test]
fn output_that_cannot_be_written_ends_with_1_and_leaves_nothing() {
    let sandbox = replayed();
    sandbox.write("file", "here before");
    for place in ["file", "file/run"] {
        let ended = sandbox.run(&format!("run scenario.toml --overwrite --out {place}"));
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (1, ""),
            "{place}: {}",
            ended.err
        );
        assert!(ended.err.contains("file"), "{}", ended.err);
    }
    assert_eq!(sandbox.read("file"), "here before");
    assert_eq!(sandbox.names("."), ["data", "file", "scenario.toml"]);
}

#[test]
fn standard_output_that_is_full_ends_with_1_and_a_closed_one_quietly() {
    let sandbox = replayed();
    if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
        let mut command = sandbox.command("explain keys");
        command.stdout(Stdio::from(full)).stderr(Stdio::piped());
        let ended = Ended::of(command);
        assert_eq!(ended.code, 1);
        assert!(ended.err.contains("standard output"), "{}", ended.err);
    }
    for arguments in ["explain keys", "schema", "run scenario.toml"] {
        let mut command = sandbox.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        assert_eq!(output.status.code(), Some(0), "{arguments}");
        assert!(output.stderr.is_empty(), "{arguments}");
    }
}

#[test]
fn expectations_decide_the_exit_code_of_every_run_of_the_scenario() {
    let sandbox = replayed();
    let expect = |bound: &str| {
        format!("{REPLAYED}\n[expect.refused]\nmetric = \"limit.per-pair.reject\"\n{bound}\n")
    };
    // 2 of 13 are refused: 15.4 %.
    for (bound, code) in [
        ("max = \"16%\"", 0),
        ("max = \"15%\"", 3),
        ("min = 0.16", 3),
    ] {
        sandbox.write("scenario.toml", expect(bound));
        let first = sandbox.run("run scenario.toml --overwrite");
        assert_eq!(first.code, code, "{bound}: {}", first.err);
        assert_eq!(
            first.err.contains("expect.refused"),
            code == 3,
            "{}",
            first.err
        );
        assert_eq!(
            sandbox.run("run scenario.toml").code,
            code,
            "up to date, {bound}"
        );
    }
}

#[test]
fn an_interval_across_a_bound_is_inconclusive() {
    let sandbox = wave();
    sandbox.succeed("run wave.toml");
    let summary = Csv::of(&sandbox.read("results/wave/summary.csv"));
    let row = [("metric", "spam.leakage")];
    let mean = summary.value(&row, "mean");
    let number = |text: &str| text.parse::<f64>().unwrap();
    assert!(number(summary.value(&row, "ci_lo")) < number(mean));
    let expect = format!("[expect.leakage]\nmetric = \"spam.leakage\"\nmax = {mean}\n");
    sandbox.write("wave.toml", format!("{WAVE}\n{expect}"));
    let ended = sandbox.run("run wave.toml --out other");
    assert_eq!(ended.code, 4, "{}", ended.err);
    // The mean is the bound itself: nothing would decide, and that is said.
    assert!(ended.err.contains("too near to the bound"), "{}", ended.err);
    // A bound inside the interval: what is said to decide does.
    let half = number(summary.value(&row, "half_width"));
    let bound = number(mean) + 0.6 * half;
    let expect = format!("[expect.leakage]\nmetric = \"spam.leakage\"\nmax = {bound}\n");
    sandbox.write("wave.toml", format!("{WAVE}\n{expect}"));
    let ended = sandbox.run("run wave.toml --out near");
    assert_eq!(ended.code, 4, "{}", ended.err);
    let told = ended.err.split("write --replications ").nth(1);
    let told = told.and_then(|told| told.split_whitespace().next());
    let needed: u64 = told.expect("a number").parse().expect("a number");
    let replications = number(summary.value(&row, "replications"));
    // The half-width falls at least with the root: (1 / 0.6)^2 = 2.8 times as many suffice.
    assert!(needed as f64 > replications && needed as f64 <= (2.8 * replications).ceil());
}

#[test]
fn warnings_stand_on_standard_error_and_in_the_manifest() {
    let sandbox = wave();
    let busy = WAVE.replace(
        "cost = \"node\"",
        "cost = { token = { constant = \"60s\" } }",
    );
    sandbox.write("wave.toml", busy.replace("{ poll = \"60s\" }", "\"none\""));
    let ended = sandbox.succeed("run wave.toml");
    let manifest = sandbox.read("results/wave/manifest.json");
    // Loads of 0.6 x 1000/h x 60 s on two workers, and a labeler that nobody hears.
    for text in [
        "times what its workers can do",
        "nobody subscribes to the labeler `main`",
    ] {
        assert!(ended.err.contains(text), "{}", ended.err);
        assert!(manifest.contains(text), "{manifest}");
    }
    assert!(!manifest.contains("wave.toml"), "{manifest}");
    let quiet = sandbox.succeed("run wave.toml -q --overwrite");
    assert_eq!(quiet.err, "");
}

#[test]
fn nothing_but_the_provenance_knows_the_machine() {
    let sandbox = replayed();
    sandbox.succeed("run scenario.toml");
    let folder = sandbox.path("").display().to_string();
    for (name, bytes) in sandbox.results("results/replayed") {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains(folder.trim_end_matches('/')), "{name}");
    }
    let provenance = sandbox.read("results/replayed/provenance.json");
    for key in ["\"host\"", "\"wall_time_s\"", "\"threads\""] {
        assert!(provenance.contains(key), "{provenance}");
    }
}

#[test]
fn every_format_shows_the_same_numbers() {
    let sandbox = replayed();
    let csv = sandbox.succeed("run scenario.toml --format csv").out;
    assert_eq!(csv, sandbox.read("results/replayed/summary.csv"));
    let text = sandbox.succeed("run scenario.toml --format json").out;
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = json["summary"].as_array().unwrap();
    assert_eq!(rows.len(), Csv::of(&csv).rows.len());
    let mean = Csv::of(&csv);
    let mean = mean.value(&[("metric", "limit.per-pair.reject")], "mean");
    assert!(text.contains(&format!("\"mean\": {mean},")), "{text}");
    let markdown = sandbox.succeed("run scenario.toml --format md").out;
    assert!(
        markdown.contains("| limit.per-pair.reject | 15.38 % | - |"),
        "{markdown}"
    );
    assert!(
        markdown.contains("| refused.limit.per-pair | 2 |"),
        "{markdown}"
    );
}
