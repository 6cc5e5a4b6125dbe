//! A real trace replayed with neither delay nor service time: every limiter refuses exactly what
//! the oracle counted, and the invitation flow holds exactly what a plain twin holds.

use std::collections::{BTreeMap, BTreeSet};

use pdsim::protocol::{Fact, Observer, Outcome, Refusal};
use pdsim::scenario::Scenario;
use pdsim::units::Time;

use crate::support::{count, observe, repository_file, run, scenario_with};

/// The first row of the trace, so that clock windows stand where the UNIX clock has them.
const EPOCH: u64 = 1_082_040_961;

pub fn replay(tables: &str) -> Scenario {
    let trace = repository_file("scenarios/data/collegemsg.csv");
    let text = format!(
        r#"
        schema = 1
        name = "replay"
        [run]
        epoch = {EPOCH}
        [network]
        delay = {{ constant = "0s" }}
        [trace]
        file = "collegemsg.csv"
        {tables}
        "#
    );
    scenario_with(&text, &[("collegemsg.csv", &trace)])
}

/// A policy of the oracle as a layer.
pub fn layer(policy: &str, limit: &str, window: &str) -> String {
    let windowed =
        |name: &str| format!(r#"{{ {name} = {{ limit = {limit}, window = "{window}s" }} }}"#);
    let (algorithm, choices) = match policy {
        "sliding" => (windowed("sliding-log"), r#"edge = "half-open""#),
        "sliding_ge" => (windowed("sliding-log"), r#"edge = "closed""#),
        "strict" => (
            windowed("sliding-log"),
            "edge = \"half-open\"\ncounts = \"all\"",
        ),
        "fixed" => (windowed("fixed-window"), r#"phase = "clock""#),
        "first" => (windowed("first-hit-window"), r#"edge = "half-open""#),
        "token" => {
            let bucket = format!(r#"{{ burst = {limit}, refill = "{limit}/{window}s" }}"#);
            (format!("{{ token-bucket = {bucket} }}"), "")
        }
        other => panic!("no layer for {other}"),
    };
    format!(
        r#"
        [pipeline]
        order = ["rate-limit"]
        [limits.it]
        algorithm = {algorithm}
        key = "sender"
        {choices}
        "#
    )
}

/// Senders with at least one refusal by a limit.
#[derive(Default)]
struct Refused {
    messages: u64,
    senders: BTreeSet<u32>,
}

impl Observer for Refused {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Finished {
            message,
            outcome: Outcome::Refused(Refusal::Limit(_)),
        } = fact
        {
            self.messages += 1;
            self.senders.insert(message.sender.0);
        }
    }
}

#[test]
fn every_limiter_refuses_what_the_oracle_counted_to_the_message() {
    let file = repository_file("tests/data/replay/replay_expected.csv");
    let mut rows = csv::Reader::from_reader(&file[..]);
    let mut seen = 0;
    for row in rows.records() {
        let row = row.expect("the file is sound");
        let (policy, limit, window) = (&row[2], &row[4], &row[5]);
        assert_eq!((&row[0], &row[3]), ("collegemsg", "sender"));
        let scenario = replay(&layer(policy, limit, window));
        let refused = observe(&scenario, Refused::default());
        let results = run(scenario);
        let place = format!("{policy} {limit} per {window} s");
        assert_eq!(refused.messages.to_string(), row[6], "{place}");
        assert_eq!(refused.senders.len().to_string(), row[7], "{place}");
        assert_eq!(
            count(&results, "refused.limit.it"),
            refused.messages,
            "{place}"
        );
        let total = count(&results, "delivered") + refused.messages;
        assert_eq!(total.to_string(), row[1], "{place}");
        seen += 1;
    }
    assert_eq!(seen, 12);
}

/// One row of the trace as the twin reads it.
struct Row {
    second: u64,
    pair: (u32, u32),
}

fn rows() -> Vec<Row> {
    let file = repository_file("scenarios/data/collegemsg.csv");
    let text = String::from_utf8(file).expect("text");
    let row = |line: &str| {
        let numbers: Vec<u64> = line
            .split(',')
            .map(|field| field.parse().expect("a number"))
            .collect();
        let id = |place: usize| u32::try_from(numbers[place]).expect("a small number");
        Row {
            second: numbers[0],
            pair: (id(1), id(2)),
        }
    };
    text.lines().skip(1).map(row).collect()
}

/// What becomes of a message in the invitation flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Passed,
    Held,
    HeldBack,
}

/// The invitation flow, plainly: A may write to B freely once B has written to A; at most `cap`
/// messages of a pair are held, and those are passed on when B writes.
fn twin(rows: &[Row], cap: u64) -> Vec<Fate> {
    let mut written: BTreeSet<(u32, u32)> = BTreeSet::new();
    let mut held: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    let mut fates = Vec::new();
    for Row { pair, .. } in rows {
        let back = (pair.1, pair.0);
        let waiting = held.entry(*pair).or_insert(0);
        if written.contains(&back) {
            fates.push(Fate::Passed);
        } else if *waiting < cap {
            *waiting += 1;
            fates.push(Fate::Held);
        } else {
            fates.push(Fate::HeldBack);
        }
        written.insert(*pair);
    }
    fates
}

/// What the simulator made of each row, and when requests were accepted.
#[derive(Default)]
struct Flow {
    /// Served, and not delivered at that instant.
    fates: BTreeMap<u64, Fate>,
    /// Pairs with a held message: the instant of the first, and of acceptance.
    requests: BTreeMap<(u32, u32), (Time, Option<Time>)>,
    last_served: Option<u64>,
}

impl Observer for Flow {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) => {
                // Held unless it is finished at the instant at which it is served.
                self.fates.insert(message.id.ordinal(), Fate::Held);
            }
            Fact::Served(message) => self.last_served = Some(message.id.ordinal()),
            Fact::Accepted(message) => {
                let pair = (message.sender.0, message.recipient.0);
                let request = self.requests.get_mut(&pair).expect("it was held");
                request.1.get_or_insert(now);
                self.last_served = None;
            }
            Fact::Finished { message, outcome }
                if self.last_served == Some(message.id.ordinal()) =>
            {
                let fate = match outcome {
                    Outcome::Delivered => Fate::Passed,
                    Outcome::Refused(Refusal::Contact) => Fate::HeldBack,
                    // The run ends right after it.
                    Outcome::RequestPending => Fate::Held,
                    other => panic!("{other:?}"),
                };
                self.fates.insert(message.id.ordinal(), fate);
            }
            _ => {}
        }
        if let Fact::Served(message) = fact {
            let pair = (message.sender.0, message.recipient.0);
            self.requests.entry(pair).or_insert((message.created, None));
        }
    }
}

fn invitation(cap: &str) -> Scenario {
    replay(&format!(
        r#"
        [pipeline]
        order = ["contact"]
        [contact]
        rule = {{ invitation = {{ {cap} }} }}
        "#
    ))
}

fn expected(column: &str) -> u64 {
    let file = repository_file("tests/data/replay/contact_expected.csv");
    let mut reader = csv::Reader::from_reader(&file[..]);
    let place = reader
        .headers()
        .expect("a header")
        .iter()
        .position(|name| name == column);
    let row = reader.records().next().expect("a row").expect("sound");
    row[place.expect("the column")].parse().expect("a number")
}

fn number_of(fates: &[Fate], fate: Fate) -> u64 {
    fates.iter().filter(|other| **other == fate).count() as u64
}

#[test]
fn the_invitation_flow_holds_what_the_twin_holds_message_by_message() {
    let rows = rows();
    let twin = twin(&rows, u64::MAX);
    assert_eq!(number_of(&twin, Fate::Held), expected("held"));
    assert_eq!(number_of(&twin, Fate::Passed), expected("accepted"));
    let flow = observe(&invitation(""), Flow::default());
    let simulated: Vec<Fate> = flow.fates.into_values().collect();
    assert!(simulated == twin, "the first difference is at row {:?}", {
        let mut pairs = simulated.iter().zip(&twin);
        pairs.position(|(simulated, twin)| simulated != twin)
    });
    assert_eq!(simulated.len() as u64, expected("messages"));
}

#[test]
fn requests_are_answered_as_often_and_as_late_as_the_oracle_says() {
    let rows = rows();
    let twin = twin(&rows, u64::MAX);
    let held: BTreeSet<(u32, u32)> = rows
        .iter()
        .zip(&twin)
        .filter(|(_, fate)| **fate == Fate::Held)
        .map(|(row, _)| row.pair)
        .collect();
    assert_eq!(held.len() as u64, expected("requests"));
    // A reply is the first message back: the twin reads it off the trace, the simulator accepts.
    let first = |pair: (u32, u32)| {
        rows.iter()
            .find(|row| row.pair == pair)
            .map(|row| row.second)
    };
    let mut sample: Vec<u64> = Vec::new();
    for pair in held.iter().step_by(97) {
        if let Some(reply) = first((pair.1, pair.0)) {
            sample.push(reply - first(*pair).expect("it was held"));
        }
    }
    let flow = observe(&invitation(""), Flow::default());
    let mut delays: Vec<u64> = flow
        .requests
        .values()
        .filter_map(|(opened, accepted)| {
            Some(accepted.as_ref()?.since(*opened).ns() / 1_000_000_000)
        })
        .collect();
    delays.sort_unstable();
    assert_eq!(delays.len() as u64, expected("openers_replied"));
    let never = expected("requests") - delays.len() as u64;
    assert_eq!(never, expected("openers_never_replied"));
    // Nearest rank: the ceil(q n)-th.
    let rank = |percent: usize| delays[(percent * delays.len()).div_ceil(100) - 1];
    assert_eq!(rank(50), expected("median_accept_delay_s"));
    assert_eq!(rank(90), expected("p90_accept_delay_s"));
    assert!(
        sample.len() > 50
            && sample
                .iter()
                .all(|delay| delays.binary_search(delay).is_ok())
    );
}

#[test]
fn caps_per_pair_hold_back_what_the_oracle_counted() {
    let rows = rows();
    for cap in [1, 3, 10] {
        let twin = twin(&rows, cap);
        assert_eq!(
            number_of(&twin, Fate::HeldBack),
            expected(&format!("held_if_cap{cap}"))
        );
        let results = run(invitation(&format!("pending-per-pair = {cap}")));
        assert_eq!(
            count(&results, "refused.contact"),
            number_of(&twin, Fate::HeldBack)
        );
        let flow = observe(
            &invitation(&format!("pending-per-pair = {cap}")),
            Flow::default(),
        );
        let simulated: Vec<Fate> = flow.fates.into_values().collect();
        assert!(simulated == twin, "cap {cap}");
        let total: u64 = ["delivered", "refused.contact", "request.pending"]
            .iter()
            .map(|outcome| count(&results, outcome))
            .sum();
        assert_eq!(total, expected("messages"));
    }
}
