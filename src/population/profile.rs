//! How the rate of sending varies over the day, as a change of the clock.
//!
//! A Poisson process whose rate follows a profile of mean 1 is a homogeneous one on operational
//! time, the integral of the profile. The integral is inverted once into a table of one cell per
//! minute of operational time and interpolated linearly in integers: the process is then exactly
//! Poisson, with a rate that is constant within each cell.
//!
//! The diurnal shape is 1 + 0.29 cos(2 pi (h - 17) / 24) in UTC: a guess, shaped after public
//! data whose peak is 1.23 times the mean at 17 h and whose trough is 0.65 times it at 6 h.

use crate::units::{Time, cast};

const DAY_NS: u64 = 86_400_000_000_000;
const CELLS: u64 = 1_440;
const CELL_NS: u64 = DAY_NS / CELLS;
const AMPLITUDE: f64 = 0.29;
const PEAK_HOUR: f64 = 17.0;

/// Operational time of the diurnal profile against clock time.
#[derive(Debug, Clone)]
pub(super) struct DiurnalClock {
    /// Clock time of day, in nanoseconds, at which the day's share of cell `i` begins.
    clock: Vec<u64>,
    /// Clock time of day of virtual time 0.
    offset: u64,
    /// Operational time of day of virtual time 0.
    operational_offset: u64,
}

impl DiurnalClock {
    /// The clock of a run whose virtual time 0 is `epoch_s` UNIX seconds.
    pub(super) fn new(epoch_s: u64) -> Self {
        let offset = epoch_s % 86_400 * 1_000_000_000;
        let clock: Vec<u64> = (0..=CELLS).map(|cell| invert(cell * CELL_NS)).collect();
        let mut profile = Self {
            clock,
            offset,
            operational_offset: 0,
        };
        profile.operational_offset = profile.operational_of_day(offset);
        profile
    }

    /// Operational nanoseconds that pass from virtual time 0 to `time`.
    pub(super) fn operational(&self, time: Time) -> u64 {
        let clock = self.offset + time.ns();
        clock / DAY_NS * DAY_NS + self.operational_of_day(clock % DAY_NS) - self.operational_offset
    }

    /// The virtual time at which `operational` nanoseconds have passed.
    pub(super) fn time(&self, operational: u64) -> Time {
        let total = operational.saturating_add(self.operational_offset);
        let (day, within) = (total / DAY_NS, total % DAY_NS);
        let (cell, rest) = (cast::index(within / CELL_NS), within % CELL_NS);
        let length = self.clock[cell + 1] - self.clock[cell];
        let clock = self.clock[cell] + interpolate(length, rest, CELL_NS);
        // Rounding down twice may fall a nanosecond before virtual time 0.
        Time::from_ns(
            (day * DAY_NS)
                .saturating_add(clock)
                .saturating_sub(self.offset),
        )
    }

    fn operational_of_day(&self, clock: u64) -> u64 {
        let cell = self
            .clock
            .partition_point(|start| *start <= clock)
            .min(self.clock.len() - 1)
            - 1;
        let length = self.clock[cell + 1] - self.clock[cell];
        cell as u64 * CELL_NS + interpolate(CELL_NS, clock - self.clock[cell], length)
    }
}

/// `whole * part / parts`, rounded down.
fn interpolate(whole: u64, part: u64, parts: u64) -> u64 {
    cast::low_u64(u128::from(whole) * u128::from(part) / u128::from(parts))
}

/// The clock time of day at which the integral of the profile reaches `operational`, by bisection.
fn invert(operational: u64) -> u64 {
    if operational == DAY_NS {
        return DAY_NS;
    }
    let target = cast::count_to_f64(operational);
    let (mut low, mut high) = (0, DAY_NS);
    while high - low > 1 {
        let middle = low.midpoint(high);
        if integral(cast::count_to_f64(middle)) <= target {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Integral of the profile from midnight to `clock` nanoseconds.
fn integral(clock: f64) -> f64 {
    let turn = 2.0 * std::f64::consts::PI / cast::count_to_f64(DAY_NS);
    let peak = PEAK_HOUR * 3.6e12;
    clock + AMPLITUDE / turn * (libm::sin(turn * (clock - peak)) + libm::sin(turn * peak))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = DAY_NS / 24;

    #[test]
    fn operational_time_runs_as_fast_as_the_profile_says() {
        let clock = DiurnalClock::new(0);
        // Rate at hour h over one minute, against 1 + 0.29 cos(2 pi (h - 17) / 24).
        for (hour, rate) in [(17, 1.29), (5, 0.71), (11, 1.0), (23, 1.0)] {
            let start = Time::from_ns(hour * HOUR);
            let end = Time::from_ns(hour * HOUR + HOUR / 60);
            let passed = clock.operational(end) - clock.operational(start);
            let measured = cast::count_to_f64(passed) / cast::count_to_f64(HOUR / 60);
            assert!((measured - rate).abs() < 2e-3, "hour {hour}: {measured}");
        }
    }

    #[test]
    fn the_mean_of_a_day_is_one_from_any_epoch() {
        for epoch in [0, 1_700_000_000, 86_399] {
            let clock = DiurnalClock::new(epoch);
            assert_eq!(clock.operational(Time::from_ns(3 * DAY_NS)), 3 * DAY_NS);
        }
    }

    #[test]
    fn the_clock_inverts_to_a_few_nanoseconds() {
        let clock = DiurnalClock::new(1_761_955_200 + 12_345);
        for step in 0..2_000 {
            let time = Time::from_ns(step * 97_000_000_007);
            let back = clock.time(clock.operational(time));
            assert!(back.ns().abs_diff(time.ns()) <= 3, "{time:?} {back:?}");
        }
    }
}
