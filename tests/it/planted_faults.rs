//! For each law a planted fault: the check that holds for the simulator must fail for one that is
//! slightly wrong. Every fault here is a scenario (or a stream of facts) that behaves exactly as
//! the faulty simulator would, held against the expectation of the sound one.

use pdsim::experiment::Results;
use pdsim::protocol::{Fact, Message, Observer, Outcome};
use pdsim::stats::closed_form::{limiters, single_server, single_server::TimeMoments};
use pdsim::trace::{BrokenLaw, Laws, TokenCheck};
use pdsim::units::{Span, Time};

use crate::oracle_replay::{layer, replay};
use crate::support::{count, disagreement, observe, run, scenario, scenario_with, values};
use crate::theory_labels::Campaign;
use crate::theory_limiters::refused_by;
use crate::theory_network::{forty, means, relative_waits, waits};
use crate::theory_queues::{Queue, no_queue};
use crate::theory_tokens::fates;

#[track_caller]
fn assert_caught(what: &str, samples: &[f64], expected: f64) {
    let caught = disagreement(what, samples, expected);
    assert!(
        caught.is_some(),
        "{what}: the fault passes for {expected}: {samples:?}"
    );
}

#[test]
fn a_service_that_is_2_percent_too_long_is_caught() {
    let queue = |service| Queue {
        rate: "0.8/s",
        service,
        counted: 80_000,
        ..Queue::default()
    };
    let sound = run(queue(r#"{ exponential = { mean = "1s" } }"#).scenario());
    let faulty = run(queue(r#"{ exponential = { mean = "1020ms" } }"#).scenario());
    // The wait is 0.8 x 1.02^2 / 0.184 = 4.52 s instead of 4 s.
    for (metric, expected) in [
        ("inbox.utilization", 0.8),
        ("inbox.wait.mean", 4.0),
        ("inbox.sojourn.mean", 5.0),
        ("inbox.in-system.mean", 4.0),
    ] {
        assert_eq!(
            disagreement(metric, &values(&sound, metric), expected),
            None
        );
        assert_caught(metric, &values(&faulty, metric), expected);
    }
}

#[test]
fn a_service_that_is_2_percent_too_long_is_caught_on_a_network() {
    let mut faulty = forty();
    let longer = scenario(
        r#"
        schema = 1
        name = "longer"
        [run]
        duration = "1s"
        [pds]
        accounts = { equal = { each = 2 } }
        [pipeline]
        extra = { erlang = { mean = "1020ms", k = 2 } }
        [senders.one]
        class = "ham"
        count = 1
        arrivals = { poisson = { rate = "1/s" } }
        "#,
    );
    faulty.spec.pipeline.extra = longer.spec.pipeline.extra;
    assert_eq!(
        disagreement("all PDSes", &relative_waits(&forty()), 1.0),
        None
    );
    assert_caught("all PDSes", &relative_waits(&faulty), 1.0);
}

#[test]
fn a_pds_that_saw_anothers_load_is_caught() {
    let sound = forty();
    let service = TimeMoments::with_cv2(1.0, 0.5);
    let seen = waits(&sound);
    // PDS 1 at the load of PDS 2 and the other way round.
    for (pds, other) in [(1, 2), (2, 1), (20, 39)] {
        let rate = sound.sizes()[other] as f64 * 0.00225 * 0.98;
        let expected = single_server::wait_mean(rate, service);
        assert_caught(&format!("PDS {pds}"), &means(&seen, pds), expected);
    }
}

#[test]
fn a_release_that_comes_after_the_arrival_of_its_instant_is_caught() {
    // A worker who is free a nanosecond too late for the next arrival: every second one finds him
    // busy.
    let late = no_queue("1000000001ns", 0..10);
    assert_eq!(count(&late, "delivered"), 5);
    assert_eq!(count(&no_queue("1s", 0..10), "delivered"), 10);
}

/// Ten messages a millisecond before every other edge of a window of 60 s and ten at it, 50 times
/// and all later by `shift_ms`; through windows of 10, aligned to the clock.
fn delivered_around_edges(shift_ms: i64, window: &str) -> u64 {
    let mut trace = "time_s,sender,recipient\n".to_owned();
    for edge in 1..=50 {
        for ms in [edge * 120_000 - 1 + shift_ms, edge * 120_000 + shift_ms] {
            let row = format!("{}.{:03},a,b\n", ms / 1_000, ms % 1_000);
            trace += &row.repeat(10);
        }
    }
    let text = format!(
        r#"
        schema = 1
        name = "edges"
        [network]
        delay = {{ constant = "0s" }}
        [pipeline]
        order = ["rate-limit"]
        [limits.window]
        algorithm = {{ fixed-window = {{ limit = 10, window = "{window}" }} }}
        key = "sender"
        [trace]
        file = "trace.csv"
        "#
    );
    count(
        &run(scenario_with(&text, &[("trace.csv", trace.as_bytes())])),
        "delivered",
    )
}

#[test]
fn a_window_that_is_shifted_by_a_millisecond_is_caught() {
    // Both tens belong to different windows: twice the limit passes across an edge.
    assert_eq!(delivered_around_edges(0, "60s"), 1_000);
    // Windows that begin a millisecond too early or too late put both tens into one.
    assert_eq!(delivered_around_edges(1, "60s"), 500);
    assert_eq!(delivered_around_edges(-1, "60s"), 500);
    // So do windows that are a millisecond too long.
    assert_eq!(delivered_around_edges(0, "60001ms"), 500);
}

/// Messages of the trace that a policy refuses.
fn refused(policy: &str, limit: &str, window: &str) -> u64 {
    count(
        &run(replay(&layer(policy, limit, window))),
        "refused.limit.it",
    )
}

#[test]
fn a_window_of_the_trace_that_is_a_millisecond_too_long_is_caught() {
    // The oracle's row: 1,967.
    assert_eq!(refused("sliding", "20", "3600"), 1_967);
    assert_ne!(refused("sliding", "20", "3600.001"), 1_967);
}

#[test]
fn less_for_less_or_equal_is_caught_at_every_edge() {
    // The window: the oracle tells the edges apart by one message of 59,835.
    assert_ne!(refused("sliding_ge", "20", "3600"), 1_967);
    assert_ne!(refused("sliding", "20", "3600"), 1_968);
    // The limit: N - 1 instead of N.
    assert_ne!(refused("first", "19", "3600"), 1_652);
    // The token: `now >= exp` refuses what is taken at the very expiry, as `now > exp` refuses
    // what is taken a nanosecond later.
    let outcome = |service| fates(&[("0", service), ("0", "1")], "")[1].2;
    assert_eq!(outcome("60"), Outcome::Delivered);
    assert_ne!(outcome("60.000000001"), Outcome::Delivered);
}

#[test]
fn a_charge_on_refusal_is_caught() {
    // Against theory: a log that also counts what it refused.
    let results = refused_by(10, 10.0, 50, 300);
    let expected = limiters::sliding_log(10, 10.0);
    assert_caught(
        "log of all",
        &values(&results, "limit.log-of-all.reject"),
        expected,
    );
    assert_eq!(
        disagreement("log", &values(&results, "limit.log.reject"), expected),
        None
    );
    // Against the oracle.
    assert_ne!(refused("strict", "5", "60"), 191);
}

#[test]
fn the_rule_of_another_limiter_is_caught() {
    let results = refused_by(10, 10.0, 50, 1_000);
    let rules = [
        ("limit.fixed.reject", limiters::aligned_window(10, 10.0)),
        ("limit.first.reject", limiters::first_hit_window(10, 10.0)),
        ("limit.log.reject", limiters::sliding_log(10, 10.0)),
        ("limit.bucket.reject", limiters::token_bucket(10, 1.0)),
    ];
    for (place, (metric, _)) in rules.iter().enumerate() {
        for (other, (_, expected)) in rules.iter().enumerate() {
            let caught = disagreement(metric, &values(&results, metric), *expected);
            assert_eq!(caught.is_some(), place != other, "{metric} for {expected}");
        }
    }
}

#[test]
fn a_lag_that_counts_from_creation_is_caught() {
    // With 200 s in transit, 600 s from the creation of the first message are 400 s from its
    // delivery.
    let campaign = |labeler| Campaign {
        delay: r#"{ constant = "200s" }"#,
        labeler,
        duration: "4000s",
        seed: 4,
        ..Campaign::default()
    };
    let sound = campaign(r#"lag = { constant = "600s" }"#).deliveries();
    assert_eq!(disagreement("from delivery", &sound, 61.0), None);
    let faulty = campaign(r#"lag = { constant = "400s" }"#).deliveries();
    assert_caught("from creation", &faulty, 61.0);
}

#[test]
fn a_label_without_its_propagation_is_caught() {
    let campaign = Campaign {
        labeler: r#"lag = { constant = "100s" }"#,
        seed: 7,
        ..Campaign::default()
    };
    // Half a poll of 120 s would add 6 messages.
    assert_caught("no poll", &campaign.deliveries(), 17.0);
}

/// Passes facts on to the laws of a run, tampered with.
struct Tampered {
    laws: Laws,
    fault: Fault,
    facts: u64,
}

#[derive(Clone, Copy)]
enum Fault {
    None,
    /// One outcome is not told.
    SwallowedOutcome,
    /// One outcome is told twice.
    DoubledOutcome,
    /// One wait is told a nanosecond too long.
    LongerWait,
    /// Tokens live a nanosecond shorter than the verifier thinks.
    ShorterToken,
}

const VICTIM: u64 = 500;

impl Tampered {
    fn tell(&mut self, now: Time, fact: &Fact<'_>) {
        self.laws.observe(now, fact);
    }
}

impl Observer for Tampered {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match (self.fault, fact) {
            (Fault::SwallowedOutcome, Fact::Finished { .. }) => {
                self.facts += 1;
                if self.facts != VICTIM {
                    self.tell(now, fact);
                }
            }
            (Fault::DoubledOutcome, Fact::Finished { .. }) => {
                self.facts += 1;
                self.tell(now, fact);
                if self.facts == VICTIM {
                    self.tell(now, fact);
                }
            }
            (Fault::LongerWait | Fault::ShorterToken, Fact::Taken { message, .. }) => {
                let tampered = self.tamper(now, message);
                let mut fact = *fact;
                if let Fact::Taken { message, .. } = &mut fact {
                    *message = &tampered;
                }
                self.tell(now, &fact);
            }
            _ => self.tell(now, fact),
        }
    }
}

impl Tampered {
    fn tamper(&mut self, now: Time, message: &Message) -> Message {
        let mut message = *message;
        self.facts += 1;
        match self.fault {
            Fault::LongerWait if self.facts == VICTIM => {
                message.arrived = Time::from_ns(message.arrived.ns() - 1);
            }
            Fault::ShorterToken if message.wait() > Span::from_s(1) => {
                message.token.expires = Time::from_ns(now.ns() - 1);
            }
            _ => {}
        }
        message
    }
}

fn broken(fault: Fault) -> Vec<BrokenLaw> {
    let scenario = scenario(
        r#"
        schema = 1
        name = "tampered"
        [run]
        duration = "2000s"
        [pds]
        accounts = { equal = { each = 5 } }
        [pipeline]
        order = ["token"]
        extra = { exponential = { mean = "800ms" } }
        [senders.people]
        class = "ham"
        count = 5
        arrivals = { poisson = { rate = "0.2/s" } }
        "#,
    );
    let tampered = Tampered {
        laws: Laws::new(1, TokenCheck::InPipeline),
        fault,
        facts: 0,
    };
    observe(&scenario, tampered).laws.broken().to_vec()
}

#[test]
fn the_laws_of_a_run_catch_what_is_told_wrongly() {
    assert_eq!(broken(Fault::None), []);
    for (fault, law) in [
        (Fault::SwallowedOutcome, "conservation"),
        (Fault::DoubledOutcome, "conservation"),
        (Fault::LongerWait, "Little's law"),
        (Fault::ShorterToken, "expired token"),
    ] {
        let broken = broken(fault);
        assert!(
            broken.iter().any(|broken| broken.what.contains(law)),
            "{law}: {broken:?}"
        );
    }
}

#[test]
fn a_t_without_spread_is_no_agreement() {
    assert!(disagreement("constant", &[1.0; 20], 1.0).is_some());
}

#[test]
fn two_percent_of_a_metric_are_many_standard_errors() {
    // What |t| < 4.5 lets pass is known: the interval of the utilization at 0.8 is narrow enough
    // to tell 1 % apart.
    let results: Results = run(Queue {
        rate: "0.8/s",
        counted: 80_000,
        ..Queue::default()
    }
    .scenario());
    let utilization = values(&results, "inbox.utilization");
    assert_caught("1 % more", &utilization, 0.808);
    assert_caught("1 % less", &utilization, 0.792);
}
