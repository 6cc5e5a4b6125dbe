//! Limiters under Poisson requests beyond the five of the closed forms, whole scenarios: those that
//! are one of the five under another name, the window that every hit extends, the bucket on a grid,
//! the bounds of the sliding counter, and greylisting.

use std::collections::BTreeMap;

use pdsim::experiment::Results;
use pdsim::protocol::{Fact, Observer, Outcome};
use pdsim::stats::closed_form::limiters;
use pdsim::units::Time;

use crate::limiter_loads::{Load, assert_refused, layer};
use crate::support::{
    assert_samples, observe, outcome_shares, run, scenario, scenario_with, values,
};

/// The layers of `limit` per 10 s.
pub fn other_layers(limit: u32) -> String {
    let waiting = limit - 1;
    let nginx = match waiting {
        0 => String::new(),
        burst => layer(
            "nginx",
            &format!("nginx-limit-req = {{ rate = \"{limit}/10s\", burst = {burst} }}"),
        ),
    };
    let queue = match waiting {
        0 => String::new(),
        capacity => layer(
            "queue",
            &format!("leaky-queue = {{ rate = \"{limit}/10s\", capacity = {capacity} }}"),
        ),
    };
    let tiers = format!(
        "trust-tiers = {{ window = \"10s\", quota = {{ steps = [{{ age = \"0s\", limit = {limit} }}] }} }}"
    );
    let adaptive = format!(
        "adaptive = {{ window = \"10s\", start = {limit}, least = {limit}, most = {limit}, \
         increase = 1, decrease = \"50%\", threshold = \"5%\" }}"
    );
    [
        layer(
            "counter",
            &format!("sliding-counter = {{ limit = {limit}, window = \"10s\" }}"),
        ),
        layer(
            "extending",
            &format!("extending-window = {{ limit = {limit}, window = \"10s\" }}"),
        ),
        "counts = \"all\"\n".to_owned(),
        layer(
            "grid",
            &format!("bucket-discrete-grid = {{ burst = {limit}, refill = \"{limit}/10s\" }}"),
        ),
        layer("tiers", &tiers),
        layer("adaptive", &adaptive),
        nginx,
        queue,
    ]
    .concat()
}

/// The probabilities of 0, 1, ... events, up to where they no longer matter.
fn poisson(mean: f64) -> Vec<f64> {
    let mut terms = vec![libm::exp(-mean)];
    while terms.len() < 400 {
        terms.push(terms[terms.len() - 1] * mean / terms.len() as f64);
    }
    terms
}

/// Share refused by a bucket of `burst` that gains one token at each tick: the stationary chain of
/// the tokens just after a tick, with Poisson(`per_tick`) requests between ticks.
fn grid(burst: usize, per_tick: f64) -> f64 {
    let requests = poisson(per_tick);
    let mut tokens = vec![0.0; burst + 1];
    tokens[burst] = 1.0;
    for _ in 0..20_000 {
        let mut next = vec![0.0; burst + 1];
        for (held, chance) in tokens.iter().enumerate() {
            for (asked, likely) in requests.iter().enumerate() {
                next[(held - asked.min(held) + 1).min(burst)] += chance * likely;
            }
        }
        tokens = next;
    }
    let served: f64 = tokens
        .iter()
        .enumerate()
        .map(|(held, chance)| {
            let taken = requests.iter().enumerate();
            chance
                * taken
                    .map(|(asked, likely)| asked.min(held) as f64 * likely)
                    .sum::<f64>()
        })
        .sum();
    1.0 - served / per_tick
}

fn assert_layers(limit: u32, per_window: f64, windows: u32) {
    let load = Load {
        per_window,
        warm_up: 100,
        counted: windows,
        delay: "0s",
        seed: 21,
    };
    assert_other_forms(&load.run(&other_layers(limit)), limit, per_window);
}

/// What those layers refuse of Poisson requests at mean `per_window` per window.
pub fn assert_other_forms(results: &Results, limit: u32, per_window: f64) {
    let aligned = limiters::aligned_window(limit, per_window);
    assert_refused(results, "tiers", aligned);
    assert_refused(results, "adaptive", aligned);
    if limit > 1 {
        let bucket = limiters::token_bucket(limit, per_window / f64::from(limit));
        assert_refused(results, "queue", bucket);
        assert_refused(results, "nginx", bucket);
    }
    // A run of hits less than a window apart goes on with 1 - e^-m after each; N of them pass.
    let goes_on = 1.0 - libm::exp(-per_window);
    let locked_out = libm::pow(goes_on, f64::from(limit));
    if per_window < 12.0 {
        assert_refused(results, "extending", locked_out);
    }
    let per_tick = per_window / f64::from(limit);
    assert_refused(results, "grid", grid(limit as usize, per_tick));
    // No clock window admits more than N, and one in which something is refused admits, with the
    // one before it, N or more.
    let counter = values(results, "limit.counter.reject");
    let mean = counter.iter().sum::<f64>() / counter.len() as f64;
    let noise = 0.01;
    assert!(mean > aligned - noise, "{mean} against {aligned}");
    assert!(
        mean < 1.0 - (1.0 - aligned) / 2.0 + noise,
        "{mean} against {aligned}"
    );
}

#[test]
fn other_limits_of_1_refuse_as_theory_says() {
    for (per_window, windows) in [(0.5, 6_000), (1.0, 4_000), (3.0, 2_000)] {
        assert_layers(1, per_window, windows);
    }
}

#[test]
fn other_limits_of_5_refuse_as_theory_says() {
    for (per_window, windows) in [(2.5, 4_000), (5.0, 3_000), (15.0, 1_000)] {
        assert_layers(5, per_window, windows);
    }
}

#[test]
fn other_limits_of_10_refuse_as_theory_says() {
    for (per_window, windows) in [(10.0, 2_000), (30.0, 500)] {
        assert_layers(10, per_window, windows);
    }
}

#[test]
fn other_limits_of_60_refuse_as_theory_says() {
    for (per_window, windows) in [(60.0, 1_000), (180.0, 200)] {
        assert_layers(60, per_window, windows);
    }
}

/// When messages were delivered.
#[derive(Default)]
struct Deliveries(Vec<Time>);

impl Observer for Deliveries {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Finished {
            outcome: Outcome::Delivered,
            ..
        } = fact
        {
            self.0.push(now);
        }
    }
}

#[test]
fn the_sliding_counter_reaches_twice_its_limit_in_a_window_and_no_more() {
    // Ten at the end of a clock window of 10 s, then a hundred a second.
    let burst = "9.999,a,b\n".repeat(15);
    let rest: String = (1_000..2_500)
        .map(|hundredth| format!("{}.{:02},a,b\n", hundredth / 100, hundredth % 100))
        .collect();
    let text = r#"
        schema = 1
        name = "worst-case"
        [network]
        delay = { constant = "0s" }
        [pipeline]
        order = ["rate-limit"]
        [limits.counter]
        algorithm = { sliding-counter = { limit = 10, window = "10s" } }
        key = "pair"
        [trace]
        file = "trace.csv"
    "#;
    let trace = format!("time_s,sender,recipient\n{burst}{rest}");
    let scenario = scenario_with(text, &[("trace.csv", trace.as_bytes())]);
    let times = observe(&scenario, Deliveries::default()).0;
    let within = |start: Time| {
        let window = times.iter().filter(|t| **t >= start);
        window
            .filter(|t| t.since(start).ns() < 10_000_000_000)
            .count()
    };
    let most = times.iter().map(|start| within(*start)).max();
    assert_eq!(most, Some(20));
}

#[test]
fn greylisting_lets_through_those_who_come_back_late_enough() {
    // Half of the senders try a second time, 50 s to 150 s later; the delay is 80 s.
    let results = run(scenario(
        r#"
        schema = 1
        name = "greylist"
        [run]
        duration = "40000s"
        replications = 20
        seed = 22
        [network]
        delay = { constant = "0s" }
        [pds]
        accounts = { equal = { each = 100_000 } }
        [inbox.sync]
        [pipeline]
        order = ["rate-limit"]
        [limits.grey]
        algorithm = { greylist = { delay = "80s", lifetime = "1d" } }
        key = "pair"
        [senders.come-back]
        class = "spam"
        count = 1
        stop = "39000s"
        target = { fan-out = {} }
        arrivals = { poisson = { rate = "1/20s" } }
        retry = { atproto = { tries = 2, base = "100s", cap = "100s", jitter = "50%" } }
        [senders.never]
        class = "spam"
        count = 1
        stop = "39000s"
        target = { fan-out = {} }
        arrivals = { poisson = { rate = "1/20s" } }
        "#,
    ));
    let expected = 0.5 * (150.0 - 80.0) / 100.0;
    assert_samples(
        "delivered",
        &outcome_shares(&results, "delivered"),
        expected,
    );
    let mut ends = BTreeMap::new();
    for counts in crate::support::outcomes(&results) {
        for (outcome, number) in counts {
            *ends.entry(outcome).or_insert(0) += number;
        }
    }
    let kinds: Vec<&str> = ends.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["delivered", "gave-up", "refused.limit.grey"]);
}
