//! The points of a design: grid, Latin hypercube, Sobol's sequence.
//!
//! Latin hypercube of n points: in each dimension stratum `p(i)` of n for a permutation p of its
//! own, and a uniform place within it. Source: `McKay`, Beckman and Conover, Technometrics 21 (1979).

use crate::rng::{Permutation, Purpose, Seed, uniform};
use crate::scenario::{DesignSpec, Factor, Levels, Node, Sweep};
use crate::stats::sobol::Sobol;
use crate::units::cast;

/// Strata of a range whose values do not repeat, for main effects.
const STRATA: usize = 3;

/// One point: a value for each factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The values, in the order of the factors.
    pub values: Vec<Node>,
    /// For each factor the level to which its value belongs.
    pub levels: Vec<usize>,
}

/// One level of a factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// As tables show it: the value, or the ends of a stratum.
    pub label: String,
}

/// What a factor is called, and the key that it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorName {
    /// Its name; a column of `sweep.csv`.
    pub name: String,
    /// The dotted key of the scenario.
    pub key: String,
}

/// All points of a design.
#[derive(Debug, Clone)]
pub struct Points {
    factors: Vec<FactorName>,
    all: Vec<Point>,
    levels: Vec<Vec<Level>>,
}

impl Points {
    /// The points of a sweep.
    pub fn of(sweep: &Sweep) -> Self {
        let dimensions = sweep.factors.len();
        let (points, levels) = match sweep.design {
            DesignSpec::Grid => grid(&sweep.grid),
            DesignSpec::LatinHypercube { points, seed } => {
                let coordinates = latin_hypercube(u64::from(points), dimensions, seed);
                filled(&sweep.factors, coordinates)
            }
            DesignSpec::Sobol { points } => {
                let coordinates = Sobol::new(dimensions).take(points as usize).collect();
                filled(&sweep.factors, coordinates)
            }
        };
        let named = |factor: &Factor| FactorName {
            name: factor.name.clone(),
            key: factor.key.clone(),
        };
        let factors = sweep.factors.iter().map(named).collect();
        Self::new(factors, points, levels)
    }

    /// Points that were made before, with the levels of each factor.
    ///
    /// # Panics
    /// If a point has not one value and one level for each factor.
    pub fn new(factors: Vec<FactorName>, points: Vec<Point>, levels: Vec<Vec<Level>>) -> Self {
        let is_whole = |point: &Point| {
            let of_levels = point.levels.iter().zip(&levels);
            point.values.len() == factors.len()
                && point.levels.len() == factors.len()
                && of_levels
                    .clone()
                    .all(|(level, levels)| *level < levels.len())
        };
        assert!(levels.len() == factors.len() && points.iter().all(is_whole));
        Self {
            factors,
            all: points,
            levels,
        }
    }

    /// The factors, in the order of the values of a point.
    pub fn factors(&self) -> &[FactorName] {
        &self.factors
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A point, from 0.
    pub fn get(&self, index: usize) -> &Point {
        &self.all[index]
    }

    /// The points in order.
    pub fn iter(&self) -> impl Iterator<Item = &Point> {
        self.all.iter()
    }

    /// The levels of a factor, by its place among the factors.
    pub fn levels(&self, factor: usize) -> &[Level] {
        &self.levels[factor]
    }
}

/// A value as people write it: without the quotes of a string.
fn shown(node: &Node) -> String {
    node.text().map_or_else(|| node.to_string(), str::to_owned)
}

fn level(label: String) -> Level {
    Level { label }
}

/// Points, and the levels of each factor.
type Designed = (Vec<Point>, Vec<Vec<Level>>);

/// Every combination, the last factor fastest.
fn grid(values: &[Vec<Node>]) -> Designed {
    let count: usize = values.iter().map(Vec::len).product();
    let point = |mut index: usize| {
        let mut levels = vec![0; values.len()];
        for (factor, values) in values.iter().enumerate().rev() {
            levels[factor] = index % values.len();
            index /= values.len();
        }
        let chosen = levels.iter().zip(values);
        Point {
            values: chosen
                .map(|(level, values)| values[*level].clone())
                .collect(),
            levels,
        }
    };
    let labels = |values: &Vec<Node>| values.iter().map(|node| level(shown(node))).collect();
    let levels = values.iter().map(labels).collect();
    ((0..count).map(point).collect(), levels)
}

fn filled(factors: &[Factor], coordinates: Vec<Vec<f64>>) -> Designed {
    let levels: Vec<Vec<Level>> = factors.iter().map(strata).collect();
    let stratum = |coordinate: f64, levels: &Vec<Level>| {
        let count = cast::count_to_f64(cast::count_to_u64(levels.len()));
        cast::index(cast::f64_floor(coordinate * count)).min(levels.len() - 1)
    };
    let point = |coordinates: Vec<f64>| Point {
        values: factors
            .iter()
            .zip(&coordinates)
            .map(|(f, u)| f.at(*u))
            .collect(),
        levels: coordinates
            .iter()
            .zip(&levels)
            .map(|(u, l)| stratum(*u, l))
            .collect(),
    };
    (coordinates.into_iter().map(point).collect(), levels.clone())
}

/// The listed values, or equal parts of a range.
fn strata(factor: &Factor) -> Vec<Level> {
    match &factor.levels {
        Levels::Values(values) => values.iter().map(|node| level(shown(node))).collect(),
        Levels::Range(_) => {
            let end = |part: usize| {
                let part = cast::count_to_f64(cast::count_to_u64(part));
                shown(&factor.at(part / cast::count_to_f64(cast::count_to_u64(STRATA))))
            };
            let label = |part| level(format!("{} to {}", end(part), end(part + 1)));
            (0..STRATA).map(label).collect()
        }
    }
}

fn latin_hypercube(points: u64, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    // No replication has this number, so no run shares these draws.
    let draws = Seed {
        seed,
        replication: u64::MAX,
    }
    .counter_for(Purpose::Sample);
    let dimension = |d: u64| (Permutation::new(points, draws.draw(d, u64::MAX)), d);
    let dimensions: Vec<_> = (0..cast::count_to_u64(dimensions)).map(dimension).collect();
    let size = cast::count_to_f64(points);
    let coordinate = |i: u64, (order, d): &(Permutation, u64)| {
        let within = uniform::unit(draws.draw(*d, i));
        (cast::count_to_f64(order.image(i)) + within) / size
    };
    let point = |i| dimensions.iter().map(|d| coordinate(i, d)).collect();
    (0..points).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latin_hypercube_has_one_point_in_every_stratum_of_every_factor() {
        for seed in [1, 2] {
            let points = latin_hypercube(50, 4, seed);
            for dimension in 0..4 {
                let stratum = |point: &Vec<f64>| cast::f64_floor(point[dimension] * 50.0);
                let mut strata: Vec<u64> = points.iter().map(stratum).collect();
                strata.sort_unstable();
                assert!(strata.into_iter().eq(0..50), "{dimension}");
            }
        }
        assert_ne!(latin_hypercube(50, 4, 1), latin_hypercube(50, 4, 2));
    }

    #[test]
    fn dimensions_of_a_latin_hypercube_are_not_correlated() {
        let points = latin_hypercube(4_000, 2, 7);
        let product = |point: &Vec<f64>| (point[0] - 0.5) * (point[1] - 0.5);
        let sum: f64 = points.iter().map(product).sum();
        // Correlation = sum / (n / 12), of standard deviation 1 / sqrt n.
        let correlation = sum / (4_000.0 / 12.0);
        assert!(
            correlation.abs() < 4.5 / libm::sqrt(4_000.0),
            "{correlation}"
        );
    }
}
