//! Bad input: every fault names its place, what is wrong and what to write instead; exit code 2,
//! nothing written.

use crate::cli_program::Sandbox;

const GOOD: &str = r#"schema = 1
name = "good"
[run]
duration = "10m"
[network]
loss = "1%"
[pds]
accounts = { equal = { each = 5 } }
[inbox.station]
workers = 1
[senders.people]
class = "ham"
count = 2
arrivals = { poisson = { rate = "1/1m" } }
"#;

/// The lines of standard error that name a fault.
fn faults(err: &str) -> Vec<&str> {
    let is_fault = |line: &&str| line.contains("; ") && !line.starts_with("pdsim: ");
    err.lines().filter(is_fault).collect()
}

/// Runs and checks a scenario with these options; both refuse it and write nothing.
fn refused(sandbox: &Sandbox, options: &str) -> String {
    let before = sandbox.files(".");
    let ended = sandbox.run(format!("run a.toml {options}").trim_end());
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{}", ended.err);
    let checked = sandbox.run(format!("check a.toml {options}").trim_end());
    assert_eq!(checked.code, 2, "{}", checked.err);
    assert_eq!(faults(&checked.err), faults(&ended.err));
    assert!(before == sandbox.files("."), "something was written");
    ended.err
}

/// The scenario with one line changed is refused with exactly this fault.
fn refuses(line: &str, by: &str, fault: &str) {
    assert!(GOOD.contains(line), "{line}");
    let err = refused(&Sandbox::with("a.toml", &GOOD.replace(line, by)), "");
    assert_eq!(faults(&err), [fault], "{err}");
}

#[test]
fn the_scenario_that_the_faults_are_planted_in_is_sound() {
    Sandbox::with("a.toml", GOOD).succeed("run a.toml");
}

#[test]
fn a_value_without_a_unit() {
    refuses(
        "duration = \"10m\"",
        "duration = 60",
        "a.toml:4:12: `60` has no unit; write \"60s\" or \"60ms\"",
    );
}

#[test]
fn an_unknown_key() {
    let err = refused(
        &Sandbox::with("a.toml", &GOOD.replace("workers = 1", "worker = 1")),
        "",
    );
    assert!(
        faults(&err).contains(&"a.toml:10:1: unknown key `worker`; write `workers`"),
        "{err}"
    );
}

#[test]
fn a_price_of_honest_senders_or_below_nothing() {
    refuses(
        "count = 2",
        "count = 2\nidentity-cost = 1",
        "a.toml:14:17: honest senders neither buy identities nor earn by what is read; leave `identity-cost` out",
    );
    let spam = "[senders.shop]\nclass = \"spam\"\ncount = 2\nrevenue-per-read = -1.5\narrivals = { poisson = { rate = \"1/1m\" } }\n[senders.people]";
    let text = GOOD.replace("[senders.people]", spam);
    let err = refused(&Sandbox::with("a.toml", &text), "");
    assert!(
        err.contains("a.toml:14:20: -1.5 is no price; write a number from 0"),
        "{err}"
    );
}

#[test]
fn a_door_that_lets_nobody_in() {
    let door = "[ingress]\nlimit = { burst = 0, rate = \"1/s\" }\n[inbox.station]";
    let text = GOOD.replace("[inbox.station]", door);
    let err = refused(&Sandbox::with("a.toml", &text), "");
    assert!(faults(&err)[0].starts_with("a.toml:10:19: "), "{err}");
}

#[test]
fn a_negative_rate() {
    let err = refused(&Sandbox::with("a.toml", &GOOD.replace("1/1m", "-1/1m")), "");
    let [fault] = faults(&err)[..] else {
        panic!("{err}")
    };
    assert!(fault.starts_with("a.toml:14:33: `-1/1m` "), "{fault}");
    assert!(fault.contains("negative"), "{fault}");
}

#[test]
fn a_probability_above_1() {
    let err = refused(&Sandbox::with("a.toml", &GOOD.replace("\"1%\"", "1.5")), "");
    let [fault] = faults(&err)[..] else {
        panic!("{err}")
    };
    assert!(
        fault.starts_with("a.toml:6:8: `1.5` is not between 0 and 1; write a share"),
        "{fault}"
    );
}

#[test]
fn bad_toml() {
    refuses(
        "duration = \"10m\"",
        "duration = 10m",
        "a.toml:4:12: `10m` is not a value; write \"10m\" with quotes",
    );
}

#[test]
fn no_account_at_all() {
    let err = refused(
        &Sandbox::with(
            "a.toml",
            &GOOD.replace("accounts = { equal = { each = 5 } }\n", ""),
        ),
        "",
    );
    assert!(
        faults(&err)
            .iter()
            .any(|fault| fault.contains("no account at all")),
        "{err}"
    );
    let none = GOOD.replace("each = 5", "each = 0");
    let err = refused(&Sandbox::with("a.toml", &none), "");
    assert!(faults(&err)[0].starts_with("a.toml:8:"), "{err}");
}

#[test]
fn an_inbox_without_workers() {
    let err = refused(
        &Sandbox::with("a.toml", &GOOD.replace("workers = 1", "workers = 0")),
        "",
    );
    let [fault] = faults(&err)[..] else {
        panic!("{err}")
    };
    assert!(fault.starts_with("a.toml:10:11: "), "{fault}");
}

#[test]
fn a_missing_file() {
    let sandbox = Sandbox::new();
    let ended = sandbox.run("run a.toml");
    assert_eq!(ended.code, 2);
    assert!(
        ended
            .err
            .starts_with("a.toml: this file does not exist; check the path")
    );
    let traced = format!("{GOOD}[trace]\nfile = \"gone.csv\"\n");
    let err = refused(&Sandbox::with("a.toml", &traced), "");
    let [fault] = faults(&err)[..] else {
        panic!("{err}")
    };
    assert!(
        fault.starts_with("a.toml:16:8: `gone.csv` does not exist; "),
        "{fault}"
    );
}

#[test]
fn a_cycle_of_extends() {
    let sandbox = Sandbox::with("a.toml", &format!("extends = \"b.toml\"\n{GOOD}"));
    sandbox.write("b.toml", "extends = \"a.toml\"\n");
    let err = refused(&sandbox, "");
    assert_eq!(
        faults(&err),
        ["b.toml:1:11: a.toml extends b.toml extends a.toml; take one `extends` out"]
    );
}

#[test]
fn an_unknown_key_of_set() {
    let err = refused(&Sandbox::with("a.toml", GOOD), "--set run.durations=2h");
    assert_eq!(
        faults(&err),
        ["--set run.durations=2h: unknown key `durations`; write `duration`"]
    );
}

#[test]
fn a_trace_out_of_order() {
    let sandbox = Sandbox::with(
        "a.toml",
        &format!("{GOOD}[trace]\nfile = \"data/messages.csv\"\n"),
    );
    sandbox.write(
        "data/messages.csv",
        "time_s,sender,recipient\n2,a,b\n1,b,a\n",
    );
    let err = refused(&sandbox, "");
    assert_eq!(
        faults(&err),
        ["data/messages.csv:3:1: `1` is earlier than the row before; sort the rows by time"]
    );
}

#[test]
fn more_senders_than_accounts_and_a_start_after_the_stop() {
    let err = refused(
        &Sandbox::with("a.toml", &GOOD.replace("count = 2", "count = 6")),
        "",
    );
    assert!(
        faults(&err)[0].starts_with("a.toml:13:9: 6 honest senders"),
        "{err}"
    );
    let stops = GOOD.replace("count = 2", "count = 2\nstart = \"5m\"\nstop = \"4m\"");
    let err = refused(&Sandbox::with("a.toml", &stops), "");
    assert!(faults(&err)[0].starts_with("a.toml:15:8: "), "{err}");
}

#[test]
fn all_faults_are_told_at_once_in_their_order() {
    let text = GOOD
        .replace("duration = \"10m\"", "duration = 60\nwarm-up = \"1s\"")
        .replace("\"1%\"", "2");
    let err = refused(
        &Sandbox::with("a.toml", &text),
        "--set auth.lifetime=x --set nu=1",
    );
    let places: Vec<&str> = faults(&err)
        .iter()
        .filter_map(|fault| fault.split(": ").next())
        .collect();
    let expected = ["a.toml:4:12", "a.toml:5:1", "a.toml:7:8"];
    assert_eq!(places[..3], expected, "{err}");
    assert!(
        places.contains(&"--set auth.lifetime=x") && places.contains(&"--set nu=1"),
        "{err}"
    );
    assert!(
        err.ends_with("pdsim: 5 errors; nothing was written\n"),
        "{err}"
    );
}

#[test]
fn a_study_or_a_policy_is_no_scenario() {
    let policy = "schema = 1\n[limits.a]\nkey = \"sender\"\n\
        algorithm = { sliding-log = { limit = 1, window = \"1s\" } }\n";
    let sandbox = Sandbox::with("a.toml", policy);
    let ended = sandbox.run("run a.toml");
    assert_eq!(ended.code, 2);
    assert!(
        ended.err.contains("this is a policy, not a scenario"),
        "{}",
        ended.err
    );
    assert!(
        sandbox
            .succeed("check a.toml")
            .out
            .contains("a.toml: policy, ok")
    );
}

#[test]
fn a_study_is_checked_with_its_base_its_arms_and_its_factors() {
    let sandbox = Sandbox::with("base.toml", GOOD);
    let study = "schema = 1\nname = \"s\"\nbase = \"base.toml\"\n\
        [compare]\nbaseline = \"none\"\nmetrics = [\"spam.leakage\"]\n\
        [arm.none]\nlimits = {}\n\
        [arm.slow]\ninbox.station.workers = 2\n\
        [factor.lag]\nkey = \"network.loss\"\nvalues = [\"1%\", \"2%\"]\n";
    sandbox.write("study.toml", study);
    assert_eq!(
        sandbox.succeed("check study.toml").out,
        "study.toml: study, ok\n"
    );
    sandbox.write(
        "study.toml",
        study
            .replace("workers = 2", "workers = 0")
            .replace("\"2%\"", "\"200%\"")
            .replace("baseline = \"none\"", "baseline = \"nine\"")
            .replace("spam.leakage", "spam.leak"),
    );
    let ended = sandbox.run("check study.toml");
    assert_eq!(ended.code, 2);
    let starts = [
        "study.toml:5:12: ",
        "study.toml:6:11: ",
        "study.toml:10:25: ",
        "study.toml:13:17: ",
    ];
    let found = faults(&ended.err);
    assert_eq!(found.len(), starts.len(), "{}", ended.err);
    for (fault, start) in found.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault} at {start}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let sandbox = Sandbox::with("a.toml", GOOD);
    for arguments in [
        "",
        "rum a.toml",
        "run",
        "run a.toml --sead 1",
        "run a.toml -j 0",
        "run a.toml --threads 0",
        "run a.toml --threads two",
        "run a.toml --seed x",
        "run a.toml -q -v",
    ] {
        let ended = sandbox.run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments}");
        assert!(!ended.err.is_empty(), "{arguments}");
    }
    assert_eq!(sandbox.names("."), ["a.toml"]);
    assert!(sandbox.succeed("--version").out.starts_with("pdsim "));
}

#[test]
fn colours_are_drawn_only_when_asked_for() {
    let sandbox = Sandbox::with("a.toml", "schema = 2\n");
    assert!(!sandbox.run("check a.toml").err.contains('\u{1b}'));
    assert!(
        !sandbox
            .run("check a.toml --color never")
            .err
            .contains('\u{1b}')
    );
    assert!(
        sandbox
            .run("check a.toml --color always")
            .err
            .contains('\u{1b}')
    );
}

#[test]
fn editors_get_faults_and_origins_as_json() {
    let sandbox = Sandbox::with("a.toml", &GOOD.replace("workers = 1", "workers = -1"));
    let ended = sandbox.run("check a.toml --format json");
    assert_eq!((ended.code, ended.err.as_str()), (2, ""));
    let list: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let fault = &list[0]["faults"][0];
    assert_eq!(
        (fault["line"].as_u64(), fault["column"].as_u64()),
        (Some(10), Some(11))
    );
    assert_eq!(
        (list[0]["ok"].as_bool(), fault["severity"].as_str()),
        (Some(false), Some("error"))
    );
}

#[test]
fn every_resolved_value_names_its_origin() {
    let sandbox = Sandbox::with("b.toml", GOOD);
    sandbox.write(
        "a.toml",
        "extends = \"b.toml\"\nname = \"a\"\npipeline.cost = \"node\"\n",
    );
    let out = sandbox
        .succeed("check a.toml --resolved --set run.seed=9")
        .out;
    let lines: Vec<&str> = out.lines().collect();
    for line in [
        "name = \"a\"  # a.toml:2",
        "run.duration = \"10m\"  # b.toml:4",
        "run.seed = 9  # --set run.seed=9",
        "run.epoch = 0  # default",
        "inbox.station.workers = 1  # b.toml:10",
        "senders.people.count = 2  # b.toml:13",
    ] {
        assert!(lines.contains(&line), "{line} in\n{out}");
    }
    let of_preset = |line: &&str| line.starts_with("pipeline.cost.token.");
    assert!(
        lines
            .iter()
            .any(|line| of_preset(line) && line.ends_with("# a.toml:3")),
        "{out}"
    );
}
