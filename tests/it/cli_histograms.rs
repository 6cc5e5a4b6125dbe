//! `pdsim show RUN --hgrm --hlog`: the files hold what `histograms.csv` holds.

use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use crate::cli_program::{Csv, Sandbox};

const SCENARIO: &str = r#"
schema = 1
name = "a"
[run]
duration = "20m"
replications = 2
[pds]
accounts = { list = [20, 30] }
[inbox.station]
workers = 1
[pipeline]
extra = { exponential = { mean = "200ms" } }
[senders.people]
class = "ham"
count = 50
arrivals = { poisson = { rate = "5/1m" } }
"#;

fn shown() -> (Sandbox, Vec<(u64, u64)>) {
    let sandbox = Sandbox::with("a.toml", SCENARIO);
    sandbox.succeed("run a.toml");
    sandbox.succeed("show results/a --hgrm out --hlog out");
    let csv = Csv::of(&sandbox.read("results/a/histograms.csv"));
    let total = csv.rows.iter().filter(|row| row["stage"] == "total");
    let bucket = |row: &std::collections::BTreeMap<String, String>| {
        let seconds: f64 = row["value_s"].parse().unwrap();
        (
            pdsim::units::cast::f64_to_ns((seconds * 1e9).round()),
            row["count"].parse().unwrap(),
        )
    };
    let buckets = total.map(bucket).collect();
    (sandbox, buckets)
}

#[test]
fn a_percentile_table_counts_up_to_each_of_its_values_what_the_csv_counts() {
    let (sandbox, buckets) = shown();
    let text = sandbox.read("out/base.ham.total.hgrm");
    let all: u64 = buckets.iter().map(|(_, count)| count).sum();
    let mut rows = 0;
    for line in text.lines().skip(2).filter(|line| !line.starts_with('#')) {
        let cells: Vec<f64> = line
            .split_whitespace()
            .map(|cell| cell.parse().unwrap())
            .collect();
        let ns = (cells[0] * 1e6).round();
        let up_to = buckets
            .iter()
            .filter(|(value, _)| (*value as f64) < ns + 600.0);
        let counted: u64 = up_to.map(|(_, count)| count).sum();
        assert_eq!(cells[2], counted as f64, "{line}");
        assert!(counted as f64 >= cells[1] * all as f64 - 1e-6, "{line}");
        assert_eq!(cells.len(), if cells[1] < 1.0 { 4 } else { 3 }, "{line}");
        rows += 1;
    }
    assert!(rows > 20, "{text}");
    let max = buckets.last().unwrap().0 as f64 / 1e6;
    let footer = format!("#[Max     = {max:12.3}, Total count    = {all:12}]");
    assert!(text.contains(&footer), "{footer}\n{text}");
}

#[test]
fn an_interval_log_gives_every_histogram_back_under_its_tag() {
    let (sandbox, buckets) = shown();
    let log = sandbox.read("out/histograms.hlog");
    let mut tags = Vec::new();
    for entry in IntervalLogIterator::new(log.as_bytes()) {
        let LogEntry::Interval(interval) = entry.unwrap() else {
            continue;
        };
        assert_eq!(interval.duration().as_secs(), 1_200);
        let tag = interval.tag().unwrap().as_str().to_owned();
        let bytes = decoded(interval.encoded_histogram());
        let read: Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .unwrap();
        if tag == "base.ham.total" {
            let value = |ns| read.highest_equivalent(ns);
            let found: Vec<(u64, u64)> = read
                .iter_recorded()
                .map(|step| (value(step.value_iterated_to()), step.count_at_value()))
                .collect();
            assert_eq!(found, buckets);
        }
        tags.push(tag);
    }
    let stages = ["network", "queue", "retry", "service", "total"];
    let expected: Vec<String> = stages
        .iter()
        .map(|stage| format!("base.ham.{stage}"))
        .collect();
    assert_eq!(tags, expected);
}

/// Base64 with padding, by its definition.
fn decoded(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.chars().filter_map(|symbol| ALPHABET.find(symbol));
    let bits: String = digits.map(|digit| format!("{digit:06b}")).collect();
    let bytes = bits.as_bytes().chunks_exact(8);
    let byte = |eight: &[u8]| u8::from_str_radix(std::str::from_utf8(eight).unwrap(), 2).unwrap();
    bytes.map(byte).collect()
}

#[test]
fn the_files_stand_in_the_folder_of_the_run_by_default() {
    let sandbox = Sandbox::with("a.toml", SCENARIO);
    sandbox.succeed("run a.toml");
    let told = sandbox.succeed("show results/a --hlog").out;
    assert_eq!(told, "results/a/histograms.hlog\n");
    let ended = sandbox.run("show results/a --hgrm none.toml/x --by class");
    assert_eq!(ended.code, 2, "{}", ended.err);
    let same = sandbox.succeed("replay results/a").out;
    assert!(same.contains("every byte the same"), "{same}");
}
