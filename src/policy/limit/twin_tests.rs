//! Each rule against a naive twin, written from its definition with no eye to speed or size, and
//! GCRA against the crate `governor`, on random vectors with random costs.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, FakeRelativeClock};
use governor::{Quota, RateLimiter};
use proptest::prelude::*;

use crate::units::{Rate, Span, Time};

use super::charging::ChargingSpec;
use super::layer::{LayerSpec, Place};
use super::set::{Kind, LimitSet, Parties, Request, Ruling, Standing};

fn single(text: &str) -> LimitSet {
    let layer: LayerSpec = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(layer.validate(), []);
    let layers = BTreeMap::from([("it".to_owned(), layer)]);
    LimitSet::new(&layers, &ChargingSpec::default(), Place::Recipient, 0)
}

fn request(now_ns: u64, cost: u64) -> Request {
    Request {
        now: Time::from_ns(now_ns),
        parties: Parties {
            sender: 1,
            sender_pds: 2,
            recipient: 3,
        },
        standing: Standing::Accepted,
        kind: Kind::Fresh,
        cost,
        recipients: 1,
        account_age: None,
    }
}

/// Instants in nanoseconds with costs from 1 to 4; many instants repeat or fall on multiples of
/// `unit_ns`.
fn vector(unit_ns: u64) -> impl Strategy<Value = Vec<(u64, u64)>> {
    let gap = prop_oneof![Just(0), Just(unit_ns), 0..unit_ns, 0..4 * unit_ns];
    prop::collection::vec((gap, 1..=4_u64), 1..80).prop_map(|gaps| {
        let mut at = 0;
        let mut add = |(gap, cost)| {
            at += gap;
            (at, cost)
        };
        gaps.into_iter().map(&mut add).collect()
    })
}

/// What the layer decides about each arrival.
fn decided(set: &mut LimitSet, arrivals: &[(u64, u64)]) -> Vec<bool> {
    arrivals
        .iter()
        .map(|(now, cost)| set.decide(&request(*now, *cost)).refused == 0)
        .collect()
}

/// Tokens in units of 1/`per_ns` token, refilled by `events` of them per nanosecond.
struct NaiveBucket {
    rate: Rate,
    burst: u64,
    level: u128,
    last: u64,
}

impl NaiveBucket {
    fn new(rate: Rate, burst: u64) -> Self {
        let level = u128::from(burst) * u128::from(rate.per_ns());
        Self {
            rate,
            burst,
            level,
            last: 0,
        }
    }

    fn take(&mut self, now: u64, cost: u64, charges_refused: bool) -> bool {
        let full = u128::from(self.burst) * u128::from(self.rate.per_ns());
        let refilled = u128::from(now - self.last) * u128::from(self.rate.events());
        self.level = (self.level + refilled).min(full);
        self.last = now;
        let price = u128::from(cost) * u128::from(self.rate.per_ns());
        let conforms = self.level >= price;
        if conforms || charges_refused {
            self.level = self.level.saturating_sub(price);
        }
        conforms
    }
}

/// Rates whose interval is a whole number of nanoseconds, and rates whose interval is not.
const RATES: &[&str] = &[
    "100/1s",
    "3/10s",
    "7/s",
    "997/61s",
    "1/13ns",
    "999999937/s",
    "0.2/s",
];

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

/// A vector whose gaps fit a rate, with the rate and a burst.
fn metered() -> impl Strategy<Value = (&'static str, u64, Vec<(u64, u64)>)> {
    (prop::sample::select(RATES), 1..=6_u64).prop_flat_map(|(text, burst)| {
        let interval = rate(text).per_ns() / rate(text).events();
        vector(interval.max(2)).prop_map(move |arrivals| (text, burst, arrivals))
    })
}

const MS: u64 = 1_000_000;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn token_bucket_and_gcra_decide_as_a_bucket_of_rational_tokens(
        (text, burst, arrivals) in metered(),
        all in prop::bool::ANY,
    ) {
        let counts = if all { "all" } else { "admitted" };
        let beside = format!("key = \"pds\"\ncounts = \"{counts}\"");
        let bucket = format!("token-bucket = {{ burst = {burst}, refill = \"{text}\" }}");
        let cells = format!("gcra = {{ burst = {burst}, rate = \"{text}\" }}");
        let mut naive = NaiveBucket::new(rate(text), burst);
        let expected: Vec<bool> =
            arrivals.iter().map(|(now, cost)| naive.take(*now, *cost, all)).collect();
        for algorithm in [bucket, cells] {
            let mut set = single(&format!("algorithm = {{ {algorithm} }}\n{beside}"));
            prop_assert_eq!(&decided(&mut set, &arrivals), &expected, "{}", algorithm);
        }
    }

    #[test]
    fn sliding_log_decides_as_a_sum_over_every_counted_instant(
        limit in 1..=8_u64,
        closed in prop::bool::ANY,
        all in prop::bool::ANY,
        arrivals in vector(5 * MS),
    ) {
        let window = 20 * MS;
        let (edge, counts) = (
            if closed { "closed" } else { "half-open" },
            if all { "all" } else { "admitted" },
        );
        let mut set = single(&format!(
            "algorithm = {{ sliding-log = {{ limit = {limit}, window = \"20ms\" }} }}\n\
             key = \"pds\"\nedge = \"{edge}\"\ncounts = \"{counts}\""
        ));
        let mut counted: Vec<(u64, u64)> = Vec::new();
        for (now, cost) in arrivals {
            let alive = |at: u64| if closed { now <= at + window } else { now < at + window };
            let sum: u64 = counted.iter().filter(|(at, _)| alive(*at)).map(|(_, cost)| cost).sum();
            let expected = sum + cost <= limit;
            if expected || all {
                counted.push((now, cost));
            }
            prop_assert_eq!(set.decide(&request(now, cost)).refused == 0, expected, "at {}", now);
        }
    }

    #[test]
    fn sliding_counter_decides_as_its_estimate_rounded_down(
        limit in 1..=8_u64,
        arrivals in vector(5 * MS),
    ) {
        let window = 20 * MS;
        let mut set = single(&format!(
            "algorithm = {{ sliding-counter = {{ limit = {limit}, window = \"20ms\" }} }}\n\
             key = \"pds\""
        ));
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for (now, cost) in arrivals {
            let index = now / window;
            let of = |index: Option<u64>| index.and_then(|index| counts.get(&index)).copied();
            let previous = of(index.checked_sub(1)).unwrap_or(0);
            let weighted = previous * (window - now % window) / window;
            let expected = weighted + of(Some(index)).unwrap_or(0) + cost <= limit;
            if expected {
                *counts.entry(index).or_default() += cost;
            }
            prop_assert_eq!(set.decide(&request(now, cost)).refused == 0, expected, "at {}", now);
        }
    }

    #[test]
    fn leaky_queue_delays_as_a_list_of_departures(
        (text, capacity, arrivals) in metered(),
    ) {
        let pace = rate(text);
        let mut set = single(&format!(
            "algorithm = {{ leaky-queue = {{ rate = \"{text}\", capacity = {capacity} }} }}\n\
             key = \"pds\""
        ));
        // Departures in 1/events nanoseconds, every message of cost 1.
        let mut departures: Vec<u128> = Vec::new();
        for (now, _) in arrivals {
            let at = u128::from(now) * u128::from(pace.events());
            let waiting = departures.iter().filter(|leaves| **leaves > at).count() as u64;
            let next = departures.last().map_or(at, |last| (last + u128::from(pace.per_ns())).max(at));
            let expected = match (waiting < capacity, next > at) {
                (_, false) => Some(now),
                (true, true) => {
                    let ns = next.div_ceil(u128::from(pace.events()));
                    Some(u64::try_from(ns).unwrap())
                }
                (false, true) => None,
            };
            departures.extend(expected.map(|_| next));
            let leaves = match set.decide(&request(now, 1)).ruling {
                Ruling::Admit => Some(now),
                Ruling::Delay { until, .. } => Some(until.ns()),
                Ruling::Refuse { .. } => None,
            };
            prop_assert_eq!(leaves, expected, "at {}", now);
        }
    }

    #[test]
    fn gcra_rounded_down_decides_and_retries_as_governor(
        interval_ns in prop_oneof![1..50_u64, 1_000..2_000_000_000_u64],
        burst in 1..=6_u32,
        arrivals in (2..40_u64).prop_flat_map(vector),
    ) {
        let burst = NonZeroU32::new(burst).unwrap();
        let quota = Quota::with_period(Duration::from_nanos(interval_ns)).unwrap().allow_burst(burst);
        let clock = FakeRelativeClock::default();
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        let mut set = single(&format!(
            "algorithm = {{ gcra = {{ burst = {burst}, rate = \"1/{interval_ns}ns\" }} }}\n\
             key = \"pds\"\nrounding = \"ns-floor\"\nrefusal = {{ retry-after = {{}} }}"
        ));
        let mut clock_ns = 0;
        for (step, cost) in arrivals {
            // The vector counts in shares of the interval.
            let now = step * (interval_ns / 7 + 1);
            clock.advance(Duration::from_nanos(now - clock_ns));
            clock_ns = now;
            let units = NonZeroU32::new(u32::try_from(cost).unwrap()).unwrap();
            let expected = match limiter.check_n(units) {
                Ok(Ok(())) => Ok(()),
                Ok(Err(not_until)) => {
                    let wait = not_until.wait_time_from(clock.now());
                    Err(Some(Span::from_ns(u64::try_from(wait.as_nanos()).unwrap())))
                }
                Err(_never_fits) => Err(None),
            };
            let ours = match set.decide(&request(now, cost)).ruling {
                Ruling::Admit => Ok(()),
                Ruling::Refuse { retry_at, .. } => {
                    Err(retry_at.map(|at| at.since(Time::from_ns(now))))
                }
                delay @ Ruling::Delay { .. } => panic!("{delay:?}"),
            };
            prop_assert_eq!(ours, expected, "at {} cost {}", now, cost);
        }
    }
}
