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
    /// Which messages were created after the warm-up.
    pub created: Created,
}

/// Which messages a replication created: how many, and a sum over their identities that two sets
/// share only if they are equal (but for a chance of 2^-64).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Created {
    /// How many.
    pub count: u64,
    /// Sum of a hash of each identity; the order does not matter.
    pub fingerprint: u64,
}

impl Created {
    /// One more message, by its identity.
    #[inline]
    pub fn add(&mut self, identity: u64) {
        // The finalizer of splitmix64, which leaves no two identities equal.
        let mut hash = identity.wrapping_add(0x9e37_79b9_7f4a_7c15);
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.count += 1;
        self.fingerprint = self.fingerprint.wrapping_add(hash ^ (hash >> 31));
    }

    /// The messages of both sets, which have none in common.
    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.fingerprint = self.fingerprint.wrapping_add(other.fingerprint);
    }

    /// How many messages exist in one of the two sets only, at least; exactly 0 where they are
    /// the same.
    pub fn unpaired(self, other: Self) -> u64 {
        let least = u64::from(self.fingerprint != other.fingerprint);
        self.count.abs_diff(other.count).max(least)
    }
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
