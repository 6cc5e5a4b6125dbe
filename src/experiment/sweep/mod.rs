//! A sweep: the arms of a study at every point of a design, a few points at a time, reduced to
//! rows at once. All points share the seed, so their differences are paired, as those of arms are.

mod design;
mod effects;

use super::rows::{self, SummaryRow};
use super::{Arm, ArmResults, Completion, Options, Results, RunError, Watch, run, warnings};
use crate::metrics::Measure;
use crate::scenario::{Loader, Sweep};

pub use design::{Level, Point, Points};
pub use effects::{Effect, effects};

/// One metric of one arm at one point.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRow {
    /// Index of the point in the design.
    pub point: usize,
    /// The metric over all replications.
    pub summary: SummaryRow,
}

/// What a sweep gave.
#[derive(Debug, Clone, Default)]
pub struct SweepResults {
    /// Every metric of every arm at every point, sorted by point, arm and metric.
    pub rows: Vec<SweepRow>,
    /// The chosen metrics, replication by replication.
    pub cells: Vec<CellResults>,
    /// Events processed.
    pub events: u64,
    /// Events that shared their instant with the one before them.
    pub ties: u64,
    /// Replications run.
    pub runs: u64,
    /// Whether every replication reached its horizon.
    pub complete: bool,
    /// What a reader must know, each with the first point that it is true of.
    pub warnings: Vec<String>,
}

/// A metric of one arm at one point.
#[derive(Debug, Clone, PartialEq)]
pub struct CellResults {
    /// Index of the point.
    pub point: usize,
    /// The arm.
    pub arm: String,
    /// The metric.
    pub metric: String,
    /// Its value in each replication.
    pub values: Vec<Option<f64>>,
}

/// Replications that run before their results are reduced to rows.
const JOBS: usize = 32;

/// Runs every arm at every point; `metrics` are those whose replications are kept for effects.
///
/// # Errors
/// Where the run was cancelled or a law of the model was broken.
///
/// # Panics
/// If a point has faults: they are checked before.
pub fn run_points(
    sweep: &Sweep,
    points: &Points,
    metrics: &[String],
    loader: &mut Loader<'_>,
    options: Options,
    watch: &impl Watch,
) -> Result<SweepResults, RunError> {
    let mut all = SweepResults {
        complete: true,
        ..SweepResults::default()
    };
    let mut batch = Vec::new();
    for point in 0..points.len() {
        batch.extend(arms_at(sweep, points, point, loader).map(|arm| (point, arm)));
        let jobs = batch.len() * replications(&batch);
        if jobs >= JOBS || point + 1 == points.len() {
            all.take(std::mem::take(&mut batch), metrics, options, watch)?;
        }
    }
    Ok(all)
}

/// The arms of a sweep at one point, in the order of their names.
///
/// # Panics
/// If a scenario has faults.
pub fn arms_at<'s>(
    sweep: &'s Sweep,
    points: &'s Points,
    point: usize,
    loader: &'s mut Loader<'_>,
) -> impl Iterator<Item = Arm> + 's {
    sweep.arms().enumerate().map(move |(index, name)| {
        let scenario = sweep.scenario(index, &points.get(point).values, loader);
        Arm::new(name, scenario.expect("every point was checked"))
    })
}

fn replications(batch: &[(usize, Arm)]) -> usize {
    let of = |(_, arm): &(usize, Arm)| arm.scenario().spec.run.replications as usize;
    batch.first().map_or(1, of)
}

impl SweepResults {
    fn take(
        &mut self,
        batch: Vec<(usize, Arm)>,
        metrics: &[String],
        options: Options,
        watch: &impl Watch,
    ) -> Result<(), RunError> {
        let (points, arms): (Vec<usize>, Vec<Arm>) = batch.into_iter().unzip();
        let results = run(&arms, options, watch)?;
        for ((point, arm), results) in points.into_iter().zip(&arms).zip(results.arms) {
            self.count(&results);
            let one = Results {
                arms: vec![results],
            };
            let confidence = arm.scenario().spec.run.confidence;
            let summary = rows::summary(&one, confidence).into_iter();
            self.rows
                .extend(summary.map(|summary| SweepRow { point, summary }));
            for metric in metrics {
                self.cells.push(cell(point, &one.arms[0], metric));
            }
            self.warn(point, arm, &one);
        }
        Ok(())
    }

    fn count(&mut self, results: &ArmResults) {
        for replication in &results.replications {
            self.events += replication.events;
            self.ties += replication.ties;
            self.runs += 1;
            self.complete &= replication.completion == Completion::Complete;
        }
    }

    /// A warning that differs from point to point in its figures only is told once per arm.
    fn warn(&mut self, point: usize, arm: &Arm, results: &Results) {
        let kind = |text: &str| -> String { text.chars().filter(|c| c.is_alphabetic()).collect() };
        for text in warnings::warnings(std::slice::from_ref(arm), results) {
            let is_new = |told: &String| {
                let known = told.split_once(": ").map_or("", |(_, text)| text);
                kind(known) != kind(&text)
            };
            if self.warnings.iter().all(is_new) {
                let text = format!("from point {} of arm {} on: {text}", point + 1, arm.name());
                self.warnings.push(text);
            }
        }
    }
}

fn cell(point: usize, results: &ArmResults, metric: &str) -> CellResults {
    let value = |replication: &super::Replication| {
        let values = &replication.measured.values;
        let place = values.binary_search_by(|value| value.name.as_str().cmp(metric));
        place
            .ok()
            .and_then(|place| Measure::value(values[place].measure))
    };
    CellResults {
        point,
        arm: results.name.clone(),
        metric: metric.to_owned(),
        values: results.replications.iter().map(value).collect(),
    }
}
