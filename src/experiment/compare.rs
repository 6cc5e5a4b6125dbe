//! Arms against a baseline: paired differences with simultaneous intervals, and a verdict each.
//!
//! All arms run under common random numbers, so replication i of one arm is paired with
//! replication i of another. The unit of inference is the replication. Intervals hold together
//! with the confidence of the run (Bonferroni over all comparisons); p-values are adjusted after
//! Holm.

use std::collections::BTreeMap;

use serde::Serialize;

use super::draws::Draws;
use super::{ArmResults, Results};
use crate::metrics::{Better, Measure, registry};
use crate::stats::{Interval, Paired, multiple};
use crate::units::Share;

/// What is compared, and how surely.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The arm that the others are held against.
    pub baseline: String,
    /// The metrics.
    pub metrics: Vec<String>,
    /// Differences that do not matter, by metric, in the metric's unit.
    pub indifference: BTreeMap<String, f64>,
    /// Of all intervals together.
    pub confidence: Share,
    /// Whether the arms share their random numbers.
    pub draws: Draws,
}

impl Terms {
    /// Every arm against `baseline` in the given metrics, under common random numbers, with
    /// simultaneous intervals of 95 %.
    ///
    /// # Panics
    /// Never: 95 % is a share.
    pub fn new(baseline: &str, metrics: &[&str]) -> Self {
        Self {
            baseline: baseline.to_owned(),
            metrics: metrics.iter().map(ToString::to_string).collect(),
            indifference: BTreeMap::new(),
            confidence: Share::new(0.95).expect("a share"),
            draws: Draws::Common,
        }
    }
}

/// One row of `comparisons.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The metric.
    pub metric: String,
    /// The arm.
    pub arm: String,
    /// The arm it is held against.
    pub baseline: String,
    /// Mean over the replications of arm minus baseline.
    pub difference: Option<f64>,
    /// Lower end of the simultaneous interval.
    pub ci_lo: Option<f64>,
    /// Upper end of the simultaneous interval.
    pub ci_hi: Option<f64>,
    /// p-value of no difference, adjusted for all comparisons.
    pub p_adjusted: Option<f64>,
    /// Correlation of the paired replications.
    pub correlation: Option<f64>,
    /// How many times fewer replications pairing needs; below 1 it hurts.
    pub variance_ratio: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
}

/// What a comparison shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every replication gives the same value.
    Identical,
    /// The interval lies on the better side of 0.
    Better,
    /// The interval lies on the worse side of 0.
    Worse,
    /// The interval excludes 0, for a metric that has no better side.
    Different,
    /// The interval lies within the margin of indifference: two one-sided tests.
    Equivalent,
    /// The interval contains 0 and reaches beyond the margin.
    Undecided,
}

impl Verdict {
    /// The verdict of a word in `comparisons.csv`.
    pub fn of_name(name: &str) -> Option<Self> {
        let all = [
            Self::Identical,
            Self::Better,
            Self::Worse,
            Self::Different,
            Self::Equivalent,
            Self::Undecided,
        ];
        all.into_iter().find(|verdict| verdict.name() == name)
    }

    /// The word in `comparisons.csv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Different => "different",
            Self::Equivalent => "equivalent",
            Self::Undecided => "undecided",
        }
    }
}

/// Compares every arm with the baseline; rows sorted by metric and arm.
///
/// # Panics
/// If there is no arm of the baseline's name, or the arms differ in replications.
pub fn compare(results: &Results, terms: &Terms) -> Vec<Comparison> {
    let baseline = results.arms.iter().find(|arm| arm.name == terms.baseline);
    let baseline = baseline.expect("a study is validated when it is read");
    let others: Vec<&ArmResults> = results
        .arms
        .iter()
        .filter(|arm| arm.name != terms.baseline)
        .collect();
    let comparisons = crate::units::cast::count_to_u64(others.len() * terms.metrics.len()).max(1);
    let confidence = multiple::simultaneous_confidence(terms.confidence, comparisons);
    let mut rows = Vec::new();
    for metric in &terms.metrics {
        for arm in &others {
            rows.push(row(metric, arm, baseline, terms, confidence));
        }
    }
    adjust(&mut rows);
    rows.sort_by(|a, b| (&a.metric, &a.arm).cmp(&(&b.metric, &b.arm)));
    rows
}

fn row(
    metric: &str,
    arm: &ArmResults,
    baseline: &ArmResults,
    terms: &Terms,
    confidence: Share,
) -> Comparison {
    let (ours, theirs) = aligned(metric, arm, baseline);
    let paired = Paired::new(&ours, &theirs, confidence);
    let interval = paired.and_then(|paired| paired.difference.interval);
    let margin = terms.indifference.get(metric).copied();
    Comparison {
        metric: metric.to_owned(),
        arm: arm.name.clone(),
        baseline: baseline.name.clone(),
        difference: paired.map(|paired| paired.difference.mean),
        ci_lo: interval.map(|interval| interval.lo),
        ci_hi: interval.map(|interval| interval.hi),
        p_adjusted: paired.and_then(|paired| paired.difference.p_value(0.0)),
        correlation: paired.and_then(|paired| paired.correlation),
        variance_ratio: paired.and_then(|paired| paired.variance_ratio),
        verdict: verdict(metric, &ours, &theirs, interval, margin),
    }
}

/// Per arm but the baseline: messages that exist in it or in the baseline only, at least, over
/// all replications. Where it is 0 every message is paired with itself.
///
/// # Panics
/// If there is no arm of the baseline's name.
pub fn unpaired(results: &Results, terms: &Terms) -> Vec<(String, u64)> {
    let baseline = results.arms.iter().find(|arm| arm.name == terms.baseline);
    let baseline = baseline.expect("a study is validated when it is read");
    let of = |arm: &ArmResults| {
        let pairs = arm.replications.iter().zip(&baseline.replications);
        pairs
            .map(|(a, b)| a.measured.created.unpaired(b.measured.created))
            .sum()
    };
    let others = results.arms.iter().filter(|arm| arm.name != terms.baseline);
    others.map(|arm| (arm.name.clone(), of(arm))).collect()
}

/// The values of both arms in the replications in which both have one.
fn aligned(metric: &str, arm: &ArmResults, baseline: &ArmResults) -> (Vec<f64>, Vec<f64>) {
    let values = |arm: &ArmResults| {
        let measures = arm.replications.iter().map(|replication| {
            let values = &replication.measured.values;
            let place = values.binary_search_by(|value| value.name.as_str().cmp(metric));
            place.ok().map(|place| values[place].measure)
        });
        measures
            .map(|measure| measure.and_then(Measure::value))
            .collect::<Vec<_>>()
    };
    values(arm)
        .into_iter()
        .zip(values(baseline))
        .filter_map(|(a, b)| Some((a?, b?)))
        .unzip()
}

fn verdict(
    metric: &str,
    ours: &[f64],
    theirs: &[f64],
    interval: Option<Interval>,
    margin: Option<f64>,
) -> Verdict {
    let is_identical = !ours.is_empty()
        && ours
            .iter()
            .zip(theirs)
            .all(|(a, b)| a.total_cmp(b) == std::cmp::Ordering::Equal);
    if is_identical {
        return Verdict::Identical;
    }
    let Some(interval) = interval else {
        return Verdict::Undecided;
    };
    if margin.is_some_and(|margin| -margin < interval.lo && interval.hi < margin) {
        return Verdict::Equivalent;
    }
    let better = registry::find(metric).map_or(Better::Neither, |entry| entry.better);
    match (interval.hi < 0.0, interval.lo > 0.0, better) {
        (false, false, _) => Verdict::Undecided,
        (_, _, Better::Neither) => Verdict::Different,
        (true, _, Better::Lower) | (_, true, Better::Higher) => Verdict::Better,
        (true, _, Better::Higher) | (_, true, Better::Lower) => Verdict::Worse,
    }
}

/// Holm's adjustment over all rows that have a p-value.
fn adjust(rows: &mut [Comparison]) {
    let raw: Vec<f64> = rows.iter().filter_map(|row| row.p_adjusted).collect();
    let mut adjusted = multiple::holm(&raw).into_iter();
    for row in rows.iter_mut().filter(|row| row.p_adjusted.is_some()) {
        row.p_adjusted = adjusted.next();
    }
}

/// Arms that no other arm beats in one of the metrics without losing in another.
///
/// Only metrics with a better side count; arms without a value are left out.
pub fn pareto_front(results: &Results, metrics: &[String], confidence: Share) -> Vec<String> {
    let sides: Vec<(&String, f64)> = metrics
        .iter()
        .filter_map(|metric| match registry::find(metric)?.better {
            Better::Lower => Some((metric, 1.0)),
            Better::Higher => Some((metric, -1.0)),
            Better::Neither => None,
        })
        .collect();
    let costs = |arm: &ArmResults| -> Option<Vec<f64>> {
        let cost = |(metric, sign): &(&String, f64)| {
            let measures = super::rows::measures_of(arm, metric);
            super::rows::estimate(&measures, confidence).map(|estimate| sign * estimate.mean)
        };
        sides.iter().map(cost).collect()
    };
    let all: Vec<(&str, Vec<f64>)> = results
        .arms
        .iter()
        .filter_map(|arm| Some((arm.name.as_str(), costs(arm)?)))
        .collect();
    let beats = |a: &[f64], b: &[f64]| a != b && a.iter().zip(b).all(|(a, b)| a <= b);
    let stands = |costs: &[f64]| !all.iter().any(|(_, other)| beats(other, costs));
    all.iter()
        .filter(|(_, costs)| stands(costs))
        .map(|(name, _)| (*name).to_owned())
        .collect()
}

/// The ratio of the baseline's value of a metric to an arm's, with its interval by the jackknife
/// on its logarithm; none where a value is 0.
pub fn improvement(
    results: &Results,
    terms: &Terms,
    arm: &str,
    metric: &str,
) -> Option<(f64, Option<(f64, f64)>)> {
    let find = |name: &str| results.arms.iter().find(|arm| arm.name == name);
    let (ours, theirs) = aligned(metric, find(arm)?, find(&terms.baseline)?);
    let logs: Option<Vec<f64>> = ours
        .iter()
        .zip(&theirs)
        .map(|(a, b)| (*a > 0.0 && *b > 0.0).then(|| libm::log(b / a)))
        .collect();
    let estimate = crate::stats::Estimate::of_mean(&logs?, terms.confidence)?;
    let interval = estimate
        .interval
        .map(|i| (libm::exp(i.lo), libm::exp(i.hi)));
    Some((libm::exp(estimate.mean), interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_of(metric: &str, ours: &[f64], theirs: &[f64], margin: Option<f64>) -> Verdict {
        let confidence = Share::new(0.95).unwrap();
        let paired = Paired::new(ours, theirs, confidence).unwrap();
        verdict(metric, ours, theirs, paired.difference.interval, margin)
    }

    #[test]
    fn a_verdict_follows_the_interval_and_the_better_side() {
        let base = [0.50, 0.52, 0.51, 0.49];
        let lower = [0.20, 0.23, 0.21, 0.18];
        assert_eq!(
            verdict_of("spam.leakage", &lower, &base, None),
            Verdict::Better
        );
        assert_eq!(
            verdict_of("spam.leakage", &base, &lower, None),
            Verdict::Worse
        );
        assert_eq!(
            verdict_of("label.recall", &lower, &base, None),
            Verdict::Worse
        );
        assert_eq!(
            verdict_of("inbox.throughput", &lower, &base, None),
            Verdict::Different
        );
    }

    #[test]
    fn equal_draws_are_identical_and_small_differences_equivalent_within_the_margin() {
        let base = [0.50, 0.52, 0.51, 0.49];
        let near = [0.501, 0.519, 0.511, 0.491];
        assert_eq!(
            verdict_of("spam.leakage", &base, &base, None),
            Verdict::Identical
        );
        assert_eq!(
            verdict_of("spam.leakage", &near, &base, Some(0.01)),
            Verdict::Equivalent
        );
        assert_eq!(
            verdict_of("spam.leakage", &near, &base, None),
            Verdict::Undecided
        );
    }
}
