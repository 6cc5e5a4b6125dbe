//! Sliding counter: the counts of two clock windows stand for the log of all instants.
//!
//! ```text
//! estimate = floor(previous (W - t mod W) / W) + current
//! conforms iff estimate + cost <= limit
//! ```
//!
//! The comparison is made without the division: `previous (W - r) < (limit - current - cost + 1) W`.
//!
//! Worst case: 2 `limit` in any interval as long as the window; it is approached by `limit` at the
//! end of one clock window and the next `limit` as the estimate falls.
//!
//! Source: "sliding window counter" as in `limits` and throttled-py, whose floats differ from this
//! exact arithmetic where the weighted count is a whole number.

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time, cast};

use super::algorithm::{About, Algorithm, Counting, Edge, Key, Phase, Setting, windows_worst_case};
use super::fault::Faults;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};
use super::window::ClockWindows;

/// `{ sliding-counter = { limit, window } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlidingCounterSpec {
    /// Most units per window, as estimated.
    pub limit: u64,
    /// Length of a window.
    pub window: Span,
}

impl SlidingCounterSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "sliding-counter",
        summary: "at most `limit` in the window that ends now, estimated from two clock windows",
        formula: "estimate = floor(previous (W - t mod W) / W) + current\n\
                  conforms iff estimate + cost <= limit",
        memory: "3 words: units used in this window and the one before, when this one closes",
        worst_case: "2 limit",
        source: "sliding window counter; limits (PyPI), throttled-py",
        keys: Key::ALL,
        edge: None,
        phases: &[Phase::Clock],
        roundings: &[],
        counting: Counting::AsTheLayerSays,
    };
}

impl Algorithm for SlidingCounterSpec {
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
        // The estimate is at least the current count, so no clock window admits more than `limit`.
        Some(windows_worst_case(self.limit, self.window, span))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(self.window)
    }

    fn build(&self, setting: &Setting) -> Keeper {
        let half_open = Setting {
            edge: Some(Edge::HalfOpen),
            ..*setting
        };
        let rule = SlidingCounter {
            limit: self.limit,
            clock: ClockWindows::new(self.window, &half_open),
        };
        Counters::new(rule, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct SlidingCounter {
    limit: u64,
    clock: ClockWindows,
}

/// Units counted in the window that closes at `closes`, and in the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CounterState {
    closes: Time,
    previous: u64,
    current: u64,
}

impl SlidingCounter {
    /// `state` as of the window of `now`.
    fn as_of(&self, state: &CounterState, now: Time) -> CounterState {
        if self.clock.is_open(state.closes, now) {
            return *state;
        }
        let closes = self.clock.closes(now);
        let follows = closes.ns() - state.closes.ns() == self.clock.window_ns();
        CounterState {
            closes,
            previous: if follows { state.current } else { 0 },
            current: 0,
        }
    }

    /// Whether `previous (W - r) < room W`, where `room = limit - current - cost + 1`.
    fn fits(&self, state: &CounterState, now: Time, cost: u64) -> bool {
        let Some(room) = self.room(state.current, cost) else {
            return false;
        };
        let left = u128::from(state.closes.ns() - now.ns());
        let window = u128::from(self.clock.window_ns());
        u128::from(state.previous) * left < u128::from(room) * window
    }

    /// What the weighted previous count must stay below; `None` where the current one is too much.
    fn room(&self, current: u64, cost: u64) -> Option<u64> {
        (self.limit + 1)
            .checked_sub(current.saturating_add(cost))
            .filter(|room| *room > 0)
    }

    /// The first instant of the window that closes at `closes` at which `previous` weighs less than
    /// `room`: the smallest `r` with `previous (W - r) < room W`.
    fn first_fit(&self, closes: Time, previous: u64, room: u64) -> Time {
        let window = self.clock.window_ns();
        let opens = Time::from_ns(closes.ns().saturating_sub(window));
        let Some(surplus) = previous.checked_sub(room) else {
            return opens;
        };
        let after = u128::from(surplus) * u128::from(window) / u128::from(previous) + 1;
        let left = window.saturating_sub(cast::low_u64(after));
        Time::from_ns(closes.ns() - left)
    }
}

impl Rule for SlidingCounter {
    type State = CounterState;

    fn ask(&self, state: &CounterState, attempt: &Attempt) -> Decision {
        let state = self.as_of(state, attempt.now);
        Decision::admit_if(self.fits(&state, attempt.now, attempt.cost))
    }

    fn charge(&self, state: &mut CounterState, attempt: &Attempt) {
        *state = self.as_of(state, attempt.now);
        state.current = state.current.saturating_add(attempt.cost);
    }

    fn earliest(&self, state: &CounterState, attempt: &Attempt) -> Option<Time> {
        if attempt.cost > self.limit {
            return None;
        }
        let state = self.as_of(state, attempt.now);
        let at = if let Some(room) = self.room(state.current, attempt.cost) {
            self.first_fit(state.closes, state.previous, room)
        } else {
            let room = self.limit + 1 - attempt.cost;
            let closes = state.closes + Span::from_ns(self.clock.window_ns());
            self.first_fit(closes, state.current, room)
        };
        Some(at.max(attempt.now))
    }

    fn fresh_at(&self, state: &CounterState) -> Time {
        match (state.previous, state.current) {
            (0, 0) => Time::ZERO,
            (_, 0) => state.closes,
            _ => state.closes + Span::from_ns(self.clock.window_ns()),
        }
    }
}
