//! `pdsim trace`: lives that a hand calculation foretells, fates that a run of the other policy
//! confirms, timelines that obey their format.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cli_program::Sandbox;

/// One spammer writes to one recipient at 0, 1, 2, ... minutes; 10 ms in transit, 10 ms of checks.
/// The first message is delivered at 20 ms, so that its label comes at 671.02 s; before that ten
/// messages fill the limit.
const FLOOD: &str = r#"
schema = 1
name = "flood"
[run]
duration = "20m"
[network]
delay = { constant = "10ms" }
[pds]
accounts = { list = [1, 1] }
[inbox.station]
workers = 1
[pipeline]
cost = { label = { constant = "10ms" } }
[limits.per-pair]
algorithm = { sliding-log = { limit = 10, window = "1h" } }
key = "pair"
[senders.wave]
class = "spam"
count = 1
arrivals = { regular = { every = "1m", offset = "0s" } }
target = { one = {} }
[labelers.main]
sees = { first-message = {} }
lag = { constant = "671s" }
"#;

/// Two slow workers, losses and retries.
const BUSY: &str = r#"
schema = 1
name = "busy"
[run]
duration = "10m"
seed = 7
[network]
loss = "5%"
[pds]
accounts = { list = [20, 30] }
[inbox.station]
workers = 2
capacity = 12
[pipeline]
extra = { exponential = { mean = "900ms" } }
[senders.people]
class = "ham"
count = 50
arrivals = { poisson = { rate = "5/1m" } }
retry = { atproto = {} }
[output]
events = "all"
"#;

fn flood() -> Sandbox {
    Sandbox::with("flood.toml", FLOOD)
}

/// What is printed of the message with this ordinal.
fn life_of(sandbox: &Sandbox, ordinal: u32) -> String {
    let stream = sandbox
        .succeed("trace flood.toml --where class=spam --alone")
        .out;
    let id = stream["Message ".len()..]
        .split('-')
        .next()
        .unwrap()
        .to_owned();
    let command = format!("trace flood.toml --msg {id}-{ordinal}");
    sandbox.succeed(&command).out
}

fn assert_lines(text: &str, lines: &[&str]) {
    let squeezed: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for line in lines {
        assert!(squeezed.iter().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn a_life_says_what_each_check_saw() {
    // Written at 3 min, taken at 180.01 s; the label comes at 671.02 s, 491.01 s = 8 min 11 s later.
    assert_lines(
        &life_of(&flood(), 3),
        &[
            "+10.00 ms taken by a worker after waiting 0 s",
            "token pass 59.99 s left of its time",
            "label pass none yet, issued 8 min 11 s later by `main`",
            "block pass not blocked, nor later",
            "contact pass everybody may write to everybody",
            "rate-limit pass per-pair: 7 of 10 left",
            "+20.00 ms outcome: delivered",
            "Latency 20.00 ms = retry 0 s + network 10.00 ms + queue 0 s + service 10.00 ms",
            "Why it leaked: no check refused it.",
            "label the label of `main` on its sender came 8 min 11 s too late",
        ],
    );
}

#[test]
fn a_label_that_travels_is_told_with_its_issue_and_with_when_it_is_known_here() {
    // A minute from the labeler to each PDS: issued at 671.02 s, known at 731.02 s, which is 491.01 s
    // and 551.01 s after the message of 3 min was taken.
    let stream = "lag = { constant = \"671s\" }\npropagation = { stream = { delay = { constant = \"60s\" } } }";
    let text = FLOOD.replace("lag = { constant = \"671s\" }", stream);
    let sandbox = Sandbox::with("flood.toml", &text);
    assert_lines(
        &life_of(&sandbox, 3),
        &[
            "label pass none yet, issued 8 min 11 s later by `main`, known here 9 min 11 s later",
            "label the label of `main` on its sender came 9 min 11 s too late",
        ],
    );
    // Who asks message by message is not told of it.
    let text = FLOOD.replace("lag =", "propagation = { cache = \"5m\" }\nlag =");
    let sandbox = Sandbox::with("flood.toml", &text);
    let told = "label pass none yet, issued 8 min 11 s later by `main`";
    assert_lines(&life_of(&sandbox, 3), &[told]);
}

#[test]
fn a_life_as_json_says_what_the_text_says() {
    let sandbox = flood();
    let id = life_of(&sandbox, 11)["Message ".len()..]
        .split(':')
        .next()
        .unwrap()
        .to_owned();
    let command = format!("trace flood.toml --format json --msg {id}");
    let told = sandbox.succeed(&command);
    let whole: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(
        (&whole["arm"], &whole["replication"]),
        (&"base".into(), &1.into())
    );
    let life = &whole["lives"][0];
    assert_eq!(life["message"], id.as_str());
    // Written at 660 s, taken 10 ms later, when ten of ten have gone; 10 ms of checks.
    assert_eq!(life["created_ns"], 660_000_000_000_u64);
    assert_eq!(life["ended_ns"], 660_020_000_000_u64);
    assert_eq!(life["outcome"], "refused.limit.per-pair");
    let taken = life["steps"].as_array().unwrap();
    let taken = taken.iter().find(|step| !step["checks"].is_null()).unwrap();
    assert_eq!(taken["t_ns"], 660_010_000_000_u64);
    let verdicts: Vec<(&str, &str)> = taken["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["check"].as_str().unwrap(),
                row["verdict"].as_str().unwrap(),
            )
        })
        .collect();
    let passed = ["token", "label", "block", "contact"].map(|check| (check, "pass"));
    assert_eq!(verdicts[..4], passed);
    assert_eq!(verdicts[4], ("rate-limit", "refused"));
    let stages = &life["stages_ns"];
    assert_eq!(stages["network"], 10_000_000);
    assert_eq!(stages["service"], 10_000_000);
    assert_eq!(stages["total"], 20_000_000);
    let fates = life["fates"].as_array().unwrap();
    let open = fates
        .iter()
        .find(|fate| fate["policy"] == "the limits of proof-of-concept");
    // Ten per minute and pair: the message of every minute is one of one.
    let open = open.expect("a preset");
    assert_eq!(open["outcome"], "delivered");
    assert_eq!(open["set"][0], "limits={}");
    assert!(told.err.contains("--perfetto"), "{}", told.err);
    let none = sandbox.run_args(&[
        "trace",
        "flood.toml",
        "--format",
        "json",
        "--where",
        "latency>1h",
    ]);
    let none: Value = serde_json::from_str(&none.out).unwrap();
    assert_eq!(none["lives"], Value::Array(Vec::new()));
}

#[test]
fn a_refusal_says_which_check_and_when_there_is_room_again() {
    let sandbox = flood();
    // Taken at 600.01 s; the first admission, at 10 ms, is older than 1 h from 3600.01 s on (closed
    // edge: one nanosecond later), 3000 s = 50 min later.
    assert_lines(
        &life_of(&sandbox, 10),
        &[
            "rate-limit REFUSED per-pair: 0 of 10 left, room again in 50 min",
            "+20.00 ms outcome: refused.limit.per-pair",
        ],
    );
    // Taken at 720.01 s; the label is known since 671.02 s, for 48.99 s.
    assert_lines(
        &life_of(&sandbox, 12),
        &[
            "label REFUSED known for 48.99 s, by `main`",
            "rate-limit not asked",
            "+20.00 ms outcome: refused.label",
        ],
    );
}

#[test]
fn fates_under_other_policies_are_those_that_a_run_of_them_gives() {
    let sandbox = flood();
    let text = life_of(&sandbox, 7);
    let id = text["Message ".len()..].split(':').next().unwrap();
    // Half the limit holds 5; a label without lag is known from 20 ms on.
    assert_lines(
        &text,
        &[
            "half of limits.per-pair: refused.limit.per-pair after 20.00 ms",
            "labels known as soon as a labeler sees enough: refused.label after 20.00 ms",
            "no first contact: refused.contact after 20.00 ms",
        ],
    );
    let (mut tried, mut sets, mut fate) = (0, Vec::new(), String::new());
    let stopped = text.split("What would have stopped it").nth(1).unwrap();
    for line in stopped.lines().skip(1).chain(["  : end after"]) {
        if let Some(set) = line.strip_prefix("      --set '") {
            sets.push(set.strip_suffix('\'').unwrap().to_owned());
            continue;
        }
        if !sets.is_empty() {
            assert_eq!(outcome_with(&sandbox, id, &sets), fate, "{sets:?}");
            tried += 1;
            sets.clear();
        }
        let told = line.rsplit_once(": ").map_or("", |(_, told)| told);
        fate = told.split(" after").next().unwrap_or_default().to_owned();
    }
    assert!(tried >= 5, "{text}");
}

/// The outcome of a message in the event log of a run with these assignments.
fn outcome_with(sandbox: &Sandbox, id: &str, sets: &[String]) -> String {
    let mut arguments = vec!["run", "flood.toml", "--overwrite", "--out", "other"];
    let all = ["output.events=\"all\"".to_owned()];
    for set in sets.iter().chain(&all) {
        arguments.extend(["--set", set.as_str()]);
    }
    let ended = sandbox.run_args(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let log = sandbox.read("other/events.ndjson");
    let finished = events(&log)
        .into_iter()
        .find(|event| event["event"] == "finished" && event["message"] == id);
    finished.expect("it has an outcome")["outcome"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn events(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_label_would_not_have_stopped_the_first_message() {
    let text = life_of(&flood(), 0);
    let not = text
        .lines()
        .find(|line| line.starts_with("Would not have stopped it"))
        .unwrap();
    assert!(not.contains("labels known as soon as"), "{text}");
    assert!(text.contains("no first contact: refused.contact"), "{text}");
}

#[test]
fn where_finds_the_first_messages_in_the_order_of_writing() {
    let sandbox = flood();
    let command = ["trace", "flood.toml", "--alone", "--first", "3", "--where"];
    let traced = |query: &str| {
        let ended = sandbox.run_args(&[&command[..], &[query]].concat());
        assert_eq!(ended.code, 0, "{}", ended.err);
        let titles = ended
            .out
            .lines()
            .filter(|line| line.starts_with("Message "));
        titles
            .map(|line| line.split(['-', ':']).nth(1).unwrap().parse().unwrap())
            .collect()
    };
    let first: Vec<u32> = traced("class=spam and outcome=delivered");
    assert_eq!(first, [0, 1, 2]);
    let late: Vec<u32> = traced("outcome~refused and created>=11m");
    assert_eq!(late, [11, 12, 13]);
    let none: Vec<u32> = traced("latency>1h");
    assert_eq!(none, [0; 0]);
}

#[test]
fn what_cannot_be_traced_is_told_with_its_place() {
    let sandbox = flood();
    let fails = |arguments: &[&str], told: &str| {
        let ended = sandbox.run_args(&[&["trace"], arguments].concat());
        assert_eq!(ended.code, 2, "{}{}", ended.out, ended.err);
        assert!(ended.err.contains(told), "{told}\n{}", ended.err);
    };
    fails(
        &["flood.toml", "--where", "class=spam and latensy>2s"],
        "--where:1:16: a message has no field `latensy`; write latency",
    );
    fails(&["flood.toml", "--msg", "9-9999"], "has no message 9-9999");
    fails(&["flood.toml", "--msg", "x"], "write STREAM-ORDINAL");
    fails(
        &["flood.toml", "--replication", "2"],
        "write --replication 1",
    );
    fails(&["flood.toml", "--arm", "bas"], "write --arm base");
    fails(
        &["flood.toml", "--try", "limits.per-pair.ky=\"pds\""],
        "per-pair.ky",
    );
    fails(&["none.toml"], "does not exist");
    sandbox.write("empty/x", "");
    fails(&["empty"], "holds no results");
}

#[test]
fn a_folder_tells_the_same_life_as_its_scenario_and_a_study_holds_its_arms_against_each_other() {
    let sandbox = flood();
    sandbox.succeed("run flood.toml");
    let last = |text: &str| text.rsplit_once("`pdsim").unwrap().0.to_owned();
    let of_file = sandbox.succeed("trace flood.toml").out;
    let of_folder = sandbox.succeed("trace results/flood").out;
    assert_eq!(last(&of_file), last(&of_folder));
    sandbox.write(
        "study.toml",
        "schema = 1\nname = \"study\"\nbase = \"flood.toml\"\n[compare]\nbaseline = \"as-is\"\n[arm.as-is]\n[arm.closed]\ncontact.rule = \"none\"\n[arm.tight]\nlimits.per-pair.algorithm.sliding-log.limit = 1\n",
    );
    let of_study = sandbox.succeed("trace study.toml").out;
    assert_lines(
        &of_study,
        &[
            "closed: refused.contact after 20.00 ms",
            "Would not have stopped it: tight.",
        ],
    );
    sandbox.succeed("compare study.toml");
    let of_comparison = sandbox.succeed("trace results/study").out;
    assert_eq!(last(&of_study), last(&of_comparison));
    let refused = sandbox
        .succeed("trace study.toml --arm closed --where class=spam")
        .out;
    assert!(
        refused.contains("Why it was not delivered: the rule of first contact"),
        "{refused}"
    );
    assert_lines(&refused, &["as-is: delivered after 20.00 ms"]);
}

#[test]
fn the_event_log_of_a_trace_is_that_of_the_run() {
    let sandbox = Sandbox::with("busy.toml", BUSY);
    sandbox.succeed("run busy.toml");
    sandbox.succeed("trace results/busy --ndjson log.ndjson");
    let of_run = sandbox.read("results/busy/events.ndjson");
    assert_eq!(sandbox.read("log.ndjson"), of_run);
    // A life is whole or not there.
    sandbox.succeed("trace busy.toml --ndjson some.ndjson --sample 20%");
    let count = |log: &str| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for event in events(log) {
            let id = event["message"].as_str().map(str::to_owned);
            *counts.entry(id.unwrap_or_default()).or_default() += 1;
        }
        counts
    };
    let (all, some) = (count(&of_run), count(&sandbox.read("some.ndjson")));
    assert!(some.iter().all(|(id, lines)| all[id] == *lines));
    let share = some.len() as f64 / all.len() as f64;
    // 2,500 messages or so: 20 % within 5 standard deviations of 0.8 %.
    assert!((share - 0.2).abs() < 0.04, "{share} of {}", all.len());
}

/// A timeline by kind of event.
struct Timeline(Vec<Value>);

impl Timeline {
    fn of(text: &str) -> Self {
        let whole: Value = serde_json::from_str(text).unwrap();
        Self(whole["traceEvents"].as_array().unwrap().clone())
    }

    fn kind<'t>(&'t self, phases: &'t [&str]) -> impl Iterator<Item = &'t Value> {
        let is_meant = move |event: &&Value| phases.iter().any(|phase| event["ph"] == *phase);
        self.0.iter().filter(is_meant)
    }
}

/// Microseconds with three decimals as nanoseconds.
fn ns(value: &Value) -> i64 {
    let exact = value.as_f64().unwrap() * 1_000.0;
    assert!((exact - exact.round()).abs() < 1e-3, "{value}");
    format!("{exact:.0}").parse().unwrap()
}

#[test]
fn the_spans_of_a_timeline_nest_and_add_up_to_the_stages() {
    let sandbox = Sandbox::with("busy.toml", BUSY);
    sandbox.succeed("trace busy.toml --perfetto life.json --ndjson log.ndjson");
    let timeline = Timeline::of(&sandbox.read("life.json"));
    let mut lives: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for event in timeline.kind(&["b", "e"]) {
        lives
            .entry(event["id"].as_str().unwrap())
            .or_default()
            .push(event);
    }
    let log = events(&sandbox.read("log.ndjson"));
    let created = log
        .iter()
        .filter(|event| event["event"] == "created")
        .count();
    assert_eq!(lives.len(), created, "one span a message, unique ids");
    let mut served = 0;
    for (id, events) in &lives {
        let mut open: Vec<&Value> = Vec::new();
        let (mut outer, mut inner, mut at) = (0, 0, i64::MIN);
        let mut service = None;
        for event in events {
            assert!(ns(&event["ts"]) >= at, "{id}: in the order of time");
            at = ns(&event["ts"]);
            if event["ph"] == "b" {
                assert_eq!(event["pid"], events[0]["pid"]);
                open.push(event);
                continue;
            }
            let begin = open.pop().expect("a span that ends has begun");
            assert_eq!(begin["name"], event["name"], "{id}: spans nest");
            let length = at - ns(&begin["ts"]);
            match open.len() {
                0 => outer += length,
                _ => inner += length,
            }
            if event["name"] == "service" {
                service = Some(length);
            }
        }
        assert!(open.is_empty(), "{id}: every span ends");
        if events[0]["args"]["outcome"] == "delivered" {
            served += 1;
            assert_eq!(outer, inner, "{id}: the stages fill the span");
            // The worker's own time, as the event log tells it.
            let taken = log
                .iter()
                .find(|event| event["event"] == "taken" && event["message"].as_str() == Some(id));
            let told = taken.unwrap()["service_ns"].as_i64();
            assert_eq!(service.or(Some(0)), told, "{id}");
        }
    }
    assert!(served > 500, "{served}");
}

#[test]
fn a_worker_serves_one_message_at_a_time_and_the_counter_counts_who_waits() {
    let sandbox = Sandbox::with("busy.toml", BUSY);
    sandbox.succeed("trace busy.toml --perfetto life.json --ndjson log.ndjson");
    let timeline = Timeline::of(&sandbox.read("life.json"));
    let mut ends: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    let mut services: Vec<&Value> = timeline.kind(&["X"]).collect();
    services.sort_by_key(|event| ns(&event["ts"]));
    for event in services {
        let thread = (
            event["pid"].as_i64().unwrap(),
            event["tid"].as_i64().unwrap(),
        );
        assert!((1..=2).contains(&thread.1), "two workers");
        let end = ends.entry(thread).or_insert(i64::MIN);
        assert!(
            ns(&event["ts"]) >= *end,
            "a worker has one message at a time"
        );
        *end = ns(&event["ts"]) + ns(&event["dur"]);
    }
    let named = timeline
        .kind(&["M"])
        .filter(|event| event["name"] == "thread_name");
    assert_eq!(named.count(), 4, "two PDSes of two workers");
    // Who waits, counted anew from the event log.
    let (mut homes, mut waiting) = (BTreeMap::new(), [0_i64; 2]);
    let mut counted = Vec::new();
    for event in events(&sandbox.read("log.ndjson")) {
        let id = event["message"].as_str().unwrap().to_owned();
        let change = match event["event"].as_str().unwrap() {
            "created" => {
                homes.insert(
                    id,
                    pdsim::units::cast::index(event["recipient_pds"].as_u64().unwrap()),
                );
                continue;
            }
            "entered" => 1,
            "taken" => -1,
            _ => continue,
        };
        waiting[homes[&id]] += change;
        counted.push((
            event["t_ns"].as_i64().unwrap(),
            homes[&id],
            waiting[homes[&id]],
        ));
    }
    let shown = timeline.kind(&["C"]).map(|event| {
        let pds = pdsim::units::cast::index(event["pid"].as_u64().unwrap()) - 1;
        (
            ns(&event["ts"]),
            pds,
            event["args"]["messages"].as_i64().unwrap(),
        )
    });
    let shown: Vec<(i64, usize, i64)> = shown.take(counted.len()).collect();
    assert_eq!(shown, counted);
}

#[test]
fn a_file_that_cannot_be_written_is_told_and_none_is_left_after_a_fault() {
    let sandbox = flood();
    let ended = sandbox.run("trace flood.toml --perfetto none/life.json");
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(
        ended.err.contains("cannot write none/life.json"),
        "{}",
        ended.err
    );
    let ended = sandbox.run("trace flood.toml --msg 9-9999 --ndjson log.ndjson");
    assert_eq!(ended.code, 2, "{}", ended.err);
    assert_eq!(sandbox.names("."), ["flood.toml"]);
}
