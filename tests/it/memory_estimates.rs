//! The estimate of memory against what runs need, for each thing that can grow.

use crate::cli_program::Sandbox;

const BASE: &str = r#"
schema = 1
name = "base"
[run]
duration = "10s"
[pds]
count = 4
accounts = { equal = { each = 250 } }
[pipeline]
order = ["rate-limit"]
[inbox.station]
workers = 1
[senders.people]
class = "ham"
count = 1000
arrivals = { poisson = { rate = "1/s" } }
"#;

/// What the program says that it would need, in bytes.
fn estimated(sandbox: &Sandbox, sets: &[&str]) -> f64 {
    let mut arguments = vec!["-j", "1", "check", "a.toml", "--max-memory", "1B"];
    arguments.extend(sets.iter().flat_map(|set| ["--set", set]));
    let err = sandbox.run_args(&arguments).err;
    let (_, rest) = err
        .split_once("would need about ")
        .unwrap_or_else(|| panic!("{err}"));
    let mut words = rest.split([' ', ',']);
    let number: f64 = words
        .next()
        .and_then(|word| word.parse().ok())
        .expect("a number");
    let unit = match words.next() {
        Some("KiB") => 1024.0,
        Some("MiB") => 1024.0 * 1024.0,
        Some("GiB") => 1024.0 * 1024.0 * 1024.0,
        unit => panic!("{unit:?}"),
    };
    number * unit
}

/// What it needs: the largest resident set of a process that runs the scenario once.
fn needed(sandbox: &Sandbox, sets: &[&str]) -> Option<f64> {
    let mut arguments = vec![
        "-q",
        "bench",
        "a.toml",
        "--repetitions",
        "1",
        "--format",
        "json",
    ];
    arguments.extend(sets.iter().flat_map(|set| ["--set", set]));
    let ended = sandbox.run_args(&arguments);
    let figures: serde_json::Value = serde_json::from_str(&ended.out).expect("JSON");
    figures["peak_memory_bytes"].as_f64()
}

#[test]
#[ignore = "long: runs in release mode"]
fn estimates_are_right_within_a_factor_of_two_and_a_half() {
    let sandbox = Sandbox::with("a.toml", BASE);
    let queue = [
        "pipeline.extra={ constant = \"100ms\" }",
        "run.duration=10m",
    ];
    let keys = [
        "limits.a={ algorithm = { sliding-log = { limit = 10, window = \"1h\" } }, key = \"pair\" }",
        "pds.accounts={ equal = { each = 25000 } }",
        "run.duration=5m",
    ];
    let hosts = ["pds.count=50000", "pds.accounts={ equal = { each = 2 } }"];
    let spam = [
        "senders.wave={ class = \"spam\", count = 2000000, arrivals = { poisson = { rate = \"1/1d\" } } }",
    ];
    let cases: [(&str, &[&str]); 4] = [
        ("a queue", &queue),
        ("keys", &keys),
        ("hosts", &hosts),
        ("identities", &spam),
    ];
    for (what, sets) in cases {
        let Some(needed) = needed(&sandbox, sets) else {
            eprintln!("skipped: the system does not say what a process needed");
            return;
        };
        let ratio = estimated(&sandbox, sets) / needed;
        println!(
            "{what}: {:.0} MiB needed, estimate / need = {ratio:.2}",
            needed / 1_048_576.0
        );
        assert!((0.4..2.5).contains(&ratio), "{what}: {ratio}");
    }
}
