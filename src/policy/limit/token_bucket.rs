//! Token bucket: starts full with `burst` tokens, refills continuously, a message takes `cost`.
//!
//! ```text
//! tokens = min(burst, tokens + dt refill);  conforms iff tokens >= cost
//! ```
//!
//! Exact: what is stored is the instant at which the bucket will be full, in steps that make one
//! token a whole number (see [`super::meter`]); a token is there at the very nanosecond it is due.
//! A refused attempt changes nothing unless `counts = "all"`, where it takes what is left.
//! `phase = "start"` or `"clock"` makes tokens arrive one by one at multiples of the interval, as in
//! [`super::bucket_discrete_grid`].
//!
//! Worst case in any interval of length W: `burst + floor(refill W)`.
//!
//! Source: the leaky bucket as a meter; Synapse, aiolimiter, `token_bucket`, `limiter`.

use serde::{Deserialize, Serialize};

use crate::units::{Rate, Span};

use super::algorithm::{About, Algorithm, Counting, Key, Phase, Setting};
use super::bucket_discrete_grid::gridded;
use super::fault::Faults;
use super::gcra::{fill_time, metered};
use super::meter::Pace;
use super::registry::Keeper;

/// `{ token-bucket = { burst, refill } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TokenBucketSpec {
    /// Tokens of a full bucket.
    pub burst: u64,
    /// Tokens per time.
    pub refill: Rate,
}

impl TokenBucketSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "token-bucket",
        summary: "a bucket of `burst` tokens, refilled at `refill`; a message takes its cost",
        formula: "tokens = min(burst, tokens + dt refill);  conforms iff tokens >= cost",
        memory: "1 word: the instant at which the bucket is full; 2 where one token is no whole number of nanoseconds, or on a grid",
        worst_case: "burst + floor(refill W)",
        source: "leaky bucket as a meter; matrix-synapse, aiolimiter, limiter (npm)",
        keys: Key::ALL,
        edge: None,
        phases: &[Phase::FirstEvent, Phase::Clock, Phase::Start],
        roundings: &[],
        counting: Counting::AsTheLayerSays,
    };
}

impl Algorithm for TokenBucketSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.count("burst", self.burst);
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        Some(("burst", self.burst))
    }

    fn worst_case(&self, span: Span, setting: &Setting) -> Option<u64> {
        let pace = Pace::exact(self.refill, self.burst);
        // On a grid a token may be due up to one interval early.
        let early = match setting.phase {
            None | Some(Phase::FirstEvent) => 0,
            Some(Phase::Clock | Phase::Start) => 1,
        };
        Some(pace.worst_case(span.ns()).saturating_add(early))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(fill_time(self.burst, self.refill))
    }

    fn build(&self, setting: &Setting) -> Keeper {
        match setting.phase.unwrap_or(Phase::FirstEvent) {
            Phase::FirstEvent => metered(Pace::exact(self.refill, self.burst), setting),
            Phase::Start => gridded(self.burst, self.refill, 0, setting),
            Phase::Clock => gridded(self.burst, self.refill, setting.epoch_s, setting),
        }
    }
}
