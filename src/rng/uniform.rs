//! One uniform 64-bit draw as an index or as a double; monotone in the draw.

use crate::units::cast;

/// An index below `n`: `floor(draw * n / 2^64)`.
///
/// Each index gets either `floor(2^64 / n)` or one draw more, so the chance of an index is off by
/// less than 2^-64 absolute.
///
/// # Panics
/// If `n` is 0: there is nothing to choose from.
pub fn index(draw: u64, n: u64) -> u64 {
    assert!(n > 0, "an index below 0 does not exist");
    cast::low_u64((u128::from(draw) * u128::from(n)) >> 64)
}

/// A double strictly between 0 and 1: the middle of one of 2^52 equal cells.
pub fn unit(draw: u64) -> f64 {
    // (k + 1/2) / 2^52 with k < 2^52 needs 53 bits and is exact.
    (cast::count_to_f64(draw >> 12) + 0.5) * CELL
}

/// 2^-52.
const CELL: f64 = 1.0 / 4_503_599_627_370_496.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_split_the_draws_evenly_and_in_order() {
        assert_eq!(index(0, 3), 0);
        assert_eq!(index(u64::MAX / 3, 3), 0);
        assert_eq!(index(u64::MAX / 3 + 1, 3), 1);
        assert_eq!(index(u64::MAX, 3), 2);
        assert_eq!(index(u64::MAX, u64::MAX), u64::MAX - 1);
        assert_eq!(index(u64::MAX, 1), 0);
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "equal to the bit")]
    fn the_unit_interval_is_open_and_its_middle_is_one_half() {
        assert!(unit(0) > 0.0);
        assert!(unit(u64::MAX) < 1.0);
        assert_eq!(unit(0) + unit(u64::MAX), 1.0);
        assert!(unit(1 << 63) > 0.5 && unit((1 << 63) - 1) < 0.5);
    }
}
