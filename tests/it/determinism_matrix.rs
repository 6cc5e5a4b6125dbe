//! The bytes of a run hang on nothing around it: language, time zone, clock, allocator, threads, the
//! environment, the working folder, a terminal, the C library's variants.

use std::collections::BTreeMap;

use crate::cli_program::{Ended, Sandbox};

const MIXED: &str = r#"
schema = 1
name = "mixed"
[run]
duration = "2h"
replications = 4
seed = 9
[pds]
count = 5
accounts = { zipf = { total = 400, s = 1.1 } }
[pipeline]
cost = "rust"
extra = { hyperexponential = { mean = "20ms", cv2 = 4.0 } }
[limits.per-sender]
algorithm = { gcra = { burst = 5, rate = "30/1h" } }
key = "sender"
refusal = { retry-after = {} }
[network]
retry = { atproto = {} }
loss = "1%"
[senders.people]
class = "ham"
count = 200
arrivals = { poisson = { rate = "4/1h", profile = "diurnal" } }
target = { contacts = { mean = 8, new = "10%" } }
reply = { chance = "30%", after = { lognormal = { median = "5m", sigma = 1.0 } } }
[senders.wave]
class = "spam"
count = 10
attack = { rotate = {} }
arrivals = { poisson = { rate = "60/1h" } }
[labelers.main]
sees = { first-message = {} }
lag = { lognormal = { median = "10m", sigma = 1.0 } }
[output]
time-series = "10m"
events = { sample = "5%" }
"#;

/// What a run gives in this environment, report included.
fn bytes(environment: &[(&str, &str)], jobs: &str) -> BTreeMap<String, Vec<u8>> {
    let sandbox = Sandbox::with("mixed.toml", MIXED);
    let mut command = sandbox.command(&format!("run mixed.toml --out r -j {jobs}"));
    command.envs(environment.iter().copied());
    let ended = Ended::of(command);
    assert_eq!(ended.code, 0, "{environment:?}: {}", ended.err);
    sandbox.results("r")
}

#[test]
fn nothing_around_a_run_changes_a_byte_of_it() {
    let plain = bytes(&[], "1");
    assert!(plain.contains_key("events.ndjson") && plain.contains_key("report.html"));
    let around: [&[(&str, &str)]; 9] = [
        &[("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")],
        &[("LANG", "de_DE.ISO-8859-1"), ("LC_NUMERIC", "de_DE")],
        &[("LC_ALL", "C")],
        &[("TZ", "Pacific/Chatham")],
        &[("TZ", "Asia/Kathmandu"), ("SOURCE_DATE_EPOCH", "0")],
        // Fresh and freed memory is filled with patterns, and arenas are shared.
        &[
            ("MALLOC_PERTURB_", "165"),
            ("MALLOC_ARENA_MAX", "1"),
            ("MALLOC_CHECK_", "3"),
        ],
        &[(
            "GLIBC_TUNABLES",
            "glibc.cpu.hwcaps=-FMA,-AVX2:glibc.malloc.tcache_count=0",
        )],
        &[
            ("NO_COLOR", "1"),
            ("TERM", "dumb"),
            ("COLUMNS", "20"),
            ("HOME", "/nowhere"),
        ],
        &[("RAYON_NUM_THREADS", "7"), ("RUST_BACKTRACE", "full")],
    ];
    for environment in around {
        for jobs in ["1", "3"] {
            assert!(
                bytes(environment, jobs) == plain,
                "{environment:?}, {jobs} jobs"
            );
        }
    }
}

/// A clock that jumps cannot be seen: the library below the command line has none, which clippy and this
/// test forbid, and the wall time that the command line takes goes into `provenance.json` alone.
#[test]
fn the_library_knows_no_clock_no_host_and_no_environment() {
    let banned = [
        "time::Instant",
        "Instant::now",
        "SystemTime",
        "std::env",
        "env::var",
        "hostname",
        "thread::current",
    ];
    let mut stack = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut seen = 0;
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                // The command line and the terminal's demo measure, and say so.
                if !path.ends_with("src/cli") && !path.ends_with("src/tui") {
                    stack.push(path);
                }
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            for line in code.take_while(|line| !line.contains("#[cfg(test)]")) {
                let word = banned.iter().find(|word| line.contains(**word));
                assert!(
                    word.is_none() || is_allowed(&path, line),
                    "{}: {line}",
                    path.display()
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 200, "{seen}");
}

/// The program's own arguments.
fn is_allowed(path: &std::path::Path, line: &str) -> bool {
    path.ends_with("src/main.rs") && line.contains("std::env::args_os")
}
