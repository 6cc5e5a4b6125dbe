//! The numbers of one replication.

use super::registry::Unit;
use crate::protocol::Class;
use crate::stats::Histogram;

/// Everything measured in one replication.
#[derive(Debug, Clone)]
pub struct Measured {
    /// One value per metric, by name.
    pub values: Vec<Value>,
    /// Exact counts of terminal outcomes of the messages created after the warm-up.
    pub outcomes: Vec<OutcomeCount>,
    /// Latency per class and stage.
    pub histograms: Vec<HistogramOf>,
    /// Rates and states over time; empty unless asked for.
    pub series: Vec<SeriesPoint>,
}

/// The value of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// The metric's name.
    pub name: String,
    /// Its unit.
    pub unit: Unit,
    /// What was measured.
    pub measure: Measure,
}

/// What was measured, and how several replications combine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// A ratio of two sums; over replications the sums are added up. Without a denominator above
    /// 0 there is no value.
    Ratio {
        /// The sum above.
        numerator: f64,
        /// The sum below.
        denominator: f64,
    },
    /// A number; over replications it is averaged. None where there is nothing to measure.
    Plain(Option<f64>),
}

impl Measure {
    /// The value, where there is one.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Ratio {
                numerator,
                denominator,
            } => (denominator > 0.0).then(|| numerator / denominator),
            Self::Plain(value) => value,
        }
    }
}

/// How many messages of a group ended in an outcome.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutcomeCount {
    /// Ground truth.
    pub class: Class,
    /// The group of senders.
    pub group: String,
    /// The outcome's name.
    pub outcome: String,
    /// How many; never 0.
    pub count: u64,
}

/// A latency histogram.
#[derive(Debug, Clone)]
pub struct HistogramOf {
    /// Ground truth of the messages in it.
    pub class: Class,
    /// `total` or a stage's name.
    pub stage: &'static str,
    /// Nanoseconds.
    pub histogram: Histogram,
}

/// One point of a time series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesPoint {
    /// Start of the step, in nanoseconds of virtual time.
    pub start_ns: u64,
    /// What was measured.
    pub series: &'static str,
    /// The group of senders, empty where the series belongs to none.
    pub group: String,
    /// Mean over the step.
    pub value: f64,
}
