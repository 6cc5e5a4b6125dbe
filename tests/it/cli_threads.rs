//! `pdsim run --threads`: no byte of the results depends on it, and what cannot be divided says so.

use crate::cli_program::Sandbox;

const CALM: &str = r#"
schema = 1
name = "calm"
[run]
duration = "1h"
[pds]
count = 3
accounts = { equal = { each = 20 } }
[senders.people]
class = "ham"
count = 60
arrivals = { poisson = { rate = "30/1h" } }
"#;

/// The line of `provenance.json` that begins with `key`.
fn provenance(sandbox: &Sandbox, out: &str, key: &str) -> Option<String> {
    let text = sandbox.read(&format!("{out}/provenance.json"));
    let mut lines = text.lines().map(str::trim);
    let found = lines.find(|line| line.starts_with(&format!("\"{key}\":")));
    found.map(|line| line.trim_end_matches(',').to_owned())
}

#[test]
fn a_run_on_two_threads_gives_the_bytes_of_one_and_says_so_in_the_provenance_alone() {
    let sandbox = Sandbox::with("calm.toml", CALM);
    for threads in [1, 2, 3] {
        let ended = sandbox.succeed(&format!(
            "run calm.toml --threads {threads} --out t{threads}"
        ));
        assert!(!ended.err.contains("thread"), "{}", ended.err);
        let told = provenance(&sandbox, &format!("t{threads}"), "threads_per_replication");
        let expected = format!("\"threads_per_replication\": {threads}");
        assert_eq!(told, Some(expected));
    }
    assert!(sandbox.results("t1") == sandbox.results("t2"));
    assert!(sandbox.results("t1") == sandbox.results("t3"));
}

#[test]
fn a_scenario_that_cannot_be_divided_runs_on_one_thread_and_says_why() {
    let replies = "reply = { chance = \"10%\", after = { constant = \"1m\" } }\n";
    let sandbox = Sandbox::with("calm.toml", &[CALM, replies].concat());
    let ended = sandbox.succeed("run calm.toml --threads 2 --out a");
    let told = "one thread per replication: people answer by messages of their own";
    assert!(ended.err.contains(told), "{}", ended.err);
    let reason = provenance(&sandbox, "a", "not_divided");
    let expected = "\"not_divided\": \"people answer by messages of their own\"";
    assert_eq!(reason.as_deref(), Some(expected));
    // Nobody asked: nothing is said.
    let ended = sandbox.succeed("run calm.toml --out b");
    assert!(!ended.err.contains("thread"), "{}", ended.err);
    assert!(sandbox.results("a") == sandbox.results("b"));
}

#[test]
fn there_are_no_more_threads_than_pdses() {
    let sandbox = Sandbox::with("calm.toml", CALM);
    let ended = sandbox.succeed("run calm.toml --threads 7 --out a");
    let told = "3 threads per replication: there are no more PDSes with accounts";
    assert!(ended.err.contains(told), "{}", ended.err);
}
