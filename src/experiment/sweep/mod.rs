//! A sweep: the arms of a study at every point of a design, a few points at a time, reduced to
//! rows at once. All points share the seed, so their differences are paired, as those of arms are.

mod design;
mod effects;

use super::rows::{self, SummaryRow};
use super::{
    Arm, ArmResults, Completion, Kept, Options, Replication, Results, RunError, Slot, Watch,
    run_kept, warnings,
};
use crate::metrics::Measure;
use crate::scenario::{Loader, Sweep, WarmupSpec};
use crate::units::cast;

pub use design::{FactorName, Level, Point, Points};
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
    /// Points at which the precision that the study waits for was not reached.
    pub imprecise: Vec<usize>,
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

/// Runs every arm at each of so many points, as `arms_at` makes them; `metrics` are those whose
/// replications are kept for effects. Finished replications are found in and given to `kept`,
/// where the arms of point p come after those of all points before it.
///
/// # Errors
/// Where the run was cancelled or a law of the model was broken.
pub fn run_points(
    points: usize,
    mut arms_at: impl FnMut(usize) -> Vec<Arm>,
    metrics: &[String],
    options: Options,
    watch: &impl Watch,
    kept: &impl Kept,
) -> Result<SweepResults, RunError> {
    let mut all = SweepResults {
        complete: true,
        ..SweepResults::default()
    };
    let mut batch = Vec::new();
    let mut before = 0;
    for point in 0..points {
        batch.extend(arms_at(point).into_iter().map(|arm| (point, arm)));
        if is_enough(&batch) || point + 1 == points {
            let batch = std::mem::take(&mut batch);
            let of_batch = Batch { kept, before };
            before += batch.len();
            all.take(batch, metrics, options, watch, &of_batch)?;
        }
    }
    Ok(all)
}

/// The arms of a sweep at one point, in the order of their names.
///
/// # Panics
/// If a scenario has faults.
pub fn arms_at(sweep: &Sweep, points: &Points, point: usize, loader: &mut Loader<'_>) -> Vec<Arm> {
    let arm = |(index, name): (usize, &str)| {
        let scenario = sweep.scenario(index, &points.get(point).values, loader);
        Arm::new(name, scenario.expect("every point was checked"))
    };
    sweep.arms().enumerate().map(arm).collect()
}

/// Whether the arms of a batch are run. What is decided from the results of all arms of a run
/// (how many replications, the warm-up) is decided point by point.
fn is_enough(batch: &[(usize, Arm)]) -> bool {
    let Some((_, first)) = batch.first() else {
        return false;
    };
    let run = &first.scenario().spec.run;
    let is_fixed = run.replications.sequential().is_none() && run.warmup != WarmupSpec::Auto;
    !is_fixed || batch.len() * cast::index(u64::from(run.replications.most())) >= JOBS
}

/// What is kept for the arms of a batch, which come after `before` others.
struct Batch<'k, K> {
    kept: &'k K,
    before: usize,
}

impl<K: Kept> Batch<'_, K> {
    fn slot(&self, slot: Slot) -> Slot {
        Slot {
            arm: self.before + slot.arm,
            ..slot
        }
    }
}

impl<K: Kept> Kept for Batch<'_, K> {
    fn find(&self, slot: Slot) -> Option<Vec<Replication>> {
        self.kept.find(self.slot(slot))
    }

    fn keep(&self, slot: Slot, parts: &[Replication]) -> Result<(), String> {
        self.kept.keep(self.slot(slot), parts)
    }
}

impl SweepResults {
    fn take(
        &mut self,
        batch: Vec<(usize, Arm)>,
        metrics: &[String],
        options: Options,
        watch: &impl Watch,
        kept: &impl Kept,
    ) -> Result<(), RunError> {
        let (points, arms): (Vec<usize>, Vec<Arm>) = batch.into_iter().unzip();
        let results = run_kept(&arms, options, watch, kept)?;
        let (warm_up, precision) = (results.warm_up, results.precision);
        if precision.as_ref().is_some_and(|found| !found.is_met()) {
            self.imprecise.extend(points.first());
        }
        for ((point, arm), results) in points.into_iter().zip(&arms).zip(results.arms) {
            self.count(&results);
            let one = Results {
                arms: vec![results],
                warm_up,
                precision: precision.clone(),
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
    let value = |replication: &Replication| {
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
