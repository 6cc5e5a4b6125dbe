//! Common random numbers: whatever the policy, the same messages are written at the same instants
//! to the same people with the same delays and services, and humans would react in the same way.

use std::collections::BTreeMap;

use pdsim::protocol::{Fact, Message, Observer, Outcome};
use pdsim::units::{Span, Time};

use crate::support::{observe_all, scenario};

/// What no policy may change about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Nature {
    created: Time,
    sender: u32,
    recipient: u32,
    class: &'static str,
    extra: Span,
}

/// Everything about the messages of one group, by ordinal within each stream.
///
/// Streams are told apart by the place of their first message, so that another group in the
/// scenario, which renumbers them, changes nothing.
#[derive(Default)]
struct Log {
    group: String,
    wanted: Option<u16>,
    natures: BTreeMap<u64, Nature>,
    /// Transit of the first attempt, where it arrived.
    transits: BTreeMap<u64, Span>,
    /// Messages lost at their first attempt.
    lost: BTreeMap<u64, u16>,
    /// From delivery to each reaction, by kind.
    reactions: BTreeMap<(u64, &'static str), Span>,
    delivered: BTreeMap<u64, Time>,
    /// First stream of the group.
    first_stream: Option<u64>,
}

impl Log {
    fn of(group: &str, groups: &[pdsim::model::GroupPlan]) -> Self {
        let place = groups.iter().position(|plan| plan.name == group);
        Self {
            group: group.to_owned(),
            wanted: place.map(|place| u16::try_from(place).expect("groups are few")),
            ..Self::default()
        }
    }

    /// The identity of a message within its group.
    fn key(&self, message: &Message) -> u64 {
        let first = self.first_stream.expect("set by the first message");
        // A message of an earlier stream than the first one seen gives a number of its own, too.
        (message.id.stream() + 64 - first) << 40 | message.id.ordinal()
    }

    fn react(&mut self, now: Time, message: &Message, kind: &'static str) {
        let key = self.key(message);
        let delivered = self.delivered.get(&key).copied().unwrap_or(message.served);
        self.reactions.insert((key, kind), now.since(delivered));
    }
}

impl Observer for Log {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        let Some(message) = fact
            .message()
            .filter(|message| Some(message.group.0) == self.wanted)
        else {
            return;
        };
        self.first_stream.get_or_insert(message.id.stream());
        let key = self.key(message);
        match fact {
            Fact::Created(message) => {
                let nature = Nature {
                    created: now,
                    sender: message.sender.0,
                    recipient: message.recipient.0,
                    class: message.class.name(),
                    extra: message.extra,
                };
                assert!(
                    self.natures.insert(key, nature).is_none(),
                    "{} twice",
                    self.group
                );
            }
            Fact::Arrived(message) if message.attempts == 1 => {
                self.transits.insert(key, now.since(message.sent));
            }
            Fact::Finished { message, outcome } => {
                if *outcome == Outcome::Lost {
                    self.lost.insert(key, message.attempts);
                }
                if *outcome == Outcome::Delivered {
                    self.delivered.insert(key, now);
                }
            }
            Fact::Read(message) => self.react(now, message, "read"),
            Fact::Reported(message) => self.react(now, message, "reported"),
            Fact::Blocked(message) => self.react(now, message, "blocked"),
            _ => {}
        }
    }
}

/// Six PDSes with humans, spam, delays and loss; `policy` holds the tables of a policy, `others`
/// further groups of senders.
fn logs(group: &str, policy: &str, others: &str) -> Vec<Log> {
    let scenario = scenario(&format!(
        r#"
        schema = 1
        name = "network"
        [run]
        duration = "6h"
        replications = 3
        seed = 77
        [network]
        delay = {{ lognormal = {{ median = "35ms", sigma = 0.6, shift = "5ms" }} }}
        loss = "1%"
        [pds]
        count = 6
        accounts = {{ zipf = {{ total = 300, s = 1.0 }} }}
        [inbox.station]
        workers = 2
        [senders.people]
        class = "ham"
        count = 200
        arrivals = {{ poisson = {{ rate = "20/1h", profile = "diurnal" }} }}
        target = {{ contacts = {{ mean = 12.0, new = "10%" }} }}
        read = {{ chance = "70%", after = {{ exponential = {{ mean = "20m" }} }} }}
        report = {{ chance = "5%", after = {{ lognormal = {{ median = "47min", sigma = 1.777 }} }} }}
        block = {{ chance = "10%", after = {{ exponential = {{ mean = "20m" }} }} }}
        [senders.wave]
        class = "spam"
        count = 10
        start = "1h"
        arrivals = {{ sessions = {{ rate = "200/1h", messages = 3.0, gap = {{ exponential = {{ mean = "5s" }} }} }} }}
        {others}
        {policy}
        "#
    ));
    observe_all(&scenario, |plan| Log::of(group, plan.groups()))
}

const OPEN: &str = r#"
[pipeline]
order = []
extra = { exponential = { mean = "50ms" } }
"#;

const TIGHT: &str = r#"
[pipeline]
order = ["token", "label", "block", "contact", "rate-limit"]
cost = "node"
extra = { exponential = { mean = "50ms" } }
[limits.per-pair]
algorithm = { sliding-log = { limit = 1, window = "1h" } }
key = "pair"
[limits.outbound]
algorithm = { token-bucket = { burst = 2, refill = "5/1h" } }
key = "sender"
at = "sender"
"#;

const LABELS: &str = r#"
[pipeline]
order = ["label", "block"]
extra = { exponential = { mean = "50ms" } }
[labelers.main]
sees = { reports = { threshold = 2 } }
lag = { exponential = { mean = "10m" } }
"#;

const INVITATIONS: &str = r#"
[pipeline]
order = ["block", "contact", "rate-limit"]
extra = { exponential = { mean = "50ms" } }
[contact]
rule = { invitation = { pending-per-recipient = 5, expiry = "2h" } }
"#;

/// Asserts that what both logs know of a message is the same; returns how much both know.
fn assert_same<K: Ord + Copy + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    what: &str,
    left: &BTreeMap<K, V>,
    right: &BTreeMap<K, V>,
) -> usize {
    let mut both = 0;
    for (key, value) in left {
        if let Some(other) = right.get(key) {
            assert_eq!(value, other, "{what} of {key:?}");
            both += 1;
        }
    }
    both
}

#[test]
fn two_policies_see_the_same_messages_delays_services_and_humans() {
    for group in ["people", "wave"] {
        let open = logs(group, OPEN, "");
        for (name, policy) in [
            ("tight", TIGHT),
            ("labels", LABELS),
            ("invitations", INVITATIONS),
        ] {
            let other = logs(group, policy, "");
            for (open, other) in open.iter().zip(&other) {
                let place = format!("{group} under {name}");
                assert!(open.natures.len() > 5_000, "{}", open.natures.len());
                assert!(open.natures == other.natures, "{place}: messages differ");
                let transits = assert_same("transit", &open.transits, &other.transits);
                assert!(transits > 200, "{place}: {transits}");
                assert_same("loss", &open.lost, &other.lost);
                assert_same("reaction", &open.reactions, &other.reactions);
                // Labels are for spam; every other policy costs both.
                let acts = other.delivered.len() < open.delivered.len();
                assert!(
                    acts || place == "people under labels",
                    "{place} does nothing"
                );
                // Whoever reacted to a message under the policy would have reacted without it.
                let late = |key: &(u64, &str), after: &Span| {
                    open.delivered[&key.0].ns() + after.ns() + 60_000_000_000
                        > 6 * 3_600_000_000_000
                };
                for (key, after) in &other.reactions {
                    let would = open.reactions.contains_key(key) || late(key, after);
                    assert!(would, "{place}: nobody would have {key:?}");
                }
            }
        }
    }
}

#[test]
fn replications_are_different() {
    let logs = logs("people", OPEN, "");
    assert!(logs[0].natures != logs[1].natures && logs[1].natures != logs[2].natures);
}

#[test]
fn another_group_or_another_layer_shifts_nothing_of_the_first_group() {
    let alone = logs("people", OPEN, "");
    // Before and after the first group by name.
    let campaign = r#"
    [senders.advertisers]
    class = "spam"
    count = 7
    arrivals = { poisson = { rate = "100/1h" } }
    attack = { fan-out = {} }
    [senders.zealots]
    class = "ham"
    count = 50
    arrivals = { regular = { every = "10m" } }
    "#;
    let layer = format!(
        r#"{OPEN}
        [limits.another]
        algorithm = {{ sliding-log = {{ limit = 12, window = "1h" }} }}
        key = "sender"
        at = "sender"
        "#
    );
    for (policy, others) in [
        (OPEN, campaign),
        (layer.as_str(), ""),
        (layer.as_str(), campaign),
    ] {
        for (alone, together) in alone.iter().zip(logs("people", policy, others)) {
            assert!(alone.natures == together.natures, "messages differ");
            assert_same("transit", &alone.transits, &together.transits);
            assert_same("loss", &alone.lost, &together.lost);
            let reactions = assert_same("reaction", &alone.reactions, &together.reactions);
            assert!(reactions > 1_000, "{reactions}");
        }
    }
}
