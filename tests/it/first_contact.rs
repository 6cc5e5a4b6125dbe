//! First contact: rules, requests and what becomes of them, by hand calculation and closed form.

use std::collections::BTreeMap;

use pdsim::protocol::{Class, Fact, Observer, Outcome};
use pdsim::scenario::Scenario;
use pdsim::units::Time;

use crate::support::{assert_samples, observe, observe_all, outcome_shares, run, scenario};

/// What became of each message sent by hand, in the order of sending, and when in seconds.
#[derive(Default)]
struct Fates(BTreeMap<u64, (String, f64)>);

impl Observer for Fates {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact {
            let end = (outcome.name(&[]), now.since(Time::ZERO).as_seconds());
            self.0.insert(message.id.ordinal(), end);
        }
    }
}

/// Ten people on one PDS who write by hand only; no delay.
fn by_hand(rule: &str, tables: &str, sends: &[(f64, u32, u32)]) -> Scenario {
    let sends: String = sends
        .iter()
        .map(|(at, from, to)| {
            format!("[[intervene]]\nat = \"{at}s\"\nsend = {{ from = \"people/{from}\", to = \"people/{to}\" }}\n")
        })
        .collect();
    scenario(&format!(
        r#"
        schema = 1
        name = "by-hand"
        [run]
        duration = "1000s"
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 10 }} }}
        [contact]
        rule = {rule}
        [senders.people]
        class = "ham"
        count = 10
        arrivals = {{ regular = {{ every = "1d", offset = "1d" }} }}
        {tables}
        {sends}
        "#
    ))
}

/// What became of each message sent by hand, and when in seconds.
pub fn fates(rule: &str, tables: &str, sends: &[(f64, u32, u32)]) -> Vec<(String, f64)> {
    let seen = observe(&by_hand(rule, tables, sends), Fates::default());
    seen.0.into_values().collect()
}

pub fn fate(outcome: &str, at_s: f64) -> (String, f64) {
    (outcome.to_owned(), at_s)
}

const SLOW: &str = r#"
    [inbox.station]
    workers = 5
    [pipeline]
    extra = { constant = "10s" }
"#;

#[test]
fn a_request_whose_pair_is_accepted_during_its_service_is_delivered_when_that_ends() {
    // 1 writes to 0 at 0 s and 8 s, 0 writes to 1 at 15 s: what is held since 10 s is delivered
    // then, what is in service until 18 s when that is over.
    let sends = [(0.0, 1, 0), (8.0, 1, 0), (15.0, 0, 1)];
    let expected = [
        fate("delivered", 15.0),
        fate("delivered", 18.0),
        fate("delivered", 25.0),
    ];
    assert_eq!(fates("{ invitation = {} }", SLOW, &sends), expected);
}

#[test]
fn several_workers_do_not_fill_one_place_twice() {
    let sends: Vec<_> = (1..6).map(|from| (0.0, from, 0)).collect();
    let rule = "{ invitation = { pending-per-recipient = 1 } }";
    let mut expected = vec![fate("request.pending", 1000.0)];
    expected.extend((0..4).map(|_| fate("refused.contact", 10.0)));
    assert_eq!(fates(rule, SLOW, &sends), expected);
}

#[test]
fn each_way_to_make_room_evicts_the_request_that_it_names() {
    // Held for 0, who has room for three: of 1 and 2 one each, of 3 two; the fifth comes at 5 s.
    let sends = [(1.0, 1, 0), (2.0, 3, 0), (3.0, 3, 0), (5.0, 2, 0)];
    for (overflow, evicted) in [
        ("evict-oldest", 0),
        ("evict-newest", 2),
        ("evict-heaviest", 1),
    ] {
        let rule = format!(
            r#"{{ invitation = {{ pending-per-recipient = 3, overflow = "{overflow}" }} }}"#
        );
        let mut expected = vec![fate("request.pending", 1000.0); 4];
        expected[evicted] = fate("request.evicted", 5.0);
        assert_eq!(fates(&rule, "", &sends), expected, "{overflow}");
    }
    let rule = r#"{ invitation = { pending-per-pair = 1, overflow = "evict-oldest" } }"#;
    let mut expected = vec![fate("request.pending", 1000.0); 4];
    expected[1] = fate("request.evicted", 3.0);
    assert_eq!(fates(rule, "", &sends), expected, "per pair");
}

#[test]
fn what_is_no_longer_held_cannot_be_accepted() {
    // 0 would accept each request 10 s after it came. That of 1 is evicted at 5 s, so what 1 writes
    // at 30 s is a request again, and is accepted at 40 s.
    let habits = "accept = { chance = \"100%\", after = { constant = \"10s\" } }";
    let rule = r#"{ invitation = { pending-per-recipient = 1, overflow = "evict-oldest" } }"#;
    let sends = [(1.0, 1, 0), (5.0, 2, 0), (30.0, 1, 0)];
    let expected = [
        fate("request.evicted", 5.0),
        fate("delivered", 15.0),
        fate("delivered", 40.0),
    ];
    assert_eq!(fates(rule, habits, &sends), expected);
}

#[test]
fn a_request_expires_unless_it_was_answered_and_its_place_is_free_again() {
    let rule = r#"{ invitation = { pending-per-recipient = 1, expiry = "20s" } }"#;
    let sends = [(1.0, 1, 0), (20.0, 2, 0), (22.0, 3, 0), (30.0, 0, 3)];
    let expected = [
        fate("request.expired", 21.0),
        fate("refused.contact", 20.0),
        fate("delivered", 30.0),
        fate("delivered", 30.0),
    ];
    assert_eq!(fates(rule, "", &sends), expected);
}

#[test]
fn a_label_purges_requests_when_the_recipients_pds_learns_of_it() {
    // Issued at 10 s, known at 15 s: what is held then goes, also what came in between; what comes
    // afterwards is refused. The requests of others stay.
    let tables = |purge: &str, labels: &str| {
        let rule = format!(r#"{{ invitation = {{ purge = "{purge}" }} }}"#);
        let labelers: String = ["alpha", "beta"]
            .iter()
            .map(|name| {
                format!(
                    "[labelers.{name}]\nsees = {{ first-message = {{}} }}\nlag = {{ constant = \"0s\" }}\npropagation = {{ stream = {{ delay = {{ constant = \"5s\" }} }} }}\n"
                )
            })
            .collect();
        let label = |at: u32, name: &str| {
            format!(
                "[[intervene]]\nat = \"{at}s\"\nlabel = {{ account = \"people/1\", labeler = \"{name}\" }}\n"
            )
        };
        let tables = format!(
            "{labels}\n{labelers}{}{}",
            label(10, "alpha"),
            label(40, "beta")
        );
        (rule, tables)
    };
    let sends = [(1.0, 1, 0), (2.0, 2, 0), (12.0, 1, 3), (20.0, 1, 4)];
    let pending = || fate("request.pending", 1000.0);
    for (purge, labels, expected) in [
        (
            "labelled",
            "",
            [
                fate("request.purged", 15.0),
                pending(),
                fate("request.purged", 15.0),
                fate("refused.label", 20.0),
            ],
        ),
        (
            "labelled",
            "[labels]\nrule = { k-of-n = { k = 2 } }",
            [
                fate("request.purged", 45.0),
                pending(),
                fate("request.purged", 45.0),
                fate("request.purged", 45.0),
            ],
        ),
        (
            "never",
            "",
            [pending(), pending(), pending(), fate("refused.label", 20.0)],
        ),
    ] {
        let (rule, tables) = tables(purge, labels);
        assert_eq!(fates(&rule, &tables, &sends), expected, "{purge} {labels}");
    }
}

#[test]
fn a_pds_that_asks_message_by_message_purges_when_it_hears_of_the_label() {
    // Asked at 1 s, no label; the answer is good for 5 s. Labelled at 10 s, nobody asks until 1
    // writes to somebody else at 30 s: that message is refused, and the request goes then.
    let tables = r#"
        [labelers.main]
        sees = { first-message = {} }
        lag = { constant = "0s" }
        propagation = { cache = "5s" }
        [[intervene]]
        at = "10s"
        label = { account = "people/1" }
    "#;
    let sends = [(1.0, 1, 0), (2.0, 2, 0), (30.0, 1, 3)];
    let expected = [
        fate("request.purged", 30.0),
        fate("request.pending", 1000.0),
        fate("refused.label", 30.0),
    ];
    assert_eq!(fates("{ invitation = {} }", tables, &sends), expected);
}

#[test]
fn rejecting_blocks_what_is_in_service_then_and_what_comes() {
    // Rejected by hand at 15 s: held since 10 s; in service from 8 s to 18 s; taken at 20 s.
    let reject =
        "[[intervene]]\nat = \"15s\"\nreject = { who = \"people/0\", whom = \"people/1\" }";
    let tables = format!("{SLOW}\n{reject}");
    let sends = [(0.0, 1, 0), (8.0, 1, 0), (20.0, 1, 0)];
    let expected = [
        fate("request.rejected", 15.0),
        fate("refused.block", 18.0),
        fate("refused.block", 30.0),
    ];
    assert_eq!(fates("{ invitation = {} }", &tables, &sends), expected);
}

#[test]
fn a_recipient_who_wrote_first_hears_the_answer_under_every_rule() {
    let sends = [(1.0, 1, 0), (2.0, 0, 1), (3.0, 1, 0), (4.0, 2, 0)];
    for rule in ["\"none\"", "\"follow\""] {
        // 0's own message lets 1 write to 0; it reaches 1, who wrote to 0 before.
        let expected = [
            fate("refused.contact", 1.0),
            fate("delivered", 2.0),
            fate("delivered", 3.0),
            fate("refused.contact", 4.0),
        ];
        assert_eq!(fates(rule, "", &sends), expected, "{rule}");
    }
}

/// Strangers on identities of their own, whom nobody writes to: many pairs, each once or twice.
fn strangers(contact: &str, target: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "strangers"
        [run]
        duration = "1000s"
        replications = 20
        seed = 51
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 200 }} }}
        count = 5
        [contact]
        {contact}
        [pipeline]
        order = ["contact"]
        [senders.strangers]
        class = "spam"
        count = 100
        target = {target}
        arrivals = {{ poisson = {{ rate = "0.02/s" }} }}
        "#
    ))
}

#[test]
fn a_follow_gate_lets_strangers_through_as_often_as_they_are_followed() {
    let contact = "rule = \"follow\"\nfollow-chance = \"20%\"";
    let results = run(strangers(contact, "\"uniform\""));
    assert_samples("followed", &outcome_shares(&results, "delivered"), 0.2);
    let results = run(strangers("rule = \"none\"", "\"uniform\""));
    assert_samples_equal(&outcome_shares(&results, "refused.contact"), 1.0);
}

fn assert_samples_equal(samples: &[f64], expected: f64) {
    assert!(
        samples.iter().all(|sample| *sample == expected),
        "{samples:?}"
    );
}

#[test]
fn a_follow_gate_looks_at_whom_the_recipient_has_as_a_contact_not_the_sender() {
    // People write to their own contacts. Each of n - 1 others has the writer among his contacts
    // with a chance of mean / (n - 1) = 12 / 999, whatever the writer has; else he follows him back
    // with the chance that is written.
    for (back, least, most) in [
        ("0%", 0.005, 0.025),
        ("40%", 0.35, 0.47),
        ("100%", 1.0, 1.0),
    ] {
        let share = delivered_to_contacts(back);
        // 20 x 100 messages, some of one pair: an error of 0.012 at 40 %.
        assert!((least..=most).contains(&share), "{back}: {share}");
    }
}

/// The share of messages to the writer's own contacts that a follow gate lets through.
fn delivered_to_contacts(back: &str) -> f64 {
    let scenario = scenario(&format!(
        r#"
        schema = 1
        name = "directed"
        [run]
        duration = "1000s"
        replications = 20
        seed = 52
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 1_000 }} }}
        [contact]
        rule = "follow"
        follow-back = "{back}"
        [pipeline]
        order = ["contact"]
        [senders.people]
        class = "ham"
        count = 1_000
        target = {{ contacts = {{ mean = 12 }} }}
        arrivals = {{ poisson = {{ rate = "1/10000s" }} }}
        "#
    ));
    let delivered: Vec<f64> = outcome_shares(&run(scenario), "delivered");
    delivered.iter().sum::<f64>() / 20.0
}

/// How many honest requests were accepted and how many were not.
#[derive(Default)]
struct Honest {
    accepted: u32,
    evicted: u32,
}

impl Observer for Honest {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Accepted(message) if message.class == Class::Ham => self.accepted += 1,
            Fact::Finished { message, outcome }
                if message.class == Class::Ham && *outcome == Outcome::RequestEvicted =>
            {
                self.evicted += 1;
            }
            _ => {}
        }
    }
}

/// Requests to one person with room for `room`, evicting the oldest: `rate_s` of a stuffer with so
/// many identities that no pair repeats often, and few honest ones, accepted after exactly 100 s.
fn stuffed(room: u32, spam: &str) -> Vec<f64> {
    let scenario = scenario(&format!(
        r#"
        schema = 1
        name = "stuffed"
        [run]
        duration = "20000s"
        replications = 20
        seed = 53
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 100_001 }} }}
        [contact]
        rule = {{ invitation = {{ pending-per-recipient = {room}, overflow = "evict-oldest" }} }}
        [pipeline]
        order = ["contact"]
        [senders.a-recipient]
        class = "ham"
        count = 1
        arrivals = {{ regular = {{ every = "1d", offset = "1d" }} }}
        accept = {{ chance = "100%", after = {{ constant = "100s" }} }}
        [senders.b-strangers]
        class = "ham"
        count = 100_000
        target = {{ one = {{}} }}
        arrivals = {{ poisson = {{ rate = "2/10000000s" }} }}
        [senders.stuffer]
        class = "spam"
        count = 10_000
        {spam}
        "#
    ));
    let seen = observe_all(&scenario, |_| Honest::default());
    let share = |seen: &Honest| f64::from(seen.accepted) / f64::from(seen.accepted + seen.evicted);
    seen.iter().map(share).collect()
}

#[test]
fn a_stuffed_list_keeps_an_honest_request_as_long_as_fewer_than_its_room_come_after_it() {
    // Others come at 0.02 honest + 0.08 spam = 0.1 per second: 10 in the 100 s until he accepts. The
    // request is evicted by the room-th of them: it lives if Poisson(10) <= room - 1. That the few
    // senders who write twice are no strangers any more is far below the errors.
    let poisson = |most: u32| {
        let mut term = libm::exp(-10.0);
        let mut sum = 0.0;
        for k in 0..=most {
            sum += term;
            term *= 10.0 / f64::from(k + 1);
        }
        sum
    };
    let spam = "target = { one = {} }\narrivals = { poisson = { rate = \"8/1000000s\" } }";
    for room in [8, 12] {
        assert_samples("accepted", &stuffed(room, spam), poisson(room - 1));
    }
}
