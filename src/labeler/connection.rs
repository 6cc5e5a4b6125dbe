//! A PDS's connection to a labeler's stream: it breaks, is tried again with growing pauses, and on
//! reconnection the PDS gets what it missed.
//!
//! Breaks come at a constant rate while connected. For a span `down` the labeler cannot be
//! reached; attempts come 1, 2, 4, ... 64, 64, ... s after each other, that is 1, 3, 7, 15, 31, 63,
//! 127, 191, ... s after the break, and the first one after `down` succeeds. What was issued in
//! between is known at that instant (backfill by sequence number).
//!
//! Source of the pauses: the reconnection rule of the reference implementation's subscriptions
//! (2^n s, at most 64 s; its jitter is left out).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rng::{CounterKey, Distribution, Exponential, Law};
use crate::units::{Rate, Span, Time, cast};

/// How often a stream breaks, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BreaksSpec {
    /// How often a connected PDS loses its connection.
    pub rate: Rate,
    /// How long the labeler then cannot be reached.
    pub down: Distribution,
}

/// The laws of breaks.
#[derive(Debug, Clone)]
pub struct Breaks {
    gap: Law,
    down: Law,
}

impl Breaks {
    pub(super) fn new(spec: &BreaksSpec) -> Self {
        let mean = Span::from_ns(cast::f64_to_ns(spec.rate.gap_ns()).max(1));
        Self {
            gap: Law::new(&Distribution::Exponential(Exponential {
                mean,
                shift: Span::ZERO,
            })),
            down: Law::new(&spec.down),
        }
    }
}

/// The connection of one PDS; it is asked about instants that never go back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Connection {
    /// The current or next break.
    broken: Time,
    /// Its end.
    back: Time,
    /// Breaks so far.
    count: u64,
}

impl Connection {
    /// When the PDS receives what is issued at `now`; `identity` names the connection's draws.
    pub fn received(&mut self, now: Time, breaks: &Breaks, key: CounterKey, identity: u64) -> Time {
        while self.back <= now {
            let draw = |which| key.draw(identity, 2 * self.count + which);
            self.broken = self.back + breaks.gap.draw(draw(0));
            self.back = self.broken + reconnected_after(breaks.down.draw(draw(1)));
            self.count += 1;
        }
        if now < self.broken { now } else { self.back }
    }
}

/// From the break to the first attempt that is not within `down`.
fn reconnected_after(down: Span) -> Span {
    let mut after = Span::ZERO;
    let mut pause = FIRST_PAUSE_S;
    while after < down || after.is_zero() {
        if pause == LONGEST_PAUSE_S {
            let missing = Span::from_ns(down.ns().saturating_sub(after.ns()));
            let attempts = missing.ns().div_ceil(Span::from_s(LONGEST_PAUSE_S).ns());
            return after + Span::from_ns(attempts.max(1) * Span::from_s(LONGEST_PAUSE_S).ns());
        }
        after = after + Span::from_s(pause);
        pause *= 2;
    }
    after
}

const FIRST_PAUSE_S: u64 = 1;
const LONGEST_PAUSE_S: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Seed};

    #[test]
    fn attempts_come_after_doubling_pauses_up_to_64_s() {
        let after = |ms| reconnected_after(Span::from_ms(ms)).ns() / 1_000_000_000;
        assert_eq!(
            [
                0, 1_000, 1_001, 3_000, 10_000, 63_000, 63_001, 127_000, 127_001, 191_001
            ]
            .map(after),
            [1, 1, 3, 3, 15, 63, 127, 127, 191, 255]
        );
    }

    #[test]
    fn what_is_issued_while_broken_comes_with_the_reconnection() {
        let breaks = Breaks {
            gap: Law::constant(Span::from_s(100)),
            down: Law::constant(Span::from_s(10)),
        };
        let key = Seed {
            seed: 0,
            replication: 0,
        }
        .counter_for(Purpose::Test);
        let mut connection = Connection::default();
        // Broken from 100 s to 115 s, then from 215 s to 230 s.
        let mut received = |s| {
            let now = Time::ZERO + Span::from_s(s);
            connection.received(now, &breaks, key, 0).ns() / 1_000_000_000
        };
        assert_eq!(
            [0, 99, 100, 114, 115, 214, 215, 229, 230].map(&mut received),
            [0, 99, 115, 115, 115, 214, 230, 230, 230]
        );
    }
}
