//! The exact meter behind token bucket, GCRA and leaky queue: one number per key.
//!
//! A rate is `E` units per `P` nanoseconds in lowest terms. Time is counted in steps of `1/E` ns, so
//! that one unit takes exactly `P` steps and nothing is ever rounded. The state is the theoretical
//! arrival time (TAT), called `due` here: the instant at which the key is as good as new, in steps.
//!
//! ```text
//! conforms   iff  cost <= burst  and  due + cost P <= now E + burst P
//! charge          due = min(max(due, now E) + cost P, now E + burst P)
//! ```
//!
//! The minimum changes nothing for an attempt that conformed; an attempt that is charged although it
//! was refused takes what is left and leaves no debt. As a token bucket: the tokens at `now` are
//! `burst - max(0, due - now E) / P`.
//!
//! Source: ITU-T I.371 (virtual scheduling algorithm); its equality with the leaky bucket is
//! stated there.

use crate::units::{Rate, Time};

use super::rule::{Attempt, Decision, Rule};

/// An unsigned integer wide enough for the steps of one meter.
pub trait Word: Copy + Ord + Default + std::fmt::Debug {
    /// `time` in steps of `1/steps` nanosecond.
    fn steps(time: Time, steps: u64) -> Self;
    /// `self * count`, saturating.
    #[must_use]
    fn times(self, count: u64) -> Self;
    /// `self + other`, saturating.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// `self - other`, 0 where `other` is larger.
    #[must_use]
    fn minus(self, other: Self) -> Self;
    /// The first nanosecond not before this step, [`Time::NEVER`] beyond all of them.
    fn ceil_time(self, steps: u64) -> Time;
}

impl Word for u64 {
    fn steps(time: Time, steps: u64) -> Self {
        time.ns().saturating_mul(steps)
    }

    fn times(self, count: u64) -> Self {
        self.saturating_mul(count)
    }

    fn plus(self, other: Self) -> Self {
        self.saturating_add(other)
    }

    fn minus(self, other: Self) -> Self {
        self.saturating_sub(other)
    }

    fn ceil_time(self, steps: u64) -> Time {
        Time::from_ns(self.div_ceil(steps))
    }
}

impl Word for u128 {
    fn steps(time: Time, steps: u64) -> Self {
        Self::from(time.ns()) * Self::from(steps)
    }

    fn times(self, count: u64) -> Self {
        self.saturating_mul(Self::from(count))
    }

    fn plus(self, other: Self) -> Self {
        self.saturating_add(other)
    }

    fn minus(self, other: Self) -> Self {
        self.saturating_sub(other)
    }

    fn ceil_time(self, steps: u64) -> Time {
        let ns = self.div_ceil(Self::from(steps));
        u64::try_from(ns).map_or(Time::NEVER, Time::from_ns)
    }
}

/// What a meter is made of, before the width of its word is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Steps per nanosecond, the `E` of the rate.
    pub steps: u64,
    /// Steps per unit, the `P` of the rate.
    pub per_unit: u64,
    /// Most units at one instant.
    pub burst: u64,
    /// Resolution of the meter's clock in nanoseconds: instants are rounded down to it.
    pub grain: u64,
}

impl Pace {
    /// The exact pace of `rate`.
    pub fn exact(rate: Rate, burst: u64) -> Self {
        Self {
            steps: rate.events(),
            per_unit: rate.per_ns(),
            burst,
            grain: 1,
        }
    }

    /// Whether one 64-bit word is enough: whole nanoseconds, and a full burst within 146 years.
    pub fn fits_one_word(&self) -> bool {
        let reach = u128::from(self.burst) * u128::from(self.per_unit);
        self.steps == 1 && reach <= 1 << 62
    }

    /// `burst + floor(rate x span)`: the most units in any interval of that length, ends included.
    pub fn worst_case(&self, span_ns: u64) -> u64 {
        let steps = u128::from(span_ns) * u128::from(self.steps);
        let refilled = steps / u128::from(self.per_unit);
        u64::try_from(refilled).map_or(u64::MAX, |units| self.burst.saturating_add(units))
    }
}

/// A meter whose state is a word of width `W`.
#[derive(Debug, Clone)]
pub struct Meter<W> {
    steps: u64,
    burst: u64,
    grain: u64,
    per_unit: W,
    reach: W,
}

impl Meter<u64> {
    /// A meter of one word.
    ///
    /// # Panics
    /// If the pace needs more: see [`Pace::fits_one_word`].
    pub fn narrow(pace: Pace) -> Self {
        assert!(pace.fits_one_word(), "the pace needs a wide meter");
        Self::of(pace, pace.per_unit)
    }
}

impl Meter<u128> {
    /// A meter for any pace.
    pub fn wide(pace: Pace) -> Self {
        Self::of(pace, u128::from(pace.per_unit))
    }
}

impl<W: Word> Meter<W> {
    fn of(pace: Pace, per_unit: W) -> Self {
        Self {
            steps: pace.steps,
            burst: pace.burst,
            grain: pace.grain,
            per_unit,
            reach: per_unit.times(pace.burst),
        }
    }

    /// `now` in steps, on the meter's clock.
    pub(super) fn clock(&self, now: Time) -> W {
        if self.grain == 1 {
            return W::steps(now, self.steps);
        }
        let whole = now.ns() - now.ns() % self.grain;
        W::steps(Time::from_ns(whole), self.steps)
    }

    /// The first nanosecond at or after a step.
    pub(super) fn instant(&self, step: W) -> Time {
        step.ceil_time(self.steps)
    }

    /// Steps that `cost` units take.
    fn weight(&self, cost: u64) -> W {
        self.per_unit.times(cost)
    }
}

impl<W: Word> Rule for Meter<W> {
    type State = W;

    fn ask(&self, due: &W, attempt: &Attempt) -> Decision {
        let weighed = due.plus(self.weight(attempt.cost));
        let allowed = self.clock(attempt.now).plus(self.reach);
        Decision::admit_if(attempt.cost <= self.burst && weighed <= allowed)
    }

    fn charge(&self, due: &mut W, attempt: &Attempt) {
        let now = self.clock(attempt.now);
        let charged = (*due).max(now).plus(self.weight(attempt.cost));
        *due = charged.min(now.plus(self.reach));
    }

    fn earliest(&self, due: &W, attempt: &Attempt) -> Option<Time> {
        let from = due.plus(self.weight(attempt.cost)).minus(self.reach);
        (attempt.cost <= self.burst).then(|| self.instant(from).max(attempt.now))
    }

    fn fresh_at(&self, due: &W) -> Time {
        self.instant(*due)
    }
}
