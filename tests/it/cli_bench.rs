//! `pdsim bench`: its figures, and through them that memory does not grow with a run.

use std::process::{Command, Output};

use serde_json::Value;

/// 2,000 people on 20 PDSes who write a message a second each: 2,000 messages per second, judged,
/// limited, reported and labelled. Time series are off, for they have a row per step.
const BUSY: &str = r#"
schema = 1
name = "busy"
[run]
duration = "100s"
[pds]
count = 20
accounts = { equal = { each = 100 } }
[network]
delay = { lognormal = { median = "40ms", sigma = 0.5 } }
[inbox.station]
workers = 4
[pipeline]
order = ["token", "label", "rate-limit"]
extra = { exponential = { mean = "20ms" } }
[limits.per-pair]
algorithm = { gcra = { burst = 3, rate = "1/10s" } }
key = "pair"
[senders.people]
class = "ham"
count = 2000
arrivals = { poisson = { rate = "1/s" } }
report = { chance = "1%", after = { exponential = { mean = "1s" } } }
[senders.spammers]
class = "spam"
count = 20
arrivals = { poisson = { rate = "10/s" } }
[labelers.main]
sees = { reports = { threshold = 3 } }
lag = { exponential = { mean = "10s" } }
"#;

/// Runs `pdsim bench` on the busy network.
fn bench(options: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("busy.toml");
    std::fs::write(&file, BUSY).expect("the scenario is written");
    Command::new(env!("CARGO_BIN_EXE_pdsim"))
        .args(["--quiet", "bench"])
        .arg(&file)
        .args(["--repetitions", "1"])
        .args(options)
        .output()
        .expect("the program starts")
}

fn figures(options: &[&str]) -> Value {
    let out = bench(&[options, &["--format", "json"]].concat());
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).expect("JSON")
}

fn number(figures: &Value, name: &str) -> f64 {
    let value = figures[name].as_f64();
    value.unwrap_or_else(|| panic!("{name} of {figures}"))
}

#[test]
fn the_figures_of_a_scenario_hang_together() {
    let figures = figures(&["--set", "run.duration=2s"]);
    // 2,200 per second for 2 s: 4,400, standard deviation 66.
    let messages = number(&figures, "messages");
    assert!((messages - 4_400.0).abs() < 300.0, "{figures}");
    // Every message arrives and is served, but for those in flight at the end.
    let events = number(&figures, "events");
    assert!(events > 1.8 * messages, "{figures}");
    let (run_s, ns) = (
        number(&figures, "run_s"),
        number(&figures, "ns_per_message"),
    );
    assert!(
        (ns * messages / 1e9 / run_s - 1.0).abs() < 1e-6,
        "{figures}"
    );
    let per_s = number(&figures, "messages_per_s");
    assert!((per_s * run_s / messages - 1.0).abs() < 1e-6, "{figures}");
    let stages = figures["stages"].as_array().expect("stages");
    let shares = stages.iter().map(|stage| number(stage, "share"));
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-6, "{figures}");
}

#[test]
fn people_get_a_table_with_the_name_of_the_scenario() {
    let out = bench(&["--set", "run.duration=1s"]);
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success() && text.starts_with("busy: "), "{text}");
    for line in [
        "messages per second",
        "ns per event",
        "peak memory",
        "serving",
    ] {
        assert!(text.contains(line), "no line {line:?} in:\n{text}");
    }
}

/// Ten times the messages; the tables of limits, the calendar and the slabs have reached their size after
/// the first two million.
#[test]
#[ignore = "long: runs in release mode"]
fn memory_is_constant_in_the_number_of_messages() {
    let peak = |duration: &str| {
        let figures = figures(&["--set", &format!("run.duration={duration}")]);
        (
            number(&figures, "messages"),
            figures["peak_memory_bytes"].as_f64(),
        )
    };
    let ((few, small), (many, large)) = (peak("1000s"), peak("10000s"));
    assert!(many > 9.0 * few);
    // Only some systems tell.
    if let (Some(small), Some(large)) = (small, large) {
        assert!(large < 1.1 * small, "{small} and {large} bytes");
    }
}
