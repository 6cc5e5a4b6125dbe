//! A window that every hit extends: a fault seen in production, kept to show what it costs.
//!
//! ```text
//! the count starts again when no hit came for W;  every counted hit restarts W
//! conforms iff used + cost <= limit
//! ```
//!
//! With `counts = "all"`, as in the fault, refused hits extend the window too: a client that keeps
//! trying more often than once per W is locked out for ever.
//!
//! Worst case: `limit` in any interval `[s, s + W)`.
//!
//! Source: `INCR` followed by `EXPIRE` on every hit instead of on the first.

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time};

use super::algorithm::{About, Algorithm, Counting, Edge, Key, Setting};
use super::fault::Faults;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};
use super::window::{WindowState, first_after};

/// `{ extending-window = { limit, window } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExtendingWindowSpec {
    /// Most units before a silence of `window`.
    pub limit: u64,
    /// The silence after which the count starts again.
    pub window: Span,
}

impl ExtendingWindowSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "extending-window",
        summary: "a window that every hit extends: it locks out a client that keeps trying",
        formula: "the count starts again when no hit came for W;  every counted hit restarts W\n\
                  conforms iff used + cost <= limit",
        memory: "2 words: units used, when the window closes",
        worst_case: "limit",
        source: "fault seen in production: EXPIRE on every hit",
        keys: Key::ALL,
        edge: Some(Edge::HalfOpen),
        phases: &[],
        roundings: &[],
        counting: Counting::AsTheLayerSays,
    };
}

impl Algorithm for ExtendingWindowSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.quota(self.limit, self.window);
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        Some(("limit", self.limit))
    }

    fn worst_case(&self, span: Span, _: &Setting) -> Option<u64> {
        let windows = span.ns().div_ceil(self.window.ns().max(1));
        Some(self.limit.saturating_mul(windows))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(self.window)
    }

    fn build(&self, setting: &Setting) -> Keeper {
        let rule = ExtendingWindow {
            limit: self.limit,
            window: self.window,
            edge: setting.edge.unwrap_or(Edge::HalfOpen),
        };
        Counters::new(rule, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct ExtendingWindow {
    limit: u64,
    window: Span,
    edge: Edge,
}

impl Rule for ExtendingWindow {
    type State = WindowState;

    fn ask(&self, state: &WindowState, attempt: &Attempt) -> Decision {
        let used = state.used_at(self.edge, attempt.now);
        Decision::admit_if(used.saturating_add(attempt.cost) <= self.limit)
    }

    fn charge(&self, state: &mut WindowState, attempt: &Attempt) {
        let used = state.used_at(self.edge, attempt.now);
        *state = WindowState {
            used: used.saturating_add(attempt.cost),
            closes: attempt.now + self.window,
        };
    }

    fn earliest(&self, state: &WindowState, attempt: &Attempt) -> Option<Time> {
        if self.ask(state, attempt).lets_pass() {
            return Some(attempt.now);
        }
        (attempt.cost <= self.limit).then(|| first_after(self.edge, state.closes))
    }

    fn fresh_at(&self, state: &WindowState) -> Time {
        state.fresh_at(self.edge)
    }
}
