//! Runs that are interrupted or killed, and go on: the bytes of an uninterrupted run in the end.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pdsim::experiment::sha256_hex;

use crate::cli_program::{Ended, Sandbox};
use crate::report::WAVE;

const STUDY: &str = r#"
schema = 1
name = "study"
base = "long.toml"
[compare]
baseline = "none"
metrics = ["spam.leakage"]
[arm.none]
limits = {}
[arm.limited]
"#;

/// Five points of two arms: with four replications forty in all, which run in two batches.
const SWEEP: &str = r#"
schema = 1
name = "sweep"
base = "long.toml"
[factor.lag]
key = "labelers.main.lag.constant"
values = ["2m", "5m", "10m", "20m", "40m"]
[arm.none]
limits = {}
[arm.limited]
"#;

/// Eight replications, each of which takes a while even where nothing else runs.
fn long() -> String {
    let four_hours = WAVE.replace("duration = \"1h\"", "duration = \"4h\"");
    let eight = four_hours.replace("replications = 2", "replications = 8");
    eight.replace("rate = \"30/1h\"", "rate = \"90/1h\"")
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with("long.toml", &long());
    sandbox.write("study.toml", STUDY);
    sandbox.write("sweep.toml", SWEEP);
    sandbox
}

fn journal(sandbox: &Sandbox, name: &str) -> PathBuf {
    sandbox.path(&format!(".{name}.partial/replications.jsonl"))
}

/// Replications that are kept: lines beyond the first.
fn kept(journal: &Path) -> usize {
    let bytes = std::fs::read(journal).unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n').count();
    // What follows the last line, and the head.
    lines.saturating_sub(2)
}

/// Starts a command and waits until so many replications are kept; none where it was over first.
fn started(sandbox: &Sandbox, arguments: &str, name: &str, until: usize) -> Option<Child> {
    let mut command = sandbox.command(arguments);
    let pipes = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("the program starts");
    // A minute, as long as anything takes on a busy machine.
    for _ in 0..60_000 {
        if kept(&journal(sandbox, name)) >= until {
            return Some(child);
        }
        if child.try_wait().expect("a child").is_some() {
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    panic!("nothing is kept");
}

/// Tries to stop a command before it is over; on a busy machine that takes several attempts.
fn stopped<T>(sandbox: &Sandbox, name: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    for _ in 0..20 {
        let found = attempt();
        if let Some(found) = found.filter(|_| !sandbox.path(name).exists()) {
            return found;
        }
        let _ = std::fs::remove_dir_all(sandbox.path(name));
    }
    panic!("it was over before it could be interrupted, twenty times");
}

/// Kills a command once so many replications are kept.
fn kill(sandbox: &Sandbox, arguments: &str, name: &str, until: usize) {
    stopped(sandbox, name, || {
        let mut child = started(sandbox, arguments, name, until)?;
        child.kill().expect("a child");
        child.wait().ok()
    });
}

/// Ctrl-C once so many replications are kept.
fn interrupt(sandbox: &Sandbox, arguments: &str, name: &str, until: usize) -> Ended {
    stopped(sandbox, name, || {
        let child = started(sandbox, arguments, name, until)?;
        let signal = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(signal.expect("kill").success());
        let output = child.wait_with_output().expect("a child");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Some(Ended {
            code: output.status.code().expect("an exit code, not a signal"),
            out: text(output.stdout),
            err: text(output.stderr),
        })
    })
}

#[test]
fn a_run_that_was_killed_goes_on_and_gives_the_same_bytes() {
    let sandbox = sandbox();
    sandbox.succeed("run long.toml --out whole");
    let whole = sandbox.results("whole");
    for until in [1, 4] {
        for jobs in ["1", "2"] {
            kill(
                &sandbox,
                &format!("run long.toml --out a -j {jobs}"),
                "a",
                until,
            );
            let before = kept(&journal(&sandbox, "a"));
            let gone_on = sandbox.succeed("run long.toml --out a -j 16");
            // A line that the signal cut in two is made again.
            let said = [before, before - 1].map(|kept| format!("going on: {kept} replication"));
            assert!(
                said.iter().any(|said| gone_on.err.contains(said)),
                "{}",
                gone_on.err
            );
            assert!(sandbox.results("a") == whole, "killed after {until}");
            assert!(!sandbox.path(".a.partial").exists());
            std::fs::remove_dir_all(sandbox.path("a")).unwrap();
        }
    }
    assert_eq!(
        sandbox.names("."),
        ["long.toml", "study.toml", "sweep.toml", "whole"]
    );
}

#[test]
fn an_interrupted_run_finishes_what_runs_and_goes_on_later() {
    let sandbox = sandbox();
    sandbox.succeed("run long.toml --out whole");
    let ended = interrupt(&sandbox, "run long.toml --out a -j 1", "a", 2);
    assert_eq!((ended.code, ended.out.as_str()), (130, ""), "{}", ended.err);
    assert!(
        ended.err.contains("the same command goes on"),
        "{}",
        ended.err
    );
    assert!(!sandbox.path("a").exists());
    let before = kept(&journal(&sandbox, "a"));
    assert!((2..8).contains(&before), "{before}");
    let ended = interrupt(&sandbox, "run long.toml --out a -j 1", "a", before + 1);
    assert_eq!(ended.code, 130, "{}", ended.err);
    sandbox.succeed("run long.toml --out a -j 1");
    assert!(sandbox.results("a") == sandbox.results("whole"));
    let again = sandbox.succeed("run long.toml --out a");
    assert!(again.out.contains("up to date"), "{}", again.out);
}

/// Forty short replications.
const SWEEPING: &str = "sweep sweep.toml --replications 4 --no-report --set run.duration=1h --set senders.people.arrivals.poisson.rate=20/1h";

/// A command is killed and interrupted after each of so many replications, and goes on each time
/// with another number of threads: the bytes are those of `command` without any of it.
fn comes_to_the_same(sandbox: &Sandbox, command: &str, moments: &[usize]) {
    sandbox.succeed(&format!("{command} --out whole -j 1"));
    let whole = sandbox.results("whole");
    sandbox.succeed(&format!("{command} --out wide -j 16"));
    assert!(sandbox.results("wide") == whole, "-j 16");
    for (place, until) in moments.iter().enumerate() {
        let jobs = ["1", "2", "16"][place % 3];
        kill(
            sandbox,
            &format!("{command} --out a -j {jobs}"),
            "a",
            *until,
        );
        let jobs = ["16", "1", "2"][place % 3];
        sandbox.succeed(&format!("{command} --out a -j {jobs}"));
        assert!(sandbox.results("a") == whole, "killed after {until}");
        std::fs::remove_dir_all(sandbox.path("a")).unwrap();
        let ended = interrupt(sandbox, &format!("{command} --out b -j 2"), "b", *until);
        assert_eq!((ended.code, ended.out.as_str()), (130, ""), "{}", ended.err);
        let told = "the same command goes on";
        assert!(ended.err.contains(told), "{}", ended.err);
        assert!(!sandbox.path("b").exists());
        assert!(kept(&journal(sandbox, "b")) >= *until);
        sandbox.succeed(&format!("{command} --out b"));
        assert!(sandbox.results("b") == whole, "interrupted after {until}");
        std::fs::remove_dir_all(sandbox.path("b")).unwrap();
    }
    let left = sandbox.names(".").into_iter();
    let left: Vec<String> = left.filter(|name| name.starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_comparison_that_was_stopped_goes_on_and_gives_the_same_bytes() {
    // Six replications in all, of two arms in turn.
    comes_to_the_same(&sandbox(), "compare study.toml --replications 3", &[1, 3]);
}

#[test]
fn a_sweep_that_was_stopped_goes_on_and_gives_the_same_bytes() {
    // Before the first batch of four points ended, and after.
    comes_to_the_same(&sandbox(), SWEEPING, &[1, 33]);
}

#[test]
fn a_sweep_that_is_killed_again_and_again_comes_to_its_end() {
    let sandbox = sandbox();
    let command = SWEEPING;
    sandbox.succeed(&format!("{command} --out whole"));
    for until in [3, 9, 20, 34] {
        kill(&sandbox, &format!("{command} --out a -j 2"), "a", until);
    }
    let ended = sandbox.succeed(&format!("{command} --out a"));
    // A line that was cut in two is made again, and four may have been.
    let told = ended.err.split("going on: ").nth(1).expect("what is kept");
    let kept: usize = told.split(' ').next().unwrap().parse().unwrap();
    assert!((30..40).contains(&kept), "{}", ended.err);
    assert!(sandbox.results("a") == sandbox.results("whole"));
    // Unfinished work of other points stands in the way.
    kill(&sandbox, &format!("{command} --out b -j 1"), "b", 2);
    let other = format!("{command} --out b --set labelers.main.lag.constant=1m");
    let refused = sandbox.run(&other);
    assert_eq!(
        (refused.code, refused.out.as_str()),
        (2, ""),
        "{}",
        refused.err
    );
    for said in ["unfinished results", "--overwrite", "--out DIR"] {
        assert!(refused.err.contains(said), "{}", refused.err);
    }
}

#[test]
fn damaged_work_is_made_again_and_work_of_something_else_stands_in_the_way() {
    let sandbox = sandbox();
    sandbox.succeed("run long.toml --out whole");
    kill(&sandbox, "run long.toml --out a -j 1", "a", 3);
    let path = journal(&sandbox, "a");
    let mut bytes = std::fs::read(&path).unwrap();
    let head = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let digit = bytes[head + 300..].iter().position(u8::is_ascii_digit);
    bytes[head + 300 + digit.unwrap()] ^= 1;
    bytes.truncate(bytes.len() - 40);
    std::fs::write(&path, &bytes).unwrap();
    let files = sandbox.files(".a.partial");
    let refused = sandbox.run("run long.toml --out a --seed 12");
    assert_eq!(
        (refused.code, refused.out.as_str()),
        (2, ""),
        "{}",
        refused.err
    );
    for said in ["unfinished results of seed 7", "--overwrite", "--out DIR"] {
        assert!(refused.err.contains(said), "{}", refused.err);
    }
    assert!(files == sandbox.files(".a.partial"));
    sandbox.succeed("run long.toml --out a");
    assert!(sandbox.results("a") == sandbox.results("whole"));
}

#[test]
fn unfinished_work_of_another_version_is_refused_unless_overwritten() {
    let sandbox = sandbox();
    kill(
        &sandbox,
        "run long.toml --out a -j 1 --replications 3",
        "a",
        1,
    );
    let path = journal(&sandbox, "a");
    let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
    let (head, rest) = text.split_once('\n').unwrap();
    let older = head[65..].replace(env!("CARGO_PKG_VERSION"), "0.0.1");
    let sum = sha256_hex(older.as_bytes());
    std::fs::write(&path, format!("{sum} {older}\n{rest}")).unwrap();
    let refused = sandbox.run("run long.toml --out a --replications 3");
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("version 0.0.1"), "{}", refused.err);
    sandbox.succeed("run long.toml --out a --replications 3 --overwrite");
    assert!(!sandbox.path(".a.partial").exists());
}
