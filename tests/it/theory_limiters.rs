//! Rate limiters under Poisson requests, through whole scenarios: the stationary share refused is
//! that of the closed form, for every algorithm and every key.
//!
//! Layers that are charged whatever the others say do not see one another: one run measures all.

use pdsim::experiment::Results;
use pdsim::stats::closed_form::limiters;
use pdsim::stats::special::gamma_below;

use crate::support::{assert_samples, assert_theory, outcome_shares, run, scenario, values};

/// Requests of one sender at mean `per_window` per window of 10 s, through a limit of `limit`.
pub struct Load {
    pub per_window: f64,
    pub limit: u32,
    /// Windows before counting; a bucket near load 1 forgets slowly.
    pub warm_up: u32,
    /// Windows counted. First-hit windows follow one another at W + W / m on average, almost
    /// regularly where m is large: a multiple of m + 1 windows is a whole number of their cycles.
    pub counted: u32,
}

impl Load {
    /// Every algorithm as a layer that is charged for itself.
    pub fn run(&self) -> Results {
        let Self {
            per_window,
            limit,
            warm_up,
            counted,
        } = self;
        let duration = 10 * (warm_up + counted);
        let warm_up = 10 * warm_up;
        let text = format!(
            r#"
            schema = 1
            name = "limiters"
            [run]
            duration = "{duration}s"
            warmup = "{warm_up}s"
            replications = 20
            seed = 5
            [network]
            delay = {{ constant = "20ms" }}
            [pds]
            accounts = {{ equal = {{ each = 2 }} }}
            [pipeline]
            order = ["rate-limit"]
            [limits-charging]
            mode = "always-all"
            [limits.log]
            algorithm = {{ sliding-log = {{ limit = {limit}, window = "10s" }} }}
            key = "sender"
            [limits.log-of-all]
            algorithm = {{ sliding-log = {{ limit = {limit}, window = "10s" }} }}
            key = "sender"
            counts = "all"
            [limits.fixed]
            algorithm = {{ fixed-window = {{ limit = {limit}, window = "10s" }} }}
            key = "sender"
            [limits.first]
            algorithm = {{ first-hit-window = {{ limit = {limit}, window = "10s" }} }}
            key = "sender"
            [limits.bucket]
            algorithm = {{ token-bucket = {{ burst = {limit}, refill = "{limit}/10s" }} }}
            key = "sender"
            [limits.gcra]
            algorithm = {{ gcra = {{ burst = {limit}, rate = "{limit}/10s" }} }}
            key = "sender"
            [senders.one]
            class = "ham"
            count = 1
            target = {{ one = {{ account = 1 }} }}
            arrivals = {{ poisson = {{ rate = "{per_window}/10s" }} }}
            "#
        );
        run(scenario(&text))
    }
}

fn assert_refusals(load: &Load) {
    let (m, n) = (load.per_window, load.limit);
    let results = load.run();
    let bucket = limiters::token_bucket(n, m / f64::from(n));
    assert_theory(&results, "limit.log.reject", limiters::sliding_log(n, m));
    assert_theory(
        &results,
        "limit.fixed.reject",
        limiters::aligned_window(n, m),
    );
    assert_theory(
        &results,
        "limit.first.reject",
        limiters::first_hit_window(n, m),
    );
    assert_theory(&results, "limit.bucket.reject", bucket);
    assert_theory(&results, "limit.gcra.reject", bucket);
    // With refused ones counted, a request meets N others or more in its window.
    let crowded = gamma_below(f64::from(n), m);
    if 1.0 - crowded > 1e-9 {
        assert_theory(&results, "limit.log-of-all.reject", crowded);
    } else {
        let shares = values(&results, "limit.log-of-all.reject");
        assert!(shares.iter().all(|share| *share == 1.0), "{shares:?}");
    }
}

#[test]
fn a_limit_of_1_refuses_as_the_closed_forms_say() {
    for (per_window, counted) in [(0.5, 20_000), (1.0, 10_000), (3.0, 5_000)] {
        assert_refusals(&Load {
            per_window,
            limit: 1,
            warm_up: 20,
            counted,
        });
    }
}

#[test]
fn a_limit_of_5_refuses_as_the_closed_forms_say() {
    for (per_window, counted) in [(3.5, 6_000), (5.0, 4_000), (10.0, 2_000)] {
        assert_refusals(&Load {
            per_window,
            limit: 5,
            warm_up: 50,
            counted,
        });
    }
}

#[test]
fn a_limit_of_10_refuses_as_the_reference_values_say() {
    let reference = [
        (10.0, [0.125_110, 0.163_016, 0.214_582, 0.050_847]),
        (20.0, [0.500_410, 0.523_963, 0.537_963, 0.500_000]),
    ];
    for (per_window, [aligned, first, log, bucket]) in reference {
        let load = Load {
            per_window,
            limit: 10,
            warm_up: 60,
            counted: 3_003,
        };
        let results = load.run();
        assert_theory(&results, "limit.fixed.reject", aligned);
        assert_theory(&results, "limit.first.reject", first);
        assert_theory(&results, "limit.log.reject", log);
        assert_theory(&results, "limit.bucket.reject", bucket);
        assert_theory(&results, "limit.gcra.reject", bucket);
    }
}

#[test]
fn a_limit_of_60_refuses_as_the_reference_values_say() {
    let load = Load {
        per_window: 60.0,
        limit: 60,
        warm_up: 200,
        counted: 1_525,
    };
    let results = load.run();
    assert_theory(&results, "limit.fixed.reject", 0.051_432);
    assert_theory(&results, "limit.first.reject", 0.059_067);
    assert_theory(&results, "limit.log.reject", 0.096_267);
    assert_theory(&results, "limit.bucket.reject", 0.008_357);
    assert_theory(&results, "limit.gcra.reject", 0.008_357);
}

#[test]
fn a_limit_of_60_refuses_the_excess_of_an_overload() {
    for (per_window, counted) in [(90.0, 455), (180.0, 362)] {
        assert_refusals(&Load {
            per_window,
            limit: 60,
            warm_up: 30,
            counted,
        });
    }
}

/// Two PDSes of three accounts each; every account writes to the five others at 0.5 per second.
/// Layers are sliding logs of 6 per 10 s, one per key, at the place told.
fn keyed(at: &str) -> Results {
    let layers: String = ["sender", "sender-pds", "recipient", "pair", "pds"]
        .iter()
        .map(|key| {
            format!(
                r#"
                [limits.{key}]
                algorithm = {{ sliding-log = {{ limit = 6, window = "10s" }} }}
                key = "{key}"
                at = "{at}"
                "#
            )
        })
        .collect();
    run(scenario(&format!(
        r#"
        schema = 1
        name = "keys"
        [run]
        duration = "10200s"
        warmup = "200s"
        replications = 20
        seed = 11
        [network]
        delay = {{ uniform = {{ min = "10ms", max = "2s" }} }}
        [pds]
        accounts = {{ list = [3, 3] }}
        [pipeline]
        order = ["rate-limit"]
        [limits-charging]
        mode = "always-all"
        {layers}
        [senders.people]
        class = "ham"
        count = 6
        arrivals = {{ poisson = {{ rate = "0.5/s" }} }}
        "#
    )))
}

/// The share refused where keys see `rates` requests per second each.
fn share_refused(rates: &[f64]) -> f64 {
    let refused = rates
        .iter()
        .map(|rate| rate * limiters::sliding_log(6, rate * 10.0));
    refused.sum::<f64>() / rates.iter().sum::<f64>()
}

#[test]
fn a_limit_at_the_recipient_counts_what_reaches_that_pds_under_its_key() {
    let results = keyed("recipient");
    // Of 0.5 per second and sender, 2 of 5 stay on his PDS (0.2) and 3 of 5 leave it (0.3).
    assert_theory(&results, "limit.sender.reject", share_refused(&[0.2, 0.3]));
    assert_theory(
        &results,
        "limit.sender-pds.reject",
        share_refused(&[0.6, 0.9]),
    );
    assert_theory(&results, "limit.recipient.reject", share_refused(&[0.5]));
    assert_theory(&results, "limit.pds.reject", share_refused(&[1.5]));
    // 0.1 per second and pair: one in 1,667 is refused.
    assert_theory(&results, "limit.pair.reject", share_refused(&[0.1]));
}

#[test]
fn a_limit_at_the_sender_counts_what_leaves_that_pds_under_its_key() {
    let results = keyed("sender");
    assert_theory(&results, "limit.sender.reject", share_refused(&[0.5]));
    assert_theory(&results, "limit.sender-pds.reject", share_refused(&[1.5]));
    assert_theory(&results, "limit.pds.reject", share_refused(&[1.5]));
    // A recipient hears from 2 senders of his own PDS and from 3 of the other.
    assert_theory(
        &results,
        "limit.recipient.reject",
        share_refused(&[0.2, 0.3]),
    );
    assert_theory(&results, "limit.pair.reject", share_refused(&[0.1]));
}

#[test]
fn layers_that_charge_together_charge_only_what_all_admit() {
    // The pair's log is never full where the sender's has room for less: the sender's decides
    // alone, and what it refused leaves no trace in the pair's.
    let results = run(scenario(
        r#"
        schema = 1
        name = "together"
        [run]
        duration = "20100s"
        warmup = "100s"
        replications = 20
        seed = 12
        [network]
        delay = { constant = "0s" }
        [pds]
        accounts = { equal = { each = 2 } }
        [pipeline]
        order = ["rate-limit"]
        [limits.pair]
        algorithm = { sliding-log = { limit = 5, window = "10s" } }
        key = "pair"
        [limits.sender]
        algorithm = { sliding-log = { limit = 5, window = "10s" } }
        key = "sender"
        [senders.one]
        class = "ham"
        count = 1
        target = { one = { account = 1 } }
        arrivals = { poisson = { rate = "0.6/s" } }
        "#,
    ));
    let expected = limiters::sliding_log(5, 6.0);
    assert_theory(&results, "limit.pair.reject", expected);
    assert_theory(&results, "limit.sender.reject", expected);
    let refused = outcome_shares(&results, "refused.limit.pair");
    assert_samples("refused by the first of them", &refused, expected);
}
