//! Whether results keep the bounds that the scenario expects.

use std::collections::BTreeMap;

use super::rows::SummaryRow;
use crate::scenario::ExpectSpec;

/// What became of one expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// Its name in the scenario.
    pub name: String,
    /// The metric.
    pub metric: String,
    /// What was measured.
    pub mean: Option<f64>,
    /// Held, failed or undecided.
    pub verdict: Verdict,
}

/// Whether an expectation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The interval (the value, with one replication) keeps the bounds.
    Held,
    /// The interval straddles a bound: more replications would decide.
    Inconclusive,
    /// The interval breaks a bound, or there is nothing to measure.
    Failed,
}

/// Judges every expectation against the summary of one arm.
pub fn judge(
    expectations: &BTreeMap<String, ExpectSpec>,
    summary: &[SummaryRow],
) -> Vec<Expectation> {
    let one = |(name, spec): (&String, &ExpectSpec)| {
        let row = summary.iter().find(|row| row.metric == spec.metric);
        Expectation {
            name: name.clone(),
            metric: spec.metric.clone(),
            mean: row.and_then(|row| row.mean),
            verdict: row.map_or(Verdict::Failed, |row| verdict(spec, row)),
        }
    };
    expectations.iter().map(one).collect()
}

fn verdict(spec: &ExpectSpec, row: &SummaryRow) -> Verdict {
    let Some(mean) = row.mean else {
        return Verdict::Failed;
    };
    let (low, high) = (row.ci_lo.unwrap_or(mean), row.ci_hi.unwrap_or(mean));
    let above = spec
        .max
        .map_or(Verdict::Held, |max| side(high <= max.0, low > max.0));
    let below = spec
        .min
        .map_or(Verdict::Held, |min| side(low >= min.0, high < min.0));
    above.max(below)
}

fn side(keeps: bool, breaks: bool) -> Verdict {
    match (keeps, breaks) {
        (true, _) => Verdict::Held,
        (_, true) => Verdict::Failed,
        _ => Verdict::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Bound;

    fn row(mean: f64, half: Option<f64>) -> SummaryRow {
        SummaryRow {
            arm: "base".to_owned(),
            metric: "spam.leakage".to_owned(),
            unit: "ratio",
            replications: 2,
            mean: Some(mean),
            ci_lo: half.map(|half| mean - half),
            ci_hi: half.map(|half| mean + half),
            half_width: half,
            sd: None,
            min: None,
            max: None,
        }
    }

    fn at_most(max: f64, row: &SummaryRow) -> Verdict {
        let spec = ExpectSpec {
            metric: row.metric.clone(),
            max: Some(Bound(max)),
            min: None,
        };
        verdict(&spec, row)
    }

    #[test]
    fn the_interval_decides_where_there_is_one() {
        assert_eq!(at_most(0.05, &row(0.04, Some(0.005))), Verdict::Held);
        assert_eq!(at_most(0.05, &row(0.06, Some(0.005))), Verdict::Failed);
        assert_eq!(
            at_most(0.05, &row(0.05, Some(0.005))),
            Verdict::Inconclusive
        );
        assert_eq!(at_most(0.05, &row(0.05, None)), Verdict::Held);
        assert_eq!(at_most(0.05, &row(0.051, None)), Verdict::Failed);
    }

    #[test]
    fn a_metric_without_a_value_fails() {
        let spec = ExpectSpec {
            metric: "label.recall".to_owned(),
            max: None,
            min: Some(Bound(0.5)),
        };
        let judged = judge(
            &BTreeMap::from([("recall".to_owned(), spec)]),
            &[row(0.1, None)],
        );
        assert_eq!(judged[0].verdict, Verdict::Failed);
    }
}
