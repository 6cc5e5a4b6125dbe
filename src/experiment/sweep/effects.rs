//! Main effects: how far the mean over the points with one level of a factor lies from the mean
//! over all points.
//!
//! Both means are taken within each replication, whose random numbers all points share; the
//! interval is that of their differences over the replications.

use super::{CellResults, Points};
use crate::stats::Estimate;
use crate::units::{Share, cast};

/// The main effect of one level of a factor on a metric of an arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The metric.
    pub metric: String,
    /// The arm.
    pub arm: String,
    /// Place of the factor among the factors.
    pub factor: usize,
    /// Place of the level among the factor's.
    pub level: usize,
    /// Points with that level.
    pub points: u64,
    /// Mean of the metric over them and the replications.
    pub mean: Option<f64>,
    /// Its distance from the mean over all points.
    pub effect: Option<f64>,
    /// Lower end of the interval of that distance.
    pub ci_lo: Option<f64>,
    /// Upper end.
    pub ci_hi: Option<f64>,
}

/// The effects of every level of every factor, by metric, arm, factor and level.
///
/// Points at which the metric has no value in some replication are left out.
pub fn effects(cells: &[CellResults], points: &Points, confidence: Share) -> Vec<Effect> {
    let mut names: Vec<(&str, &str)> = cells.iter().map(|c| (&*c.metric, &*c.arm)).collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for (metric, arm) in names {
        let of_both = |cell: &&CellResults| cell.metric == metric && cell.arm == arm;
        let whole = |cell: &CellResults| -> Option<(usize, Vec<f64>)> {
            Some((
                cell.point,
                cell.values.iter().copied().collect::<Option<_>>()?,
            ))
        };
        let table: Vec<(usize, Vec<f64>)> =
            cells.iter().filter(of_both).filter_map(whole).collect();
        for factor in 0..points.get(0).levels.len() {
            for level in 0..points.levels(factor).len() {
                let has = |point: usize| points.get(point).levels[factor] == level;
                let (estimate, count, mean) = contrast(&table, has, confidence);
                let interval = estimate.and_then(|estimate| estimate.interval);
                found.push(Effect {
                    metric: metric.to_owned(),
                    arm: arm.to_owned(),
                    factor,
                    level,
                    points: count,
                    mean,
                    effect: estimate.map(|estimate| estimate.mean),
                    ci_lo: interval.map(|interval| interval.lo),
                    ci_hi: interval.map(|interval| interval.hi),
                });
            }
        }
    }
    found
}

/// The difference between the mean over some points and over all, replication by replication; how
/// many points, and their mean.
fn contrast(
    table: &[(usize, Vec<f64>)],
    has: impl Fn(usize) -> bool,
    confidence: Share,
) -> (Option<Estimate>, u64, Option<f64>) {
    let some: Vec<&Vec<f64>> = table
        .iter()
        .filter(|row| has(row.0))
        .map(|row| &row.1)
        .collect();
    let all: Vec<&Vec<f64>> = table.iter().map(|row| &row.1).collect();
    let count = cast::count_to_u64(some.len());
    let replications = all.iter().map(|values| values.len()).min().unwrap_or(0);
    if some.is_empty() || replications == 0 {
        return (None, count, None);
    }
    let mean = |rows: &[&Vec<f64>], r: usize| {
        let sum: f64 = rows.iter().map(|values| values[r]).sum();
        sum / cast::count_to_f64(cast::count_to_u64(rows.len()))
    };
    let differences: Vec<f64> = (0..replications)
        .map(|r| mean(&some, r) - mean(&all, r))
        .collect();
    let level: f64 = (0..replications).map(|r| mean(&some, r)).sum();
    let level = level / cast::count_to_f64(cast::count_to_u64(replications));
    (
        Estimate::of_mean(&differences, confidence),
        count,
        Some(level),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_calculation_agrees() {
        // Two levels, two points each, two replications. Level means 2 and 6 (first replication),
        // 3 and 5 (second); means over all 4 and 4: effects -2, -1 and 2, 1.
        let table = [
            (0, vec![1.0, 2.0]),
            (1, vec![3.0, 4.0]),
            (2, vec![5.0, 5.0]),
            (3, vec![7.0, 5.0]),
        ];
        let confidence = Share::new(0.95).unwrap();
        let (low, count, mean) = contrast(&table, |point| point < 2, confidence);
        assert_eq!((count, mean), (2, Some(2.5)));
        assert!((low.unwrap().mean + 1.5).abs() < 1e-12);
        // t(0.975, 1) = 12.7062047 times sd .7071 / sqrt 2 = .5.
        let half = low.unwrap().interval.unwrap().half_width;
        assert!((half - 12.706_204_736 * 0.5).abs() < 1e-6, "{half}");
        let (high, _, _) = contrast(&table, |point| point >= 2, confidence);
        assert!((high.unwrap().mean - 1.5).abs() < 1e-12);
        assert_eq!(contrast(&table, |_| false, confidence).1, 0);
    }
}
