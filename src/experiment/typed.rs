//! Results by name, for programs: estimates of metrics, values per replication, counts of outcomes.

use super::{Arm, ArmResults, Options, Results, RunError, rows};
use crate::metrics::Measure;
use crate::scenario::Scenario;
use crate::stats::Estimate;
use crate::units::Share;

/// Runs all replications of one scenario, as the arm `base`.
///
/// # Errors
/// Where a law of the model was broken: the simulator is wrong, not the scenario.
///
/// # Panics
/// Never: one arm has results.
///
/// ```
/// use pdsim::experiment::simulate;
/// use pdsim::scenario::Scenario;
///
/// let scenario = Scenario::from_toml(r#"
///     schema = 1
///     name   = "three"
///     [run]
///     duration = "1h"
///     [pds]
///     accounts = { equal = { each = 3 } }
///     [senders.people]
///     class    = "ham"
///     count    = 3
///     arrivals = { regular = { every = "10m" } }
/// "#)?;
/// let results = simulate(scenario).expect("no law is broken");
/// // Each of three sends at 0, 10, ..., 50 min; the last is delivered long before the hour ends.
/// assert_eq!(results.count("delivered"), 18);
/// # Ok::<(), pdsim::scenario::BuildError>(())
/// ```
pub fn simulate(scenario: Scenario) -> Result<ArmResults, RunError> {
    let results = super::run(&[Arm::new("base", scenario)], Options::default(), &())?;
    let first = results.arms.into_iter().next();
    Ok(first.expect("one arm has results"))
}

impl Results {
    /// The results of an arm.
    pub fn arm(&self, name: &str) -> Option<&ArmResults> {
        self.arms.iter().find(|arm| arm.name == name)
    }
}

impl ArmResults {
    /// A metric over all replications, with its interval: a ratio of sums for a ratio, else the
    /// mean; none where there is nothing to measure.
    pub fn estimate(&self, metric: &str, confidence: Share) -> Option<Estimate> {
        rows::estimate(&rows::measures_of(self, metric), confidence)
    }

    /// The value of a metric in each replication that has one.
    pub fn values(&self, metric: &str) -> Vec<f64> {
        let measures = rows::measures_of(self, metric).into_iter();
        measures.filter_map(Measure::value).collect()
    }

    /// How many messages ended in an outcome, over all groups and replications.
    pub fn count(&self, outcome: &str) -> u64 {
        let all = self.replications.iter();
        let rows = all.flat_map(|replication| &replication.measured.outcomes);
        rows.filter(|row| row.outcome == outcome)
            .map(|row| row.count)
            .sum()
    }

    /// How many messages were created after the warm-up, over all groups and replications.
    pub fn messages(&self) -> u64 {
        let all = self.replications.iter();
        let rows = all.flat_map(|replication| &replication.measured.outcomes);
        rows.map(|row| row.count).sum()
    }
}
