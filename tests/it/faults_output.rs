//! Faults of the world around the program: full disks, folders that cannot be written or vanish,
//! signals at any moment, damaged and foreign results, two processes at one place. No finished
//! replication is lost, no half file stands under a final name, the message says what to do.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::cli_program::{Ended, Sandbox};

/// Replications of some milliseconds each.
const SHORT: &str = r#"
schema = 1
name = "short"
[run]
duration = "30m"
replications = 12
seed = 5
[pds]
accounts = { list = [30, 10] }
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
"#;

fn sandbox() -> Sandbox {
    Sandbox::with("short.toml", SHORT)
}

/// The command after a line of shell: limits and redirections that only a shell can set.
fn after(sandbox: &Sandbox, line: &str, arguments: &str) -> Ended {
    let program = env!("CARGO_BIN_EXE_pdsim");
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{line}\n'{program}' {arguments}")])
        .current_dir(sandbox.path("."))
        .stdin(Stdio::null());
    Ended::of(command)
}

/// What stands in a folder is a whole result or nothing at all.
fn whole_or_nothing(
    sandbox: &Sandbox,
    folder: &str,
    expected: &std::collections::BTreeMap<String, Vec<u8>>,
) {
    if sandbox.path(folder).exists() {
        assert!(
            sandbox.results(folder) == *expected,
            "{folder} is not whole"
        );
    }
}

#[test]
fn a_full_disk_ends_with_1_and_leaves_nothing_half_written() {
    let sandbox = sandbox();
    sandbox.succeed("run short.toml --out whole");
    let whole = sandbox.results("whole");
    // A limit on the size of a file fails as a full disk does: the write comes back short, and then
    // with an error. SIGXFSZ would kill the process, so it is ignored.
    for blocks in [1, 2, 8, 20] {
        let line = format!("trap '' XFSZ; ulimit -f {blocks}");
        let ended = after(&sandbox, &line, "run short.toml --out a");
        assert_eq!(ended.code, 1, "{blocks}: {}", ended.err);
        assert!(ended.err.contains("cannot write"), "{}", ended.err);
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        assert!(!sandbox.path("a").exists(), "{blocks}");
    }
    // With room again the same command goes on with what was kept.
    sandbox.succeed("run short.toml --out a");
    assert!(sandbox.results("a") == whole);
    // What stood there before is still there after a failure.
    let ended = after(
        &sandbox,
        "trap '' XFSZ; ulimit -f 8",
        "run short.toml --out a --overwrite",
    );
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(sandbox.results("a") == whole);
}

#[test]
fn a_full_standard_output_ends_with_1_and_a_closed_one_quietly() {
    let sandbox = sandbox();
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: there is no /dev/full");
        return;
    }
    let ended = after(&sandbox, "exec > /dev/full", "run short.toml --out a");
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(
        ended.err.contains("cannot write to standard output"),
        "{}",
        ended.err
    );
    // The results are there all the same.
    assert!(sandbox.path("a/summary.csv").exists());
    for arguments in ["show a", "explain keys", "schema", "run short.toml --out b"] {
        let ended = after(&sandbox, "exec >&-", arguments);
        assert!(
            !ended.err.contains("panicked"),
            "{arguments}: {}",
            ended.err
        );
    }
    let program = env!("CARGO_BIN_EXE_pdsim");
    let line = format!("'{program}' explain keys | head -n 1; echo \"${{PIPESTATUS[0]}}\"");
    let mut command = Command::new("bash");
    command.args(["-c", &line]).current_dir(sandbox.path("."));
    let ended = Ended::of(command);
    assert!(ended.out.ends_with("\n0\n"), "{}", ended.out);
    assert_eq!(ended.err, "");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_the_run() {
    let sandbox = sandbox();
    // Nobody may write below these, not even root: a kernel's own folder, and a file.
    sandbox.write("file", "");
    for place in ["/proc/pdsim/a", "file/a"] {
        let ended = sandbox.run(&format!("run short.toml --out {place}"));
        assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{}", ended.err);
        assert!(ended.err.contains("cannot write"), "{}", ended.err);
    }
    assert_eq!(sandbox.names("."), ["file", "short.toml"]);
}

#[test]
fn a_read_only_folder_is_told_before_the_run() {
    let sandbox = sandbox();
    std::fs::create_dir(sandbox.path("locked")).unwrap();
    let mode = |mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(sandbox.path("locked"), permissions).unwrap();
    };
    mode(0o555);
    let is_root = std::fs::write(sandbox.path("locked/x"), "").is_ok();
    let ended = sandbox.run("run short.toml --out locked/a");
    mode(0o755);
    if is_root {
        eprintln!("skipped: root may write everywhere");
        return;
    }
    assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{}", ended.err);
    assert!(ended.err.contains("cannot write"), "{}", ended.err);
    assert!(sandbox.names("locked").is_empty());
}

#[test]
fn a_folder_that_vanishes_during_the_run_loses_nothing_that_was_promised() {
    let sandbox = sandbox();
    sandbox.succeed("run short.toml --out whole");
    let whole = sandbox.results("whole");
    for _ in 0..3 {
        let mut child = spawn(&sandbox, "run short.toml --replications 60 --out in/a -j 1");
        wait_for(
            &mut child,
            &sandbox.path("in/.a.partial/replications.jsonl"),
        );
        std::fs::remove_dir_all(sandbox.path("in")).unwrap();
        let (status, err) = finish(child);
        // It is written after all, or said that it is not.
        match status.code() {
            Some(0) => assert!(sandbox.path("in/a/summary.csv").exists()),
            code => {
                assert_eq!(code, Some(1), "{err}");
                assert!(err.contains("cannot write"), "{err}");
            }
        }
        let _ = std::fs::remove_dir_all(sandbox.path("in"));
    }
    sandbox.succeed("run short.toml --out in/a");
    assert!(sandbox.results("in/a") == whole);
}

fn spawn(sandbox: &Sandbox, arguments: &str) -> Child {
    let mut command = sandbox.command(arguments);
    let pipes = command.stdout(Stdio::null()).stderr(Stdio::piped());
    pipes.spawn().expect("the program starts")
}

fn wait_for(child: &mut Child, path: &Path) {
    for _ in 0..60_000 {
        if path.exists() || child.try_wait().expect("a child").is_some() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("{} never came", path.display());
}

fn finish(mut child: Child) -> (ExitStatus, String) {
    let mut err = String::new();
    let mut pipe = child.stderr.take().expect("it is piped");
    pipe.read_to_string(&mut err).expect("text");
    (child.wait().expect("a child"), err)
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .stderr(Stdio::null())
        .status();
    // It may be over already.
    sent.expect("kill");
}

/// Signals at moments that spread over the whole run, each followed by the same command again; what
/// is kept never shrinks, and the end is that of an uninterrupted run.
fn signals(tries: u32, most_ms: u32) {
    let sandbox = sandbox();
    sandbox.succeed("run short.toml --out whole -j 2");
    let whole = sandbox.results("whole");
    for number in 0..tries {
        let signal = ["-INT", "-TERM", "-KILL"][number as usize % 3];
        let child = spawn(&sandbox, "run short.toml --out a -j 2");
        // Moments that no two tries share: multiples of the golden ratio.
        let part = f64::from(number) * 0.618_033_988_75 % 1.0;
        let wait = Duration::from_secs_f64(part * f64::from(most_ms) / 1e3);
        std::thread::sleep(wait);
        send(&child, signal);
        let (status, err) = finish(child);
        assert!(!err.contains("panicked"), "{signal} after {wait:?}: {err}");
        let killed = signal == "-KILL" && status.signal() == Some(9);
        // Before the first line of the program a signal ends it as it ends any.
        let too_early = status
            .signal()
            .is_some_and(|signal| [2, 15].contains(&signal));
        let ended = matches!(status.code(), Some(0 | 130));
        assert!(
            killed || too_early || ended,
            "{signal} after {wait:?}: {status}: {err}"
        );
        whole_or_nothing(&sandbox, "a", &whole);
        if status.code() == Some(0) {
            std::fs::remove_dir_all(sandbox.path("a")).unwrap();
        } else if number % 4 == 3 {
            sandbox.succeed("run short.toml --out a -j 2");
            assert!(sandbox.results("a") == whole);
            std::fs::remove_dir_all(sandbox.path("a")).unwrap();
        }
    }
    sandbox.succeed("run short.toml --out a --overwrite");
    assert!(sandbox.results("a") == whole);
    assert_eq!(sandbox.names("."), ["a", "short.toml", "whole"]);
}

#[test]
fn signals_at_any_moment_lose_nothing() {
    signals(9, 120);
}

#[test]
#[ignore = "long: a hundred runs that are interrupted"]
fn a_hundred_signals_at_any_moment_lose_nothing() {
    signals(100, 250);
}

#[test]
fn a_system_that_ends_the_program_is_obeyed_in_order() {
    let sandbox = sandbox();
    let mut child = spawn(
        &sandbox,
        "run short.toml --replications 100000 --out a -j 1",
    );
    wait_for(&mut child, &sandbox.path(".a.partial/replications.jsonl"));
    send(&child, "-TERM");
    let (status, err) = finish(child);
    assert_eq!(status.code(), Some(130), "{err}");
    assert!(err.contains("the same command goes on"), "{err}");
    assert!(!sandbox.path("a").exists() && !sandbox.path(".a.partial/lock").exists());
}

#[test]
fn two_processes_at_one_place_do_not_mix() {
    let sandbox = sandbox();
    let mut first = spawn(
        &sandbox,
        "run short.toml --replications 100000 --out a -j 1",
    );
    wait_for(&mut first, &sandbox.path(".a.partial/replications.jsonl"));
    let process = first.id().to_string();
    let second = sandbox.run("run short.toml --replications 100000 --out a");
    assert_eq!(
        (second.code, second.out.as_str()),
        (1, ""),
        "{}",
        second.err
    );
    for said in ["another pdsim", &process, "--out DIR"] {
        assert!(second.err.contains(said), "{}", second.err);
    }
    let elsewhere = sandbox.run("run short.toml --out b");
    assert_eq!(elsewhere.code, 0, "{}", elsewhere.err);
    first.kill().unwrap();
    first.wait().unwrap();
    // A dead process holds nothing: what it kept is gone on with.
    let third = spawn(
        &sandbox,
        "run short.toml --replications 100000 --out a -j 1",
    );
    std::thread::sleep(Duration::from_millis(100));
    send(&third, "-INT");
    let (status, err) = finish(third);
    assert!(matches!(status.code(), Some(130) | None), "{err}");
    assert!(!err.contains("another pdsim"), "{err}");
}

#[test]
fn damaged_and_foreign_results_are_told_and_never_believed() {
    let sandbox = sandbox();
    sandbox.succeed("run short.toml --replications 2 --out a --no-report");
    let files = sandbox.results("a");
    let readers = [
        "show d",
        "diff a d",
        "report d --out r.html",
        "replay d",
        "trace d --msg 0-0",
    ];
    let damaged = |bytes: &[u8], how: u32| -> Vec<u8> {
        let middle = bytes.len() / 2;
        match how {
            0 => bytes[..middle].to_vec(),
            1 => Vec::new(),
            2 => bytes
                .iter()
                .enumerate()
                .map(|(i, byte)| if i == middle { byte ^ 0x15 } else { *byte })
                .collect(),
            _ => b"\x1f\x8b\x08\x00\xff\xfe not results \x00".to_vec(),
        }
    };
    let mut told = 0;
    for (name, bytes) in &files {
        for how in 0..4 {
            let _ = std::fs::remove_dir_all(sandbox.path("d"));
            for (other, bytes) in &files {
                sandbox.write(&format!("d/{other}"), bytes);
            }
            sandbox.write(&format!("d/{name}"), damaged(bytes, how));
            for reader in readers {
                let ended = sandbox.run(reader);
                let is_known = (0..=5).contains(&ended.code);
                let is_panic =
                    ended.err.contains("panicked") || ended.err.contains("a fault of pdsim");
                assert!(
                    is_known && !is_panic,
                    "{name} {how}: {reader}: {} {}",
                    ended.code,
                    ended.err
                );
                told += u32::from(ended.code != 0);
            }
        }
    }
    assert!(told > 20, "{told}");
    // A folder of something else is left alone.
    let _ = std::fs::remove_dir_all(sandbox.path("d"));
    sandbox.write("d/thesis.txt", "years of work");
    let ended = sandbox.run("run short.toml --out d --overwrite");
    assert_eq!(ended.code, 2, "{}", ended.err);
    assert_eq!(sandbox.read("d/thesis.txt"), "years of work");
}
