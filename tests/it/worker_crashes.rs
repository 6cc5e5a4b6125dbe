//! Workers that die, messages that run twice, and the check that notices.

use std::collections::BTreeMap;

use pdsim::protocol::{Fact, Observer};
use pdsim::scenario::Scenario;
use pdsim::units::{Span, Time};

use crate::support::{
    assert_samples, count, measures, observe, outcomes, run, scenario, scenario_with, values,
};

/// 400 messages in 20 s over one PDS, then silence; checks of 2 ms.
fn crashing(inbox: &str, order: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "crashing"
        [run]
        duration = "120s"
        replications = 20
        seed = 7
        [network]
        delay = {{ constant = "10ms" }}
        [pds]
        accounts = {{ equal = {{ each = 50 }} }}
        {inbox}
        [pipeline]
        order = {order}
        extra = {{ constant = "2ms" }}
        [senders.people]
        class = "ham"
        count = 20
        stop = "20s"
        arrivals = {{ poisson = {{ rate = "1/s" }} }}
        "#
    ))
}

/// How long after each crash the message was taken again, and how often messages were taken.
#[derive(Default)]
struct Returns {
    crashed: BTreeMap<u64, Time>,
    delays: Vec<Span>,
    created: u64,
    taken: u64,
}

impl Observer for Returns {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Created(_) => self.created += 1,
            Fact::Crashed(message) => {
                self.crashed.insert(message.id.number(), now);
            }
            Fact::Taken { message, .. } => {
                self.taken += 1;
                let crash = self.crashed.remove(&message.id.number());
                self.delays.extend(crash.map(|crash| now.since(crash)));
            }
            _ => {}
        }
    }
}

const DOCKET: &str = "[inbox.docket]\nredelivery = \"5s\"\ncrash = \"20%\"";
const STATION: &str = "[inbox.station]\nworkers = 3\ncrash = \"20%\"";

#[test]
fn a_docket_gives_a_lost_message_out_again_after_the_redelivery_time_out() {
    let seen = observe(&crashing(DOCKET, "[]"), Returns::default());
    assert!(seen.delays.len() > 60, "{}", seen.delays.len());
    // 0.75 T to 1.31 T + D, and the start: 3.75 s to 6.82 s.
    for delay in &seen.delays {
        let delay = delay.as_seconds();
        assert!((3.75..=6.816).contains(&delay), "{delay}");
    }
    assert!(seen.crashed.is_empty(), "every lost message came back");
}

#[test]
fn a_station_gives_a_lost_message_out_again_at_once() {
    let seen = observe(&crashing(STATION, "[]"), Returns::default());
    assert!(seen.delays.len() > 60);
    assert!(seen.delays.iter().all(|delay| delay.is_zero()));
}

#[test]
fn a_message_runs_1_over_1_minus_p_times_and_is_delivered_once() {
    for inbox in [DOCKET, STATION] {
        let scenario = crashing(inbox, "[]");
        let runs: Vec<f64> = crate::support::observe_all(&scenario, |_| Returns::default())
            .iter()
            .map(|seen| seen.taken as f64 / seen.created as f64)
            .collect();
        assert_samples(inbox, &runs, 1.25);
        for ended in outcomes(&run(scenario)) {
            assert_eq!(ended.keys().collect::<Vec<_>>(), ["delivered"]);
        }
    }
}

/// Copies delivered per message, per replication.
fn duplicates(scenario: Scenario) -> Vec<f64> {
    let results = run(scenario);
    let sent = outcomes(&results);
    let sent = sent.iter().map(|ended| ended.values().sum::<u64>() as f64);
    let found = values(&results, "duplicates").into_iter().zip(sent);
    found.map(|(duplicates, sent)| duplicates / sent).collect()
}

#[test]
fn an_unacknowledged_message_runs_twice_and_dedup_notices() {
    for kind in [
        "[inbox.docket]\nredelivery = \"5s\"\n",
        "[inbox.station]\nworkers = 3\n",
    ] {
        let inbox = format!("{kind}crash-before-ack = \"20%\"");
        // Each run is unacknowledged with the chance 0.2: 0.2 + 0.04 + ... = 0.25 copies.
        assert_samples(kind, &duplicates(crashing(&inbox, "[]")), 0.25);
        let deduplicated = crashing(&inbox, r#"["dedup"]"#);
        assert!(duplicates(deduplicated).iter().all(|share| *share == 0.0));
        let results = run(crashing(&inbox, r#"["dedup"]"#));
        for ended in outcomes(&results) {
            assert_eq!(ended.keys().collect::<Vec<_>>(), ["delivered"]);
        }
    }
}

#[test]
fn a_message_whose_worker_died_is_no_duplicate_of_itself() {
    let results = run(crashing(STATION, r#"["dedup"]"#));
    assert_eq!(count(&results, "refused.duplicate"), 0);
}

#[test]
fn without_crashes_nothing_is_said_of_duplicates() {
    let results = run(crashing("[inbox.docket]", "[]"));
    let values = &results.arms[0].replications[0].measured.values;
    assert!(values.iter().all(|value| value.name != "duplicates"));
    assert_eq!(measures(&results, "inbox.wait.mean").len(), 20);
}

/// Five rows that name three messages, sent at 0, 1, 2, 20 and 21 s.
fn named(dedup: &str) -> Scenario {
    let trace = "time_s,sender,recipient,message\n\
                 0,a,b,m1\n1,a,b,m2\n2,a,b,m1\n20,a,b,m2\n21,a,b,m3\n";
    let text = format!(
        "schema = 1\nname = \"named\"\n[network]\ndelay = {{ constant = \"0s\" }}\n\
         [pds]\ncount = 1\n[pipeline]\norder = [\"dedup\"]\n{dedup}\n[trace]\nfile = \"trace.csv\"\n"
    );
    scenario_with(&text, &[("trace.csv", trace.as_bytes())])
}

#[test]
fn rows_that_name_a_message_again_are_duplicates_while_it_is_remembered() {
    let results = run(named(""));
    assert_eq!(count(&results, "refused.duplicate"), 2);
    assert_eq!(count(&results, "delivered"), 3);
    // m1 comes again after 2 s, m2 after 19 s.
    let results = run(named("[dedup]\nmemory = \"10s\""));
    assert_eq!(count(&results, "refused.duplicate"), 1);
    assert_eq!(count(&results, "delivered"), 4);
}
