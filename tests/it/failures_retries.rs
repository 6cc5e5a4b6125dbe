//! Retries: budgets, the storm that outlasts its cause and what ends it, herds and jitter.

use pdsim::experiment::Results;
use pdsim::protocol::{Fact, Observer, Outcome};
use pdsim::stats::closed_form::attempts;
use pdsim::units::Time;

use crate::support::{assert_theory, count, measures, observe, run, scenario, scenario_file};

#[test]
fn tries_and_final_failures_of_every_policy_are_those_of_independent_attempts() {
    let tries = 4;
    let policies = [
        "{ atproto = { tries = 4, jitter = \"full\" } }",
        "{ mail = { tries = 4, base = \"1s\", cap = \"9s\", lifetime = \"1h\" } }",
    ];
    for policy in policies {
        let results = run(scenario(&format!(
            r#"
            schema = 1
            name = "retries"
            [run]
            duration = "4000s"
            replications = 20
            seed = 11
            [network]
            delay = {{ constant = "50ms" }}
            loss = "50%"
            retry = {policy}
            [pds]
            accounts = {{ equal = {{ each = 10 }} }}
            [inbox.sync]
            [pipeline]
            order = []
            [senders.people]
            class = "ham"
            count = 10
            stop = "3900s"
            arrivals = {{ poisson = {{ rate = "0.05/s" }} }}
            "#
        )));
        let mean = attempts::mean_tries(tries, 0.5);
        assert_theory(&results, "retry.attempts", mean);
        let failure = attempts::final_failure(tries, 0.5);
        assert_theory(&results, "retry.gave-up", failure);
    }
}

/// Five hundred messages, one per second, from one host to a PDS that is never up.
fn to_a_dead_host(retry: &str) -> String {
    format!(
        r#"
        schema = 1
        name = "dead"
        [run]
        duration = "600s"
        [network]
        delay = {{ constant = "100ms" }}
        [network.outages.windows.always]
        pds = {{ list = [0] }}
        start = "0s"
        stop = "1d"
        [pds]
        accounts = {{ equal = {{ each = 1 }} }}
        [senders.other]
        class = "spam"
        count = 1
        on = "own-pds"
        stop = "500s"
        target = {{ one = {{ account = 0 }} }}
        arrivals = {{ regular = {{ every = "1s", offset = "500ms" }} }}
        {retry}
        "#
    )
}

fn attempts_in_all(results: &Results) -> f64 {
    let mean = measures(results, "retry.attempts")[0].value();
    mean.expect("messages ended") * 500.0
}

#[test]
fn a_budget_bounds_retries_by_its_burst_and_a_share_of_the_sends() {
    // Three tries each would be 1,500 attempts. The budget starts with 10 and earns .2 per send but
    // the first, when it is full: 10 + .2 x 499 = 109.8 tokens, 109 retries.
    let policy = |budget: &str| format!("retry = {{ atproto = {{ tries = 3{budget} }} }}");
    let results = run(scenario(&to_a_dead_host(&policy(""))));
    assert!((attempts_in_all(&results) - 1_500.0).abs() < 1e-6);
    let results = run(scenario(&to_a_dead_host(&policy(", budget = {}"))));
    assert!((attempts_in_all(&results) - 609.0).abs() < 1e-6);
    assert_eq!(count(&results, "gave-up"), 500);
}

#[test]
fn a_lifetime_ends_the_tries_of_a_message() {
    // Failures are heard 0.2 s after each attempt; 1 s later the next one leaves: at 0, 1.2, 2.4,
    // 3.6 and 4.8 s of age, and not at 6.
    let retry = "retry = { mail = { base = \"1s\", cap = \"1s\", lifetime = \"5s\" } }";
    let results = run(scenario(&to_a_dead_host(retry)));
    assert!((attempts_in_all(&results) - 5.0 * 500.0).abs() < 1e-6);
}

#[test]
fn a_retry_storm_multiplies_its_load_by_its_tries_where_nobody_answers() {
    let attack = "attack = { retry-storm = { tries = 40 } }";
    let results = run(scenario(&to_a_dead_host(attack)));
    assert!((attempts_in_all(&results) - 40.0 * 500.0).abs() < 1e-6);
    assert_eq!(count(&results, "gave-up"), 500);
}

/// The attempts of the first message.
#[derive(Default)]
struct First(Option<(Outcome, u16)>);

impl Observer for First {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact
            && message.id.ordinal() == 0
        {
            self.0 = Some((*outcome, message.attempts));
        }
    }
}

#[test]
fn a_retry_storm_is_through_as_soon_as_the_host_is_up() {
    // Sent at 0.5 s, it arrives every 0.21 s from 0.6 s on; the host is up at 2.5 s: the tenth
    // attempt at 0.6 + 9 x 0.21 = 2.49 fails, the eleventh is delivered.
    let text = to_a_dead_host("attack = { retry-storm = {} }").replace("\"1d\"", "\"2500ms\"");
    let first = observe(&scenario(&text), First::default()).0;
    assert_eq!(first, Some((Outcome::Delivered, 11)));
}

/// The share of the honest messages of the last ten minutes that is delivered in
/// `scenarios/retry-storm.toml` with values laid over it.
fn delivered_at_the_end(sets: &[&str]) -> f64 {
    let mut all = vec!["run.warmup=50m", "run.replications=1"];
    all.extend(sets);
    let results = run(scenario_file("scenarios/retry-storm.toml", &all));
    let delivered = count(&results, "delivered");
    let ended = ["delivered", "gave-up", "lost"].map(|outcome| count(&results, outcome));
    assert!(ended.iter().sum::<u64>() > 1_000, "{ended:?}");
    delivered as f64 / ended.iter().sum::<u64>() as f64
}

#[test]
fn a_load_that_is_stable_before_a_short_outage_stays_overloaded_after_it() {
    // 8 messages per second; a limit of 200 attempts per 10 s, refused ones counted. Calm: 80 of
    // 200. In the storm each message is tried six times: 480 of 200, so all are refused.
    assert!(delivered_at_the_end(&["network.outages=none"]) > 0.999);
    assert!(delivered_at_the_end(&[]) < 0.001);
}

#[test]
fn a_budget_a_limit_that_counts_only_what_it_admits_or_a_lower_load_ends_the_storm() {
    let budget = "network.retry.atproto.budget={ share = \"20%\" }";
    assert!(delivered_at_the_end(&[budget]) > 0.999);
    assert!(delivered_at_the_end(&["limits.whole-pds.counts=admitted"]) > 0.999);
    // From minute 30 on only 3 of the 8 per second are sent: 180 of 200 per 10 s even in the storm.
    assert!(delivered_at_the_end(&["senders.rush.stop=30m"]) > 0.99);
    // Too low a load to tip over in the first place.
    assert!(delivered_at_the_end(&["senders.rush.stop=1s"]) > 0.999);
}

#[test]
fn an_operator_ends_the_storm_by_counting_only_what_is_admitted() {
    let change =
        "intervene=[{ at = \"30m\", set = { \"limits.whole-pds.counts\" = \"admitted\" } }]";
    assert!(delivered_at_the_end(&[change]) > 0.999);
}

#[test]
fn full_jitter_keeps_the_storm_from_being_lit_unless_waits_are_twice_as_long() {
    // When the outage ends 8 x (1 + 2 + 4 + 8 + 16) = 248 retries are pending. Full jitter halves
    // every wait and so their number: with the 80 first attempts of 10 s they come to 204, spread
    // over 16 s, and stay below 200 in any 10 s. With twice the waits they are as many as before:
    // jitter saves no attempt.
    let policy = |base, cap| {
        format!(
            "network.retry={{ atproto = {{ tries = 6, base = \"{base}s\", cap = \"{cap}s\", jitter = \"full\" }} }}"
        )
    };
    assert!(delivered_at_the_end(&[&policy(1, 16)]) > 0.999);
    assert!(delivered_at_the_end(&[&policy(2, 32)]) < 0.001);
}

/// 200 messages wait for their sender's PDS and leave it all at once.
fn herd(jitter: &str) -> f64 {
    let results = run(scenario(&format!(
        r#"
        schema = 1
        name = "herd"
        [run]
        duration = "120s"
        [network]
        delay = {{ constant = "100ms" }}
        retry = {{ atproto = {{ tries = 4, base = "10s", cap = "10s", jitter = {jitter} }} }}
        [network.outages.windows.short]
        pds = {{ list = [0] }}
        start = "1s"
        stop = "10s"
        [pds]
        accounts = {{ list = [1, 1] }}
        [inbox.station]
        workers = 1
        capacity = 10
        [pipeline]
        order = []
        extra = {{ constant = "100ms" }}
        [senders.people]
        class = "ham"
        count = 2
        stop = "1s"
        arrivals = {{ regular = {{ every = "1d", offset = "12h" }} }}
        [[intervene]]
        at = "5s"
        send = {{ from = "people/0", to = "people/1", count = 200 }}
        "#
    )));
    let (delivered, gave_up) = (count(&results, "delivered"), count(&results, "gave-up"));
    assert_eq!(delivered + gave_up, 200);
    delivered as f64
}

#[test]
fn full_jitter_dissolves_a_herd_that_keeps_step_without_it() {
    // Ten find room in each of four waves 10.2 s apart, and are served within 1 s of each.
    assert!((herd("0") - 40.0).abs() < 1e-9);
    // Spread over 10 s, about 100 can be served between two waves instead of 10.
    assert!(herd("\"full\"") > 3.0 * 40.0);
}
