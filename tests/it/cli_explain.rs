//! `pdsim explain`, `schema`, `completions`, `man`: everything that has a name has a meaning.

use crate::cli_program::Sandbox;

/// The names in a list of `explain`.
fn names(sandbox: &Sandbox, list: &str) -> Vec<String> {
    let out = sandbox.succeed(&format!("explain {list}")).out;
    let name = |line: &str| line.split_whitespace().next().expect("a name").to_owned();
    let names: Vec<String> = out.lines().skip(1).map(name).collect();
    assert!(!names.is_empty(), "{list}");
    names
}

#[test]
fn every_name_of_every_list_is_explained() {
    let sandbox = Sandbox::new();
    for list in [
        "metrics",
        "keys",
        "policies",
        "attackers",
        "outcomes",
        "errors",
    ] {
        // Names of a kind of which there are hundreds are explained by the same few lines of code.
        for name in names(&sandbox, list)
            .iter()
            .step_by(if list == "keys" { 7 } else { 3 })
        {
            let out = sandbox.succeed(&format!("explain {name}")).out;
            assert!(out.starts_with(name.as_str()), "{name}: {out}");
            assert!(out.lines().count() >= 2, "{name}: {out}");
        }
    }
}

#[test]
fn names_with_parts_filled_in_are_found() {
    let sandbox = Sandbox::new();
    for (name, part) in [
        ("limit.per-pair.reject", "attempts the layer itself refused"),
        ("latency.ham.queue.p99", "99th percentile"),
        ("refused.limit.per-pair", "first to refuse"),
        ("senders.wave.start", "default \"0s\""),
        ("limits.mine.algorithm.gcra.rate", "required"),
        (
            "senders.people.report.after.lognormal.median",
            "span of time",
        ),
        ("lifetime", "auth.lifetime"),
    ] {
        let out = sandbox.succeed(&format!("explain {name}")).out;
        assert!(out.contains(part), "{name}: {out}");
    }
}

#[test]
fn every_metric_and_outcome_of_a_run_is_explained() {
    let sandbox = Sandbox::new();
    sandbox.succeed("init a.toml");
    sandbox.succeed("run a.toml --replications 1");
    let column = |file: &str, column: usize| {
        let text = sandbox.read(&format!("results/a/{file}.csv"));
        let cell = |line: &str| line.split(',').nth(column).expect("a cell").to_owned();
        let mut cells: Vec<String> = text.lines().skip(1).map(cell).collect();
        cells.sort();
        cells.dedup();
        cells
    };
    let metrics = column("summary", 1);
    assert!(metrics.len() > 40, "{metrics:?}");
    for name in metrics.iter().step_by(5).chain(&column("outcomes", 4)) {
        sandbox.succeed(&format!("explain {name}"));
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let sandbox = Sandbox::new();
    for (name, near) in [
        ("spam.leakag", "`spam.leakage`"),
        ("slidding-log", "`sliding-log`"),
        ("metrisc", "`metrics`"),
        ("durations", "`duration`"),
    ] {
        let ended = sandbox.run(&format!("explain {name}"));
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{name}");
        assert!(ended.err.contains(near), "{name}: {}", ended.err);
    }
}

#[test]
fn the_schema_is_json_and_knows_every_table() {
    let schema = Sandbox::new().succeed("schema").out;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    for key in [
        "extends",
        "run",
        "senders",
        "limits",
        "limits-charging",
        "labelers",
        "expect",
    ] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}

#[test]
fn completions_and_the_manual_name_every_command() {
    let sandbox = Sandbox::new();
    let commands = [
        "run", "check", "limits", "show", "diff", "replay", "explain", "init", "trace",
    ];
    for shell in ["bash", "zsh", "fish"] {
        let script = sandbox.succeed(&format!("completions {shell}")).out;
        assert!(
            commands.iter().all(|command| script.contains(command)),
            "{shell}"
        );
    }
    let manual = sandbox.succeed("man").out;
    let page = |command: &str| manual.contains(&format!(".TH pdsim-{command} "));
    assert!(commands.iter().all(|command| page(command)));
}
