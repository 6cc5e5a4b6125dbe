//! Requests as others see them: what a sender is told who loses his place, what labelers see, whom
//! chance evicts.

use std::collections::BTreeMap;

use pdsim::protocol::{Class, Fact, Observer, Outcome};
use pdsim::scenario::Scenario;
use pdsim::units::Time;

use crate::first_contact::{fate, fates};
use crate::support::{assert_samples, count, observe_all, run, scenario};

/// Five stuffers who write to the first of their victims at 0 s and go on at 10 s; each message is in
/// service for 2.5 s, and everybody has room for one request.
fn stuffers(contact: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "told-late"
        [run]
        duration = "13s"
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 3 }} }}
        [inbox.sync]
        [pipeline]
        extra = {{ constant = "2500ms" }}
        [contact]
        rule = {{ invitation = {{ pending-per-recipient = 1 }} }}
        {contact}
        [senders.stuffers]
        class = "spam"
        attack = {{ request-stuffing = {{ room = 8 }} }}
        count = 5
        arrivals = {{ regular = {{ every = "10s" }} }}
        "#
    ))
}

/// How many messages each victim got, fewest first.
fn sent_to_each(scenario: &Scenario) -> Vec<usize> {
    #[derive(Default)]
    struct Sent(BTreeMap<u32, usize>);
    impl Observer for Sent {
        fn observe(&mut self, _: Time, fact: &Fact<'_>) {
            if let Fact::Created(message) = fact {
                *self.0.entry(message.recipient.0).or_default() += 1;
            }
        }
    }
    let sent = observe_all(scenario, |_| Sent::default());
    let mut counts: Vec<usize> = sent[0].0.values().copied().collect();
    counts.sort_unstable();
    counts
}

#[test]
fn who_loses_his_place_at_the_end_of_a_synchronous_service_is_told() {
    // All five find room when they are taken at 0 s. At 2.5 s the first is held and four are
    // refused; told, the stuffers turn to the second victim at 10 s. Not told, they send him the
    // other three of his eight messages first.
    let told = stuffers("");
    assert_eq!(sent_to_each(&told), [5, 5]);
    assert_eq!(sent_to_each(&stuffers("refusal = \"silent\"")), [2, 8]);
    let results = run(told);
    assert_eq!(count(&results, "request.pending"), 2);
    assert_eq!(count(&results, "refused.contact"), 8);
}

/// Spam by hand, each from one account to another, after the tables.
fn spam(tables: &str, sends: &[(f64, u32, u32)]) -> String {
    let send = |(at, from, to): &(f64, u32, u32)| {
        format!(
            "[[intervene]]\nat = \"{at}s\"\nsend = {{ from = \"people/{from}\", to = \"people/{to}\", class = \"spam\" }}\n"
        )
    };
    format!("{tables}\n{}", sends.iter().map(send).collect::<String>())
}

const INVITATION: &str = "{ invitation = {} }";

#[test]
fn a_labeler_sees_requests_only_where_it_says_so() {
    // The first request is seen at 1 s and labelled at 11 s: what is held then is purged, what comes
    // later refused. A labeler that waits for a delivery waits for ever.
    let sends = [(1.0, 1, 0), (5.0, 1, 2), (12.0, 1, 3)];
    let under = |requests: &str| {
        let labeler = format!("[labelers.main]\nlag = {{ constant = \"10s\" }}\n{requests}");
        fates(INVITATION, &spam(&labeler, &sends), &[])
    };
    let pending = || fate("request.pending", 1000.0);
    assert_eq!(under(""), [pending(), pending(), pending()]);
    let purged = || fate("request.purged", 11.0);
    assert_eq!(
        under("requests = \"seen\""),
        [purged(), purged(), fate("refused.label", 12.0)]
    );
}

#[test]
fn a_request_that_is_accepted_is_seen_once() {
    // More than two messages within the hour are labelled. 1 writes at 1 s, is accepted at 5 s, and
    // writes to somebody else at 20 s: two messages. The third, at 30 s, is one too many.
    let tables = r#"
        [labelers.main]
        sees = { rate = { limit = 2, window = "1h" } }
        requests = "seen"
        lag = { constant = "0s" }
        [[intervene]]
        at = "5s"
        accept = { who = "people/0", whom = "people/1" }
    "#;
    let two = [(1.0, 1, 0), (20.0, 1, 2)];
    let accepted = fate("delivered", 5.0);
    let expected = [accepted.clone(), fate("request.pending", 1000.0)];
    assert_eq!(fates(INVITATION, tables, &two), expected);
    let three = [(1.0, 1, 0), (20.0, 1, 2), (30.0, 1, 3)];
    let purged = || fate("request.purged", 30.0);
    assert_eq!(
        fates(INVITATION, tables, &three),
        [accepted, purged(), purged()]
    );
}

#[test]
fn a_reported_request_counts_like_a_reported_delivery_while_it_is_held() {
    // Two reporters make a label. Reported 7 s after 1 s and 5 s: known at 12 s.
    let sends = [(1.0, 1, 0), (5.0, 1, 2), (20.0, 1, 3)];
    let habits = |habits: &str| {
        let labeler =
            "[labelers.main]\nsees = { reports = { threshold = 2 } }\nlag = { constant = \"0s\" }";
        fates(
            INVITATION,
            &spam(&format!("{habits}\n{labeler}"), &sends),
            &[],
        )
    };
    let after = |what: &str, span: &str| {
        format!("{what} = {{ chance = \"100%\", after = {{ constant = \"{span}\" }} }}\n")
    };
    let three = |outcome: &str, [first, second]: [f64; 2], third| {
        [fate(outcome, first), fate(outcome, second), third]
    };
    let labelled = || fate("refused.label", 20.0);
    let report = after("report-request", "7s");
    let pending = three(
        "request.pending",
        [1000.0; 2],
        fate("request.pending", 1000.0),
    );
    assert_eq!(habits(""), pending);
    let purged = three("request.purged", [12.0; 2], labelled());
    assert_eq!(habits(&report), purged);
    // Who rejects before cannot report any more; who does both at once does.
    let earlier = format!("{report}{}", after("reject", "6s"));
    let rejected = fate("request.rejected", 26.0);
    let unheard = three("request.rejected", [7.0, 11.0], rejected);
    assert_eq!(habits(&earlier), unheard);
    let together = format!("{report}{}", after("reject", "7s"));
    let heard = three("request.rejected", [8.0, 12.0], labelled());
    assert_eq!(habits(&together), heard);
}

/// How many honest requests were accepted and how many evicted.
#[derive(Default)]
struct Honest(u32, u32);

impl Observer for Honest {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Accepted(message) if message.class == Class::Ham => self.0 += 1,
            Fact::Finished {
                message,
                outcome: Outcome::RequestEvicted,
            } if message.class == Class::Ham => self.1 += 1,
            _ => {}
        }
    }
}

#[test]
fn a_request_in_a_full_list_that_evicts_at_random_outlives_each_newcomer_with_1_minus_1_over_room()
{
    // Spam comes at 0.1 per second; an honest request is accepted after 100 s, so Poisson(10) others
    // come meanwhile, and each evicts it with chance 1 / room: it lives with e^(-10 / room). Honest
    // requests are one in a hundred, so that the places they leave hardly matter.
    for room in [5_u32, 12] {
        let scenario = scenario(&format!(
            r#"
            schema = 1
            name = "at-random"
            [run]
            duration = "40000s"
            replications = 20
            seed = 54
            [network]
            delay = {{ constant = "0s" }}
            [pds]
            accounts = {{ equal = {{ each = 100_001 }} }}
            [contact]
            rule = {{ invitation = {{ pending-per-recipient = {room}, overflow = "evict-random" }} }}
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
            start = "1000s"
            target = {{ one = {{}} }}
            arrivals = {{ poisson = {{ rate = "1/100000000s" }} }}
            [senders.stuffer]
            class = "spam"
            count = 10_000
            target = {{ one = {{}} }}
            arrivals = {{ poisson = {{ rate = "1/100000s" }} }}
            "#
        ));
        let seen = observe_all(&scenario, |_| Honest::default());
        let shares: Vec<f64> = seen
            .iter()
            .map(|seen| f64::from(seen.0) / f64::from(seen.0 + seen.1))
            .collect();
        let expected = libm::exp(-10.0 / f64::from(room));
        assert_samples(&format!("room {room}"), &shares, expected);
    }
}
