//! First-hit window: opened by the first event when none is open, for the length `W`.
//!
//! ```text
//! half-open   an event at t >= start + W opens a new window
//! closed      only one at t > start + W does (a Redis key is still alive at its expiry instant)
//! conforms    iff used + cost <= limit
//! ```
//!
//! With `phase = "start"` the first window is opened at virtual time 0. Real implementations charge
//! refused attempts too (`counts = "all"`), which shows only where costs vary.
//!
//! Worst case: 2 `limit` in any interval as long as the window.
//!
//! Source: Redis `INCR` + `EXPIRE` on the first hit, as in rate-limiter-flexible (half-open in
//! memory, closed on Redis) and `limits`; phase "start": tower's `RateLimit`, `ratelimit`.

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time};

use super::algorithm::{About, Algorithm, Counting, Edge, Key, Phase, Setting, windows_worst_case};
use super::fault::Faults;
use super::fixed_window::windows;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};
use super::window::{WindowState, first_after, is_open};

/// `{ first-hit-window = { limit, window } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FirstHitWindowSpec {
    /// Most units per window.
    pub limit: u64,
    /// Length of a window.
    pub window: Span,
}

impl FirstHitWindowSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "first-hit-window",
        summary: "at most `limit` per window that the first event opens",
        formula: "half-open   an event at t >= start + W opens a new window\n\
                  closed      only one at t > start + W does (a Redis key is still alive at its expiry instant)\n\
                  conforms    iff used + cost <= limit",
        memory: "2 words: units used, when the window closes",
        worst_case: "2 limit",
        source: "Redis INCR with EXPIRE; rate-limiter-flexible, limits, express-rate-limit",
        keys: Key::ALL,
        edge: Some(Edge::HalfOpen),
        phases: &[Phase::FirstEvent, Phase::Clock, Phase::Start],
        roundings: &[],
        counting: Counting::AsTheLayerSays,
    };
}

impl Algorithm for FirstHitWindowSpec {
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
        Some(windows_worst_case(self.limit, self.window, span))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(self.window)
    }

    fn build(&self, setting: &Setting) -> Keeper {
        windows(self.limit, self.window, setting, Phase::FirstEvent)
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct FirstHitWindow {
    limit: u64,
    window: Span,
    edge: Edge,
    /// Whether a key never seen has a window that is open from virtual time 0.
    opened_at_start: bool,
}

impl FirstHitWindow {
    /// The rule with the edge of `setting`; `phase` is first-event or start.
    ///
    /// # Panics
    /// For the phase of the clock, which is another rule.
    pub fn new(limit: u64, window: Span, setting: &Setting, phase: Phase) -> Self {
        assert!(phase != Phase::Clock, "clock windows are another rule");
        Self {
            limit,
            window,
            edge: setting.edge.unwrap_or(Edge::HalfOpen),
            opened_at_start: phase == Phase::Start,
        }
    }

    /// The open window, if one is open at `now`.
    fn open(&self, state: &WindowState, now: Time) -> Option<WindowState> {
        if state.used > 0 && is_open(self.edge, state.closes, now) {
            return Some(*state);
        }
        let closes = Time::ZERO + self.window;
        let first = self.opened_at_start && is_open(self.edge, closes, now);
        first.then_some(WindowState { closes, used: 0 })
    }
}

impl Rule for FirstHitWindow {
    type State = WindowState;

    fn ask(&self, state: &WindowState, attempt: &Attempt) -> Decision {
        let used = self.open(state, attempt.now).map_or(0, |open| open.used);
        Decision::admit_if(used.saturating_add(attempt.cost) <= self.limit)
    }

    fn charge(&self, state: &mut WindowState, attempt: &Attempt) {
        let open = self.open(state, attempt.now).unwrap_or(WindowState {
            closes: attempt.now + self.window,
            used: 0,
        });
        *state = WindowState {
            closes: open.closes,
            used: open.used.saturating_add(attempt.cost),
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
