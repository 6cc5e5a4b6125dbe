//! Two arms compared replication by replication under common random numbers.
//!
//! Rule: the difference of the means has the t interval of the differences. How much the common
//! random numbers helped is the variance ratio `(var a + var b) / var(a - b)`: above 1 they
//! helped, by that factor in replications saved. Source: Law, "Simulation Modeling and Analysis",
//! 11.2.

use super::{Estimate, Moments};
use crate::units::Share;

/// The comparison of two aligned samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// The mean of `a - b`.
    pub difference: Estimate,
    /// Pearson's correlation; `None` where a sample has no spread.
    pub correlation: Option<f64>,
    /// `(var a + var b) / var(a - b)`; `None` where the differences have no spread.
    pub variance_ratio: Option<f64>,
}

impl Paired {
    /// Compares `a` with `b`, whose replications are aligned; `None` of nothing.
    ///
    /// # Panics
    /// If the samples differ in length.
    pub fn new(a: &[f64], b: &[f64], confidence: Share) -> Option<Self> {
        assert_eq!(a.len(), b.len(), "the samples of a pair differ in length");
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let difference = Estimate::of_mean(&differences, confidence)?;
        let squares = |sample: &[f64]| sample.iter().copied().collect::<Moments>().squares();
        let (of_a, of_b, of_both) = (squares(a), squares(b), squares(&differences));
        Some(Self {
            difference,
            correlation: quotient(of_a + of_b - of_both, 2.0 * libm::sqrt(of_a * of_b))
                .map(|correlation| correlation.clamp(-1.0, 1.0)),
            variance_ratio: quotient(of_a + of_b, of_both),
        })
    }
}

fn quotient(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator > 0.0).then(|| numerator / denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(a: &[f64], b: &[f64]) -> Paired {
        Paired::new(a, b, Share::new(0.95).unwrap()).unwrap()
    }

    #[test]
    fn a_hand_calculation_agrees() {
        // Squared deviations: a 53 - 121/3, b 13 - 25/3, a - b = (1, 2, 3) 2.
        let paired = compare(&[1.0, 4.0, 6.0], &[0.0, 2.0, 3.0]);
        let (of_a, of_b, of_both) = (38.0 / 3.0, 14.0 / 3.0, 2.0);
        let product = (of_a + of_b - of_both) / 2.0;
        assert!((paired.difference.mean - 2.0).abs() < 1e-12);
        let correlation = product / libm::sqrt(of_a * of_b);
        assert!((paired.correlation.unwrap() - correlation).abs() < 1e-12);
        assert!((paired.variance_ratio.unwrap() - (of_a + of_b) / of_both).abs() < 1e-12);
    }

    #[test]
    fn a_constant_difference_is_a_perfect_correlation() {
        let paired = compare(&[1.0, 5.0, 2.0], &[0.0, 4.0, 1.0]);
        assert!((paired.correlation.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(paired.variance_ratio, None);
        assert!(paired.difference.interval.unwrap().half_width < 1e-12);
    }

    #[test]
    fn a_sample_without_spread_has_no_correlation() {
        assert_eq!(compare(&[1.0, 1.0], &[2.0, 5.0]).correlation, None);
        assert_eq!(compare(&[1.0], &[2.0]).variance_ratio, None);
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn samples_of_different_lengths_are_a_broken_invariant() {
        compare(&[1.0], &[]);
    }
}
