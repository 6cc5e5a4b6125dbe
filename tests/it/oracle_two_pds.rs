//! A trace over two PDSes against a plain twin: a limiter on one PDS does not see the other's
//! traffic, whatever its key and wherever it lives.

use std::collections::BTreeMap;

use pdsim::protocol::{Fact, Message, Observer, Outcome, Refusal};
use pdsim::scenario::Scenario;
use pdsim::units::Time;

use crate::support::{observe, scenario_with};

/// 4,000 messages among 14 people within 20 minutes, in bursts, from a small generator of its own
/// (multiply-with-carry in integers).
fn trace() -> String {
    let mut state = 2_463_534_242_u64;
    let mut next = |below: u64| {
        state = (state & 0xFFFF_FFFF) * 4_294_957_665 + (state >> 32);
        ((state & 0xFFFF_FFFF) * below) >> 32
    };
    let mut second = 0;
    let mut text = "time_s,sender,recipient\n".to_owned();
    for _ in 0..4_000 {
        second += if next(10) == 0 { next(6) } else { 0 };
        let sender = next(14) * next(14) / 14;
        let recipient = (sender + 1 + next(13)) % 14;
        text += &format!("{second},p{sender},p{recipient}\n");
    }
    text
}

/// Who sent what to whom, between which PDSes, and whether it got through; in the order of rows.
#[derive(Default)]
struct Rows(BTreeMap<u64, (Message, Option<Outcome>)>);

impl Observer for Rows {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) => {
                self.0.insert(message.id.ordinal(), (**message, None));
            }
            Fact::Finished { message, outcome } => {
                let row = self
                    .0
                    .get_mut(&message.id.ordinal())
                    .expect("it was created");
                row.1 = Some(*outcome);
            }
            _ => {}
        }
    }
}

const LIMIT: usize = 4;
const WINDOW_S: u64 = 30;

/// A sliding log (closed edge) per key and PDS: the list of all admissions, looked through afresh.
fn twin(rows: &Rows, key: &str, at: &str) -> Vec<bool> {
    let mut admitted: Vec<(Vec<u32>, u64)> = Vec::new();
    let mut decisions = Vec::new();
    for (message, _) in rows.0.values() {
        let place = match at {
            "sender" => message.sender_pds.0,
            _ => message.recipient_pds.0,
        };
        let parties = match key {
            "sender" => vec![message.sender.0],
            "recipient" => vec![message.recipient.0],
            "pair" => vec![message.sender.0, message.recipient.0],
            "sender-pds" => vec![message.sender_pds.0],
            _ => vec![],
        };
        let counter = [vec![place], parties].concat();
        let now = message.created.ns();
        let in_window = admitted
            .iter()
            .filter(|(other, then)| *other == counter && now - then <= WINDOW_S * 1_000_000_000);
        let admits = in_window.count() < LIMIT;
        if admits {
            admitted.push((counter, now));
        }
        decisions.push(admits);
    }
    decisions
}

fn two_pds(key: &str, at: &str) -> Scenario {
    let text = format!(
        r#"
        schema = 1
        name = "two"
        [run]
        seed = 4
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        count = 2
        [pipeline]
        order = ["rate-limit"]
        [limits.it]
        algorithm = {{ sliding-log = {{ limit = {LIMIT}, window = "{WINDOW_S}s" }} }}
        key = "{key}"
        at = "{at}"
        [trace]
        file = "trace.csv"
        "#
    );
    scenario_with(&text, &[("trace.csv", trace().as_bytes())])
}

#[test]
fn a_limiter_counts_only_what_its_own_pds_sees() {
    for at in ["recipient", "sender"] {
        for key in ["sender", "pair", "recipient", "sender-pds", "pds"] {
            let rows = observe(&two_pds(key, at), Rows::default());
            let simulated: Vec<bool> = rows
                .0
                .values()
                .map(
                    |(_, outcome)| match outcome.expect("every message has an outcome") {
                        Outcome::Delivered => true,
                        Outcome::Refused(Refusal::Limit(0)) if at == "recipient" => false,
                        Outcome::Refused(Refusal::SenderPdsLimit) if at == "sender" => false,
                        other => panic!("{other:?}"),
                    },
                )
                .collect();
            let twin = twin(&rows, key, at);
            let differs = simulated.iter().zip(&twin).position(|(a, b)| a != b);
            assert_eq!(differs, None, "key {key} at the {at}");
            let refused = twin.iter().filter(|admits| !**admits).count();
            assert!(
                (100..3_990).contains(&refused),
                "{key} at the {at}: {refused}"
            );
        }
    }
}

#[test]
fn a_limiter_that_saw_both_pdses_would_refuse_more() {
    // Counting at one place per sender is a counter for the whole network: the test above tells
    // the two apart.
    let rows = observe(&two_pds("sender", "recipient"), Rows::default());
    let mut network = Rows::default();
    for (ordinal, (message, _)) in &rows.0 {
        let message = Message {
            recipient_pds: message.sender_pds,
            ..*message
        };
        network.0.insert(*ordinal, (message, None));
    }
    let homes: std::collections::BTreeSet<u32> =
        rows.0.values().map(|(m, _)| m.recipient_pds.0).collect();
    assert_eq!(homes.len(), 2, "both PDSes hold accounts");
    let refused = |rows: &Rows| {
        twin(rows, "sender", "recipient")
            .iter()
            .filter(|a| !**a)
            .count()
    };
    assert!(refused(&network) > refused(&rows) + 100);
}
