//! One replication on several threads gives what it gives on one, byte for byte.

use std::collections::BTreeMap;
use std::sync::Mutex;

use pdsim::experiment::{self, Arm, Completion, Course, Options, Watch};
use pdsim::metrics::{Measured, Metrics};
use pdsim::model::{Divided, Indivisible, Plan, Status, Whole, World};
use pdsim::protocol::Observer;
use pdsim::report;
use pdsim::trace::{EventLog, Laws, TokenCheck};
use rayon::prelude::*;

use super::support::{scenario, scenario_file};

/// What hinders a division, by scenario; nothing for those that are divided.
const SHIPPED: [(&str, Option<Indivisible>); 27] = [
    ("always-all", None),
    ("always-all-or-none", None),
    ("atmosphere", None),
    ("atmosphere-week", None),
    ("bluesky-2025", Some(Indivisible::Takedown)),
    ("botnet-12k", Some(Indivisible::ThinWindows)),
    ("cheap-checks-first", Some(Indivisible::OnePds)),
    ("clock-skew", Some(Indivisible::Tokens)),
    ("college-dm", Some(Indivisible::Trace)),
    ("college-dm-20-per-hour", Some(Indivisible::Trace)),
    ("complaint-bound", Some(Indivisible::ThinWindows)),
    ("demo-base", None),
    ("fediverse-wave", Some(Indivisible::ThinWindows)),
    ("identity-price", Some(Indivisible::Listening)),
    ("interventions", Some(Indivisible::Interventions)),
    ("invitation-stuffing", Some(Indivisible::Contacts)),
    ("label-lag", Some(Indivisible::ThinWindows)),
    ("mm1", Some(Indivisible::OnePds)),
    ("plc-outage", Some(Indivisible::Tokens)),
    ("poc-docket", Some(Indivisible::OnePds)),
    ("poc-invitation", Some(Indivisible::Contacts)),
    ("queue-starve", Some(Indivisible::OnePds)),
    ("retry-storm", Some(Indivisible::Failures)),
    ("snowshoe", Some(Indivisible::OnePds)),
    ("spam-wave", None),
    ("sybil-pds", Some(Indivisible::ThinWindows)),
    ("two-pds", None),
];

/// Notes on how many threads replications ran.
#[derive(Default)]
struct Noted(Mutex<Vec<Result<usize, Indivisible>>>);

impl Watch for Noted {
    fn advanced(&self, _: u64, _: f64) {}

    fn finished(&self, _: &str, _: &experiment::Replication) {}

    fn divided(&self, _: &str, threads: Result<usize, &Indivisible>) {
        self.0
            .lock()
            .unwrap()
            .push(threads.map_err(|reason| *reason));
    }
}

/// The bytes of files by name, and how each replication was divided.
type FilesAndParts = (BTreeMap<String, Vec<u8>>, Vec<Result<usize, Indivisible>>);

/// The files of a run with so many threads per replication, and how it was divided.
fn files(arm: &Arm, threads: usize) -> FilesAndParts {
    let options = Options {
        threads: Some(1),
        per_replication: Some(threads),
        ..Options::default()
    };
    let noted = Noted::default();
    let results = experiment::run(std::slice::from_ref(arm), options, &noted);
    let results = results.expect("no law is broken");
    let files = report::run_files(arm, &results, &[]).into_iter();
    let files = files.map(|file| (file.name, file.bytes.into_owned()));
    (files.collect(), noted.0.into_inner().unwrap())
}

fn assert_same_bytes(name: &str, sets: &[&str]) {
    let arm = Arm::new(
        "base",
        scenario_file(&format!("scenarios/{name}.toml"), sets),
    );
    let (one, _) = files(&arm, 1);
    for threads in [2, 3, 8] {
        let (several, divided) = files(&arm, threads);
        let pdses = arm.plan().pds_count();
        let expected: Vec<_> = divided.iter().map(|_| Ok(threads.min(pdses))).collect();
        assert_eq!(divided, expected, "{name}");
        assert!(several.keys().eq(one.keys()), "{name}");
        for (file, bytes) in &one {
            assert!(several[file] == *bytes, "{name}/{file}: {threads} threads");
        }
    }
}

#[test]
fn what_can_be_divided_is_and_what_cannot_says_why() {
    let folder = format!("{}/scenarios", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(folder).expect("scenarios/");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let names = paths.filter_map(|path| {
        let is_scenario = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        let name = path.file_stem()?.to_string_lossy().into_owned();
        is_scenario.then_some(name)
    });
    let mut names: Vec<String> = names.collect();
    // Studies, and a scenario whose warm-up is found by pilots.
    let others = ["demo", "invitation-overflow", "warm-up"];
    names.retain(|name| !others.contains(&name.as_str()));
    names.sort();
    let shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, shipped, "every scenario has its line here");
    for (name, obstacle) in SHIPPED {
        let scenario = scenario_file(&format!("scenarios/{name}.toml"), &[]);
        let plan = Plan::new(&scenario);
        let shape = Arm::new("base", scenario.clone()).shape().clone();
        let fresh = || part(Metrics::new(shape.clone()), &plan);
        let divided = Divided::new(&plan, 1, 2, 40.0, fresh);
        assert_eq!(divided.err(), obstacle, "{name}");
    }
}

#[test]
fn shipped_scenarios_give_the_same_bytes_on_1_2_3_and_8_threads() {
    for name in ["two-pds", "demo-base"] {
        assert_same_bytes(name, &["run.replications=1"]);
    }
    for name in ["always-all", "always-all-or-none"] {
        assert_same_bytes(name, &["run.replications=1", "run.duration=25m"]);
    }
    let short = ["run.replications=1", "run.duration=9h"];
    assert_same_bytes("spam-wave", &short);
}

#[test]
#[ignore = "long: runs in release mode"]
fn all_replications_of_shipped_scenarios_give_the_same_bytes() {
    let divided = SHIPPED.iter().filter(|(_, obstacle)| obstacle.is_none());
    for (name, _) in divided.filter(|(name, _)| !name.starts_with("atmosphere")) {
        assert_same_bytes(name, &[]);
    }
}

#[test]
#[ignore = "long: runs in release mode"]
fn the_whole_network_gives_the_same_bytes_on_1_2_3_and_8_threads() {
    assert_same_bytes("atmosphere", &["run.duration=4h"]);
}

/// Stops every replication at the first look.
struct Stopping;

impl Watch for Stopping {
    fn advanced(&self, _: u64, _: f64) {}

    fn finished(&self, _: &str, _: &experiment::Replication) {}

    fn course(&self) -> Course {
        Course::Stop
    }
}

#[test]
fn a_divided_run_that_is_stopped_tells_what_is_in_flight_and_breaks_no_law() {
    let sets = ["run.replications=1", "run.duration=20h"];
    let arm = Arm::new("base", scenario_file("scenarios/spam-wave.toml", &sets));
    let options = Options {
        per_replication: Some(2),
        ..Options::default()
    };
    let results = experiment::run(&[arm], options, &Stopping).expect("no law is broken");
    let stopped = &results.arms[0].replications[0];
    let Completion::StoppedAt(at) = stopped.completion else {
        panic!("it went on to the end");
    };
    // Three events per message; the wave brings 15,000 messages an hour from the eighth hour on.
    assert!((8.0..12.0).contains(&(at.as_seconds() / 3600.0)), "{at:?}");
    assert!(stopped.events >= 1 << 16);
    let in_flight = stopped.measured.outcomes.iter();
    let mut in_flight = in_flight.filter(|row| row.outcome == "in-flight");
    assert!(in_flight.any(|row| row.count > 0));
}

/// What listens to a part of a run, as to any run.
type Watched = ((Metrics, Laws), Option<EventLog<Vec<u8>>>);

fn part(metrics: Metrics, plan: &Plan) -> Watched {
    let laws = Laws::new(plan.pds_count(), TokenCheck::Absent);
    ((metrics, laws.of_part()), None)
}

/// What a run gives.
type Seen = (Vec<String>, u64, u64, Vec<u64>);

fn seen(measured: &Measured, events: u64, ties: u64, evicted: Vec<u64>) -> Seen {
    let mut lines: Vec<String> = measured
        .values
        .iter()
        .map(|value| format!("{value:?}"))
        .collect();
    lines.extend(measured.outcomes.iter().map(|row| format!("{row:?}")));
    lines.extend(measured.series.iter().map(|point| format!("{point:?}")));
    lines.push(format!("{:?}", measured.created));
    for of in &measured.histograms {
        let buckets: Vec<_> = of.histogram.recorded().collect();
        lines.push(format!("{:?} {} {buckets:?}", of.class, of.stage));
    }
    (lines, events, ties, evicted)
}

/// One replication as `World` runs it, and in 2, 3 and 5 parts, however thin their windows.
fn assert_same_in_parts(name: &str, text: &str) {
    let arm = Arm::new("base", scenario(text));
    let events = same_in_parts(name, &arm, &[2, 3, 5]);
    assert!(
        events.expect("it is divided") > 1_000,
        "{name}: too few events are no test"
    );
}

/// The events of one replication; nothing where it cannot be divided.
fn same_in_parts(name: &str, arm: &Arm, all_parts: &[usize]) -> Result<u64, Indivisible> {
    let metrics = || Metrics::new(arm.shape().clone());
    let fresh = || part(metrics(), arm.plan());
    let _divides = Divided::new(arm.plan(), 1, 2, 0.0, fresh)?;
    let laws = Laws::new(arm.plan().pds_count(), TokenCheck::Absent);
    let mut watched: Watched = ((metrics(), laws), None);
    let watching: &mut dyn Observer = &mut watched;
    let mut world = World::new(arm.plan(), 1, watching);
    while world.step(u64::MAX) == Status::Running {}
    let (events, ties, evicted) = (world.events(), world.ties(), world.evicted_keys());
    drop(world);
    let ((whole, laws), _) = watched;
    assert_eq!(laws.broken(), []);
    let one = seen(&whole.finish(), events, ties, evicted);
    for parts in all_parts.iter().copied() {
        let divided = Divided::new(arm.plan(), 1, parts, 0.0, fresh)?;
        assert!((2..=parts).contains(&divided.shards.len()), "{name}");
        let Whole {
            observer: ((metrics, mut laws), _),
            events,
            ties,
            evicted,
        } = divided.run();
        laws.close_merged(arm.plan().horizon());
        assert_eq!(laws.broken(), [], "{name}");
        let several = seen(&metrics.finish(), events, ties, evicted);
        for (a, b) in one.0.iter().zip(&several.0) {
            assert_eq!(a, b, "{name}, {parts} parts");
        }
        assert_eq!(one, several, "{name}, {parts} parts");
    }
    Ok(events)
}

/// Each question of a scenario with answers that leave it divisible.
const CHOICES: [(&str, &[&str]); 11] = [
    (
        "[network]\n",
        &[
            "delay = { constant = \"1s\" }\n",
            "delay = { lognormal = { median = \"35ms\", sigma = 0.6 } }\nloss = \"3%\"\n",
            "delay = { uniform = { min = \"0s\", max = \"2s\" } }\n",
        ],
    ),
    (
        "",
        &[
            "[inbox.sync]\n",
            "[inbox.station]\nworkers = 1\ncapacity = 4\n",
            "[inbox.station]\nworkers = 2\ncapacity = 3\noverflow = \"drop-oldest\"\ncrash = \"2%\"\n",
            "[inbox.docket]\n",
        ],
    ),
    (
        "[pipeline]\norder = [\"token\", \"label\", \"block\", \"rate-limit\"]\n",
        &[
            "",
            "extra = { exponential = { mean = \"4s\" } }\n",
            "extra = { constant = \"1s\" }\n",
        ],
    ),
    (
        "",
        &[
            "",
            "[limits.a]\nalgorithm = { gcra = { burst = 3, rate = \"20/1h\" } }\nkey = \"sender\"\n",
            "[limits.a]\nalgorithm = { sliding-log = { limit = 2, window = \"10m\" } }\nkey = \"pds\"\n",
            "[limits.a]\nalgorithm = { concurrency = { limit = 2 } }\nkey = \"pds\"\nrefusal = \"reschedule\"\n",
        ],
    ),
    (
        "",
        &[
            "",
            "[labelers.one]\nsees = { first-message = {} }\nlag = { constant = \"45s\" }\npropagation = { stream = {} }\n",
            "[labelers.one]\nsees = { reports = { threshold = 2 } }\nlag = { uniform = { min = \"10s\", max = \"9m\" } }\npropagation = { poll = \"30s\" }\n",
            "[labelers.one]\nsees = { content = { recall = \"50%\", false-positive = \"1%\" } }\nlag = { uniform = { min = \"20s\", max = \"3m\" } }\nappeal = { wrongly = { chance = \"50%\", after = { exponential = { mean = \"5m\" } } } }\npropagation = { stream = {} }\n",
        ],
    ),
    (
        "",
        &[
            "",
            "[labelers.two]\nscope = \"each-pds\"\nsees = { first-message = {} }\nlag = { triage = { moderators = 1, handle = { constant = \"30s\" } } }\npropagation = { stream = { delay = { constant = \"1s\" } } }\n",
        ],
    ),
    (
        "",
        &[
            "",
            "[labels]\nenforcement = [\"recipient\", \"clean-up\"]\n",
        ],
    ),
    (
        "[senders.people]\nclass = \"ham\"\ncount = 150\nreport = { chance = \"40%\", after = { exponential = { mean = \"2m\" } } }\nblock = { chance = \"20%\", after = { constant = \"3m\" } }\n",
        &[
            "arrivals = { poisson = { rate = \"4/1h\" } }\n",
            "arrivals = { regular = { every = \"9m\", offset = \"1s\" } }\n",
            "arrivals = { sessions = { rate = \"1/1h\", messages = 5.0, gap = { exponential = { mean = \"20s\" } } } }\n",
        ],
    ),
    (
        "",
        &[
            "target = \"uniform\"\n",
            "target = { contacts = { mean = 6, new = \"20%\" } }\nread = { chance = \"70%\", after = { exponential = { mean = \"5m\" } } }\n",
            "target = \"uniform\"\nmute = { chance = \"30%\", after = { constant = \"1m\" } }\nread = { chance = \"50%\", after = { constant = \"0s\" } }\n",
        ],
    ),
    (
        "[senders.wave]\nclass = \"spam\"\ncount = 9\nstart = \"30m\"\ntarget = \"uniform\"\n",
        &[
            "arrivals = { poisson = { rate = \"60/1h\" } }\n",
            "arrivals = { regular = { every = \"20s\" } }\n",
        ],
    ),
    ("", &["", "identity-cost = 0.5\nrevenue-per-read = 0.01\n"]),
];

/// The scenario with one answer to each question, picked by the digits of a number.
fn picked(mut number: usize) -> String {
    let head = format!(
        "schema = 1\nname = \"picked\"\n[run]\nduration = \"2h\"\nwarmup = \"10m\"\nseed = {number}\n\
         [pds]\ncount = 7\naccounts = {{ zipf = {{ total = 170, s = 1.0 }} }}\n[output]\ntime-series = \"7m\"\n"
    );
    let mut text = head;
    for (question, answers) in CHOICES {
        text += question;
        text += answers[number % answers.len()];
        number /= answers.len();
    }
    text
}

/// How many of the scenarios of these numbers are divided; they give the same in parts.
fn divided_of(numbers: impl ParallelIterator<Item = usize>) -> usize {
    let is_divided = |number: &usize| {
        let arm = Arm::new("base", scenario(&picked(*number)));
        same_in_parts(&picked(*number), &arm, &[2, 3]).is_ok()
    };
    numbers.filter(is_divided).count()
}

/// A stride that has no divisor in common with the numbers of answers.
const STRIDE: usize = 7_919;

#[test]
fn whatever_a_divisible_scenario_consists_of_its_parts_give_the_same() {
    let divided = divided_of((0..24).into_par_iter().map(|index| index * STRIDE));
    assert!(divided >= 18, "{divided} of 24");
}

#[test]
#[ignore = "long: runs in release mode"]
fn a_thousand_divisible_scenarios_give_the_same_in_parts() {
    let numbers = (1_000..2_000).into_par_iter();
    let divided = divided_of(numbers.map(|index| index * STRIDE));
    assert!(divided >= 750, "{divided} of 1,000");
}

/// Ten small PDSes; the rest of a scenario is added.
const BASE: &str = r#"
schema = 1
name = "parts"
[run]
duration = "3h"
warmup = "20m"
seed = 5
[pds]
count = 10
accounts = { zipf = { total = 200, s = 1.0 } }
[output]
time-series = "7m"
[senders.people]
class = "ham"
count = 200
arrivals = { poisson = { rate = "4/1h" } }
target = { contacts = { mean = 6, new = "20%" } }
read = { chance = "70%", after = { exponential = { mean = "5m" } } }
report = { chance = "40%", after = { exponential = { mean = "2m" } } }
block = { chance = "20%", after = { constant = "3m" } }
[senders.wave]
class = "spam"
count = 12
start = "30m"
arrivals = { poisson = { rate = "60/1h" } }
target = "uniform"
"#;

#[test]
fn labels_by_reports_reach_every_part_in_time() {
    let rest = r#"
[network]
delay = { lognormal = { median = "35ms", sigma = 0.6 } }
loss = "2%"
[inbox.station]
workers = 1
capacity = 3
overflow = "drop-oldest"
crash = "3%"
[pipeline]
order = ["label", "block", "rate-limit"]
extra = { exponential = { mean = "3s" } }
[limits.pair]
algorithm = { sliding-log = { limit = 3, window = "60s" } }
key = "pair"
[limits.busy]
algorithm = { concurrency = { limit = 2 } }
key = "pds"
refusal = "reschedule"
[labelers.main]
sees = { reports = { threshold = 2 } }
lag = { lognormal = { median = "30s", sigma = 1.5 } }
propagation = { stream = { delay = { exponential = { mean = "4s" } } } }
"#;
    assert_same_in_parts("reports", &[BASE, rest].concat());
}

/// Everything happens at whole seconds, so that events of all kinds share their instants.
#[test]
fn events_of_one_instant_keep_their_order_in_parts() {
    let base = BASE
        .replace("exponential = { mean = \"5m\" }", "constant = \"0s\"")
        .replace("exponential = { mean = \"2m\" }", "constant = \"1s\"")
        .replace(
            "poisson = { rate = \"60/1h\" }",
            "regular = { every = \"20s\" }",
        )
        .replace(
            "poisson = { rate = \"4/1h\" }",
            "regular = { every = \"9m\", offset = \"1s\" }",
        );
    let rest = r#"
[network]
delay = { constant = "1s" }
[inbox.station]
workers = 1
[pipeline]
order = ["label", "block"]
extra = { constant = "1s" }
[labels]
enforcement = ["recipient", "clean-up"]
[labelers.a]
sees = { first-message = {} }
lag = { constant = "2s" }
propagation = { poll = "10s" }
expires = "15m"
[labelers.b]
sees = { reports = { threshold = 2 } }
lag = { triage = { moderators = 1, intake = { batches = { every = "30s", size = 4 } }, handle = { constant = "4s" } } }
propagation = { stream = {} }
right = "80%"
"#;
    assert_same_in_parts("ties", &[&base, rest].concat());
}

#[test]
fn labelers_of_single_pdses_that_err_and_take_back_do_so_in_parts() {
    let rest = r#"
[network]
delay = { uniform = { min = "5ms", max = "90ms" } }
[inbox.docket]
[pipeline]
order = ["token", "label", "rate-limit"]
cost = "node"
[limits.sender]
algorithm = { gcra = { burst = 4, rate = "10/1h" } }
key = "sender"
[labels]
enforcement = ["recipient"]
[labelers.hosts]
scope = "each-pds"
sees = { content = { recall = "60%", false-positive = "2%" } }
lag = { uniform = { min = "20s", max = "3m" } }
appeal = { wrongly = { chance = "90%", after = { exponential = { mean = "5m" } } } }
propagation = { stream = {} }
"#;
    assert_same_in_parts("hosts", &[BASE, rest].concat());
}

#[test]
fn a_synchronous_inbox_without_labelers_needs_no_window() {
    let rest = r#"
[inbox.sync]
[pipeline]
order = ["rate-limit"]
[limits.sender-pds]
algorithm = { token-bucket = { burst = 5, refill = "30/1h" } }
key = "sender-pds"
"#;
    assert_same_in_parts("sync", &[BASE, rest].concat());
}

/// Losses and full inboxes: messages fail, come back and go out again between the parts.
#[test]
fn further_attempts_find_their_way_between_parts() {
    let rest = r#"
[network]
delay = { lognormal = { median = "35ms", sigma = 0.6, shift = "5ms" } }
loss = "10%"
retry = { atproto = { tries = 4, base = "2s", cap = "9s" } }
[inbox.station]
workers = 1
capacity = 3
[pipeline]
order = ["label"]
extra = { exponential = { mean = "20s" } }
[labelers.main]
sees = { reports = { threshold = 2 } }
lag = { constant = "90s" }
propagation = { stream = {} }
"#;
    assert_same_in_parts("retries", &[BASE, rest].concat());
    // Everything at whole seconds: attempts meet sends, ends of service and each other.
    let at_seconds = BASE
        .replace(
            "poisson = { rate = \"60/1h\" }",
            "regular = { every = \"20s\" }",
        )
        .replace(
            "poisson = { rate = \"4/1h\" }",
            "regular = { every = \"4m\" }",
        );
    let rest = rest
        .replace(
            "{ lognormal = { median = \"35ms\", sigma = 0.6, shift = \"5ms\" } }",
            "{ constant = \"1s\" }",
        )
        .replace("cap = \"9s\"", "cap = \"8s\", jitter = \"0%\"")
        .replace("exponential = { mean = \"20s\" }", "constant = \"15s\"");
    assert_same_in_parts(
        "retries at whole seconds",
        &[&at_seconds, rest.as_str()].concat(),
    );
}
