//! `pdsim init`, `show`, `diff`, `replay`: from a template to results and back.

use crate::cli_program::{Csv, Sandbox};

#[test]
fn every_template_is_accepted_and_runs_without_a_warning() {
    let sandbox = Sandbox::new();
    for template in ["spam-wave", "queue", "invitation"] {
        let file = format!("my {template}.toml");
        let init = sandbox.run_args(&["init", "--template", template, &file]);
        assert_eq!(init.code, 0, "{}", init.err);
        let check = sandbox.run_args(&["check", &file]);
        assert_eq!(
            (check.code, check.out),
            (0, format!("{file}: scenario, ok\n"))
        );
        let run = sandbox.run_args(&["run", &file]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{template}");
    }
    let results = ["my-invitation", "my-queue", "my-spam-wave"];
    assert_eq!(sandbox.names("results"), results);
    sandbox.succeed("init --template policy p.toml");
    assert_eq!(sandbox.succeed("check p.toml").out, "p.toml: policy, ok\n");
}

#[test]
fn init_never_overwrites() {
    let sandbox = Sandbox::with("a.toml", "mine");
    let ended = sandbox.run("init a.toml");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert_eq!(sandbox.read("a.toml"), "mine");
    assert_eq!(sandbox.run("init nowhere/a.toml").code, 1);
}

/// Results of the template, in `results/a`.
fn ran() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.succeed("init a.toml");
    sandbox.succeed("run a.toml --replications 2");
    sandbox
}

#[test]
fn show_repeats_what_run_showed() {
    let sandbox = ran();
    let run = sandbox
        .succeed("run a.toml --replications 2 --overwrite")
        .out;
    let show = sandbox.succeed("show results/a").out;
    assert!(run.starts_with(&show), "{run}\n{show}");
    let csv = sandbox.succeed("show results/a --format csv").out;
    assert_eq!(csv, sandbox.read("results/a/summary.csv"));
}

#[test]
fn show_counts_by_columns_and_keeps_what_is_asked_for() {
    let sandbox = ran();
    let outcomes = Csv::of(&sandbox.read("results/a/outcomes.csv"));
    let spam = outcomes.rows.iter().filter(|row| row["class"] == "spam");
    let sum: u64 = spam.map(|row| row["count"].parse::<u64>().unwrap()).sum();
    let by_class = sandbox
        .succeed("show results/a --by class --format csv")
        .out;
    assert_eq!(
        Csv::of(&by_class).value(&[("class", "spam")], "count"),
        sum.to_string()
    );
    let rows = sandbox
        .succeed("show results/a --by metric,replication --where metric~leakage --format csv");
    let rows = Csv::of(&rows.out);
    // Three metrics of leakage (nothing is ever held as a request), in two replications each.
    assert_eq!(rows.rows.len(), 6);
    let unknown = sandbox.run("show results/a --by colour");
    assert_eq!((unknown.code, unknown.out.as_str()), (2, ""));
    assert!(
        unknown.err.contains("outcomes: arm, replication, class"),
        "{}",
        unknown.err
    );
    assert_eq!(sandbox.run("show results").code, 2);
    assert_eq!(sandbox.run("show results/a --where class").code, 2);
}

#[test]
fn diff_names_values_and_numbers_that_differ() {
    let sandbox = ran();
    let same = sandbox.succeed("diff results/a results/a").out;
    assert_eq!(same, "the same scenario and the same numbers\n");
    sandbox.succeed("run a.toml --replications 2 --set run.seed=2 --out b");
    let out = sandbox.succeed("diff results/a b").out;
    assert!(out.contains("\nrun.seed  1  2\n"), "{out}");
    assert!(
        out.contains("spam.leakage ") && out.contains("delivered"),
        "{out}"
    );
    assert!(!out.contains("run.duration"), "{out}");
    assert_eq!(sandbox.run("diff results/a nowhere").code, 2);
}

#[test]
fn a_replay_gives_the_same_bytes_or_names_the_first_difference() {
    let sandbox = ran();
    let same = sandbox.succeed("replay results/a -j 2").out;
    assert!(same.contains("every byte the same"), "{same}");
    let text = sandbox.read("results/a/outcomes.csv");
    let mut lines: Vec<&str> = text.lines().collect();
    let row = lines
        .iter()
        .position(|line| line.starts_with("base,1,ham,people,delivered,"));
    let row = row.expect("people get something delivered");
    lines[row] = "base,1,ham,people,delivered,1";
    sandbox.write("results/a/outcomes.csv", lines.join("\n") + "\n");
    let ended = sandbox.run("replay results/a");
    assert_eq!(ended.code, 5, "{}", ended.err);
    assert!(
        ended.out.contains(&format!(
            "differs in outcomes.csv\noutcomes.csv, row {}, column count\n",
            row + 1
        )),
        "{}",
        ended.out
    );
    std::fs::remove_file(sandbox.path("results/a/histograms.csv")).unwrap();
    let ended = sandbox.run("replay results/a");
    assert_eq!(ended.code, 5);
    assert!(
        ended.out.contains("histograms.csv is missing"),
        "{}",
        ended.out
    );
    assert_eq!(sandbox.run("replay a.toml").code, 2);
}

#[test]
fn a_replay_takes_large_inputs_from_elsewhere() {
    let scenario = "schema = 1\nname = \"t\"\n[inbox.sync]\n[trace]\nfile = \"data/m.csv\"\n";
    let sandbox = Sandbox::with("t.toml", scenario);
    sandbox.write("data/m.csv", "time_s,sender,recipient\n0,a,b\n1,b,a\n");
    sandbox.succeed("run t.toml --out t");
    std::fs::remove_dir_all(sandbox.path("t/inputs")).unwrap();
    assert_eq!(sandbox.run("replay t").code, 2);
    sandbox.succeed("replay t --inputs data");
    // Another file of that name is found out by its hash.
    sandbox.write("other/m.csv", "time_s,sender,recipient\n0,a,b\n2,b,a\n");
    let ended = sandbox.run("replay t --inputs other");
    assert_eq!(ended.code, 5, "{}", ended.err);
    assert!(ended.out.contains("manifest.json"), "{}", ended.out);
}

#[test]
fn an_incomplete_run_cannot_be_replayed() {
    let sandbox = Sandbox::new();
    sandbox.succeed("init a.toml");
    sandbox.succeed("run a.toml --max-events 1000 -q");
    let ended = sandbox.run("replay results/a");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
}
