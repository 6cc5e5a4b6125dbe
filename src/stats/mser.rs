//! How much of the beginning of a series to drop: MSER.
//!
//! Rule: of a series of n batch means drop the first d for which the squared standard error of the
//! rest, `z(d) = sum over i > d of (x_i - mean_d)^2 / (n - d)^2`, is least; the smallest such d. At
//! least five batch means stay. With batches of five observations it is called MSER-5.
//!
//! Source: White, "An effective truncation heuristic for bias reduction in simulation output",
//! Simulation 69 (1997); Franklin and White, "Stationarity tests and MSER-5", WSC 2008.

use super::Moments;
use crate::units::cast;

/// Observations in a batch.
pub const BATCH: usize = 5;

/// Batch means that stay at least.
const LEAST: usize = 5;

/// The means of batches of [`BATCH`] observations; an incomplete last one is dropped.
pub fn batch_means(observations: &[f64]) -> Vec<f64> {
    let mean = |batch: &[f64]| batch.iter().sum::<f64>() / cast::count_to_f64(BATCH as u64);
    observations.chunks_exact(BATCH).map(mean).collect()
}

/// How many of the first batch means to drop.
pub fn truncation(batch_means: &[f64]) -> usize {
    let mut rest = Moments::default();
    let mut best = (f64::INFINITY, 0);
    for (place, mean) in batch_means.iter().enumerate().rev() {
        rest.add(*mean);
        let left = cast::count_to_f64(rest.count());
        let z = rest.squares() / (left * left);
        // From the end to the beginning: of equal ones the last found is the smallest.
        if batch_means.len() - place >= LEAST && z <= best.0 {
            best = (z, place);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_series_loses_nothing() {
        assert_eq!(truncation(&[4.0; 20]), 0);
        assert_eq!(truncation(&[1.0, 9.0]), 0);
        assert_eq!(truncation(&[]), 0);
    }

    #[test]
    fn a_start_that_differs_is_dropped_and_nothing_else() {
        let mut series = vec![0.0, 2.0, 4.0, 6.0];
        series.extend([10.0; 50]);
        assert_eq!(truncation(&series), 4);
    }

    #[test]
    fn the_least_standard_error_is_found_as_by_hand() {
        // Of 9, 1, 2, 1, 2, 1: mean 8/3, squares 148/3, z(0) = 148/108 = 1.370. Without the first:
        // mean 1.4, squares 1.2, z(1) = 1.2/25 = 0.048. Fewer than five must not stay.
        assert_eq!(truncation(&[9.0, 1.0, 2.0, 1.0, 2.0, 1.0]), 1);
        // With 3 in front of 1, 2, 1, 2, 1: mean 5/3, squares 10/3, z(0) = 0.0926 above 0.048.
        assert_eq!(truncation(&[3.0, 1.0, 2.0, 1.0, 2.0, 1.0]), 1);
        // With 2 in front: squares 1.5, z(0) = 0.0417 below 0.048.
        assert_eq!(truncation(&[2.0, 1.0, 2.0, 1.0, 2.0, 1.0]), 0);
    }

    #[test]
    fn a_series_that_never_settles_is_cut_beyond_its_middle() {
        // x_i = i^4: the deviations of what is left shrink faster than its number.
        let series: Vec<f64> = (0..100_u32)
            .rev()
            .map(|i| f64::from(i * i * i * i))
            .collect();
        assert!(truncation(&series) > 50);
    }

    #[test]
    fn batches_are_of_five_and_an_incomplete_one_is_dropped() {
        let observations: Vec<f64> = (1..=12_u32).map(f64::from).collect();
        assert_eq!(batch_means(&observations), [3.0, 8.0]);
    }
}
