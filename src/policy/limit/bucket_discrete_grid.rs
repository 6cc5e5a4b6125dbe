//! Token bucket on a grid: one whole token at each multiple of the interval, at most `burst`.
//!
//! ```text
//! ticks(t) = floor(t refill);  tokens = min(burst, tokens + ticks(now) - ticks(last))
//! conforms iff tokens >= cost
//! ```
//!
//! The multiples are counted from virtual time 0 (from the UNIX epoch under `phase = "clock"` of
//! [`super::token_bucket`]). The same bucket in one number: the tick at which it is full again.
//!
//! Worst case in any interval of length W: `burst + floor(refill W) + 1`.
//!
//! Source: the crate leaky-bucket, which wakes once per interval.

use serde::{Deserialize, Serialize};

use crate::units::{Rate, Span, Time};

use super::algorithm::{About, Algorithm, Counting, Key, Setting};
use super::fault::Faults;
use super::gcra::fill_time;
use super::keeper::Counters;
use super::meter::Pace;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};

/// `{ bucket-discrete-grid = { burst, refill } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BucketDiscreteGridSpec {
    /// Tokens of a full bucket.
    pub burst: u64,
    /// Tokens per time, one at a time.
    pub refill: Rate,
}

impl BucketDiscreteGridSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "bucket-discrete-grid",
        summary: "a token bucket refilled by one token at each multiple of the interval",
        formula: "ticks(t) = floor(t refill);  tokens = min(burst, tokens + ticks(now) - ticks(last))\n\
                  conforms iff tokens >= cost",
        memory: "2 words: the tick at which the bucket is full",
        worst_case: "burst + floor(refill W) + 1",
        source: "leaky-bucket (crate)",
        keys: Key::ALL,
        edge: None,
        phases: &[],
        roundings: &[],
        counting: Counting::AsTheLayerSays,
    };
}

impl Algorithm for BucketDiscreteGridSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.count("burst", self.burst);
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        Some(("burst", self.burst))
    }

    fn worst_case(&self, span: Span, _: &Setting) -> Option<u64> {
        let continuous = Pace::exact(self.refill, self.burst).worst_case(span.ns());
        Some(continuous.saturating_add(1))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(fill_time(self.burst, self.refill))
    }

    fn build(&self, setting: &Setting) -> Keeper {
        gridded(self.burst, self.refill, 0, setting)
    }
}

/// The bucket whose multiples are counted from `origin_s` seconds before virtual time 0.
pub(super) fn gridded(burst: u64, refill: Rate, origin_s: u64, setting: &Setting) -> Keeper {
    let rule = BucketDiscreteGrid {
        burst,
        refill,
        origin_ns: u128::from(origin_s) * 1_000_000_000,
    };
    Counters::new(rule, setting.max_keys).into()
}

/// The rule.
#[derive(Debug, Clone)]
pub struct BucketDiscreteGrid {
    burst: u64,
    refill: Rate,
    origin_ns: u128,
}

impl BucketDiscreteGrid {
    /// Multiples of the interval up to `now`. The rate is at most one per nanosecond, so there are
    /// no more of them than nanoseconds since the origin.
    fn ticks(&self, now: Time) -> u128 {
        let ns = self.origin_ns + u128::from(now.ns());
        ns.saturating_mul(u128::from(self.refill.events())) / u128::from(self.refill.per_ns())
    }

    /// The first instant of a tick.
    fn instant(&self, tick: u128) -> Time {
        let scaled = tick.saturating_mul(u128::from(self.refill.per_ns()));
        let ns = scaled.div_ceil(u128::from(self.refill.events()));
        let since_start = ns.saturating_sub(self.origin_ns);
        u64::try_from(since_start).map_or(Time::NEVER, Time::from_ns)
    }
}

impl Rule for BucketDiscreteGrid {
    /// The tick at which the bucket is full again.
    type State = u128;

    fn ask(&self, full: &u128, attempt: &Attempt) -> Decision {
        let allowed = self.ticks(attempt.now) + u128::from(self.burst);
        let conforms = attempt.cost <= self.burst && full + u128::from(attempt.cost) <= allowed;
        Decision::admit_if(conforms)
    }

    fn charge(&self, full: &mut u128, attempt: &Attempt) {
        let now = self.ticks(attempt.now);
        let charged = (*full).max(now) + u128::from(attempt.cost);
        *full = charged.min(now + u128::from(self.burst));
    }

    fn earliest(&self, full: &u128, attempt: &Attempt) -> Option<Time> {
        let needed = (full + u128::from(attempt.cost)).saturating_sub(u128::from(self.burst));
        (attempt.cost <= self.burst).then(|| self.instant(needed).max(attempt.now))
    }

    fn fresh_at(&self, full: &u128) -> Time {
        self.instant(*full)
    }
}
