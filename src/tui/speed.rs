//! How fast virtual time goes by.

use super::Direction;
use crate::units::{Span, Time};

/// Virtual time per time on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed(usize);

/// Times, in hundredths; the last place behind them is as fast as can be.
const HUNDREDTHS: [(u64, &str); 7] = [
    (1, "x0.01"),
    (10, "x0.1"),
    (100, "x1"),
    (1_000, "x10"),
    (10_000, "x100"),
    (100_000, "x1000"),
    (1_000_000, "x10000"),
];

/// As fast as the wall.
const REAL: usize = 2;

impl Default for Speed {
    fn default() -> Self {
        Self(REAL)
    }
}

impl Speed {
    /// The next faster or slower one.
    #[must_use]
    pub fn next(self, direction: Direction) -> Self {
        match direction {
            Direction::Less => Self(self.0.saturating_sub(1)),
            Direction::More => Self((self.0 + 1).min(HUNDREDTHS.len())),
        }
    }

    /// What is shown.
    pub fn name(self) -> &'static str {
        HUNDREDTHS.get(self.0).map_or("max", |(_, name)| name)
    }

    /// The virtual time that goes by in a span on the wall; none where that is as much as can be.
    pub fn of(self, wall: Span) -> Option<Span> {
        let (hundredths, _) = HUNDREDTHS.get(self.0)?;
        Some(Span::from_ns(wall.ns().saturating_mul(*hundredths) / 100))
    }
}

/// The clock of a session shows whole milliseconds.
const GRAIN_NS: u64 = 1_000_000;

/// The last whole millisecond up to an instant.
pub(super) fn floor(time: Time) -> Time {
    Time::from_ns(time.ns() - time.ns() % GRAIN_NS)
}

/// The first whole millisecond after an instant.
pub(super) fn after(time: Time) -> Time {
    floor(time) + Span::from_ns(GRAIN_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_go_from_a_hundredth_to_as_fast_as_can_be_and_stop_there() {
        let wall = Span::from_ms(40);
        let mut speed = Speed::default();
        assert_eq!((speed.name(), speed.of(wall)), ("x1", Some(wall)));
        for _ in 0..9 {
            speed = speed.next(Direction::Less);
        }
        assert_eq!(
            (speed.name(), speed.of(wall)),
            ("x0.01", Some(Span::from_ns(400_000)))
        );
        for _ in 0..20 {
            speed = speed.next(Direction::More);
        }
        assert_eq!((speed.name(), speed.of(wall)), ("max", None));
        let before = speed.next(Direction::Less);
        assert_eq!(before.of(wall), Some(Span::from_s(400)));
    }

    #[test]
    fn the_clock_shows_whole_milliseconds() {
        let at = Time::from_ns;
        assert_eq!(floor(at(2_999_999)), at(2_000_000));
        assert_eq!(after(at(2_999_999)), at(3_000_000));
        // What happens at a whole millisecond has happened one later.
        assert_eq!(after(at(2_000_000)), at(3_000_000));
    }
}
