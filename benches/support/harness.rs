//! Interleaved measurement: in each repetition every engine runs the same workload with the same
//! seed, one after the other in one process, in an order that rotates from repetition to
//! repetition. The machine's slow spells then hit all engines alike, and a ratio is taken within
//! a repetition before the median over the repetitions is.

#![allow(
    clippy::disallowed_types,
    reason = "a benchmark exists to read the clock"
)]

use std::time::Instant;

/// An engine that can run a workload `W`. Adding one is one file with a `run` and one line in the
/// benchmark's list.
pub struct Engine<W, O> {
    /// The name in tables and for `--engines`.
    pub name: &'static str,
    /// Runs the workload once, everything included: set-up, run, statistics.
    pub run: fn(&W) -> O,
}

/// What came out of a run: enough to divide the time by.
pub trait Measured {
    /// How many units of work (messages, customers, events) the run did.
    fn units(&self) -> u64;
}

/// All repetitions of one engine.
pub struct Series<O> {
    /// The engine's name.
    pub name: &'static str,
    /// Wall time per unit of work, one figure per repetition.
    pub ns_per_unit: Vec<f64>,
    /// What the repetitions gave.
    pub outcomes: Vec<O>,
}

impl<O> Series<O> {
    /// Median time per unit of work.
    pub fn median_ns(&self) -> f64 {
        median(&self.ns_per_unit)
    }

    /// Least time per unit of work.
    pub fn least_ns(&self) -> f64 {
        self.ns_per_unit
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min)
    }

    /// Median over the repetitions of (this engine's time / the other's time).
    pub fn ratio_to(&self, other: &Self) -> f64 {
        let pairs = self.ns_per_unit.iter().zip(&other.ns_per_unit);
        median(&pairs.map(|(own, other)| own / other).collect::<Vec<_>>())
    }
}

/// Runs every engine on every workload, interleaved; one workload per repetition.
pub fn measure<W, O: Measured>(engines: &[&Engine<W, O>], workloads: &[W]) -> Vec<Series<O>> {
    let mut series: Vec<Series<O>> = engines.iter().map(|engine| empty(engine)).collect();
    for (repetition, workload) in workloads.iter().enumerate() {
        for turn in 0..engines.len() {
            let index = (turn + repetition) % engines.len();
            let (ns, outcome) = timed(engines[index], workload);
            series[index].ns_per_unit.push(ns);
            series[index].outcomes.push(outcome);
        }
    }
    series
}

fn empty<W, O>(engine: &Engine<W, O>) -> Series<O> {
    Series {
        name: engine.name,
        ns_per_unit: Vec::new(),
        outcomes: Vec::new(),
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "nanoseconds and counts stay far below 2^53"
)]
fn timed<W, O: Measured>(engine: &Engine<W, O>, workload: &W) -> (f64, O) {
    let start = Instant::now();
    let outcome = std::hint::black_box((engine.run)(std::hint::black_box(workload)));
    let elapsed_ns = start.elapsed().as_nanos() as f64;
    (elapsed_ns / outcome.units().max(1) as f64, outcome)
}

/// The middle of the values (the mean of the two middle ones for an even number).
fn median(values: &[f64]) -> f64 {
    assert!(!values.is_empty(), "a series has at least one repetition");
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}
