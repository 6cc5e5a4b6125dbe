//! Axes: from a value to a place on the paper, and where the ticks stand.
//!
//! ```text
//! linear:  place = from + (value - lo) / (hi - lo) * (to - from)
//! log:     the same of the decimal logarithms
//! ```
//!
//! Ticks of a linear axis are multiples of 1, 2 or 5 times a power of ten (Heckbert 1990, "Nice
//! numbers for graph labels"); those of a logarithmic axis are powers of ten.

use crate::report::human;

/// An axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    lo: f64,
    hi: f64,
    from: f64,
    to: f64,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Linear,
    Log,
}

/// The unit that suits the values of an axis: they are divided by its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// One of it, in the unit of the metric.
    pub size: f64,
    /// Its name; empty for plain numbers.
    pub name: &'static str,
}

impl Unit {
    /// The unit in which values of a metric of unit `unit` up to `largest` read well.
    pub fn of(unit: &str, largest: f64) -> Self {
        const SPANS: [(f64, f64, &str); 7] = [
            (172_800.0, 86_400.0, "days"),
            (7_200.0, 3_600.0, "hours"),
            (120.0, 60.0, "minutes"),
            (1.0, 1.0, "seconds"),
            (1e-3, 1e-3, "milliseconds"),
            (1e-6, 1e-6, "microseconds"),
            (0.0, 1e-9, "nanoseconds"),
        ];
        let (size, name) = match unit {
            "ratio" => (0.01, "percent"),
            "1/s" => (1.0, "per second"),
            "s" => {
                let fits = SPANS.iter().find(|(from, ..)| largest.abs() >= *from);
                let (_, size, name) = fits.unwrap_or(&SPANS[3]);
                (*size, *name)
            }
            _ => (1.0, ""),
        };
        Self { size, name }
    }

    /// What stands beside an axis that shows `what`.
    pub fn title(&self, what: &str) -> String {
        match self.name {
            "" => what.to_owned(),
            name => format!("{what} ({name})"),
        }
    }
}

impl Axis {
    /// A linear axis over the values from `lo` to `hi`, widened to whole ticks.
    pub fn linear((lo, hi): (f64, f64), from: f64, to: f64) -> Self {
        let (lo, hi) = widened(lo, hi);
        let step = step(hi - lo);
        Self {
            lo: libm::floor(lo / step + 1e-9) * step,
            hi: libm::ceil(hi / step - 1e-9) * step,
            from,
            to,
            form: Form::Linear,
        }
    }

    /// A linear axis over exactly the values from `lo` to `hi`.
    pub fn exact((lo, hi): (f64, f64), from: f64, to: f64) -> Self {
        let hi = if hi > lo { hi } else { lo + 1.0 };
        Self {
            lo,
            hi,
            from,
            to,
            form: Form::Linear,
        }
    }

    /// A logarithmic axis over positive values, widened to powers of ten.
    pub fn log((lo, hi): (f64, f64), from: f64, to: f64) -> Self {
        let lo = libm::floor(libm::log10(lo) + 1e-9);
        let hi = libm::ceil(libm::log10(hi) - 1e-9).max(lo + 1.0);
        Self {
            lo,
            hi,
            from,
            to,
            form: Form::Log,
        }
    }

    /// The place of a value; what lies beyond the ends is at them.
    pub fn at(&self, value: f64) -> f64 {
        let value = match self.form {
            Form::Linear => value,
            Form::Log => libm::log10(value.max(1e-300)),
        };
        let share = ((value - self.lo) / (self.hi - self.lo)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    /// Whether a value lies between the ends.
    pub fn holds(&self, value: f64) -> bool {
        match self.form {
            Form::Linear => (self.lo..=self.hi).contains(&value),
            Form::Log => value > 0.0 && (self.lo..=self.hi).contains(&libm::log10(value)),
        }
    }

    /// The values of the ticks.
    pub fn ticks(&self) -> Vec<f64> {
        let step = self.step();
        let first = libm::ceil(self.lo / step - 1e-9);
        let mut ticks = Vec::new();
        let mut number = first;
        while number * step <= self.hi + step * 1e-9 {
            ticks.push(match self.form {
                Form::Linear => number * step,
                Form::Log => libm::exp10(number * step),
            });
            number += 1.0;
        }
        ticks
    }

    fn step(&self) -> f64 {
        match self.form {
            Form::Linear => step(self.hi - self.lo),
            Form::Log => libm::ceil((self.hi - self.lo) / 8.0),
        }
    }

    /// A tick as it is written: with as many decimals as its step needs.
    pub fn label(&self, tick: f64) -> String {
        // A step that needs more decimals than can be read is written with an exponent.
        if self.form == Form::Log || self.step() < 1e-6 {
            return human::digits(tick);
        }
        let decimals = (-libm::floor(libm::log10(self.step()) + 1e-9)).clamp(0.0, 9.0);
        let decimals = crate::units::cast::index(crate::units::cast::f64_floor(decimals));
        // Minus zero is zero.
        format!(
            "{:.decimals$}",
            if tick.abs() < self.step() / 2.0 {
                0.0
            } else {
                tick
            }
        )
    }
}

/// A range that ticks can divide: one that is no wider than rounding, or than its labels can tell
/// apart, is widened to both sides.
fn widened(lo: f64, hi: f64) -> (f64, f64) {
    let size = lo.abs().max(hi.abs());
    // The labels of tiny steps have four digits.
    let share = if hi - lo < 1e-5 { 1e-2 } else { 1e-9 };
    if hi - lo > size * share {
        (lo, hi)
    } else if size > 0.0 {
        (lo - size / 2.0, hi + size / 2.0)
    } else {
        (0.0, 1.0)
    }
}

/// The distance of about six ticks over a range.
fn step(range: f64) -> f64 {
    let rough = range / 6.0;
    let power = libm::exp10(libm::floor(libm::log10(rough)));
    let factor = match rough / power {
        f if f < 1.5 => 1.0,
        f if f < 3.5 => 2.0,
        f if f < 7.5 => 5.0,
        _ => 10.0,
    };
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks().iter().map(|tick| axis.label(*tick)).collect()
    }

    #[test]
    fn a_linear_axis_has_round_ticks_and_ends_at_one() {
        let axis = Axis::linear((0.0, 0.93), 0.0, 100.0);
        assert_eq!(labels(&axis), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        // Half of the range is half of the way.
        assert!((axis.at(0.5) - 50.0).abs() < 1e-9);
        assert!((axis.at(7.0) - 100.0).abs() < 1e-9);
        assert!(axis.holds(0.93) && !axis.holds(1.01));
    }

    #[test]
    fn an_axis_may_cross_zero_and_run_upwards() {
        let axis = Axis::linear((-3.0, 9.0), 100.0, 0.0);
        assert_eq!(labels(&axis), ["-4", "-2", "0", "2", "4", "6", "8", "10"]);
        // 0 is 4 of 14 from the lower end.
        assert!((axis.at(0.0) - (100.0 - 100.0 * 4.0 / 14.0)).abs() < 1e-9);
    }

    #[test]
    fn a_logarithmic_axis_has_powers_of_ten() {
        let axis = Axis::log((0.002, 4.0), 0.0, 4.0);
        let ticks = axis.ticks();
        assert_eq!(ticks.len(), 5, "{ticks:?}");
        for (tick, power) in ticks.iter().zip([1e-3, 1e-2, 0.1, 1.0, 10.0]) {
            assert!((tick / power - 1.0).abs() < 1e-12, "{tick}");
        }
        // The root of ten is halfway between two powers.
        assert!((axis.at(libm::sqrt(0.1)) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn a_range_of_no_width_has_an_axis_all_the_same() {
        assert!(labels(&Axis::linear((2.0, 2.0), 0.0, 1.0)).len() > 2);
        assert!(labels(&Axis::log((1.0, 1.0), 0.0, 1.0)).len() == 2);
    }

    proptest::proptest! {
        #[test]
        fn any_range_has_a_few_ticks_that_lie_on_its_axis_in_order(
            digits in -10.0_f64..10.0, size in -20_i32..12, power in -24_i32..13, form: bool
        ) {
            let lo = digits * libm::exp10(f64::from(size));
            let width = libm::exp10(f64::from(power));
            let axis = if form {
                Axis::linear((lo, lo + width), 0.0, 1.0)
            } else {
                Axis::log((width, width * (1.0 + lo.abs())), 0.0, 1.0)
            };
            let ticks = axis.ticks();
            proptest::prop_assert!((2..=16).contains(&ticks.len()), "{:?}", ticks);
            let places: Vec<f64> = ticks.iter().map(|tick| axis.at(*tick)).collect();
            proptest::prop_assert!(places.is_sorted_by(|a, b| a < b), "{:?}", places);
            let all: std::collections::BTreeSet<String> = labels(&axis).into_iter().collect();
            proptest::prop_assert!(form || all.len() == ticks.len(), "{:?}", all);
        }
    }

    #[test]
    fn units_suit_the_largest_value() {
        assert_eq!(Unit::of("s", 0.3).name, "milliseconds");
        assert_eq!(Unit::of("s", 10_000.0).name, "hours");
        assert_eq!(Unit::of("ratio", 0.3).title("share"), "share (percent)");
        assert_eq!(Unit::of("1", 4.0).title("count"), "count");
    }
}
