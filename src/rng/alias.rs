//! One of n things in proportion to integer weights, from one draw in constant time.
//!
//! Rule: cut the weights into n columns of equal height, each holding a part of at most two
//! things; one draw chooses the column (upper part of the product with n) and the height in it
//! (lower part). All arithmetic is exact on integers; the chance of a thing is off by less than
//! n / 2^64.
//!
//! Source: M. D. Vose, "A linear algorithm for generating random numbers with a given
//! distribution", IEEE Trans. Softw. Eng. 17 (1991).

use super::counter::halves;
use crate::units::cast;

/// A table for weighted choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    columns: Box<[Column]>,
}

/// Below `threshold` the column's own thing, from there on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column {
    threshold: u64,
    other: u32,
}

impl Alias {
    /// A table over `weights`; `None` if there are none or all are 0.
    ///
    /// # Panics
    /// If the weights sum to 2^64 or more, or if there are 2^32 of them.
    pub fn new(weights: &[u64]) -> Option<Self> {
        let wide: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
        let total = u64::try_from(wide).expect("the weights of an alias table sum to 2^64 or more");
        if total == 0 {
            return None;
        }
        let count = cast::id_u32(weights.len());
        let scaled = weights
            .iter()
            .map(|&weight| u128::from(weight) * u128::from(count))
            .collect();
        Some(Self {
            columns: fill_columns(scaled, total),
        })
    }

    /// The thing that `draw` chooses.
    #[inline]
    pub fn pick(&self, draw: u64) -> usize {
        let (height, column) = halves(draw, cast::count_to_u64(self.columns.len()));
        let column = cast::index(column);
        let Column { threshold, other } = self.columns[column];
        if height < threshold {
            column
        } else {
            other as usize
        }
    }

    /// How many things there are to choose from.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Never: a table of nothing cannot be made.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

/// Vose's filling: each column of height `total` gets what is left of a small thing and is topped
/// up from a large one. `left` holds the scaled weights not yet placed.
fn fill_columns(mut left: Vec<u128>, total: u64) -> Box<[Column]> {
    let height = u128::from(total);
    let mut columns: Vec<Column> = (0..cast::id_u32(left.len()))
        .map(|own| Column {
            threshold: u64::MAX,
            other: own,
        })
        .collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) =
        (0..left.len()).partition(|&i| left[i] < height);
    while let (Some(&own), Some(&donor)) = (small.last(), large.last()) {
        small.pop();
        columns[own] = Column {
            threshold: cast::low_u64((left[own] << 64) / height),
            other: cast::id_u32(donor),
        };
        left[donor] -= height - left[own];
        if left[donor] < height {
            large.pop();
            small.push(donor);
        }
    }
    // The weights fill the columns exactly, so what remains fills its own column.
    assert!(
        small.is_empty() && large.iter().all(|&i| left[i] == height),
        "the weights do not fill the columns of the alias table"
    );
    columns.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The exact share of the draws, in 2^-64 of a column, that each thing gets.
    fn shares(alias: &Alias) -> Vec<u128> {
        let mut shares = vec![0_u128; alias.len()];
        for (own, column) in alias.columns.iter().enumerate() {
            let whole = 1_u128 << 64;
            let other = column.other as usize;
            if other == own {
                shares[own] += whole;
            } else {
                shares[own] += u128::from(column.threshold);
                shares[other] += whole - u128::from(column.threshold);
            }
        }
        shares
    }

    proptest! {
        #[test]
        fn shares_are_proportional_to_the_weights(
            weights in prop::collection::vec(0_u64..1_000_000, 1..60)
        ) {
            let total: u64 = weights.iter().sum();
            prop_assume!(total > 0);
            let alias = Alias::new(&weights).unwrap();
            for (share, weight) in shares(&alias).into_iter().zip(&weights) {
                let ideal = ((u128::from(*weight) * weights.len() as u128) << 64)
                    / u128::from(total);
                // One unit of rounding per column.
                prop_assert!(share.abs_diff(ideal) <= 64, "{share} for {ideal}");
            }
        }
    }

    #[test]
    fn a_thing_of_weight_0_is_never_chosen() {
        let alias = Alias::new(&[0, 5, 0, 5]).unwrap();
        for i in 0..4096_u64 {
            assert!(alias.pick(i << 52) % 2 == 1);
        }
    }

    #[test]
    fn weights_1_and_3_split_the_draws_one_to_three() {
        // Two columns of height 4; thing 0 holds 2 of the first, thing 1 all the rest.
        let alias = Alias::new(&[1, 3]).unwrap();
        let quarter = 1_u64 << 62;
        assert_eq!(alias.pick(0), 0);
        assert_eq!(alias.pick(quarter - 1), 0);
        assert_eq!(alias.pick(quarter), 1);
        assert_eq!(alias.pick(u64::MAX), 1);
    }

    #[test]
    fn extreme_weights_are_exact_and_nothing_has_no_table() {
        let alias = Alias::new(&[u64::MAX - 1, 1]).unwrap();
        assert_eq!(alias.pick(0), 0);
        assert!(Alias::new(&[]).is_none());
        assert!(Alias::new(&[0, 0]).is_none());
        assert_eq!(Alias::new(&[9]).unwrap().pick(u64::MAX), 0);
    }
}
