//! Whether results keep the bounds that the scenario expects.

use std::collections::BTreeMap;

use super::rows::SummaryRow;
use crate::scenario::ExpectSpec;
use crate::stats::interval::replications_for;
use crate::units::Share;

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
    /// How many replications are likely to decide it, if the mean stays where it is; none where it
    /// is decided, or where the mean is the bound itself.
    pub deciding: Option<u64>,
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

/// Judges every expectation against the summary of one arm, whose intervals have this confidence.
pub fn judge(
    expectations: &BTreeMap<String, ExpectSpec>,
    summary: &[SummaryRow],
    confidence: Share,
) -> Vec<Expectation> {
    let one = |(name, spec): (&String, &ExpectSpec)| {
        let row = summary.iter().find(|row| row.metric == spec.metric);
        let verdict = row.map_or(Verdict::Failed, |row| verdict(spec, row));
        let mean = row.and_then(|row| row.mean);
        let row = row.filter(|_| verdict == Verdict::Inconclusive);
        Expectation {
            name: name.clone(),
            metric: spec.metric.clone(),
            mean,
            verdict,
            deciding: row.and_then(|row| deciding(spec, row, confidence)),
        }
    };
    expectations.iter().map(one).collect()
}

/// The replications whose interval would end before every bound that it straddles now.
fn deciding(spec: &ExpectSpec, row: &SummaryRow, confidence: Share) -> Option<u64> {
    let (mean, now) = (row.mean?, row.half_width?);
    let (low, high) = (row.ci_lo?, row.ci_hi?);
    let bounds = [spec.min, spec.max].into_iter().flatten();
    let straddled = bounds.filter(|bound| low <= bound.0 && bound.0 <= high);
    let distances = straddled.map(|bound| libm::fabs(bound.0 - mean));
    let nearest = distances.min_by(f64::total_cmp)?;
    replications_for(now, row.replications, nearest, confidence)
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
            Share::new(0.95).unwrap(),
        );
        assert_eq!(
            (judged[0].verdict, judged[0].deciding),
            (Verdict::Failed, None)
        );
    }

    #[test]
    fn what_is_undecided_says_how_many_replications_would_decide() {
        let between = |min: f64, max: f64, row: SummaryRow| {
            let spec = ExpectSpec {
                metric: row.metric.clone(),
                max: Some(Bound(max)),
                min: Some(Bound(min)),
            };
            let all = BTreeMap::from([("leakage".to_owned(), spec)]);
            let mut judged = judge(&all, &[row], Share::new(0.95).unwrap());
            let found = judged.remove(0);
            (found.verdict, found.deciding)
        };
        let of_five = |mean, half| SummaryRow {
            replications: 5,
            ..row(mean, Some(half))
        };
        // Half-width 1.241664 of five replications, t(4) / sqrt 5: the bound 0.7687 away takes
        // nine, for t(8) / 3 = 0.768668.
        let straddling = of_five(10.0, 2.776_445 / libm::sqrt(5.0));
        let straddles = between(0.0, 10.7687, straddling.clone());
        assert_eq!(straddles, (Verdict::Inconclusive, Some(9)));
        // Of two bounds the nearer one takes more.
        let both = between(9.2846, 10.7687, straddling.clone());
        assert_eq!(both, (Verdict::Inconclusive, Some(10)));
        // The mean is the bound: nothing decides.
        assert_eq!(
            between(0.0, 10.0, straddling.clone()),
            (Verdict::Inconclusive, None)
        );
        assert_eq!(between(0.0, 20.0, straddling), (Verdict::Held, None));
    }
}
