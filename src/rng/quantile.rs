//! The octave quantile table: any distribution from one 64-bit draw, in integers.
//!
//! Rule: a draw `u` stands for the chance `(u + 1/2) / 2^64`. Its distance `d` to the nearer end
//! of the 64-bit range chooses the cell: the leading zeros of `d` the octave, the next seven bits
//! one of the octave's 128 cells, the rest the place in the cell, between whose edges the value
//! is interpolated. The 256 innermost cells hold one draw each, so both tails are resolved to the
//! last draw. Values are nanoseconds, rounded to nearest, and never fall as `u` grows.
//!
//! A chord over a cell of width h overestimates the mean of a convex tail by `h^2 / 12` times the
//! second derivative, up to 4e-6 of the mean for the usual laws; the edges are lowered by as much,
//! which leaves errors of the next order. Building takes about 15,000 quantiles; a draw takes none, so that no result depends on the
//! platform's arithmetic of logarithms.

use std::sync::LazyLock;

use super::inverse::{self, Tail};
use crate::units::cast;

/// A distribution as two sequences of cell edges, one from each end of the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OctaveTable {
    /// Values at the edges, in nanoseconds: first those counted from below, then those counted
    /// from above.
    edges: Box<[i64]>,
}

/// log2 of the cells per octave.
const CELL_BITS: u32 = 7;
const CELLS_PER_OCTAVE: usize = 1 << CELL_BITS;
/// The innermost group, whose cells hold one draw each, begins with this many leading zeros.
const DEEPEST: u32 = 63 - CELL_BITS;
/// Edges on each side; one more than cells.
const EDGES: usize = (DEEPEST as usize + 1) * CELLS_PER_OCTAVE + 1;

impl OctaveTable {
    /// Tabulates the quantile function `value_ns`; it must not fall as the chance grows.
    pub(super) fn new(value_ns: impl Fn(Tail) -> f64) -> Self {
        Self::of_sides(
            |edge| value_ns(Tail::Below(chance_of(edge))),
            |edge| value_ns(Tail::Above(chance_of(edge))),
        )
    }

    /// Tabulates a function of a standard normal variate; it must not fall as the variate grows.
    ///
    /// The variates of the edges are the costly part, and the same for every such law.
    pub(super) fn of_normal(value_ns: impl Fn(f64) -> f64) -> Self {
        let deviates: &[f64] = &DEVIATES;
        Self::of_sides(
            |edge| value_ns(deviates[edge]),
            |edge| value_ns(-deviates[edge]),
        )
    }

    /// Tabulates the values at the edges counted from below and from above.
    fn of_sides(below: impl Fn(usize) -> f64, above: impl Fn(usize) -> f64) -> Self {
        let mut edges = tabulate(below);
        let mut from_above = tabulate(above);
        let last = EDGES - 1;
        // Rounding may let a neighbour step back by its last digit: never let a value fall.
        make_monotone(&mut edges);
        from_above[last] = edges[last];
        from_above.reverse();
        make_monotone(&mut from_above);
        from_above.reverse();
        edges.append(&mut from_above);
        Self {
            edges: edges.into_boxed_slice(),
        }
    }

    /// The value that `draw` stands for, in nanoseconds.
    #[inline]
    pub(super) fn value_ns(&self, draw: u64) -> u64 {
        let side = draw >> 63;
        // From above the distance is that to the largest draw: flip all bits, without a branch.
        let distance = draw ^ side.wrapping_neg();
        let zeros = distance.leading_zeros().min(DEEPEST);
        let aligned = distance << zeros;
        let cell = (aligned >> DEEPEST) as usize;
        let edge = side as usize * EDGES + (DEEPEST - zeros) as usize * CELLS_PER_OCTAVE + cell;
        let place = (aligned << (64 - DEEPEST)) >> 1;
        interpolate(self.edges[edge], self.edges[edge + 1], place).cast_unsigned()
    }

    /// The exact mean over all draws, but for the rounding to whole nanoseconds.
    pub(super) fn mean_ns(&self) -> f64 {
        self.cells()
            .map(|cell| cell.weight * (cell.start + cell.rise * cell.mean_place))
            .sum()
    }

    /// The exact variance over all draws, but for the rounding to whole nanoseconds.
    pub(super) fn variance_ns2(&self) -> f64 {
        let mean = self.mean_ns();
        self.cells()
            .map(|cell| {
                let start = cell.start - mean;
                let linear = 2.0 * start * cell.rise * cell.mean_place;
                let squared = cell.rise * cell.rise * cell.mean_square_place;
                cell.weight * (start * start + linear + squared)
            })
            .sum()
    }

    fn cells(&self) -> impl Iterator<Item = Cell> {
        [0, EDGES].into_iter().flat_map(move |side| {
            (0..EDGES - 1).map(move |edge| {
                let draws = cast::count_to_f64(distance_of(edge + 1) - distance_of(edge));
                let start = signed(self.edges[side + edge]);
                Cell {
                    weight: draws / TWO_TO_64,
                    start,
                    rise: signed(self.edges[side + edge + 1]) - start,
                    mean_place: (1.0 - 1.0 / draws) / 2.0,
                    mean_square_place: (1.0 - 1.0 / draws) * (2.0 - 1.0 / draws) / 6.0,
                }
            })
        })
    }
}

/// One cell for integration; places are the fractions `0/n, 1/n, ..., (n-1)/n`.
struct Cell {
    weight: f64,
    start: f64,
    rise: f64,
    mean_place: f64,
    mean_square_place: f64,
}

const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// `start + (end - start) * place / 2^63`, rounded to nearest.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "lies between two i64")]
fn interpolate(start: i64, end: i64, place: u64) -> i64 {
    let rise = i128::from(end - start) * i128::from(place.cast_signed());
    start + ((rise + (1 << 62)) >> 63) as i64
}

/// Standard normal quantiles at the edges counted from below. Found once: they are a constant.
static DEVIATES: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let deviate = |edge| inverse::normal(Tail::Below(chance_of(edge)));
    (0..EDGES).map(deviate).collect()
});

/// Whole nanoseconds at the edges of one side.
fn tabulate(value_ns: impl Fn(usize) -> f64) -> Vec<i64> {
    let values: Vec<f64> = (0..EDGES).map(value_ns).map(within_range).collect();
    unbiased(&values)
}

/// The distance to the end of the range at which cell `edge` begins.
fn distance_of(edge: usize) -> u64 {
    let octave = (edge / CELLS_PER_OCTAVE).saturating_sub(1);
    cast::count_to_u64(edge - octave * CELLS_PER_OCTAVE) << octave
}

/// The chance that the draw at an edge stands for, counted from its end of the range.
fn chance_of(edge: usize) -> f64 {
    ((cast::count_to_f64(distance_of(edge)) + 0.5) / TWO_TO_64).min(0.5)
}

/// Lowers the edges by the mean error of the chords beside them and rounds to nanoseconds.
fn unbiased(values: &[f64]) -> Vec<i64> {
    let mean_error = |edge: usize| {
        if edge <= SINGLE_DRAW_CELLS || edge + 1 == EDGES {
            return 0.0;
        }
        let inner = cast::count_to_f64(distance_of(edge) - distance_of(edge - 1));
        let outer = cast::count_to_f64(distance_of(edge + 1) - distance_of(edge));
        let bend =
            (values[edge + 1] - values[edge]) / outer - (values[edge] - values[edge - 1]) / inner;
        // (inner^3 + outer^3) / (inner + outer) / 12 * the second derivative.
        (inner * inner - inner * outer + outer * outer) * bend / (inner + outer) / 6.0
    };
    (0..EDGES)
        .map(|edge| signed_ns(values[edge] - mean_error(edge)))
        .collect()
}

/// Cells that hold one draw have no chord.
const SINGLE_DRAW_CELLS: usize = 2 * CELLS_PER_OCTAVE;

/// Nanoseconds within the 292 years that a signed integer holds.
fn within_range(ns: f64) -> f64 {
    assert!(!ns.is_nan(), "a quantile is not a number");
    ns.min(TWO_TO_64 / 2.0)
}

fn signed_ns(ns: f64) -> i64 {
    i64::try_from(cast::f64_to_ns(ns)).unwrap_or(i64::MAX)
}

fn make_monotone(values: &mut [i64]) {
    for i in 1..values.len() {
        values[i] = values[i].max(values[i - 1]);
    }
}

fn signed(ns: i64) -> f64 {
    cast::signed_to_f64(i128::from(ns))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A law whose value is the chance itself, in units of 2^-40.
    fn identity() -> OctaveTable {
        OctaveTable::new(|tail| match tail {
            Tail::Below(chance) => chance * 1_099_511_627_776.0,
            Tail::Above(chance) => (1.0 - chance) * 1_099_511_627_776.0,
        })
    }

    #[test]
    fn the_edges_tile_half_of_the_range_without_gaps() {
        assert_eq!(distance_of(0), 0);
        assert_eq!(distance_of(255), 255);
        assert_eq!(distance_of(256), 256);
        assert_eq!(distance_of(257), 258);
        assert_eq!(distance_of(EDGES - 1), 1 << 63);
        assert!((1..EDGES).all(|edge| distance_of(edge) > distance_of(edge - 1)));
    }

    #[test]
    fn a_linear_law_is_reproduced_to_the_nanosecond() {
        let table = identity();
        for draw in [
            0,
            1,
            255,
            256,
            1 << 24,
            1 << 40,
            3 << 61,
            u64::MAX - 5,
            u64::MAX,
        ] {
            let exact = (u128::from(draw) + (1 << 23)) >> 24;
            assert!(
                u128::from(table.value_ns(draw)).abs_diff(exact) <= 1,
                "{draw}"
            );
        }
    }

    #[test]
    fn a_linear_law_has_the_moments_of_the_uniform() {
        let table = identity();
        let width = 1_099_511_627_776.0;
        assert!((table.mean_ns() / (width / 2.0) - 1.0).abs() < 1e-12);
        assert!((table.variance_ns2() / (width * width / 12.0) - 1.0).abs() < 1e-11);
    }

    #[test]
    fn a_law_of_normal_variates_is_that_of_its_quantile_function_to_the_bit() {
        let value = |z: f64| 1e9 * libm::exp(0.7 * z);
        let direct = OctaveTable::new(|tail| value(inverse::normal(tail)));
        assert_eq!(OctaveTable::of_normal(value), direct);
    }

    #[test]
    fn values_beyond_292_years_are_held_there() {
        let table = OctaveTable::new(|tail| match tail {
            Tail::Below(_) => 0.0,
            Tail::Above(_) => f64::INFINITY,
        });
        assert_eq!(table.value_ns(0), 0);
        assert_eq!(table.value_ns(u64::MAX), i64::MAX.cast_unsigned());
    }

    proptest! {
        #[test]
        fn values_never_fall_as_the_draw_grows(a: u64, b: u64, near in 0_u64..1_000) {
            let steep = OctaveTable::new(|tail| libm::exp(-9.0 * tail.log_survival()));
            for (a, b) in [(a, b), (a, a.saturating_add(near)), (near, near + 1)] {
                let (low, high) = (a.min(b), a.max(b));
                prop_assert!(steep.value_ns(low) <= steep.value_ns(high));
            }
        }
    }
}
