//! Rate limiters under Poisson requests, through whole scenarios: the stationary share refused is
//! that of the closed form, for every algorithm and every key.
//!
//! Layers that are charged whatever the others say do not see one another: one run measures all.

use pdsim::experiment::Results;
use pdsim::stats::closed_form::limiters;
use pdsim::stats::special::gamma_below;

use crate::limiter_loads::{Load, assert_refused, layer};
use crate::support::{assert_samples, assert_theory, outcome_shares, run, scenario};

/// Every algorithm that has a closed form, at a limit per 10 s.
pub fn closed_form_layers(limit: u32) -> String {
    let window = format!("limit = {limit}, window = \"10s\"");
    let log = layer("log-of-all", &format!("sliding-log = {{ {window} }}"));
    [
        layer("log", &format!("sliding-log = {{ {window} }}")),
        log + "counts = \"all\"\n",
        layer("fixed", &format!("fixed-window = {{ {window} }}")),
        layer("first", &format!("first-hit-window = {{ {window} }}")),
        layer(
            "bucket",
            &format!("token-bucket = {{ burst = {limit}, refill = \"{limit}/10s\" }}"),
        ),
        layer(
            "gcra",
            &format!("gcra = {{ burst = {limit}, rate = \"{limit}/10s\" }}"),
        ),
    ]
    .concat()
}

/// What those layers refuse of Poisson requests at mean `m` per window.
pub fn assert_closed_forms(results: &Results, n: u32, m: f64) {
    let bucket = limiters::token_bucket(n, m / f64::from(n));
    assert_refused(results, "log", limiters::sliding_log(n, m));
    assert_refused(results, "fixed", limiters::aligned_window(n, m));
    assert_refused(results, "first", limiters::first_hit_window(n, m));
    assert_refused(results, "bucket", bucket);
    assert_refused(results, "gcra", bucket);
    // With refused ones counted, a request meets N others or more in its window.
    assert_refused(results, "log-of-all", gamma_below(f64::from(n), m));
}

/// A load under a limit.
///
/// First-hit windows follow one another at W + W / m on average, almost regularly where m is large: a
/// multiple of m + 1 windows is a whole number of their cycles.
pub fn refused_by(limit: u32, per_window: f64, warm_up: u32, counted: u32) -> Results {
    let load = Load {
        per_window,
        warm_up,
        counted,
        delay: "20ms",
        seed: 5,
    };
    load.run(&closed_form_layers(limit))
}

#[test]
fn a_limit_of_1_refuses_as_the_closed_forms_say() {
    for (per_window, counted) in [(0.5, 20_000), (1.0, 10_000), (3.0, 5_000)] {
        assert_closed_forms(&refused_by(1, per_window, 20, counted), 1, per_window);
    }
}

#[test]
fn a_limit_of_5_refuses_as_the_closed_forms_say() {
    for (per_window, counted) in [(3.5, 6_000), (5.0, 4_000), (10.0, 2_000)] {
        assert_closed_forms(&refused_by(5, per_window, 50, counted), 5, per_window);
    }
}

#[test]
fn a_limit_of_10_refuses_as_the_reference_values_say() {
    let reference = [
        (10.0, [0.125_110, 0.163_016, 0.214_582, 0.050_847]),
        (20.0, [0.500_410, 0.523_963, 0.537_963, 0.500_000]),
    ];
    for (per_window, [aligned, first, log, bucket]) in reference {
        let results = refused_by(10, per_window, 60, 3_003);
        assert_theory(&results, "limit.fixed.reject", aligned);
        assert_theory(&results, "limit.first.reject", first);
        assert_theory(&results, "limit.log.reject", log);
        assert_theory(&results, "limit.bucket.reject", bucket);
        assert_theory(&results, "limit.gcra.reject", bucket);
    }
}

#[test]
fn a_limit_of_60_refuses_as_the_reference_values_say() {
    let results = refused_by(60, 60.0, 200, 1_525);
    assert_theory(&results, "limit.fixed.reject", 0.051_432);
    assert_theory(&results, "limit.first.reject", 0.059_067);
    assert_theory(&results, "limit.log.reject", 0.096_267);
    assert_theory(&results, "limit.bucket.reject", 0.008_357);
    assert_theory(&results, "limit.gcra.reject", 0.008_357);
}

#[test]
fn a_limit_of_60_refuses_the_excess_of_an_overload() {
    for (per_window, counted) in [(90.0, 455), (180.0, 362)] {
        assert_closed_forms(&refused_by(60, per_window, 30, counted), 60, per_window);
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
