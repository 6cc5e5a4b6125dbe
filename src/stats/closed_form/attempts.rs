//! Retries and independent checks.
//!
//! With up to n tries that each fail with chance p: `(1 - p^n) / (1 - p)` tries on average and
//! `p^n` given up. Independent checks accept the product of what each accepts, in any order;
//! only the cost depends on the order.

/// Mean number of tries of at most `tries`, each failing with `failure`.
pub fn mean_tries(tries: u32, failure: f64) -> f64 {
    // The k-th try is made if the k - 1 before it failed.
    (0..tries)
        .fold((0.0, 1.0), |(sum, reached), _| {
            (sum + reached, reached * failure)
        })
        .0
}

/// Share that fails in all of `tries` tries.
pub fn final_failure(tries: u32, failure: f64) -> f64 {
    (0..tries).fold(1.0, |reached, _| reached * failure)
}

/// One of several independent checks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    /// Share of the messages asked about that it refuses.
    pub refusal: f64,
    /// Time it takes, refusing or not.
    pub cost: f64,
}

/// Share that passes all checks.
pub fn accepted(checks: &[Check]) -> f64 {
    checks.iter().map(|check| 1.0 - check.refusal).product()
}

/// Mean cost of a message when the checks are asked in this order until one refuses.
pub fn mean_cost(checks: &[Check]) -> f64 {
    checks
        .iter()
        .fold((0.0, 1.0), |(cost, reached), check| {
            (cost + reached * check.cost, reached * (1.0 - check.refusal))
        })
        .0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_tries_give_the_reference_values() {
        for (failure, tries, gave_up) in [
            (0.1, "1.111", "0.0001"),
            (0.3, "1.417", "0.0081"),
            (0.5, "1.875", "0.0625"),
            (0.9, "3.439", "0.6561"),
        ] {
            assert_eq!(format!("{:.3}", mean_tries(4, failure)), tries);
            assert_eq!(format!("{:.4}", final_failure(4, failure)), gave_up);
        }
        assert!((mean_tries(4, 1.0) - 4.0).abs() < 1e-12);
    }

    #[test]
    fn the_order_of_checks_changes_the_cost_but_not_the_share() {
        let cheap = Check {
            refusal: 0.5,
            cost: 1.0,
        };
        let dear = Check {
            refusal: 0.2,
            cost: 10.0,
        };
        // Cheap first: 1 + 0.5 * 10; dear first: 10 + 0.8 * 1.
        assert!((mean_cost(&[cheap, dear]) - 6.0).abs() < 1e-12);
        assert!((mean_cost(&[dear, cheap]) - 10.8).abs() < 1e-12);
        assert!((accepted(&[cheap, dear]) - 0.4).abs() < 1e-12);
        assert!((accepted(&[dear, cheap]) - 0.4).abs() < 1e-12);
    }
}
