//! Tokens that expire in the queue: M/M/1 with a service of 1 s and a lifetime of 60 s.
//!
//! A message whose token has expired when it is taken costs its extra service all the same, so
//! the queue stays M/M/1 and P(expired) = P(Wq > 60 s).

use pdsim::protocol::{Fact, Observer, Outcome, Refusal, TokenRefusal};
use pdsim::scenario::Scenario;
use pdsim::stats::closed_form::single_server;
use pdsim::units::Time;

use crate::support::{assert_samples, assert_theory, observe, outcome_shares, run};
use crate::support::{scenario, scenario_with};

fn queue(load: f64, counted: u32) -> Scenario {
    let warm_up = single_server::warm_up(load).ceil();
    let duration = warm_up + f64::from(counted);
    scenario(&format!(
        r#"
        schema = 1
        name = "tokens"
        [run]
        duration = "{duration}s"
        warmup = "{warm_up}s"
        replications = 20
        seed = 60
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 2 }} }}
        [inbox.station]
        workers = 1
        [auth]
        lifetime = "60s"
        [pipeline]
        order = ["token"]
        extra = {{ exponential = {{ mean = "1s" }} }}
        [senders.load]
        class = "ham"
        count = 1
        arrivals = {{ poisson = {{ rate = "{load}/s" }} }}
        "#
    ))
}

fn assert_expired(load: f64, counted: u32, expected: f64) {
    // P(Wq > t) = rho e^-(mu - lambda)t gives the reference value.
    assert!((load * libm::exp(-(1.0 - load) * 60.0) - expected).abs() < 6e-7);
    let results = run(queue(load, counted));
    let expired = outcome_shares(&results, "refused.token.expired");
    assert_samples(&format!("expired at {load}"), &expired, expected);
    assert_theory(&results, "inbox.utilization", load);
}

#[test]
fn tokens_expire_in_the_queue_as_often_as_theory_says_at_90_percent() {
    assert_expired(0.9, 120_000, 0.002_231);
}

#[test]
fn tokens_expire_in_the_queue_as_often_as_theory_says_at_95_percent() {
    assert_expired(0.95, 100_000, 0.047_298);
}

#[test]
#[ignore = "28 million messages: .ci/run runs it in release mode with --include-ignored"]
fn tokens_expire_in_the_queue_as_often_as_theory_says_at_99_percent() {
    assert_expired(0.99, 1_000_000, 0.543_324);
}

/// When each message was taken and what became of it, in the order of the trace.
#[derive(Default)]
struct Fates(Vec<(u64, Time, Outcome)>);

impl Observer for Fates {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact {
            self.0.push((message.id.ordinal(), message.taken, *outcome));
        }
    }
}

/// The fates of messages with the extra services told; `auth` holds keys of `[auth]`.
pub fn fates(rows: &[(&str, &str)], auth: &str) -> Vec<(u64, Time, Outcome)> {
    let mut trace = "time_s,sender,recipient,extra_s\n".to_owned();
    for (time, extra) in rows {
        trace += &format!("{time},a,b,{extra}\n");
    }
    let text = format!(
        r#"
        schema = 1
        name = "edge"
        [run]
        duration = "1000s"
        [network]
        delay = {{ constant = "0s" }}
        [inbox.station]
        workers = 1
        [auth]
        lifetime = "60s"
        {auth}
        [pipeline]
        order = ["token"]
        [trace]
        file = "trace.csv"
        "#
    );
    let scenario = scenario_with(&text, &[("trace.csv", trace.as_bytes())]);
    let mut fates = observe(&scenario, Fates::default()).0;
    fates.sort_by_key(|fate| fate.0);
    fates
}

const EXPIRED: Outcome = Outcome::Refused(Refusal::Token(TokenRefusal::Expired));

fn at(ns: u64) -> Time {
    Time::from_ns(ns)
}

const SECOND: u64 = 1_000_000_000;

#[test]
fn a_token_is_good_at_the_very_instant_of_its_expiry_and_not_a_nanosecond_later() {
    let on_time = fates(&[("0", "60"), ("0", "1")], "");
    assert_eq!(on_time[1], (1, at(60 * SECOND), Outcome::Delivered));
    let late = fates(&[("0", "60.000000001"), ("0", "1")], "");
    assert_eq!(late[1], (1, at(60 * SECOND + 1), EXPIRED));
}

#[test]
fn an_expired_message_costs_its_extra_service_too() {
    let fates = fates(&[("0", "61"), ("0", "5"), ("30", "1")], "");
    assert_eq!(fates[1], (1, at(61 * SECOND), EXPIRED));
    assert_eq!(fates[2], (2, at(66 * SECOND), Outcome::Delivered));
}

#[test]
fn a_token_of_whole_seconds_expires_up_to_a_second_early() {
    // Minted at 0.5 s as of 0 s: good until 60 s, taken at 60.2 s.
    let rows = [("0", "60.2"), ("0.5", "1")];
    assert_eq!(fates(&rows, "")[1].2, Outcome::Delivered);
    assert_eq!(fates(&rows, "resolution = \"1s\"")[1].2, EXPIRED);
}
