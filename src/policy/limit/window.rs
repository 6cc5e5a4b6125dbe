//! The bookkeeping of windows that several algorithms share: when a window is open, when it closes
//! on the UNIX clock, and what was counted in it.
//!
//! ```text
//! half-open   a window that closes at c is open while t <  c; the next may open at c
//! closed      a window that closes at c is open while t <= c; the next may open 1 ns later
//! ```
//!
//! Instants are nanoseconds of virtual time.

use crate::units::{Span, Time};

use super::algorithm::{Edge, Setting};

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

impl WindowState {
    /// What still counts at `now`: nothing once the window has closed.
    pub(super) fn used_at(&self, edge: Edge, now: Time) -> u64 {
        if is_open(edge, self.closes, now) {
            self.used
        } else {
            0
        }
    }

    /// From when on nothing counts any more; time 0 where nothing does.
    pub(super) fn fresh_at(&self, edge: Edge) -> Time {
        if self.used == 0 {
            Time::ZERO
        } else {
            first_after(edge, self.closes)
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

    /// Whether the instant at which a window closes still belongs to it.
    pub fn edge(&self) -> Edge {
        self.edge
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
