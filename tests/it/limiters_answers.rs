//! What a limit answers and who hears it, whole scenarios against hand counts: the kinds of
//! refusal, Retry-After, rescheduling, shaping, replies, first contacts, and the age of accounts.

use std::collections::BTreeMap;

use pdsim::policy::limit::preset::Preset;
use pdsim::protocol::{Fact, Message, Observer, Outcome, Refusal, Stage, TokenRefusal};
use pdsim::units::Time;

use crate::support::{count, observe, run, scenario, scenario_file, scenario_with, values};

/// What became of each row of a trace: the outcome, the second, and the message.
#[derive(Default)]
struct Ends(BTreeMap<u64, (Outcome, Time, Message)>);

impl Observer for Ends {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact {
            self.0
                .insert(message.id.ordinal(), (*outcome, now, **message));
        }
    }
}

const SYNC: &str = "[inbox.sync]\n[network]\ndelay = { constant = \"0s\" }\n\
                    retry = { atproto = { tries = 2, jitter = \"0%\" } }\n";

fn ends(rows: &str, tables: &str) -> BTreeMap<u64, (Outcome, Time, Message)> {
    let text = format!(
        "schema = 1\nname = \"answers\"\n{tables}\n[run]\nduration = \"1000s\"\n\
         [trace]\nfile = \"trace.csv\"\n"
    );
    let trace = format!("time_s,sender,recipient,class\n{rows}");
    observe(
        &scenario_with(&text, &[("trace.csv", trace.as_bytes())]),
        Ends::default(),
    )
    .0
}

/// The outcome of the second of two messages a second apart where one per minute may pass, and its
/// latency in nanoseconds where it was delivered.
fn second(class: &str, edge: &str, refusal: &str) -> (Outcome, u64) {
    let limit = format!(
        "{SYNC}[limits.it]\nalgorithm = {{ sliding-log = {{ limit = 1, window = \"60s\" }} }}\n\
         key = \"pair\"\nedge = \"{edge}\"\nrefusal = {refusal}\n"
    );
    let ends = ends(&format!("0,a,b,{class}\n1,a,b,{class}\n"), &limit);
    let (outcome, at, message) = ends[&1];
    match outcome {
        Outcome::Delivered => (outcome, message.latency().ns()),
        _ => (outcome, at.ns()),
    }
}

#[test]
fn an_honest_sender_comes_back_when_retry_after_says_and_a_spammer_does_not() {
    let exact = "{ retry-after = {} }";
    assert_eq!(
        second("ham", "half-open", exact),
        (Outcome::Delivered, 59_000_000_000)
    );
    // On a closed edge the admission at 0 s still counts at 60 s.
    assert_eq!(
        second("ham", "closed", exact),
        (Outcome::Delivered, 59_000_000_001)
    );
    // Rounded down to the second, the second and last try comes 1 ns early.
    let whole = "{ retry-after = { resolution = \"1s\" } }";
    assert_eq!(
        second("ham", "closed", whole),
        (Outcome::GaveUp, 60_000_000_000)
    );
    // The spammer's PDS tries again 100 ms later, as without a hint.
    let early = (Outcome::GaveUp, 1_100_000_000);
    assert_eq!(second("spam", "half-open", exact), early);
    assert_eq!(second("ham", "half-open", "\"reject\""), early);
}

#[test]
fn a_status_and_a_silent_drop_are_no_failures_to_try_again() {
    for refusal in ["\"status\"", "\"silent\""] {
        let (outcome, at) = second("ham", "closed", refusal);
        assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
        assert_eq!(at, 1_000_000_000);
    }
}

#[test]
fn a_rescheduled_message_waits_in_the_queue_and_not_on_the_network() {
    let tables = "[network]\ndelay = { constant = \"2s\" }\n[pipeline]\norder = [\"rate-limit\"]\n\
         extra = { constant = \"500ms\" }\n[limits.it]\nkey = \"pair\"\nrefusal = \"reschedule\"\n\
         algorithm = { fixed-window = { limit = 1, window = \"60s\" } }\n";
    // Both arrive at 2 s and 3 s; the second has its turn when the next window opens.
    let ends = ends("0,a,b,ham\n1,a,b,ham\n", tables);
    let (outcome, at, message) = ends[&1];
    assert_eq!((outcome, at.ns()), (Outcome::Delivered, 60_500_000_000));
    assert_eq!(message.latency().ns(), 59_500_000_000);
    let stages = Stage::ALL.map(|stage| stage.of(&message).ns());
    assert_eq!(stages, [2_000_000_000, 57_000_000_000, 500_000_000, 0]);
}

#[test]
fn shaping_is_part_of_the_latency_and_counts_as_delay() {
    let text = r#"
        schema = 1
        name = "shaping"
        [run]
        duration = "1000s"
        [network]
        delay = { constant = "1s" }
        [pds]
        accounts = { equal = { each = 5 } }
        [pipeline]
        order = ["rate-limit"]
        [limits.shaper]
        algorithm = { leaky-queue = { rate = "1/10s", capacity = 4 } }
        key = "recipient"
        [senders.people]
        class = "ham"
        count = 4
        target = { one = { account = 4 } }
        arrivals = { regular = { every = "900s" } }
        stop = "10s"
    "#;
    // Four messages at once leave at 0, 10, 20 and 30 s after they arrive: 3 of 4 are delayed.
    let results = run(scenario(text));
    assert_eq!(count(&results, "delivered"), 4);
    assert_eq!(values(&results, "ham.delayed"), [0.75]);
    assert_eq!(values(&results, "latency.ham.mean"), [16.0]);
    assert_eq!(values(&results, "latency.ham.queue.mean"), [15.0]);
}

/// The rows that were refused.
fn refused_under(rows: &str, tables: &str) -> Vec<u64> {
    let rows: String = rows.lines().map(|row| format!("{row},ham\n")).collect();
    let ends = ends(&rows, tables).into_iter();
    ends.filter(|(_, (outcome, ..))| matches!(outcome, Outcome::Refused(_)))
        .map(|(row, _)| row)
        .collect()
}

/// The rows that a limit refused where strangers write requests.
fn refused(rows: &str, tables: &str) -> Vec<u64> {
    refused_under(
        rows,
        &format!(
            "[network]\ndelay = {{ constant = \"0s\" }}\n[contact]\nrule = {{ invitation = {{}} }}\n{tables}"
        ),
    )
}

#[test]
fn a_message_to_somebody_who_wrote_to_its_sender_is_a_reply() {
    let limit = "[limits.it]\nalgorithm = { sliding-log = { limit = 1, window = \"900s\" } }\n\
                 key = \"sender\"\n";
    // b writes to a at 1 s; all that a writes to b from then on are replies, and free.
    let rows = "0,a,b\n1,b,a\n2,a,b\n3,a,b\n4,c,d\n5,c,d\n";
    assert_eq!(refused(rows, &format!("{limit}cost-reply = 0\n")), [5]);
    assert_eq!(refused(rows, limit), [2, 3, 5]);
}

#[test]
fn at_the_senders_pds_the_first_message_to_somebody_is_a_first_contact() {
    let limit = "[limits.it]\nalgorithm = { sliding-log = { limit = 1, window = \"900s\" } }\n\
                 key = \"sender\"\nat = \"sender\"\napplies-to = \"requests\"\n";
    // To b once: c is a second one too many; b again is none. Answering d is none either.
    assert_eq!(refused("0,a,b\n1,a,c\n2,a,b\n", limit), [1]);
    let budget = "[limits.it]\nalgorithm = { new-contacts = { limit = 1 } }\n\
                  key = \"sender\"\nat = \"sender\"\n";
    // The answer of b reaches the PDS of a at 2 s and makes room.
    assert_eq!(
        refused("0,a,b\n1,a,c\n2,b,a\n3,a,d\n4,a,e\n", budget),
        [1, 4]
    );
}

#[test]
fn a_reply_is_known_at_both_places_under_every_rule_of_first_contact() {
    // a writes to b; b's two answers are replies, and free, while his letters to c are not.
    let rows = "0,a,b\n1,b,a\n2,b,a\n3,b,c\n4,b,c\n";
    for place in ["recipient", "sender"] {
        for rule in ["\"open\"", "{ invitation = {} }"] {
            let limit = |more: &str| {
                format!(
                    "[contact]\nrule = {rule}\n[limits.it]\nkey = \"sender\"\nat = \"{place}\"\n{more}\n\
                     algorithm = {{ sliding-log = {{ limit = 1, window = \"900s\" }} }}\n"
                )
            };
            let told = format!("at the {place}, {rule}");
            assert_eq!(refused_under(rows, &limit("cost-reply = 0")), [4], "{told}");
            // One that costs as much as the budget is one too many after the first.
            assert_eq!(refused_under(rows, &limit("")), [2, 3, 4], "{told}");
        }
    }
}

#[test]
fn a_first_contact_that_is_tried_again_is_one_still() {
    // The inbox holds one message for 10 s; what comes meanwhile is turned away and tried again a
    // second later. At the sender's PDS a first contact costs 3 of 6: the two attempts of the first
    // message of a use the budget up, and nothing is left for the first to c.
    let tables = "[network]\ndelay = { constant = \"0s\" }\n\
         retry = { atproto = { tries = 2, base = \"1s\", cap = \"1s\", jitter = \"0%\" } }\n\
         [contact]\nrule = { invitation = {} }\n\
         [inbox.station]\nworkers = 1\ncapacity = 1\n\
         [pipeline]\norder = []\nextra = { constant = \"10s\" }\n\
         [limits.it]\nkey = \"sender\"\nat = \"sender\"\ncost-request = 3\n\
         algorithm = { fixed-window = { limit = 6, window = \"900s\" } }\n";
    let rows = "0,z,b\n1,a,b\n30,a,c\n40,a,b\n";
    assert_eq!(refused_under(rows, tables), [2, 3]);
    // Were the second attempt an ordinary message of cost 1, 3 + 1 of 6 would be used, and the last
    // one, which is no first contact, would leave.
    let roomy = tables.replace("limit = 6", "limit = 7");
    assert_eq!(refused_under(rows, &roomy), [2]);
}

#[test]
fn a_message_that_is_rescheduled_in_vain_is_refused_by_that_layer_or_in_flight_at_the_end() {
    // In hand at once: time alone makes no room, so the second of two is refused for good.
    let in_hand = "[network]\ndelay = { constant = \"0s\" }\n[inbox.station]\nworkers = 2\n\
         [pipeline]\norder = [\"rate-limit\"]\nextra = { constant = \"5s\" }\n\
         [limits.it]\nkey = \"pair\"\nrefusal = \"reschedule\"\n\
         algorithm = { concurrency = { limit = 1 } }\n";
    let outcome = |tables: &str, row: u64| ends("0,a,b,ham\n1,a,b,ham\n", tables)[&row].0;
    assert_eq!(outcome(in_hand, 1), Outcome::Refused(Refusal::Limit(0)));
    // Its turn comes after the end of the run, at 1000 s.
    let late = "[network]\ndelay = { constant = \"0s\" }\n[pipeline]\norder = [\"rate-limit\"]\n\
         [limits.it]\nkey = \"pair\"\nrefusal = \"reschedule\"\n\
         algorithm = { fixed-window = { limit = 1, window = \"1h\" } }\n";
    assert_eq!(outcome(late, 1), Outcome::InFlight);
    // Its turn comes at 120 s, and its token was good for 60.
    let stale = late
        .replace("1h", "2m")
        .replace("[\"rate-limit\"]", "[\"token\", \"rate-limit\"]");
    assert_eq!(
        outcome(&stale, 1),
        Outcome::Refused(Refusal::Token(TokenRefusal::Expired))
    );
    let fresh = stale.replace("[network]", "[auth]\nlifetime = \"5m\"\n[network]");
    assert_eq!(outcome(&fresh, 1), Outcome::Delivered);
}

#[test]
fn the_shipped_warm_up_refuses_what_its_published_schedule_says() {
    let scenario = scenario_file("scenarios/warm-up.toml", &[]);
    let preset = Preset::named("mail-warm-up").unwrap().limits();
    assert_eq!(scenario.spec.limits, preset.limits);
    // A hundred an hour: 20, 28, 39, 55 and 77 leave in each hour of the first five days, then all.
    let results = run(scenario);
    let delivered = 24 * (20 + 28 + 39 + 55 + 77) + 37 * 24 * 100;
    assert_eq!(count(&results, "delivered"), delivered);
    let refused = count(&results, "refused.sender-pds.limit");
    assert_eq!(refused, 42 * 24 * 100 - delivered);
}

#[test]
fn quotas_follow_the_age_of_the_senders_account_wherever_the_limit_lives() {
    for at in ["recipient", "sender"] {
        let results = run(scenario(&format!(
            r#"
            schema = 1
            name = "ages"
            [run]
            duration = "3d"
            [network]
            delay = {{ constant = "0s" }}
            [pds]
            accounts = {{ equal = {{ each = 9 }} }}
            [pipeline]
            order = ["rate-limit"]
            [limits.tiers]
            key = "sender"
            at = "{at}"
            [limits.tiers.algorithm.trust-tiers]
            window = "1d"
            quota = {{ steps = [{{ age = "0s", limit = 1 }}, {{ age = "7d", limit = 5 }}, {{ age = "40d", limit = 20 }}] }}
            [senders.young]
            class = "spam"
            count = 1
            age = {{ constant = "6d" }}
            arrivals = {{ regular = {{ every = "1h" }} }}
            [senders.old]
            class = "ham"
            count = 1
            arrivals = {{ regular = {{ every = "1h" }} }}
            "#
        )));
        // Six days old: 1 on the first day, 5 on each of the next two. An account of no stated age
        // is old: 20 of 24 on each day.
        let delivered: u64 = count(&results, "delivered");
        assert_eq!(delivered, (1 + 5 + 5) + 3 * 20, "at the {at}");
    }
}
