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
        faults.count("limit", self.limit);
        faults.span("window", self.window);
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

/// Windows of one length on the UNIX clock.
#[derive(Debug, Clone, Copy)]
pub struct ClockWindows {
    window_ns: u64,
    offset_ns: u64,
    edge: Edge,
}

impl ClockWindows {
    /// Windows of length `window`, with the edge and epoch of `setting`.
    pub fn new(window: Span, setting: &Setting) -> Self {
        Self {
            window_ns: window.ns(),
            offset_ns: setting.clock_offset_ns(window),
            edge: setting.edge.unwrap_or(Edge::HalfOpen),
        }
    }

    /// The instant at which the window of `now` closes. Under the closed edge that instant itself
    /// is the window's last, under the half-open edge the next window's first.
    pub fn closes(&self, now: Time) -> Time {
        let into = (now.ns() % self.window_ns + self.offset_ns) % self.window_ns;
        let left = match (into, self.edge) {
            (0, Edge::Closed) => 0,
            _ => self.window_ns - into,
        };
        now + Span::from_ns(left)
    }

    /// Whether a window that closes at `closes` is still open at `now`.
    pub fn is_open(&self, closes: Time, now: Time) -> bool {
        is_open(self.edge, closes, now)
    }

    /// The first instant of the window after the one that closes at `closes`.
    pub fn next_opens(&self, closes: Time) -> Time {
        first_after(self.edge, closes)
    }

    /// The length of a window.
    pub fn window_ns(&self) -> u64 {
        self.window_ns
    }
}

/// Whether a window that closes at `closes` is still open at `now`.
pub(super) fn is_open(edge: Edge, closes: Time, now: Time) -> bool {
    match edge {
        Edge::HalfOpen => now < closes,
        Edge::Closed => now <= closes,
    }
}

/// The first instant at which a window that closes at `closes` is no longer open.
pub(super) fn first_after(edge: Edge, closes: Time) -> Time {
    match edge {
        Edge::HalfOpen => closes,
        Edge::Closed => closes + Span::from_ns(1),
    }
}

/// What was counted in the window that closes at `closes`; nothing was counted where `used` is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WindowState {
    /// When the window closes.
    pub closes: Time,
    /// Units counted in it.
    pub used: u64,
}

/// The rule.
#[derive(Debug, Clone)]
pub struct FixedWindow {
    limit: u64,
    clock: ClockWindows,
}

impl FixedWindow {
    fn used(&self, state: &WindowState, now: Time) -> u64 {
        if self.clock.is_open(state.closes, now) {
            state.used
        } else {
            0
        }
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
        if state.used == 0 {
            return Time::ZERO;
        }
        self.clock.next_opens(state.closes)
    }
}
