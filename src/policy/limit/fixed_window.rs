//! Fixed window aligned to the clock: at most `limit` per `[kW, (k+1)W)` of UNIX time.
//!
//! ```text
//! half-open   window of t = floor(t / W)
//! closed      window of t = ceil(t / W): the instant kW still belongs to the window it ends
//! conforms    iff used + cost <= limit
//! ```
//!
//! Worst case: 2 `limit` in any interval as long as the window, across an edge.
//! `phase = "first-event"` or `"start"` makes it the window of [`super::first_hit_window`].
//!
//! Source: the classical counter per period (for example Redis `INCR` on a key named after the
//! period).

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time};

use super::algorithm::{About, Algorithm, Counting, Edge, Key, Phase, Setting, windows_worst_case};
use super::fault::Faults;
use super::first_hit_window::FirstHitWindow;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};
use super::window::{ClockWindows, WindowState};

/// `{ fixed-window = { limit, window } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FixedWindowSpec {
    /// Most units per window.
    pub limit: u64,
    /// Length of a window.
    pub window: Span,
}

impl FixedWindowSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "fixed-window",
        summary: "at most `limit` per window aligned to the clock",
        formula: "half-open   window of t = floor(t / W)\n\
                  closed      window of t = ceil(t / W): the instant kW still belongs to the window it ends\n\
                  conforms    iff used + cost <= limit",
        memory: "2 words: units used, when the window closes",
        worst_case: "2 limit",
        source: "classical counter per period of the clock",
        keys: Key::ALL,
        edge: Some(Edge::HalfOpen),
        phases: &[Phase::Clock, Phase::FirstEvent, Phase::Start],
        roundings: &[],
        counting: Counting::AsTheLayerSays,
    };
}

impl Algorithm for FixedWindowSpec {
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
        windows(self.limit, self.window, setting, Phase::Clock)
    }
}

/// The windows of `setting.phase`, `default` unless told otherwise.
pub(super) fn windows(limit: u64, window: Span, setting: &Setting, default: Phase) -> Keeper {
    match setting.phase.unwrap_or(default) {
        Phase::Clock => {
            let clock = ClockWindows::new(window, setting);
            Counters::new(FixedWindow { limit, clock }, setting.max_keys).into()
        }
        phase => {
            let rule = FirstHitWindow::new(limit, window, setting, phase);
            Counters::new(rule, setting.max_keys).into()
        }
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct FixedWindow {
    limit: u64,
    clock: ClockWindows,
}

impl FixedWindow {
    fn used(&self, state: &WindowState, now: Time) -> u64 {
        state.used_at(self.clock.edge(), now)
    }
}

impl Rule for FixedWindow {
    type State = WindowState;

    fn ask(&self, state: &WindowState, attempt: &Attempt) -> Decision {
        let used = self.used(state, attempt.now);
        Decision::admit_if(used.saturating_add(attempt.cost) <= self.limit)
    }

    fn charge(&self, state: &mut WindowState, attempt: &Attempt) {
        let used = self.used(state, attempt.now);
        if used == 0 {
            state.closes = self.clock.closes(attempt.now);
        }
        state.used = used.saturating_add(attempt.cost);
    }

    fn earliest(&self, state: &WindowState, attempt: &Attempt) -> Option<Time> {
        if self.ask(state, attempt).lets_pass() {
            return Some(attempt.now);
        }
        (attempt.cost <= self.limit).then(|| self.clock.next_opens(state.closes))
    }

    fn fresh_at(&self, state: &WindowState) -> Time {
        state.fresh_at(self.clock.edge())
    }
}
