//! Concentration: the exponent of a zipf law that gives a wanted Herfindahl-Hirschman index.
//!
//! ```text
//! HHI(s) = sum over ranks r of (share of r)^2,  share of r = r^-s / sum of r^-s
//! ```
//!
//! It grows with s from 1/n (all alike) towards 1 (one holds all), so that bisection finds the s to the
//! last bit. The real network stands at 0.0115 by host and near 0.99 by operator: 86 hosts of one
//! operator hold 99.38 % of the accounts.
//!
//! Source: A. O. Hirschman, "The Paternity of an Index", American Economic Review 54 (1964).

use crate::units::cast;

/// The largest exponent: beyond it one PDS holds all but 1e-19 of the accounts.
const STEEPEST: f64 = 64.0;

/// The indices that `count` PDSes can have, as far as an exponent reaches.
pub fn possible(count: usize) -> std::ops::RangeInclusive<f64> {
    let equal = 1.0 / cast::count_to_f64(count.max(1) as u64);
    // The sum of equal shares may be rounded up.
    equal.min(index(count, 0.0))..=index(count, STEEPEST)
}

/// The exponent at which `count` PDSes have the index `wanted`; the nearest one where none has.
pub fn exponent(count: usize, wanted: f64) -> f64 {
    let (mut low, mut high) = (0.0, STEEPEST);
    loop {
        let middle = f64::midpoint(low, high);
        // Until there is no number between the two.
        if middle <= low || middle >= high {
            return low;
        }
        if index(count, middle) <= wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The index of the zipf law of exponent `s` over `count` ranks.
pub fn index(count: usize, s: f64) -> f64 {
    let weights = weights(count, s);
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| (w / total) * (w / total)).sum()
}

/// r^-s of every rank.
pub(super) fn weights(count: usize, s: f64) -> Vec<f64> {
    (1..=count as u64)
        .map(|rank| libm::pow(cast::count_to_f64(rank), -s))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hosts_have_the_exponent_of_the_closed_form() {
        // Shares x and 1 - x: x^2 + (1 - x)^2 = h, so x = (1 + sqrt(2h - 1)) / 2, and x / (1 - x) =
        // 2^s. For h = 0.68: x = 0.8, s = 2 exactly.
        assert!((exponent(2, 0.68) - 2.0).abs() < 1e-12);
        let x = f64::midpoint(1.0, libm::sqrt(2.0 * 0.9 - 1.0));
        assert!((exponent(2, 0.9) - libm::log2(x / (1.0 - x))).abs() < 1e-12);
    }

    #[test]
    fn the_law_found_has_the_index_asked_for() {
        for count in [3, 40, 2_326] {
            for share in [0.001, 0.2, 0.5, 0.9] {
                let range = possible(count);
                let wanted = range.start() + share * (range.end() - range.start());
                let found = index(count, exponent(count, wanted));
                assert!((found - wanted).abs() < 1e-12, "{count} {wanted} {found}");
            }
        }
        assert!(exponent(40, 1.0 / 40.0) < 1e-7, "all alike");
    }
}
