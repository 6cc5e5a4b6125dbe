//! Point estimates over replications and their confidence intervals.
//!
//! Rules: the mean of n independent replications has the interval
//! `mean -+ t(n - 1) sd / sqrt n`. A ratio is a ratio of sums; its interval is that of its
//! jackknife pseudo-values `n r - (n - 1) r_i`, where `r_i` leaves replication i out (Miller,
//! "The jackknife: a review", 1974). One replication has no interval.

use super::{Moments, special};
use crate::units::{Share, cast};

/// A mean or ratio over replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub mean: f64,
    /// Over how many replications.
    pub n: u64,
    /// How sure it is; `None` with fewer than two replications.
    pub interval: Option<Interval>,
}

/// A confidence interval, symmetric about its estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Sample standard deviation of one replication (of one pseudo-value, for a ratio).
    pub sd: f64,
    /// Half of the width.
    pub half_width: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl Estimate {
    /// The mean of one number per replication; `None` of nothing.
    pub fn of_mean(samples: &[f64], confidence: Share) -> Option<Self> {
        let moments: Moments = samples.iter().copied().collect();
        Self::around(moments.mean()?, &moments, confidence)
    }

    /// The ratio of sums of one `(numerator, denominator)` per replication; `None` where the
    /// denominators sum to 0. It has no interval where leaving one replication out leaves a
    /// denominator of 0.
    pub fn ratio_of_sums(parts: &[(f64, f64)], confidence: Share) -> Option<Self> {
        let (numerator, denominator) = parts
            .iter()
            .fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        let ratio = ratio(numerator, denominator)?;
        let n = cast::count_to_f64(cast::count_to_u64(parts.len()));
        let pseudo_values: Option<Moments> = parts
            .iter()
            .map(|part| {
                let without = self::ratio(numerator - part.0, denominator - part.1)?;
                Some(n * ratio - (n - 1.0) * without)
            })
            .collect();
        match pseudo_values {
            Some(moments) => Self::around(ratio, &moments, confidence),
            None => Some(Self {
                mean: ratio,
                n: cast::count_to_u64(parts.len()),
                interval: None,
            }),
        }
    }

    /// The estimate `mean` with the spread of `moments`.
    fn around(mean: f64, moments: &Moments, confidence: Share) -> Option<Self> {
        let n = moments.count();
        let interval = moments.deviation().map(|sd| {
            let half_width = half_width(sd, n, confidence);
            Interval {
                sd,
                half_width,
                lo: mean - half_width,
                hi: mean + half_width,
            }
        });
        (n > 0).then_some(Self { mean, n, interval })
    }

    /// Half-width over the size of the estimate; `None` without an interval or at 0.
    pub fn relative_half_width(&self) -> Option<f64> {
        let size = libm::fabs(self.mean);
        let interval = self.interval.filter(|_| size > 0.0)?;
        Some(interval.half_width / size)
    }

    /// Two-sided p-value of the hypothesis that the true value is `value`.
    pub fn p_value(&self, value: f64) -> Option<f64> {
        let distance = libm::fabs(self.mean - value);
        self.chance_above(distance).map(|above| 2.0 * above)
    }

    /// p-value of the hypothesis that the true value is `margin` or more away from 0: the larger
    /// of two one-sided tests (Schuirmann 1987). A small one shows equivalence to 0.
    pub fn equivalence_p(&self, margin: f64) -> Option<f64> {
        let below = self.chance_above(margin - self.mean)?;
        let above = self.chance_above(margin + self.mean)?;
        Some(below.max(above))
    }

    /// The chance that an estimate errs upwards by `distance` or more.
    fn chance_above(&self, distance: f64) -> Option<f64> {
        let n = cast::count_to_f64(self.n);
        let error = self.interval?.sd / libm::sqrt(n);
        // Without any spread the estimate is taken as exact; at the value itself the two sides
        // of the test share the certainty.
        Some(match distance {
            0.0 => 0.5,
            _ => special::t_below(-distance / error, n - 1.0),
        })
    }
}

fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator != 0.0).then(|| numerator / denominator)
}

fn half_width(sd: f64, n: u64, confidence: Share) -> f64 {
    if sd <= 0.0 {
        return 0.0;
    }
    let two_sided = f64::midpoint(1.0, confidence.value());
    let n = cast::count_to_f64(n);
    special::t_quantile(two_sided, n - 1.0) * sd / libm::sqrt(n)
}

/// More replications than anybody makes.
const MOST: u64 = 1 << 40;

/// How many replications are likely to give an interval of half-width `wanted`, where `n` give
/// `now`: the fewest n' for which `now sqrt(n / n') t(n' - 1) / t(n - 1)` is not above it. None where
/// no number does that anybody makes.
pub fn replications_for(now: f64, n: u64, wanted: f64, confidence: Share) -> Option<u64> {
    if n < 2 || now.is_nan() || wanted <= 0.0 {
        return None;
    }
    let scale = now / half_width(1.0, n, confidence);
    let is_enough = |n: u64| scale * half_width(1.0, n, confidence) <= wanted;
    let mut enough = n;
    while !is_enough(enough) {
        enough *= 2;
        if enough > MOST {
            return None;
        }
    }
    // The half-width falls with n: between `few` and `enough` lies the first that is.
    let mut few = 1;
    while enough - few > 1 {
        let middle = few.midpoint(enough);
        if is_enough(middle) {
            enough = middle;
        } else {
            few = middle;
        }
    }
    Some(enough)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confidence() -> Share {
        Share::new(0.95).unwrap()
    }

    fn mean_of(samples: &[f64]) -> Estimate {
        Estimate::of_mean(samples, confidence()).unwrap()
    }

    fn assert_close(found: f64, expected: f64) {
        let off = libm::fabs(found - expected);
        assert!(
            off < 1e-9 * expected.abs().max(1.0),
            "{found} for {expected}"
        );
    }

    #[test]
    fn the_interval_of_1_to_5_is_the_one_of_the_textbook() {
        let estimate = mean_of(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        let interval = estimate.interval.unwrap();
        assert_close(estimate.mean, 3.0);
        assert_close(interval.sd, libm::sqrt(2.5));
        // t(0.975, 4) = 2.7764451052, times sqrt(2.5 / 5).
        let half = 2.776_445_105_197_8 * libm::sqrt(0.5);
        assert_close(interval.half_width, half);
        assert_close(interval.lo, 3.0 - half);
        assert_close(interval.hi, 3.0 + half);
        assert_close(estimate.relative_half_width().unwrap(), half / 3.0);
    }

    #[test]
    fn one_replication_has_no_interval_and_none_no_estimate() {
        assert_eq!(mean_of(&[7.0]).interval, None);
        assert_eq!(Estimate::of_mean(&[], confidence()), None);
        let ratio = Estimate::ratio_of_sums(&[(1.0, 4.0)], confidence()).unwrap();
        assert_eq!((ratio.mean, ratio.interval), (0.25, None));
    }

    #[test]
    fn a_ratio_with_equal_denominators_is_a_mean() {
        let numerators = [3.0, 5.0, 4.0, 8.0];
        let parts = numerators.map(|x| (x, 1.0));
        let ratio = Estimate::ratio_of_sums(&parts, confidence()).unwrap();
        let mean = mean_of(&numerators);
        assert_close(ratio.mean, mean.mean);
        assert_close(ratio.interval.unwrap().hi, mean.interval.unwrap().hi);
    }

    #[test]
    fn a_ratio_has_the_interval_of_its_pseudo_values() {
        // Sums 6 / 10 = 0.6; without each: 5/8, 4/6, 3/6; pseudo-values 3 * 0.6 - 2 * r_i are
        // 0.55, 0.466667, 0.8, their sample variance is 0.0300926.
        let parts = [(1.0, 2.0), (2.0, 4.0), (3.0, 4.0)];
        let ratio = Estimate::ratio_of_sums(&parts, confidence()).unwrap();
        assert_close(ratio.mean, 0.6);
        let mean = (0.55 + 1.4 / 3.0 + 0.8) / 3.0;
        let variance = [0.55, 1.4 / 3.0, 0.8]
            .iter()
            .map(|x| (x - mean) * (x - mean) / 2.0)
            .sum::<f64>();
        assert_close(ratio.interval.unwrap().sd, libm::sqrt(variance));
        // t(0.975, 2) = 4.302652729912.
        let half = 4.302_652_729_912 * libm::sqrt(variance / 3.0);
        assert_close(ratio.interval.unwrap().half_width, half);
    }

    #[test]
    fn a_ratio_over_nothing_does_not_exist() {
        assert_eq!(
            Estimate::ratio_of_sums(&[(0.0, 0.0), (0.0, 0.0)], confidence()),
            None
        );
        let lone = Estimate::ratio_of_sums(&[(1.0, 2.0), (0.0, 0.0)], confidence()).unwrap();
        assert_eq!((lone.mean, lone.interval), (0.5, None));
    }

    #[test]
    fn the_p_value_at_the_end_of_the_interval_is_the_missing_confidence() {
        let estimate = mean_of(&[1.0, 4.0, 2.0, 9.0]);
        let interval = estimate.interval.unwrap();
        assert_close(estimate.p_value(interval.hi).unwrap(), 0.05);
        assert_close(estimate.p_value(interval.lo).unwrap(), 0.05);
        assert_close(estimate.p_value(estimate.mean).unwrap(), 1.0);
    }

    #[test]
    fn equivalence_at_5_percent_is_a_90_percent_interval_inside_the_margin() {
        let samples = [0.1, -0.2, 0.3, 0.0, 0.2];
        let ninety = Estimate::of_mean(&samples, Share::new(0.9).unwrap()).unwrap();
        let margin = ninety.interval.unwrap().hi;
        assert_close(ninety.equivalence_p(margin).unwrap(), 0.05);
        assert!(ninety.equivalence_p(0.01).unwrap() > 0.5);
    }

    #[test]
    fn without_spread_an_estimate_is_exact() {
        let estimate = mean_of(&[2.0, 2.0, 2.0]);
        assert_close(estimate.interval.unwrap().half_width, 0.0);
        assert_close(estimate.p_value(2.0).unwrap(), 1.0);
        assert_close(estimate.p_value(1.0).unwrap(), 0.0);
        assert_close(estimate.equivalence_p(3.0).unwrap(), 0.0);
        assert_close(estimate.equivalence_p(1.0).unwrap(), 1.0);
    }

    #[test]
    fn the_replications_for_a_half_width_are_the_fewest_that_reach_it() {
        let confidence = Share::new(0.95).unwrap();
        // t(4) = 2.776445: with 5 replications of standard deviation 1 the half-width is 1.241664.
        let now = 2.776_445 / libm::sqrt(5.0);
        let needed = |wanted| replications_for(now, 5, wanted, confidence).unwrap();
        // t(9) / sqrt 10 = 2.262157 / 3.162278 = 0.715357, t(8) / 3 = 2.306004 / 3 = 0.768668.
        assert_eq!(needed(0.7154), 10);
        assert_eq!(needed(0.7153), 11);
        assert_eq!(needed(0.7686), 10);
        assert_eq!(needed(0.7687), 9);
        // Of many, (1.96 / 0.01)^2 = 38,415, and two more for the t of so many.
        assert!((38_415..38_420).contains(&needed(0.01)), "{}", needed(0.01));
        assert_eq!(replications_for(now, 5, 0.0, confidence), None);
        assert_eq!(replications_for(now, 1, 0.1, confidence), None);
    }
}
