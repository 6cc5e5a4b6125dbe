//! Averages over virtual time of levels that change in steps, as exact integers.
//!
//! Rule: with `t'` the time since the start of the window (0 before it), the integral of a level up
//! to T is
//!
//! ```text
//! integral(T) = level T' - sum over the changes of (by t')
//! ```
//!
//! in units of the level times nanoseconds: what a step adds from its instant on, without a look at
//! the change before it. What happened before the start sets the levels but adds nothing.

use crate::units::Time;

/// The integrals and the maxima of `N` levels from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeAverage<const N: usize = 1> {
    start: Time,
    last: Time,
    levels: [Level; N],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Level {
    now: u64,
    max: u64,
    /// Minus the sum of (by t'), modulo 2^128: the integral, a difference, is smaller.
    moment: u128,
}

impl<const N: usize> TimeAverage<N> {
    /// Levels of 0 since ever, measured from `start` on.
    pub const fn new(start: Time) -> Self {
        let level = Level {
            now: 0,
            max: 0,
            moment: 0,
        };
        Self {
            start,
            last: Time::ZERO,
            levels: [level; N],
        }
    }

    /// From `now` on each level is changed by its part of `by`.
    ///
    /// # Panics
    /// If `now` is before the previous change, or if a level falls below 0.
    #[inline(always)]
    pub fn change(&mut self, now: Time, by: [i64; N]) {
        assert!(self.last <= now, "a level changed in the past");
        let since = now.saturating_since(self.start).ns();
        // A level counts for the maximum once it has held for a while.
        if now > self.last && since > 0 {
            for level in &mut self.levels {
                level.max = level.max.max(level.now);
            }
        }
        self.last = now;
        for (level, by) in self.levels.iter_mut().zip(by) {
            level.change(since, by);
        }
    }

    /// The same levels, measured anew from `start` on.
    ///
    /// # Panics
    /// If `start` is before the last change.
    #[must_use]
    pub fn from(&self, start: Time) -> Self {
        assert!(self.last <= start, "a level changed after the new start");
        let anew = |level: Level| Level {
            moment: 0,
            max: 0,
            ..level
        };
        Self {
            start,
            last: self.last,
            levels: self.levels.map(anew),
        }
    }

    /// The sums of these levels and those of `other`, of which one never changed.
    ///
    /// # Panics
    /// If both changed, for then nobody knows how long their sum was at its highest.
    pub fn merge(&mut self, other: &Self) {
        let untouched = Self::new(self.start);
        if *self == untouched {
            *self = *other;
        } else {
            assert!(
                *other == Self::new(other.start),
                "two parts of a run changed one level"
            );
        }
    }

    /// The integrals from the start to `now`, in level times nanoseconds.
    ///
    /// # Panics
    /// If `now` is before the last change.
    pub fn integrals_until(&self, now: Time) -> [u128; N] {
        assert!(self.last <= now, "a level changed in the past");
        let since = now.saturating_since(self.start).ns();
        self.levels.map(|level| level.integral(since))
    }

    /// The highest levels that held for longer than an instant after the start, up to `now`.
    ///
    /// # Panics
    /// If `now` is before the last change.
    pub fn max_until(&self, now: Time) -> [u64; N] {
        assert!(self.last <= now, "a level changed in the past");
        let holds = now > self.start && now > self.last;
        self.levels
            .map(|level| level.max.max(if holds { level.now } else { 0 }))
    }
}

impl Level {
    /// `since` is the time since the start of the window.
    #[inline(always)]
    fn change(&mut self, since: u64, by: i64) {
        if by == 0 {
            return;
        }
        self.now = self
            .now
            .checked_add_signed(by)
            .expect("a level never falls below 0");
        self.moment = moved(self.moment, since, by);
    }

    fn integral(self, since: u64) -> u128 {
        self.moment
            .wrapping_add(u128::from(self.now) * u128::from(since))
    }
}

/// A moment after a level was changed by `by` at `time`.
#[inline(always)]
pub fn moved(moment: u128, time: u64, by: i64) -> u128 {
    let change = u128::from(by.unsigned_abs()) * u128::from(time);
    if by < 0 {
        moment.wrapping_add(change)
    } else {
        moment.wrapping_sub(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ns: u64) -> Time {
        Time::from_ns(ns)
    }

    #[test]
    fn levels_that_are_measured_anew_go_on_where_they_were() {
        let mut level = TimeAverage::new(at(0));
        level.change(at(10), [3]);
        let mut anew = level.from(at(20));
        anew.change(at(24), [-2]);
        // 4 * 3 + 6 * 1 = 18, and the highest level is the one that held at the new start.
        assert_eq!(anew.integrals_until(at(30)), [18]);
        assert_eq!(anew.max_until(at(30)), [3]);
        assert_eq!(level.integrals_until(at(20)), [30]);
    }

    #[test]
    fn the_integral_is_the_area_under_the_steps() {
        let mut level = TimeAverage::new(at(0));
        level.change(at(10), [3]);
        level.change(at(14), [-2]);
        level.change(at(14), [1]);
        // 10 * 0 + 4 * 3 + 0 * 1 + 6 * 2 = 24.
        assert_eq!(level.integrals_until(at(20)), [24]);
        assert_eq!(level.max_until(at(20)), [3]);
    }

    #[test]
    fn levels_that_change_together_are_measured_each_on_its_own() {
        let mut levels = TimeAverage::new(at(0));
        levels.change(at(10), [2, 0]);
        levels.change(at(13), [-1, 1]);
        levels.change(at(15), [0, 4]);
        // First 3 * 2 + 7 * 1 = 13, second 2 * 1 + 5 * 5 = 27.
        assert_eq!(levels.integrals_until(at(20)), [13, 27]);
        assert_eq!(levels.max_until(at(20)), [2, 5]);
    }

    #[test]
    fn what_lies_before_the_start_sets_the_level_but_adds_nothing() {
        let mut level = TimeAverage::new(at(100));
        level.change(at(10), [9]);
        level.change(at(50), [-5]);
        assert_eq!(level.integrals_until(at(90)), [0]);
        assert_eq!(level.max_until(at(100)), [0]);
        assert_eq!(level.integrals_until(at(101)), [4]);
        assert_eq!(level.max_until(at(101)), [4]);
        level.change(at(110), [-4]);
        assert_eq!(level.integrals_until(at(500)), [40]);
    }

    #[test]
    fn a_level_that_ends_at_the_start_does_not_count_as_a_maximum() {
        let mut level = TimeAverage::new(at(100));
        level.change(at(10), [9]);
        level.change(at(100), [-8]);
        assert_eq!(level.max_until(at(200)), [1]);
    }

    #[test]
    fn a_level_of_an_instant_is_no_maximum() {
        let mut level = TimeAverage::new(at(0));
        level.change(at(10), [1]);
        level.change(at(20), [5]);
        level.change(at(20), [-4]);
        level.change(at(30), [7]);
        // 2 held from 20 to 30, 9 holds since 30.
        assert_eq!(level.max_until(at(30)), [2]);
        assert_eq!(level.max_until(at(31)), [9]);
    }

    #[test]
    fn the_largest_levels_and_spans_do_not_overflow() {
        let mut level = TimeAverage::new(at(0));
        level.change(at(0), [i64::MAX]);
        level.change(at(0), [i64::MAX]);
        level.change(at(0), [1]);
        let end = Time::NEVER;
        assert_eq!(
            level.integrals_until(end),
            [u128::from(u64::MAX) * u128::from(u64::MAX)]
        );
    }

    #[test]
    #[should_panic(expected = "in the past")]
    fn a_change_in_the_past_is_a_broken_invariant() {
        let mut level = TimeAverage::new(at(0));
        level.change(at(10), [1]);
        level.change(at(9), [1]);
    }

    #[test]
    #[should_panic(expected = "below 0")]
    fn a_level_below_0_is_a_broken_invariant() {
        TimeAverage::new(at(0)).change(at(10), [-1]);
    }
}
