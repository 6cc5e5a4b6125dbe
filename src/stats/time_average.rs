//! The average over virtual time of a level that changes in steps, as exact integers.
//!
//! Rule: the integral of the level from the start of the window is a sum of level times span, in
//! units of the level times nanoseconds. What happened before the start sets the level but adds
//! nothing.

use crate::units::{Time, cast};

/// The integral and the maximum of a level from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeAverage {
    start: Time,
    last: Time,
    level: u64,
    integral: u128,
    max: u64,
}

impl TimeAverage {
    /// A level of 0 since ever, measured from `start` on.
    pub const fn new(start: Time) -> Self {
        Self {
            start,
            last: Time::ZERO,
            level: 0,
            integral: 0,
            max: 0,
        }
    }

    /// The level is `level` from `now` on.
    ///
    /// # Panics
    /// If `now` is before the previous change.
    pub fn set(&mut self, now: Time, level: u64) {
        self.advance(now);
        self.level = level;
        if now >= self.start {
            self.max = self.max.max(level);
        }
    }

    /// The level since the last change.
    pub const fn level(&self) -> u64 {
        self.level
    }

    /// The integral from the start to `now`, in level times nanoseconds.
    ///
    /// # Panics
    /// If `now` is before the last change.
    pub fn integral_until(&self, now: Time) -> u128 {
        let mut ahead = *self;
        ahead.advance(now);
        ahead.integral
    }

    /// The average level from the start to `now`; `None` where that span is empty.
    ///
    /// # Panics
    /// If `now` is before the last change.
    pub fn mean_until(&self, now: Time) -> Option<f64> {
        let span = now.saturating_since(self.start);
        (!span.is_zero())
            .then(|| cast::wide_to_f64(self.integral_until(now)) / cast::count_to_f64(span.ns()))
    }

    /// The highest level that held at or after the start, up to `now`.
    ///
    /// # Panics
    /// If `now` is before the last change.
    pub fn max_until(&self, now: Time) -> u64 {
        let mut ahead = *self;
        ahead.advance(now);
        ahead.max
    }

    fn advance(&mut self, now: Time) {
        let inside = now.saturating_since(self.start.max(self.last)).ns();
        assert!(self.last <= now, "a level changed in the past");
        self.last = now;
        if inside > 0 {
            self.integral += u128::from(self.level) * u128::from(inside);
            self.max = self.max.max(self.level);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ns: u64) -> Time {
        Time::from_ns(ns)
    }

    #[test]
    fn the_integral_is_the_area_under_the_steps() {
        let mut level = TimeAverage::new(at(0));
        level.set(at(10), 3);
        level.set(at(14), 1);
        level.set(at(14), 2);
        // 10 * 0 + 4 * 3 + 0 * 1 + 6 * 2 = 24.
        assert_eq!(level.integral_until(at(20)), 24);
        assert_eq!(level.mean_until(at(20)), Some(1.2));
        assert_eq!(level.max_until(at(20)), 3);
        assert_eq!(level.level(), 2);
    }

    #[test]
    fn what_lies_before_the_start_sets_the_level_but_adds_nothing() {
        let mut level = TimeAverage::new(at(100));
        level.set(at(10), 9);
        level.set(at(50), 4);
        assert_eq!(level.integral_until(at(90)), 0);
        assert_eq!(level.mean_until(at(100)), None);
        assert_eq!(level.max_until(at(100)), 0);
        assert_eq!(level.integral_until(at(101)), 4);
        assert_eq!(level.max_until(at(101)), 4);
        level.set(at(110), 0);
        assert_eq!(level.integral_until(at(500)), 40);
    }

    #[test]
    fn a_level_that_ends_at_the_start_does_not_count_as_a_maximum() {
        let mut level = TimeAverage::new(at(100));
        level.set(at(10), 9);
        level.set(at(100), 1);
        assert_eq!(level.max_until(at(200)), 1);
    }

    #[test]
    fn the_largest_levels_and_spans_do_not_overflow() {
        let mut level = TimeAverage::new(at(0));
        level.set(at(0), u64::MAX);
        let end = Time::NEVER;
        assert_eq!(
            level.integral_until(end),
            u128::from(u64::MAX) * u128::from(u64::MAX)
        );
    }

    #[test]
    #[should_panic(expected = "in the past")]
    fn a_change_in_the_past_is_a_broken_invariant() {
        let mut level = TimeAverage::new(at(0));
        level.set(at(10), 1);
        level.set(at(9), 2);
    }
}
