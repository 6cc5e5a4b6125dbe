//! Token bucket on a clock of whole seconds that throws the fraction away: how not to do it.
//!
//! ```text
//! s = floor(t);  tokens = min(burst, tokens + floor((s - last) refill));  conforms iff tokens >= cost
//! on admission: last = s        (the fraction of a token that had grown since is lost)
//! ```
//!
//! A limit of 8/s refills only when the second changes; one of 0.3/s never refills for a client that
//! is admitted every three seconds. A refused attempt changes nothing unless `counts = "all"`.
//!
//! Worst case in any interval of length W: `burst + floor(refill (W + 1 s))`.
//!
//! Source: throttled-py 3.5.

use serde::{Deserialize, Serialize};

use crate::units::{Rate, Span, Time};

use super::algorithm::{About, Algorithm, Counting, Key, Setting};
use super::fault::Faults;
use super::gcra::fill_time;
use super::keeper::Counters;
use super::meter::Pace;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};

/// `{ bucket-intsec = { burst, refill } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BucketIntsecSpec {
    /// Tokens of a full bucket.
    pub burst: u64,
    /// Tokens per time.
    pub refill: Rate,
}

impl BucketIntsecSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "bucket-intsec",
        summary: "a token bucket on a clock of whole seconds that loses fractions of tokens",
        formula: "s = floor(t);  tokens = min(burst, tokens + floor((s - last) refill));  conforms iff tokens >= cost\n\
                  on admission: last = s        (the fraction of a token that had grown since is lost)",
        memory: "2 words: tokens missing, at which second",
        worst_case: "burst + floor(refill (W + 1 s))",
        source: "throttled-py 3.5",
        keys: Key::ALL,
        edge: None,
        phases: &[],
        roundings: &[],
        counting: Counting::AsTheLayerSays,
    };
}

const NS_PER_S: u64 = 1_000_000_000;

impl Algorithm for BucketIntsecSpec {
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
        let seen = span.ns().saturating_add(NS_PER_S);
        Some(Pace::exact(self.refill, self.burst).worst_case(seen))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(fill_time(self.burst, self.refill))
    }

    fn build(&self, setting: &Setting) -> Keeper {
        let rule = BucketIntsec {
            burst: self.burst,
            refill: self.refill,
        };
        Counters::new(rule, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct BucketIntsec {
    burst: u64,
    refill: Rate,
}

/// How many tokens were missing from a full bucket at the second `last`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IntsecState {
    missing: u64,
    last: u64,
}

impl BucketIntsec {
    fn tokens(&self, state: &IntsecState, now: Time) -> u64 {
        let seconds = (now.ns() / NS_PER_S).saturating_sub(state.last);
        let steps = u128::from(seconds) * u128::from(NS_PER_S) * u128::from(self.refill.events());
        let refilled = steps / u128::from(self.refill.per_ns());
        let refilled = u64::try_from(refilled).unwrap_or(u64::MAX);
        self.burst - state.missing.saturating_sub(refilled)
    }

    /// The first second at which `tokens` were refilled since `last`.
    fn second(&self, last: u64, tokens: u64) -> Time {
        let ns = u128::from(tokens) * u128::from(self.refill.per_ns());
        let per_s = u128::from(self.refill.events()) * u128::from(NS_PER_S);
        let at = u128::from(last) + ns.div_ceil(per_s);
        let ns = at.saturating_mul(u128::from(NS_PER_S));
        u64::try_from(ns).map_or(Time::NEVER, Time::from_ns)
    }
}

impl Rule for BucketIntsec {
    type State = IntsecState;

    fn ask(&self, state: &IntsecState, attempt: &Attempt) -> Decision {
        Decision::admit_if(self.tokens(state, attempt.now) >= attempt.cost)
    }

    fn charge(&self, state: &mut IntsecState, attempt: &Attempt) {
        let left = self.tokens(state, attempt.now).saturating_sub(attempt.cost);
        *state = IntsecState {
            missing: self.burst - left,
            last: attempt.now.ns() / NS_PER_S,
        };
    }

    fn earliest(&self, state: &IntsecState, attempt: &Attempt) -> Option<Time> {
        if attempt.cost > self.burst {
            return None;
        }
        let at_last = self.burst - state.missing;
        let wanted = attempt.cost.saturating_sub(at_last);
        Some(self.second(state.last, wanted).max(attempt.now))
    }

    fn fresh_at(&self, state: &IntsecState) -> Time {
        if state.missing == 0 {
            return Time::ZERO;
        }
        self.second(state.last, state.missing)
    }
}
