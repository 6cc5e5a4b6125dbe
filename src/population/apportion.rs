//! Sharing out whole things in proportion to weights, by the method of largest remainders.
//!
//! Every part gets the floor of its quota; what is left goes one each to the largest remainders,
//! the lower index first among equals (Hamilton's method).

/// Shares `total` out in proportion to integer `weights`; exact.
///
/// All zero weights give all zero parts.
pub fn apportion(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let quotas = weights.iter().map(|weight| {
        let product = u128::from(total) * u128::from(*weight);
        (crate::units::cast::low_u64(product / sum), product % sum)
    });
    let (mut parts, remainders): (Vec<u64>, Vec<u128>) = quotas.unzip();
    hand_out_rest(total, &mut parts, &remainders);
    parts
}

/// Shares `total` out in proportion to real `weights`.
pub fn apportion_real(total: u64, weights: &[f64]) -> Vec<u64> {
    let sum: f64 = weights.iter().sum();
    let total_real = crate::units::cast::count_to_f64(total);
    let quotas: Vec<f64> = weights
        .iter()
        .map(|weight| total_real * weight / sum)
        .collect();
    let mut parts: Vec<u64> = quotas
        .iter()
        .map(|q| crate::units::cast::f64_floor(*q))
        .collect();
    // Remainders in 2^-52: integers, so that equal ones compare equal.
    let remainders: Vec<u64> = quotas
        .iter()
        .map(|q| crate::units::cast::f64_floor((q - libm::floor(*q)) * 4_503_599_627_370_496.0))
        .collect();
    hand_out_rest(total, &mut parts, &remainders);
    parts
}

fn hand_out_rest<R: Ord + Copy>(total: u64, parts: &mut [u64], remainders: &[R]) {
    let rest = total - parts.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(remainders[*index]), *index));
    for index in order.into_iter().take(crate::units::cast::index(rest)) {
        parts[index] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_remainders_get_the_rest() {
        // Quotas 10 * (5, 3, 2, 0) / 10 are whole; 7 * (5, 3, 2) / 10 = 3.5, 2.1, 1.4.
        assert_eq!(apportion(10, &[5, 3, 2, 0]), [5, 3, 2, 0]);
        assert_eq!(apportion(7, &[5, 3, 2]), [4, 2, 1]);
        // Equal remainders: the lower index first.
        assert_eq!(apportion(2, &[1, 1, 1]), [1, 1, 0]);
        assert_eq!(apportion(5, &[0, 0]), [0, 0]);
    }

    #[test]
    fn real_weights_follow_the_same_rule() {
        // 100 over ranks 1 to 3 with weights 1, 1/2, 1/3: quotas 54.5, 27.3, 18.2.
        assert_eq!(apportion_real(100, &[1.0, 0.5, 1.0 / 3.0]), [55, 27, 18]);
        assert_eq!(apportion_real(2, &[1.0, 1.0, 1.0]), [1, 1, 0]);
    }

    #[test]
    fn nothing_is_lost_or_made() {
        let weights: Vec<u64> = (0..1_000).map(|i| i * i % 97).collect();
        assert_eq!(apportion(123_457, &weights).iter().sum::<u64>(), 123_457);
    }
}
