//! Cooldown: after each admitted message a key is silent for `pause`.
//!
//! ```text
//! conforms iff now >= last + pause;  then last = now
//! ```
//!
//! Worst case: `1 + floor(W / pause)` in any interval of length W. It is the GCRA of burst 1 and
//! rate 1 / pause.
//!
//! Source: the "slow mode" of chat rooms.

use pdsim::policy::limit::rule::{Attempt, Decision, Rule};
use pdsim::units::{Span, Time};

/// The rule; what the scenario says is its fields.
#[derive(Debug, Clone)]
pub struct Cooldown {
    /// How long a key is silent.
    pub pause: Span,
}

impl Rule for Cooldown {
    /// When the key may send again; time 0 for a key never seen.
    type State = Time;

    fn ask(&self, free: &Time, attempt: &Attempt) -> Decision {
        Decision::admit_if(attempt.now >= *free)
    }

    fn charge(&self, free: &mut Time, attempt: &Attempt) {
        *free = attempt.now + self.pause;
    }

    fn earliest(&self, free: &Time, attempt: &Attempt) -> Option<Time> {
        Some((*free).max(attempt.now))
    }

    fn fresh_at(&self, free: &Time) -> Time {
        *free
    }
}
