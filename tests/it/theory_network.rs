//! A network of inboxes: every PDS is an M/G/1 of its own whatever the delays, latency is the sum
//! of its stages to the nanosecond, loss and retries follow their closed forms.
//!
//! Random delays shift a Poisson process into a Poisson process, and independent loss thins it into
//! one, so each inbox sees Poisson arrivals at its own rate.

use pdsim::protocol::{Fact, Message, Observer, Outcome, Stage};
use pdsim::scenario::Scenario;
use pdsim::stats::closed_form::attempts;
use pdsim::stats::closed_form::single_server::{self, TimeMoments};
use pdsim::units::{Span, Time};

use crate::support::{assert_samples, observe_all, outcome_shares, run, scenario};

/// The sum and the number of the waits at every PDS, of messages created after the warm-up.
pub struct Waits {
    warm_up: Time,
    of_pds: Vec<(u128, u64)>,
}

impl Observer for Waits {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        let Fact::Taken { message, .. } = fact else {
            return;
        };
        if message.created >= self.warm_up {
            let (sum, count) = &mut self.of_pds[message.recipient_pds.0 as usize];
            *sum += u128::from(message.wait().ns());
            *count += 1;
        }
    }
}

/// The waits of every replication.
pub fn waits(scenario: &Scenario) -> Vec<Waits> {
    observe_all(scenario, |plan| Waits {
        warm_up: plan.warm_up(),
        of_pds: vec![(0, 0); plan.pds_count()],
    })
}

/// The mean wait at one PDS in seconds, per replication.
pub fn means(replications: &[Waits], pds: usize) -> Vec<f64> {
    let mean = |waits: &Waits| {
        let (sum, count) = waits.of_pds[pds];
        sum as f64 / 1e9 / count as f64
    };
    replications.iter().map(mean).collect()
}

const SERVICE: TimeMoments = TimeMoments {
    mean: 1.0,
    second: 1.5,
};

/// The mean over the PDSes of (wait / wait in theory) per replication: all of them together tell
/// smaller faults than each does alone.
pub fn relative_waits(scenario: &Scenario) -> Vec<f64> {
    let replications = waits(scenario);
    let sizes = scenario.sizes();
    let mut sums = vec![0.0; replications.len()];
    for (pds, size) in sizes.iter().enumerate() {
        let expected = single_server::wait_mean(*size as f64 * 0.00225 * 0.98, SERVICE);
        let shares = means(&replications, pds)
            .into_iter()
            .map(|wait| wait / expected);
        sums.iter_mut()
            .zip(shares)
            .for_each(|(sum, share)| *sum += share);
    }
    sums.iter().map(|sum| sum / sizes.len() as f64).collect()
}

/// 40 PDSes whose sizes follow a power law; the largest is loaded to 0.8.
///
/// Every account receives the same rate. 4,000 accounts send 4,000 x 0.00225 = 9 messages per
/// second, of which 2 % are lost.
pub fn forty() -> Scenario {
    scenario(
        r#"
        schema = 1
        name = "forty"
        [run]
        duration = "9000s"
        warmup = "1000s"
        replications = 20
        seed = 40
        [network]
        delay = { lognormal = { median = "800ms", sigma = 1.0, shift = "5ms" } }
        loss = "2%"
        [pds]
        count = 40
        accounts = { zipf = { total = 4000, s = 0.5 } }
        [inbox.station]
        workers = 1
        [pipeline]
        order = []
        extra = { erlang = { mean = "1s", k = 2 } }
        [senders.people]
        class = "ham"
        count = 4000
        arrivals = { poisson = { rate = "0.00225/s" } }
        "#,
    )
}

#[test]
fn every_pds_waits_as_its_own_load_says() {
    let scenario = forty();
    let sizes = scenario.sizes();
    assert_eq!((sizes.len(), sizes.iter().sum::<u64>()), (40, 4_000));
    let replications = waits(&scenario);
    let service = SERVICE;
    let mut largest: f64 = 0.0;
    for (pds, size) in sizes.iter().enumerate() {
        let rate = *size as f64 * 0.00225 * 0.98;
        largest = largest.max(rate);
        let expected = single_server::wait_mean(rate, service);
        let samples = means(&replications, pds);
        assert_samples(&format!("PDS {pds} at load {rate:.3}"), &samples, expected);
    }
    assert!((0.75..0.85).contains(&largest), "{largest}");
    // Waits span two decades, so the test tells PDSes apart.
    let least = single_server::wait_mean(sizes[39] as f64 * 0.00225 * 0.98, service);
    assert!(single_server::wait_mean(largest, service) > 20.0 * least);
}

#[test]
fn all_pdses_together_wait_as_their_loads_say() {
    assert_samples("wait over theory", &relative_waits(&forty()), 1.0);
}

#[test]
fn the_share_that_is_lost_is_the_one_asked_for() {
    let results = run(forty());
    assert_samples("lost", &outcome_shares(&results, "lost"), 0.02);
}

/// Checks every delivered message; counts how many had each stage.
#[derive(Default)]
struct Stages {
    delivered: u64,
    retried: u64,
    waited: u64,
    wrong: Option<String>,
}

impl Stages {
    fn check(&mut self, now: Time, message: &Message) {
        let stages = Stage::ALL.map(|stage| stage.of(message).ns());
        let sum: u64 = stages.iter().sum();
        let whole = now.since(message.created).ns();
        self.delivered += 1;
        self.retried += u64::from(message.attempts > 1);
        self.waited += u64::from(message.wait() > Span::ZERO);
        let is_sound = sum == whole
            && message.latency().ns() == whole
            && message.arrived.since(message.sent) >= Span::from_ms(5)
            && message.served.since(message.taken) == message.extra
            && (message.attempts > 1) == (message.sent > message.created);
        if !is_sound {
            self.wrong.get_or_insert(format!("{message:?} at {now:?}"));
        }
    }
}

impl Observer for Stages {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Finished {
            message,
            outcome: Outcome::Delivered,
        } = fact
        {
            self.check(now, message);
        }
    }
}

#[test]
fn latency_is_the_sum_of_its_stages_to_the_nanosecond() {
    let scenario = scenario(
        r#"
        schema = 1
        name = "stages"
        [run]
        duration = "2000s"
        replications = 2
        seed = 3
        [network]
        delay = { lognormal = { median = "35ms", sigma = 0.6, shift = "5ms" } }
        loss = "10%"
        retry = { atproto = { tries = 3 } }
        [pds]
        count = 5
        accounts = { zipf = { total = 100, s = 1.0 } }
        [inbox.station]
        workers = 2
        capacity = 6
        [pipeline]
        order = []
        extra = { exponential = { mean = "400ms" } }
        [senders.people]
        class = "ham"
        count = 100
        arrivals = { poisson = { rate = "0.1/s" } }
        "#,
    );
    for stages in observe_all(&scenario, |_| Stages::default()) {
        assert_eq!(stages.wrong, None);
        let Stages {
            delivered,
            retried,
            waited,
            ..
        } = stages;
        assert!(delivered > 15_000 && retried > 1_000 && waited > 1_000);
    }
}

/// Tries and failures of all messages.
#[derive(Default)]
struct Tries {
    messages: u64,
    sent: u64,
    gave_up: u64,
}

impl Observer for Tries {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact
            && *outcome != Outcome::InFlight
        {
            self.messages += 1;
            self.sent += u64::from(message.attempts);
            self.gave_up += u64::from(*outcome == Outcome::GaveUp);
        }
    }
}

#[test]
fn retries_and_final_failures_are_those_of_independent_attempts() {
    let rows = [
        ("10%", 0.1, 1.111, 0.0001),
        ("30%", 0.3, 1.417, 0.0081),
        ("50%", 0.5, 1.875, 0.0625),
        ("90%", 0.9, 3.439, 0.6561),
    ];
    for (loss, failure, tries, lost) in rows {
        assert!((attempts::mean_tries(4, failure) - tries).abs() < 5e-4);
        assert!((attempts::final_failure(4, failure) - lost).abs() < 1e-9);
        // Sending ends long before the run: no attempt is cut off.
        let scenario = scenario(&format!(
            r#"
            schema = 1
            name = "retries"
            [run]
            duration = "10000s"
            replications = 20
            seed = 7
            [network]
            delay = {{ constant = "50ms" }}
            loss = "{loss}"
            retry = {{ atproto = {{ tries = 4 }} }}
            [pds]
            accounts = {{ equal = {{ each = 10 }} }}
            [inbox.sync]
            [pipeline]
            order = []
            [senders.people]
            class = "ham"
            count = 10
            stop = "9000s"
            arrivals = {{ poisson = {{ rate = "0.2/s" }} }}
            "#
        ));
        let seen = observe_all(&scenario, |_| Tries::default());
        let per_message = |number: fn(&Tries) -> u64| -> Vec<f64> {
            let share = |seen: &Tries| number(seen) as f64 / seen.messages as f64;
            seen.iter().map(share).collect()
        };
        let tried = per_message(|seen| seen.sent);
        assert_samples(
            &format!("tries at {loss}"),
            &tried,
            attempts::mean_tries(4, failure),
        );
        let gave_up = per_message(|seen| seen.gave_up);
        assert_samples(&format!("gave up at {loss}"), &gave_up, lost);
    }
}
