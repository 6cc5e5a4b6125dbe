//! What can be said of something that never happened.
//!
//! Rule: of n independent replications none had a single event. If the share of replications that
//! have any were p, that would happen with a chance of (1 - p)^n; the largest p for which it is not
//! less likely than 1 - confidence is `1 - (1 - confidence)^(1/n)`. The unit of inference is the
//! replication: messages of one replication are not independent, so that the number of messages
//! without an event bounds nothing by itself.

use super::rows::ReplicationRow;
use crate::units::{Share, cast};

/// A share of events that no replication had.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct NoEvents {
    /// The arm.
    pub arm: String,
    /// The metric.
    pub metric: String,
    /// Over all replications, how often an event could have happened.
    pub of: f64,
    /// Replications in which it could have happened.
    pub replications: u64,
    /// Upper bound of the share of replications that have any.
    pub bound: f64,
}

/// A ratio of times, not of counts.
const NOT_COUNTED: &str = "inbox.utilization";

/// Every share without an event, in the order of the rows.
pub fn no_events(rows: &[ReplicationRow], confidence: Share) -> Vec<NoEvents> {
    let mut sums: std::collections::BTreeMap<(&str, &str), Sum> = std::collections::BTreeMap::new();
    for row in rows {
        if let (Some(numerator), Some(denominator)) = (row.numerator, row.denominator)
            && row.unit == "ratio"
            && row.metric != NOT_COUNTED
        {
            let sum = sums.entry((&row.arm, &row.metric)).or_default();
            sum.events += numerator;
            sum.of += denominator;
            sum.replications += u64::from(denominator > 0.0);
        }
    }
    let never = sums.into_iter().filter(|(_, sum)| sum.is_never());
    never
        .map(|((arm, metric), sum)| NoEvents {
            arm: arm.to_owned(),
            metric: metric.to_owned(),
            of: sum.of,
            replications: sum.replications,
            bound: bound(sum.replications, confidence),
        })
        .collect()
}

#[derive(Debug, Default)]
struct Sum {
    events: f64,
    of: f64,
    replications: u64,
}

impl Sum {
    fn is_never(&self) -> bool {
        self.replications > 0 && self.events <= 0.0
    }
}

/// Upper bound of the share of replications that have an event, where none of `replications` had.
pub fn bound(replications: u64, confidence: Share) -> f64 {
    let root = 1.0 / cast::count_to_f64(replications);
    1.0 - libm::pow(1.0 - confidence.value(), root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(metric: &str, numerator: f64, denominator: f64) -> ReplicationRow {
        ReplicationRow {
            arm: "base".to_owned(),
            replication: 1,
            metric: metric.to_owned(),
            unit: "ratio",
            value: None,
            numerator: Some(numerator),
            denominator: Some(denominator),
        }
    }

    #[test]
    fn the_bound_is_that_of_the_binomial_distribution() {
        let confidence = Share::new(0.95).unwrap();
        // 0.05^(1/10) = 0.741134; one replication without an event still allows 95 %.
        assert!((bound(10, confidence) - 0.258_866).abs() < 1e-6);
        assert!((bound(1, confidence) - 0.95).abs() < 1e-12);
        // (1 - p)^n is the chance of none.
        let p = bound(7, confidence);
        assert!((libm::pow(1.0 - p, 7.0) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn only_shares_without_any_event_are_named() {
        let rows = [
            row("ham.false-reject", 0.0, 40.0),
            row("ham.false-reject", 0.0, 0.0),
            row("ham.false-reject", 0.0, 60.0),
            row("spam.leakage", 0.0, 10.0),
            row("spam.leakage", 1.0, 10.0),
            row("inbox.utilization", 0.0, 10.0),
        ];
        let found = no_events(&rows, Share::new(0.95).unwrap());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].metric, "ham.false-reject");
        assert_eq!((found[0].of, found[0].replications), (100.0, 2));
    }
}
