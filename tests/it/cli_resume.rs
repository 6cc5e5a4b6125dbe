//! Runs that are interrupted or killed, and go on: the bytes of an uninterrupted run in the end.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pdsim::experiment::sha256_hex;

use crate::cli_program::{Ended, Sandbox};

/// Eight replications, each of which takes a while even where nothing else runs.
const LONG: &str = r#"
schema = 1
name = "long"
[run]
duration = "3h"
replications = 8
seed = 11
[pds]
accounts = { list = [30, 10] }
[inbox.station]
workers = 1
[pipeline]
cost = "rust"
[limits.per-sender]
algorithm = { token-bucket = { burst = 3, refill = "20/1h" } }
key = "sender"
[senders.people]
class = "ham"
count = 40
arrivals = { poisson = { rate = "60/1h" } }
[senders.wave]
class = "spam"
count = 4
arrivals = { poisson = { rate = "100/1h" } }
[output]
time-series = "10m"
"#;

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

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with("long.toml", LONG);
    sandbox.write("study.toml", STUDY);
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

/// Starts a command and waits until so many replications are kept.
fn started(sandbox: &Sandbox, arguments: &str, name: &str, until: usize) -> Child {
    let mut command = sandbox.command(arguments);
    let pipes = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("the program starts");
    // A minute, as long as anything takes on a busy machine.
    for _ in 0..60_000 {
        if kept(&journal(sandbox, name)) >= until {
            return child;
        }
        let is_over = child.try_wait().expect("a child").is_some();
        assert!(!is_over, "it was over before it could be interrupted");
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    panic!("nothing is kept");
}

/// Kills a command once so many replications are kept.
fn kill(sandbox: &Sandbox, arguments: &str, name: &str, until: usize) {
    let mut child = started(sandbox, arguments, name, until);
    child.kill().expect("a child");
    child.wait().expect("a child");
    assert!(!sandbox.path(name).exists(), "{name} is not finished");
}

/// Ctrl-C once so many replications are kept.
fn interrupt(sandbox: &Sandbox, arguments: &str, name: &str, until: usize) -> Ended {
    let child = started(sandbox, arguments, name, until);
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.expect("kill").success());
    let output = child.wait_with_output().expect("a child");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ended {
        code: output.status.code().expect("an exit code, not a signal"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
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
    assert_eq!(sandbox.names("."), ["long.toml", "study.toml", "whole"]);
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

#[test]
fn a_comparison_that_was_killed_goes_on_and_gives_the_same_bytes() {
    let sandbox = sandbox();
    sandbox.succeed("compare study.toml --replications 3 --out whole");
    let command = "compare study.toml --replications 3 --out a -j 1";
    kill(&sandbox, command, "a", 3);
    sandbox.succeed(command);
    assert!(sandbox.results("a") == sandbox.results("whole"));
    assert!(!sandbox.path(".a.partial").exists());
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
    for said in ["unfinished results of seed 11", "--overwrite", "--out DIR"] {
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
