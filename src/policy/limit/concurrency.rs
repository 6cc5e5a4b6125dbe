//! Concurrency limit: at most `limit` units in hand at once; a message gives its place back when it
//! is done.
//!
//! ```text
//! conforms iff in hand + cost <= limit
//! ```
//!
//! It bounds no rate (a fast worker passes any), so it has no worst case per window, and time alone
//! frees no place. Little's law gives the mean: in hand = admitted rate x time in hand.
//!
//! Source: a counting semaphore (Dijkstra 1965).

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time};

use super::algorithm::{About, Algorithm, Counting, Key, Setting};
use super::fault::Faults;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, News, Rule};

/// `{ concurrency = { limit } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConcurrencySpec {
    /// Most units in hand at once.
    pub limit: u64,
}

impl ConcurrencySpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "concurrency",
        summary: "at most `limit` in hand at once",
        formula: "conforms iff in hand + cost <= limit",
        memory: "1 word: units in hand",
        worst_case: "none: it bounds what is in hand, not a rate",
        source: "counting semaphore",
        keys: Key::ALL,
        edge: None,
        phases: &[],
        roundings: &[],
        counting: Counting::OnlyAdmitted,
    };
}

impl Algorithm for ConcurrencySpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.count("limit", self.limit);
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        Some(("limit", self.limit))
    }

    fn worst_case(&self, _: Span, _: &Setting) -> Option<u64> {
        None
    }

    fn natural_window(&self) -> Option<Span> {
        None
    }

    fn build(&self, setting: &Setting) -> Keeper {
        Counters::new(Concurrency { limit: self.limit }, setting.max_keys).into()
    }
}

/// The rule. Its state is the number of units in hand.
#[derive(Debug, Clone)]
pub struct Concurrency {
    limit: u64,
}

impl Rule for Concurrency {
    type State = u64;

    const HEARS: bool = true;

    fn ask(&self, in_hand: &u64, attempt: &Attempt) -> Decision {
        Decision::admit_if(in_hand.saturating_add(attempt.cost) <= self.limit)
    }

    fn charge(&self, in_hand: &mut u64, attempt: &Attempt) {
        *in_hand = in_hand.saturating_add(attempt.cost);
    }

    fn earliest(&self, in_hand: &u64, attempt: &Attempt) -> Option<Time> {
        self.ask(in_hand, attempt)
            .lets_pass()
            .then_some(attempt.now)
    }

    fn fresh_at(&self, in_hand: &u64) -> Time {
        if *in_hand == 0 {
            Time::ZERO
        } else {
            Time::NEVER
        }
    }

    fn hear(&self, in_hand: &mut u64, news: &News) {
        if let News::Released(attempt) | News::Withdrawn(attempt) = news {
            // A key that was evicted meanwhile starts from 0 again, so more may come back than left.
            *in_hand = in_hand.saturating_sub(attempt.cost);
        }
    }
}
