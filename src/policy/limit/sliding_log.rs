//! Sliding log: the instant of every counted unit is remembered for one window.
//!
//! ```text
//! closed      units with t - W <= instant <= t count    (the default)
//! half-open   units with t - W <  instant <= t count
//! conforms    iff counted + cost <= limit
//! ```
//!
//! Worst case: `limit` in any interval `[s, s + W)`, and in `[s, s + W]` under the closed edge; no
//! algorithm is tighter. The state is one word per unit, at most `limit` of them: older ones cannot
//! matter even where refused attempts are counted.
//!
//! Source: the log of a sorted set per key; closed as in `limits` and pyrate-limiter.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time, cast};

use super::algorithm::{About, Algorithm, Counting, Edge, Key, Setting};
use super::fault::Faults;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};
use super::window::{first_after, is_open};

/// `{ sliding-log = { limit, window } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlidingLogSpec {
    /// Most units per window.
    pub limit: u64,
    /// Length of the window.
    pub window: Span,
}

/// A log is one word per unit and key.
const LONGEST_LOG: u64 = 10_000_000;

impl SlidingLogSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "sliding-log",
        summary: "at most `limit` in the window that ends now, from a log of instants",
        formula: "closed      units with t - W <= instant <= t count    (the default)\n\
                  half-open   units with t - W <  instant <= t count\n\
                  conforms    iff counted + cost <= limit",
        memory: "1 word per counted unit, at most limit of them, beside 4 of the log",
        worst_case: "limit",
        source: "log of instants per key; limits (PyPI), pyrate-limiter",
        keys: Key::ALL,
        edge: Some(Edge::Closed),
        phases: &[],
        roundings: &[],
        counting: Counting::AsTheLayerSays,
    };
}

impl Algorithm for SlidingLogSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.quota(self.limit, self.window);
        if self.limit > LONGEST_LOG && u32::try_from(self.limit).is_ok() {
            faults.add(
                "limit",
                format!("a log of {} instants per key is too long", self.limit),
                format!("write at most {LONGEST_LOG}, or use token-bucket or sliding-counter"),
            );
        }
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
        let rule = SlidingLog {
            limit: self.limit,
            window: self.window,
            edge: setting.edge.unwrap_or(Edge::Closed),
        };
        Counters::new(rule, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct SlidingLog {
    limit: u64,
    window: Span,
    edge: Edge,
}

/// The instants of the counted units, oldest first.
pub type Log = VecDeque<Time>;

impl SlidingLog {
    fn counts(&self, instant: Time, now: Time) -> bool {
        is_open(self.edge, instant + self.window, now)
    }

    /// The unit that must have left the window before `cost` more fit; `None` where they fit anyway.
    ///
    /// The log is in order of time, so the units that no longer count are its first ones: asking
    /// whether one of them still counts replaces counting those that do.
    fn obstacle(&self, log: &Log, cost: u64) -> Option<Time> {
        let room = cast::index(self.limit - cost);
        let surplus = log.len().checked_sub(room + 1)?;
        Some(log[surplus])
    }
}

impl Rule for SlidingLog {
    type State = Log;

    fn ask(&self, log: &Log, attempt: &Attempt) -> Decision {
        let conforms = attempt.cost <= self.limit
            && self
                .obstacle(log, attempt.cost)
                .is_none_or(|unit| !self.counts(unit, attempt.now));
        Decision::admit_if(conforms)
    }

    fn charge(&self, log: &mut Log, attempt: &Attempt) {
        while log
            .front()
            .is_some_and(|unit| !self.counts(*unit, attempt.now))
        {
            log.pop_front();
        }
        // One unit at a time: nearly every message is one unit.
        let limit = cast::index(self.limit);
        for _ in 0..attempt.cost.min(self.limit) {
            if log.len() == limit {
                log.pop_front();
            }
            log.push_back(attempt.now);
        }
    }

    fn earliest(&self, log: &Log, attempt: &Attempt) -> Option<Time> {
        if attempt.cost > self.limit {
            return None;
        }
        let leaves = self.obstacle(log, attempt.cost).map_or(Time::ZERO, |unit| {
            first_after(self.edge, unit + self.window)
        });
        Some(leaves.max(attempt.now))
    }

    fn fresh_at(&self, log: &Log) -> Time {
        log.back().map_or(Time::ZERO, |unit| {
            first_after(self.edge, *unit + self.window)
        })
    }
}
