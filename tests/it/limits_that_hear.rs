//! Limits that need to hear what became of a message, in whole scenarios: concurrency (is it still
//! in hand?), new contacts (was it answered?), adaptive (was it reported?), and the leaky queue,
//! which delays instead of refusing.

use std::collections::BTreeMap;

use pdsim::protocol::{Fact, Observer, Outcome};
use pdsim::scenario::Scenario;
use pdsim::stats::closed_form::station::erlang_b;
use pdsim::units::Time;

use crate::support::{assert_samples, assert_theory, count, observe, outcome_shares, run};
use crate::support::{scenario, scenario_with};

#[test]
fn a_concurrency_limit_refuses_as_erlangs_loss_formula_says() {
    // Nobody waits for one of 200 workers; of the 4 messages in service on average at most 5 may
    // have passed the limit. What it refuses occupies a worker, but no place in the limit.
    let results = run(scenario(
        r#"
        schema = 1
        name = "in-hand"
        [run]
        duration = "5100s"
        warmup = "100s"
        replications = 20
        seed = 31
        [network]
        delay = { constant = "0s" }
        [pds]
        accounts = { equal = { each = 2 } }
        [inbox.station]
        workers = 200
        [pipeline]
        order = ["rate-limit"]
        extra = { erlang = { mean = "2s", k = 2 } }
        [limits.in-hand]
        algorithm = { concurrency = { limit = 5 } }
        key = "pds"
        [senders.one]
        class = "ham"
        count = 1
        arrivals = { poisson = { rate = "2/s" } }
        "#,
    ));
    let refused = outcome_shares(&results, "refused.limit.in-hand");
    assert_samples("Erlang's B", &refused, erlang_b(5, 4.0));
}

#[test]
fn a_concurrency_limit_at_the_sender_counts_attempts_in_transit() {
    // 0.5 per second in transit for 6 s on average: 3 in transit, at most 4 allowed.
    let results = run(scenario(
        r#"
        schema = 1
        name = "in-transit"
        [run]
        duration = "20100s"
        warmup = "100s"
        replications = 20
        seed = 32
        [network]
        delay = { exponential = { mean = "6s" } }
        [pds]
        accounts = { equal = { each = 2 } }
        [pipeline]
        order = []
        [limits.in-transit]
        algorithm = { concurrency = { limit = 4 } }
        key = "sender"
        at = "sender"
        [senders.one]
        class = "ham"
        count = 1
        arrivals = { poisson = { rate = "0.5/s" } }
        "#,
    ));
    assert_theory(&results, "limit.in-transit.reject", erlang_b(4, 3.0));
}

fn traced(rows: &str, tables: &str) -> Scenario {
    let text = format!(
        r#"
        schema = 1
        name = "traced"
        [run]
        duration = "10000s"
        {tables}
        [trace]
        file = "trace.csv"
        "#
    );
    let trace = format!("time_s,sender,recipient\n{rows}");
    scenario_with(&text, &[("trace.csv", trace.as_bytes())])
}

/// What became of each row and when.
#[derive(Default)]
struct Ends(BTreeMap<u64, (Time, Outcome)>);

impl Observer for Ends {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact {
            self.0.insert(message.id.ordinal(), (now, *outcome));
        }
    }
}

#[test]
fn an_answered_invitation_makes_room_for_another() {
    let tables = |expiry: &str| {
        format!(
            r#"
            [network]
            delay = {{ constant = "0s" }}
            [contact]
            rule = {{ invitation = {{ {expiry} }} }}
            [limits.budget]
            algorithm = {{ new-contacts = {{ limit = 2 }} }}
            key = "sender"
            "#
        )
    };
    // A asks B and C; D is one too many; B answers; E is not.
    let rows = "0,a,b\n1,a,c\n2,a,d\n3,b,a\n4,a,e\n5,a,f\n";
    let ends = observe(&traced(rows, &tables("")), Ends::default()).0;
    let refused: Vec<u64> = ends
        .iter()
        .filter(|(_, (_, outcome))| matches!(outcome, Outcome::Refused(_)))
        .map(|(row, _)| *row)
        .collect();
    assert_eq!(refused, [2, 5]);
    assert_eq!(ends[&0].1, Outcome::Delivered);
    // Without an answer the invitations to B and C expire, and make room at once.
    let rows = "0,a,b\n1,a,c\n2,a,d\n99,a,d\n101,a,e\n102,a,f\n103,a,g\n";
    let ends = observe(&traced(rows, &tables("expiry = \"100s\"")), Ends::default()).0;
    let refused: Vec<u64> = ends
        .iter()
        .filter(|(_, (_, outcome))| matches!(outcome, Outcome::Refused(_)))
        .map(|(row, _)| *row)
        .collect();
    assert_eq!(refused, [2, 3, 6]);
}

#[test]
fn complaints_halve_an_adaptive_quota() {
    // Sixty a minute against a quota of 10 that every window of complaints halves: 10, 5, 2, 1, 1.
    let results = run(scenario(
        r#"
        schema = 1
        name = "complaints"
        [run]
        duration = "300s"
        [network]
        delay = { constant = "0s" }
        [pds]
        accounts = { equal = { each = 20 } }
        [pipeline]
        order = ["rate-limit"]
        [limits.quota.algorithm.adaptive]
        window = "60s"
        start = 10
        least = 1
        most = 10
        increase = 1
        decrease = "50%"
        threshold = "10%"
        [limits.quota]
        key = "sender"
        [senders.people]
        class = "ham"
        count = 20
        arrivals = { regular = { every = "1000d", offset = "999d" } }
        report = { chance = "100%" }
        [senders.spammer]
        class = "spam"
        count = 1
        arrivals = { regular = { every = "1s" } }
        "#,
    ));
    assert_eq!(count(&results, "delivered"), 10 + 5 + 2 + 1 + 1);
    assert_eq!(count(&results, "refused.limit.quota"), 300 - 19);
}

#[test]
fn a_leaky_queue_spaces_messages_out_wherever_it_lives() {
    for at in ["recipient", "sender"] {
        let tables = format!(
            r#"
            [network]
            delay = {{ constant = "3s" }}
            [auth]
            lifetime = "10s"
            [pipeline]
            order = ["token", "rate-limit"]
            [limits.shaper]
            algorithm = {{ leaky-queue = {{ rate = "1/20s", capacity = 4 }} }}
            key = "sender"
            at = "{at}"
            "#
        );
        let rows = "0,a,b\n".repeat(7);
        let ends = observe(&traced(&rows, &tables), Ends::default()).0;
        let delivered: Vec<u64> = ends
            .values()
            .filter(|(_, outcome)| *outcome == Outcome::Delivered)
            .map(|(at, _)| at.ns() / 1_000_000_000)
            .collect();
        // One goes at once, four wait their turn, two find no room. At the sender's PDS a message
        // gets its token when it leaves, so none expires on the way.
        assert_eq!(delivered, [3, 23, 43, 63, 83], "at the {at}");
        assert_eq!(ends.len(), 7);
    }
}
