//! Greylist: the first attempt of a pair is deferred; a retry after `delay` passes, and the pair is
//! known from then on.
//!
//! ```text
//! unknown                         -> deferred, since = now
//! pending, now < since + delay    -> deferred
//! pending, now <= since + retry-within   -> passes, known until now + lifetime
//! pending, later                  -> deferred as if unknown
//! known, now <= until             -> passes, known until now + lifetime
//! ```
//!
//! A refusal is part of the rule, so every attempt is noted whatever other layers say. Of spammers
//! who retry with probability p, and to whom a label comes after a lag D, it lets through
//! `p P(D > delay)`. It bounds no rate, so it has no worst case per window.
//!
//! Source: RFC 6647; Postgrey (delay 5 min, retry window 2 d, entries kept 35 d since last seen).

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time};

use super::algorithm::{About, Algorithm, Counting, Key, Setting};
use super::fault::Faults;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};

/// `{ greylist = { delay, lifetime } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GreylistSpec {
    /// Retries sooner than this after the first attempt are deferred too.
    pub delay: Span,
    /// How long a pair is known after its last message.
    pub lifetime: Span,
    /// How long after the first attempt a retry still counts as one; default `lifetime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_within: Option<Span>,
}

impl GreylistSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "greylist",
        summary: "defers the first attempt of a pair; a retry after `delay` makes the pair known",
        formula: "unknown                         -> deferred, since = now\n\
                  pending, now < since + delay    -> deferred\n\
                  pending, now <= since + retry-within   -> passes, known until now + lifetime\n\
                  pending, later                  -> deferred as if unknown\n\
                  known, now <= until             -> passes, known until now + lifetime",
        memory: "2 words: pending or known, since or until when",
        worst_case: "none: it bounds who may send, not a rate",
        source: "RFC 6647; Postgrey 1.37",
        keys: &[Key::Pair],
        edge: None,
        phases: &[],
        roundings: &[],
        counting: Counting::Always,
    };

    fn patience(&self) -> Span {
        self.retry_within.unwrap_or(self.lifetime)
    }
}

impl Algorithm for GreylistSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.span("delay", self.delay);
        faults.span("lifetime", self.lifetime);
        let name = self.retry_within.map_or("lifetime", |_| "retry-within");
        if self.patience() < self.delay {
            let fault = format!(
                "no retry after {} is within {}",
                self.delay,
                self.patience()
            );
            faults.add(name, fault, "write a span not shorter than `delay`");
        }
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        None
    }

    fn worst_case(&self, _: Span, _: &Setting) -> Option<u64> {
        None
    }

    fn natural_window(&self) -> Option<Span> {
        None
    }

    fn build(&self, setting: &Setting) -> Keeper {
        Counters::new(Greylist { spec: self.clone() }, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct Greylist {
    spec: GreylistSpec,
}

/// What is known of a pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GreylistState {
    /// Nothing.
    #[default]
    Unknown,
    /// It tried.
    Pending {
        /// First attempt.
        since: Time,
    },
    /// It came back in time.
    Known {
        /// Until then, included.
        until: Time,
    },
}

impl Greylist {
    /// `state` without what has expired by `now`.
    fn as_of(&self, state: GreylistState, now: Time) -> GreylistState {
        match state {
            GreylistState::Pending { since } if now <= since + self.spec.patience() => state,
            GreylistState::Known { until } if now <= until => state,
            _ => GreylistState::Unknown,
        }
    }
}

impl Rule for Greylist {
    type State = GreylistState;

    fn ask(&self, state: &GreylistState, attempt: &Attempt) -> Decision {
        Decision::admit_if(match self.as_of(*state, attempt.now) {
            GreylistState::Unknown => false,
            GreylistState::Pending { since } => attempt.now >= since + self.spec.delay,
            GreylistState::Known { .. } => true,
        })
    }

    fn charge(&self, state: &mut GreylistState, attempt: &Attempt) {
        let passes = self.ask(state, attempt).lets_pass();
        *state = match self.as_of(*state, attempt.now) {
            GreylistState::Unknown => GreylistState::Pending { since: attempt.now },
            _ if passes => GreylistState::Known {
                until: attempt.now + self.spec.lifetime,
            },
            pending => pending,
        };
    }

    fn earliest(&self, state: &GreylistState, attempt: &Attempt) -> Option<Time> {
        Some(match self.as_of(*state, attempt.now) {
            // The refused attempt is the one from which the delay counts.
            GreylistState::Unknown => attempt.now + self.spec.delay,
            GreylistState::Pending { since } => (since + self.spec.delay).max(attempt.now),
            GreylistState::Known { .. } => attempt.now,
        })
    }

    fn fresh_at(&self, state: &GreylistState) -> Time {
        let last = match *state {
            GreylistState::Unknown => return Time::ZERO,
            GreylistState::Pending { since } => since + self.spec.patience(),
            GreylistState::Known { until } => until,
        };
        last + Span::from_ns(1)
    }
}
