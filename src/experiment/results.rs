//! What a run gave, arm by arm; histograms are added up as replications end.

use std::collections::BTreeMap;

use super::precision::Precision;
use super::rows::ReplicationRow;
use super::warmup::WarmUp;
use super::{Arm, Completion, Replication};
use crate::metrics::{Created, HistogramOf, Measure, Measured, Unit, Value};
use crate::protocol::Class;
use crate::scenario::HistogramsSpec;
use crate::stats::Histogram;

/// Results of all arms, in the order of the plan.
#[derive(Debug, Clone)]
pub struct Results {
    /// One entry per arm.
    pub arms: Vec<ArmResults>,
    /// The warm-up that was found, where the scenario left it open.
    pub warm_up: Option<WarmUp>,
    /// How precise the metrics became, where the scenario waits for that.
    pub precision: Option<Precision>,
}

/// The replications of one arm, in order.
#[derive(Debug, Clone)]
pub struct ArmResults {
    /// The arm's name.
    pub name: String,
    /// Its replications; their histograms are moved into the merged ones unless the scenario
    /// wants each.
    pub replications: Vec<Replication>,
    /// The histograms of all replications together, by class and stage.
    pub histograms: BTreeMap<(&'static str, &'static str), Histogram>,
    form: HistogramsSpec,
}

impl Results {
    /// No replications yet.
    pub(super) fn new(arms: &[Arm], warm_up: Option<WarmUp>) -> Self {
        let of_arm = |arm: &Arm| ArmResults {
            name: arm.name().to_owned(),
            replications: Vec::new(),
            histograms: BTreeMap::new(),
            form: arm.scenario().spec.output.histograms,
        };
        Self {
            arms: arms.iter().map(of_arm).collect(),
            warm_up,
            precision: None,
        }
    }

    /// The measures of rows that were read back, for arms in the given order. What rows do not
    /// hold (outcomes, histograms, series, events) is empty.
    pub fn of_rows(order: impl Iterator<Item = String>, rows: &[ReplicationRow]) -> Self {
        let of_arm = |name: String| {
            let mut numbered: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
            for row in rows.iter().filter(|row| row.arm == name) {
                numbered
                    .entry(row.replication)
                    .or_default()
                    .extend(value(row));
            }
            ArmResults {
                replications: numbered.into_iter().map(bare).collect(),
                name,
                histograms: BTreeMap::new(),
                form: HistogramsSpec::Merged,
            }
        };
        Self {
            arms: order.map(of_arm).collect(),
            warm_up: None,
            precision: None,
        }
    }

    /// Adds the next replication of an arm, or all batches of it.
    pub(super) fn add(&mut self, arm: usize, parts: Vec<Replication>) {
        for part in parts {
            self.arms[arm].add(part);
        }
    }
}

impl ArmResults {
    fn add(&mut self, mut replication: Replication) {
        match self.form {
            HistogramsSpec::Each => {}
            HistogramsSpec::Merged => {
                for part in std::mem::take(&mut replication.measured.histograms) {
                    self.merge(&part);
                }
            }
        }
        self.replications.push(replication);
    }

    fn merge(&mut self, part: &HistogramOf) {
        let key = (Class::name(part.class), part.stage);
        let merged = self.histograms.entry(key).or_default();
        merged.merge(&part.histogram);
    }
}

fn value(row: &ReplicationRow) -> Option<Value> {
    let units = [Unit::Seconds, Unit::One, Unit::PerSecond, Unit::Ratio];
    let measure = match (row.numerator, row.denominator) {
        (Some(numerator), Some(denominator)) => Measure::Ratio {
            numerator,
            denominator,
        },
        _ => Measure::Plain(row.value),
    };
    Some(Value {
        name: row.metric.clone(),
        unit: units.into_iter().find(|unit| unit.name() == row.unit)?,
        measure,
    })
}

/// A replication of which only the values are known.
fn bare((number, values): (u32, Vec<Value>)) -> Replication {
    Replication {
        number,
        measured: Measured {
            values,
            outcomes: Vec::new(),
            histograms: Vec::new(),
            series: Vec::new(),
            created: Created::default(),
        },
        events: 0,
        ties: 0,
        evicted: Vec::new(),
        log: Vec::new(),
        completion: Completion::Complete,
    }
}
