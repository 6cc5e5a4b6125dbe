//! Cooldown: after each admitted message a key is silent for `pause`.
//!
//! ```text
//! conforms iff now >= last + pause;  then last = now
//! ```
//!
//! It is the GCRA of burst 1 and rate 1 / pause. Worst case: `ceil(W / pause)` in any interval
//! `[s, s + W)`.
//!
//! Source: the "slow mode" of chat rooms.

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time};

use super::algorithm::{About, Algorithm, Counting, Key, Setting};
use super::fault::Faults;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};

/// `{ cooldown = { pause } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CooldownSpec {
    /// How long a key is silent.
    pub pause: Span,
}

impl CooldownSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "cooldown",
        summary: "after each admitted message a key is silent for `pause`",
        formula: "conforms iff now >= last + pause;  then last = now",
        memory: "1 word: when the key may send again",
        worst_case: "ceil(W / pause)",
        source: "slow mode of chat rooms",
        keys: Key::ALL,
        edge: None,
        phases: &[],
        roundings: &[],
        counting: Counting::OnlyAdmitted,
    };
}

impl Algorithm for CooldownSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.span("pause", self.pause);
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        None
    }

    fn worst_case(&self, span: Span, _: &Setting) -> Option<u64> {
        Some(span.ns().div_ceil(self.pause.ns().max(1)))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(self.pause)
    }

    fn build(&self, setting: &Setting) -> Keeper {
        Counters::new(Cooldown { pause: self.pause }, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct Cooldown {
    pause: Span,
}

impl Rule for Cooldown {
    /// When the key may send again; time 0 for a key never seen.
    type State = Time;

    fn ask(&self, free: &Time, attempt: &Attempt) -> Decision {
        Decision::admit_if(attempt.now >= *free)
    }

    fn charge(&self, free: &mut Time, attempt: &Attempt) {
        *free = attempt.now + self.pause;
    }

    fn earliest(&self, free: &Time, attempt: &Attempt) -> Option<Time> {
        Some((*free).max(attempt.now))
    }

    fn fresh_at(&self, free: &Time) -> Time {
        *free
    }
}
