//! What is kept comes back as it was, and nothing else is taken for it.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::experiment::{Options, Results, Watch, run, run_kept};
use crate::report::{File as ResultFile, resolved, run_files};
use crate::scenario::{Loader, Memory, SCENARIO, Scenario};

/// Every kind of measure, series, histograms of both classes, an event log.
const WAVE: &str = r#"
schema = 1
name = "wave"
[run]
duration = "20m"
replications = 3
seed = 5
[network]
loss = "1%"
retry = { atproto = {} }
[pds]
accounts = { list = [6, 3, 1] }
[pipeline]
cost = "node"
[limits.per-sender]
algorithm = { token-bucket = { burst = 5, refill = "20/1h" } }
key = "sender"
[senders.people]
class = "ham"
count = 5
arrivals = { poisson = { rate = "40/1h" } }
[senders.wave]
class = "spam"
count = 2
arrivals = { poisson = { rate = "100/1h" } }
[output]
time-series = "5m"
events = "all"
histograms = "each"
"#;

fn arm(text: &str) -> Arm {
    let files = Memory::files([("a.toml", text.as_bytes())]);
    let mut loader = Loader::new(&files);
    let tree = loader.scenario("a.toml".as_ref(), &SCENARIO).unwrap();
    let scenario = Scenario::prepare(tree, &mut loader);
    Arm::new(
        "base",
        scenario.unwrap_or_else(|| panic!("{:?}", loader.faults)),
    )
}

fn journal(place: &Path, arm: &Arm) -> (Journal, Left) {
    let (arms, resolved) = (std::slice::from_ref(arm), [resolved(arm)]);
    let identity = Identity::of("wave", arms, &resolved);
    Journal::open(place, identity, work_keys(arms, &resolved)).unwrap()
}

fn bytes(arm: &Arm, results: &Results) -> Vec<(String, Vec<u8>)> {
    let files = run_files(arm, results, &[]).into_iter();
    let pair = |file: ResultFile<'_>| (file.name, file.bytes.into_owned());
    files.map(pair).collect()
}

/// Lets two replications begin and then no more.
struct Two(AtomicUsize);

impl Watch for Two {
    fn advanced(&self, _: u64, _: f64) {}

    fn finished(&self, _: &str, _: &Replication) {}

    fn may_begin(&self) -> bool {
        self.0.fetch_add(1, Ordering::SeqCst) < 2
    }
}

fn interrupted(place: &Path, arm: &Arm) {
    let (journal, _) = journal(place, arm);
    let one = Options {
        threads: Some(1),
        ..Options::default()
    };
    let two = Two(AtomicUsize::new(0));
    let arms = std::slice::from_ref(arm);
    assert!(run_kept(arms, one, &two, &journal).is_err());
    assert_eq!(journal.kept(), 2);
}

#[test]
fn a_run_that_goes_on_gives_the_bytes_of_one_that_was_not_interrupted() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("wave");
    let arm = arm(WAVE);
    let arms = std::slice::from_ref(&arm);
    let whole = run(arms, Options::default(), &()).unwrap();
    interrupted(&place, &arm);
    let (journal, left) = journal(&place, &arm);
    assert_eq!((journal.waiting(), left), (2, Left::Nothing));
    let gone_on = run_kept(arms, Options::default(), &(), &journal).unwrap();
    assert_eq!(journal.kept(), 3);
    assert!(bytes(&arm, &gone_on) == bytes(&arm, &whole));
    journal.discard().unwrap();
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn a_line_that_is_cut_or_changed_is_passed_over() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("wave");
    let arm = arm(WAVE);
    interrupted(&place, &arm);
    let path = partial(&place).unwrap().join(FILE);
    let sound = std::fs::read(&path).unwrap();
    let waiting = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        journal(&place, &arm).0.waiting()
    };
    assert_eq!(waiting(&sound), 2);
    // Every length of the last line but the whole of it.
    assert_eq!(waiting(&sound[..sound.len() - 1]), 1);
    assert_eq!(waiting(&sound[..sound.len() - 500]), 1);
    // A digit of the first replication.
    let head = sound.iter().position(|byte| *byte == b'\n').unwrap();
    let mut changed = sound.clone();
    let digit = changed[head + 200..].iter().position(u8::is_ascii_digit);
    changed[head + 200 + digit.unwrap()] ^= 1;
    assert_eq!(waiting(&changed), 1);
    // A head that is lost costs nothing: every line says what it is.
    changed.clone_from(&sound);
    changed[10] ^= 1;
    assert_eq!(waiting(&changed), 2);
}

#[test]
fn what_was_made_of_something_else_is_not_taken() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("wave");
    interrupted(&place, &arm(WAVE));
    let other = arm(&WAVE.replace("seed = 5", "seed = 6"));
    let (found, left) = journal(&place, &other);
    assert_eq!(found.waiting(), 0);
    assert_eq!(left, Left::Other(vec!["seed 5".to_owned()]));
    let other = arm(&WAVE.replace("burst = 5", "burst = 6"));
    let (found, left) = journal(&place, &other);
    assert_eq!(found.waiting(), 0);
    let values = "other values of the scenario".to_owned();
    assert_eq!(left, Left::Other(vec![values.clone()]));
    // More replications are another run, but those that are made are made.
    let other = arm(&WAVE.replace("replications = 3", "replications = 4"));
    let (found, left) = journal(&place, &other);
    assert_eq!((found.waiting(), left), (2, Left::Other(vec![values])));
}

#[test]
fn work_of_another_version_is_not_taken() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("wave");
    let arm = arm(WAVE);
    interrupted(&place, &arm);
    let path = partial(&place).unwrap().join(FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let older = head[65..].replace(version, "0.0.1");
    let sum = sha256_hex(older.as_bytes());
    std::fs::write(&path, format!("{sum} {older}\n{rest}")).unwrap();
    let (_, left) = journal(&place, &arm);
    assert_eq!(left, Left::Other(vec!["version 0.0.1".to_owned()]));
}
