//! Memory does not grow with the number of replications or of messages beyond the rows that are
//! written of them. The peak is the high-water mark of the resident set of the program, read while
//! it runs; only Linux tells it.

use std::time::Duration;

use crate::cli_program::Sandbox;
use crate::report::WAVE;

/// Thirteen thousand messages to a replication or so, with histograms of every class and stage.
fn busy() -> Sandbox {
    let text = WAVE.replace("rate = \"30/1h\"", "rate = \"600/1h\"");
    let text = text.replace("time-series = \"5m\"", "");
    let sandbox = Sandbox::with("wave.toml", &text);
    sandbox.write(
        "study.toml",
        "schema = 1\nname = \"study\"\nbase = \"wave.toml\"\n[compare]\nbaseline = \"none\"\nmetrics = [\"spam.leakage\"]\n[arm.none]\nlimits = {}\n[arm.limited]\n",
    );
    sandbox
}

/// Kilobytes of memory that a command takes at most, and bytes of the rows that it writes.
fn peak_and_rows(sandbox: &Sandbox, command: &str) -> (i64, i64) {
    let mut command = sandbox.command(&format!("{command} --no-report -q -j 2 --out a"));
    // How many heaps glibc's allocator opens hangs on how its threads meet.
    command.env("MALLOC_ARENA_MAX", "1");
    let output = std::process::Stdio::null;
    let mut child = command.stdout(output()).spawn().expect("it starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // The mark only rises: the last one that is read is the highest.
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let mark = mark.and_then(|mark| mark.trim().strip_suffix(" kB")?.parse().ok());
        peak = mark.unwrap_or(peak);
        if let Some(ended) = child.try_wait().expect("a child") {
            assert!(ended.success());
            break;
        }
        std::thread::sleep(Duration::from_micros(300));
    }
    let rows = sandbox.files("a").into_values();
    let rows: usize = rows.map(|bytes| bytes.len()).sum();
    std::fs::remove_dir_all(sandbox.path("a")).unwrap();
    (peak, i64::try_from(rows).unwrap())
}

/// Asserts that the second command takes no more memory than the first, but for its rows.
fn assert_rows_alone(sandbox: &Sandbox, few: &str, many: &str) {
    if !std::path::Path::new("/proc/self/status").exists() {
        eprintln!("skipped: this system does not tell how much memory a program takes");
        return;
    }
    // A busy machine may read the mark too early, and then again too early; never too late.
    let (small, few_rows) = (0..3).map(|_| peak_and_rows(sandbox, few)).max().unwrap();
    let (large, many_rows) = peak_and_rows(sandbox, many);
    let more_rows = (many_rows - few_rows) / 1024;
    println!("{few}: {small} KiB; {many}: {large} KiB, with {more_rows} KiB more of rows");
    // A row is held as a measure, as a record and as text, each with names of its own. A single
    // message more that is kept of each thousand would be ten times as much.
    let allowed = 10 * more_rows + 2_048;
    assert!(large - small < allowed, "{} KiB more", large - small);
}

#[test]
#[ignore = "long: runs in release mode"]
fn memory_does_not_grow_with_the_replications_of_a_run_beyond_their_rows() {
    let (few, many) = (
        "run wave.toml --replications 20",
        "run wave.toml --replications 200",
    );
    assert_rows_alone(&busy(), few, many);
}

#[test]
#[ignore = "long: runs in release mode"]
fn memory_does_not_grow_with_the_replications_of_a_comparison_beyond_their_rows() {
    let command = |count| format!("compare study.toml --replications {count}");
    assert_rows_alone(&busy(), &command(10), &command(100));
}

#[test]
#[ignore = "long: runs in release mode"]
fn memory_does_not_grow_with_the_points_of_a_sweep_beyond_their_rows() {
    let vary = |last: u32| {
        let values = (1..=last).map(|minutes| format!("{minutes}m"));
        let values = values.collect::<Vec<_>>().join(",");
        format!("sweep wave.toml --replications 4 --vary labelers.main.lag.constant={values}")
    };
    assert_rows_alone(&busy(), &vary(10), &vary(59));
}

#[test]
#[ignore = "long: runs in release mode"]
fn memory_does_not_grow_with_the_messages_of_a_run() {
    let command = |hours| {
        let rest = "--replications 4 --set senders.flood.stop=50m";
        format!("run wave.toml {rest} --set run.duration={hours}h")
    };
    assert_rows_alone(&busy(), &command(2), &command(20));
}
