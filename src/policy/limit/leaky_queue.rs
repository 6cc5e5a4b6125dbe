//! Leaky queue: messages leave at a steady rate; those that come early wait, at most `capacity`.
//!
//! ```text
//! leaves at max(now, due);  then due = max(due, now) + cost / rate
//! refused iff due - now > capacity / rate (for cost 1: `capacity` messages are waiting already)
//! ```
//!
//! It shapes instead of refusing: after an idle time one message leaves at once and the next ones
//! one interval apart, so bursts never reach what is behind it. The state is that of the meter of
//! burst `capacity + 1` ([`super::meter`]).
//!
//! Worst case: departures at most `1 + floor(rate W)` in any interval of length W; arrivals let in
//! at most `capacity + 1 + floor(rate W)`, which is the bound stated.
//!
//! Source: leaky bucket as a queue (Turner 1986); nginx `limit_req` without `nodelay`.

use serde::{Deserialize, Serialize};

use crate::units::{Rate, Span, Time};

use super::algorithm::{About, Algorithm, Counting, Key, Setting};
use super::fault::Faults;
use super::gcra::fill_time;
use super::keeper::Counters;
use super::meter::{Meter, Pace};
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};

/// `{ leaky-queue = { rate, capacity } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LeakyQueueSpec {
    /// Units that leave per time.
    pub rate: Rate,
    /// Most units that wait; the one that leaves at once does not.
    pub capacity: u64,
}

impl LeakyQueueSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "leaky-queue",
        summary: "lets messages go at a steady rate; up to `capacity` wait, more are refused",
        formula: "leaves at max(now, due);  then due = max(due, now) + cost / rate\n\
                  refused iff due - now > capacity / rate (for cost 1: `capacity` messages are waiting already)",
        memory: "2 words: when the next message may leave",
        worst_case: "capacity + 1 + floor(rate W) let in, 1 + floor(rate W) let go",
        source: "leaky bucket as a queue (Turner 1986)",
        keys: Key::ALL,
        edge: None,
        phases: &[],
        roundings: &[],
        counting: Counting::OnlyAdmitted,
    };

    fn pace(&self) -> Pace {
        Pace::exact(self.rate, self.capacity.saturating_add(1))
    }
}

impl Algorithm for LeakyQueueSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.count("capacity", self.capacity);
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        Some(("capacity", self.capacity.saturating_add(1)))
    }

    fn worst_case(&self, span: Span, _: &Setting) -> Option<u64> {
        Some(self.pace().worst_case(span.ns()))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(fill_time(self.capacity + 1, self.rate))
    }

    fn build(&self, setting: &Setting) -> Keeper {
        let meter = Meter::wide(self.pace());
        Counters::new(LeakyQueue { meter }, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct LeakyQueue {
    meter: Meter<u128>,
}

impl Rule for LeakyQueue {
    /// When the next message may leave, in the meter's steps.
    type State = u128;

    fn ask(&self, due: &u128, attempt: &Attempt) -> Decision {
        let fits = self.meter.ask(due, attempt).lets_pass();
        let until = self.meter.fresh_at(due);
        match fits {
            true if until > attempt.now => Decision::Delay { until },
            fits => Decision::admit_if(fits),
        }
    }

    fn charge(&self, due: &mut u128, attempt: &Attempt) {
        self.meter.charge(due, attempt);
    }

    fn earliest(&self, due: &u128, attempt: &Attempt) -> Option<Time> {
        self.meter.earliest(due, attempt)
    }

    fn fresh_at(&self, due: &u128) -> Time {
        self.meter.fresh_at(due)
    }
}
