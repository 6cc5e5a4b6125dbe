//! Several comparisons at once: adjusted p-values and the confidence of simultaneous intervals.
//!
//! Sources: Bonferroni's inequality; S. Holm, "A simple sequentially rejective multiple test
//! procedure", Scand. J. Statist. 6 (1979).

use crate::units::{Share, cast};

/// The confidence of each of `comparisons` intervals which together hold with `confidence`:
/// `1 - (1 - confidence) / comparisons`.
///
/// # Panics
/// Never: a share of a share is a share.
pub fn simultaneous_confidence(confidence: Share, comparisons: u64) -> Share {
    let each = (1.0 - confidence.value()) / cast::count_to_f64(comparisons.max(1));
    Share::new(1.0 - each).expect("a share of a share")
}

/// Each p-value times their number, at most 1.
pub fn bonferroni(p_values: &[f64]) -> Vec<f64> {
    let count = cast::count_to_f64(cast::count_to_u64(p_values.len()));
    p_values.iter().map(|p| (p * count).min(1.0)).collect()
}

/// Holm's adjusted p-values, in the order given: the i-th smallest times `n - i + 1`, never below
/// a smaller one's, at most 1.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        let left = cast::count_to_f64(cast::count_to_u64(p_values.len() - rank));
        largest = largest.max(p_values[index] * left).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_all_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
    }

    #[test]
    fn holm_multiplies_the_smallest_most_and_keeps_the_order() {
        // Ascending 0.005 * 4, 0.01 * 3, 0.03 * 2, then 0.04 * 1 raised to 0.06.
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        assert_all_close(&found, &[0.03, 0.06, 0.06, 0.02]);
        assert_all_close(&holm(&[0.9, 0.8]), &[1.0, 1.0]);
        assert_all_close(&holm(&[]), &[]);
    }

    #[test]
    fn bonferroni_multiplies_by_the_number_of_tests() {
        assert_all_close(&bonferroni(&[0.01, 0.5]), &[0.02, 1.0]);
    }

    #[test]
    fn five_intervals_share_the_missing_confidence() {
        let each = simultaneous_confidence(Share::new(0.95).unwrap(), 5);
        assert!((each.value() - 0.99).abs() < 1e-12);
    }
}
