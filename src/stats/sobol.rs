//! Sobol's sequence: points that fill a cube evenly, the first 2^k of them one per dyadic box.
//!
//! Point i has in each dimension the exclusive or of the direction numbers `v_j` of the bits j of
//! the Gray code of i. A dimension is a primitive polynomial of degree s with coefficients a and
//! first numbers `m_1` .. `m_s`; the others follow from
//! `m_k = 2 a_1 m_(k-1) xor ... xor 2^s m_(k-s) xor m_(k-s)`, and `v_k = m_k / 2^k`.
//!
//! Sources: Bratley and Fox, Algorithm 659, ACM TOMS 14 (1988); direction numbers of S. Joe and F.
//! Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci.
//! Comput. 30 (2008), file new-joe-kuo-6.21201, the first dimensions.

/// Degree s, coefficients a, and `m_1` .. `m_s`, from the second dimension on.
const DIRECTIONS: [(u32, u32, &[u32]); 20] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
    (6, 19, &[1, 1, 1, 15, 7, 5]),
    (6, 22, &[1, 3, 1, 15, 13, 25]),
    (6, 25, &[1, 1, 5, 5, 19, 61]),
    (7, 1, &[1, 3, 7, 11, 23, 15, 103]),
    (7, 4, &[1, 3, 7, 13, 13, 15, 69]),
];

/// How many dimensions there are.
pub const MOST_DIMENSIONS: usize = DIRECTIONS.len() + 1;

/// Bits of a coordinate.
const BITS: usize = 32;

/// 2^32.
const SCALE: f64 = 4_294_967_296.0;

/// The sequence in some dimensions, from point 0 = the origin on.
#[derive(Debug, Clone)]
pub struct Sobol {
    directions: Vec<[u32; BITS]>,
    point: Vec<u32>,
    index: u32,
}

impl Sobol {
    /// The sequence in `dimensions` dimensions.
    ///
    /// # Panics
    /// If there are more than [`MOST_DIMENSIONS`].
    pub fn new(dimensions: usize) -> Self {
        assert!(
            dimensions <= MOST_DIMENSIONS,
            "direction numbers are known for {MOST_DIMENSIONS} dimensions"
        );
        Self {
            directions: (0..dimensions).map(directions).collect(),
            point: vec![0; dimensions],
            index: 0,
        }
    }
}

impl Iterator for Sobol {
    type Item = Vec<f64>;

    /// The next point; every coordinate is in [0, 1).
    fn next(&mut self) -> Option<Vec<f64>> {
        let point = self.point.iter();
        let point = point.map(|bits| f64::from(*bits) / SCALE).collect();
        // The Gray codes of i and i + 1 differ in the lowest bit of i that is 0.
        let changed = self.index.trailing_ones() as usize;
        self.index = self.index.checked_add(1)?;
        for (bits, directions) in self.point.iter_mut().zip(&self.directions) {
            *bits ^= directions[changed];
        }
        Some(point)
    }
}

/// The direction numbers of a dimension, as fractions of 2^32.
fn directions(dimension: usize) -> [u32; BITS] {
    let Some(place) = dimension.checked_sub(1) else {
        return std::array::from_fn(|k| 1 << (BITS - 1 - k));
    };
    let (degree, coefficients, first) = DIRECTIONS[place];
    let degree = degree as usize;
    let mut numbers = [0; BITS];
    for (k, m) in first.iter().enumerate() {
        numbers[k] = m << (BITS - 1 - k);
    }
    for k in degree..BITS {
        let back = numbers[k - degree];
        numbers[k] = back ^ (back >> degree);
        for j in 1..degree {
            let is_there = coefficients >> (degree - 1 - j) & 1;
            numbers[k] ^= is_there * numbers[k - j];
        }
    }
    numbers
}

/// Whether the first `points` points are balanced in every dimension: a power of two.
pub fn is_balanced(points: u32) -> bool {
    points.is_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::cast;

    #[test]
    fn the_first_points_are_the_published_ones() {
        // Joe and Kuo, notes on generating Sobol sequences: the first ten points in three
        // dimensions.
        let expected = [
            [0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
            [0.625, 0.125, 0.875],
            [0.125, 0.625, 0.375],
            [0.1875, 0.3125, 0.9375],
            [0.6875, 0.8125, 0.4375],
        ];
        let found: Vec<Vec<f64>> = Sobol::new(3).take(10).collect();
        assert_eq!(found, expected.map(Vec::from));
    }

    #[test]
    fn any_block_of_a_power_of_two_has_one_point_in_every_slice() {
        let points: Vec<Vec<f64>> = Sobol::new(MOST_DIMENSIONS).take(256).collect();
        for dimension in 0..MOST_DIMENSIONS {
            let mut slices: Vec<u64> = points
                .iter()
                .map(|point| cast::f64_floor(point[dimension] * 256.0))
                .collect();
            slices.sort_unstable();
            assert!(slices.into_iter().eq(0..256), "dimension {dimension}");
        }
    }

    #[test]
    fn every_point_of_the_oracle_file_is_met() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/designs/sobol.csv");
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_path(path)
            .unwrap();
        let mut sequence = Sobol::new(MOST_DIMENSIONS);
        let mut seen = 0;
        for row in rows.records() {
            let row = row.unwrap();
            let expected: Vec<f64> = row.iter().map(|cell| cell.parse().unwrap()).collect();
            assert_eq!(sequence.next().unwrap(), expected, "point {seen}");
            seen += 1;
        }
        assert_eq!(seen, 100);
    }
}
