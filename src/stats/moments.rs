//! Mean and variance of numbers seen one at a time, without storing them.
//!
//! Rule: `d = x - mean; mean += d / n; m2 += d * (x - mean)`, the sample variance is
//! `m2 / (n - 1)`. Source: Welford (1962); merging after Chan, Golub and Leveque (1979). The
//! result depends on the order of the numbers in the last digits only, and the program keeps
//! that order fixed.

use crate::units::cast;

/// Count, mean, spread and range of a sequence of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
    min: f64,
    max: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            count: 0,
            mean: 0.0,
            squares: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Moments {
    /// Takes one number.
    pub fn add(&mut self, x: f64) {
        self.count += 1;
        let off = x - self.mean;
        self.mean += off / cast::count_to_f64(self.count);
        self.squares += off * (x - self.mean);
        self.min = self.min.min(x);
        self.max = self.max.max(x);
    }

    /// Takes all that `other` took, after its own.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let own = cast::count_to_f64(self.count);
        let others = cast::count_to_f64(other.count);
        let off = other.mean - self.mean;
        self.count += other.count;
        self.mean += off * others / (own + others);
        self.squares += other.squares + off * off * own * others / (own + others);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// How many numbers were taken.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The sum of squared deviations from the mean.
    pub const fn squares(&self) -> f64 {
        self.squares
    }

    /// The sample variance, with n - 1; `None` of fewer than two numbers.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / cast::count_to_f64(self.count - 1))
    }

    /// The sample standard deviation; `None` of fewer than two numbers.
    pub fn deviation(&self) -> Option<f64> {
        self.variance().map(libm::sqrt)
    }

    /// The smallest number; `None` of nothing.
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min)
    }

    /// The largest number; `None` of nothing.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        let mut moments = Self::default();
        numbers.into_iter().for_each(|x| moments.add(x));
        moments
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    #[allow(clippy::float_cmp, reason = "small integers are exact")]
    fn a_hand_calculation_agrees() {
        // 2, 4, 9: mean 5, deviations -3, -1, 4, squares 26, variance 13.
        let moments: Moments = [2.0, 4.0, 9.0].into_iter().collect();
        assert_eq!(moments.mean(), Some(5.0));
        assert_eq!(moments.squares(), 26.0);
        assert_eq!(moments.variance(), Some(13.0));
        assert_eq!((moments.min(), moments.max()), (Some(2.0), Some(9.0)));
    }

    #[test]
    fn nothing_has_no_mean_and_one_number_no_variance() {
        let mut moments = Moments::default();
        assert_eq!((moments.mean(), moments.min()), (None, None));
        moments.add(3.0);
        assert_eq!((moments.mean(), moments.variance()), (Some(3.0), None));
    }

    #[test]
    fn a_large_offset_does_not_cost_the_variance_its_digits() {
        let moments: Moments = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]
            .into_iter()
            .collect();
        assert_eq!(moments.variance(), Some(30.0));
    }

    proptest! {
        #[test]
        fn merged_parts_equal_the_whole(
            numbers in prop::collection::vec(-1e3..1e3_f64, 0..50),
            cut in 0_usize..50,
        ) {
            let cut = cut.min(numbers.len());
            let whole: Moments = numbers.iter().copied().collect();
            let mut parts: Moments = numbers[..cut].iter().copied().collect();
            parts.merge(&numbers[cut..].iter().copied().collect());
            prop_assert_eq!(parts.count(), whole.count());
            prop_assert_eq!((parts.min(), parts.max()), (whole.min(), whole.max()));
            prop_assert!((parts.mean - whole.mean).abs() < 1e-9);
            prop_assert!((parts.squares - whole.squares).abs() < 1e-6 * (1.0 + whole.squares));
        }
    }
}
