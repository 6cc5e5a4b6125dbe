//! Benchmark `engines`: what a pending set costs on two models that are nothing but events:
//! M/M/1 (nanoseconds per customer) and PHOLD (nanoseconds per event).
//!
//! ```text
//! cargo bench --bench engines -- --units 1000000 --json engines.json
//! cargo bench --bench engines mm1
//! ```
//!
//! All engines run the same model code with the same draws (`ChaCha8`, quantile tables) and must
//! give the same result to the bit, which must also be the one of queueing or renewal theory. To
//! add an engine: implement [`pending::Pending`] in a file of its own and add a line to each list.

mod mm1;
mod pending;
mod phold;
#[allow(dead_code, reason = "each benchmark uses its part of what they share")]
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use pending::StdHeap;
use serde_json::{Value, json};
use support::arguments::{Arguments, Mode, OptionSpec, usage};
use support::harness::{Engine, Measured, Series, measure};
use support::report::{complain, say, table, to_json, write_json};

const NAME: &str = "engines";

/// One model, its theory and its engines.
struct Model {
    name: &'static str,
    unit: &'static str,
    engines: &'static [Engine<Workload, Outcome>],
    /// Expected result and standard error of one run.
    theory: fn(&Workload) -> (f64, f64),
}

const MODELS: [Model; 2] = [
    Model {
        name: "mm1",
        unit: "customer",
        engines: &[Engine {
            name: "std-heap",
            run: mm1::run::<StdHeap<_>>,
        }],
        theory: mm1_theory,
    },
    Model {
        name: "phold",
        unit: "event",
        engines: &[Engine {
            name: "std-heap",
            run: phold::run::<StdHeap<_>>,
        }],
        theory: phold_theory,
    },
];

/// How long a run is, and its seed.
pub struct Workload {
    /// Customers or (about) events.
    pub units: u64,
    /// Seed of the run.
    pub seed: u64,
}

/// What a run gave.
pub struct Outcome {
    /// Customers or events.
    pub units: u64,
    /// Mean wait in seconds, or number of events.
    pub result: f64,
}

impl Measured for Outcome {
    fn units(&self) -> u64 {
        self.units
    }
}

const OPTIONS: [OptionSpec; 1] = [(
    "--units",
    "N",
    "customers or events per run (default 1000000, at least 100000)",
)];

fn main() -> ExitCode {
    let arguments = match Arguments::from_command_line(NAME, &OPTIONS) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let done = match arguments.mode {
        Mode::Help => {
            say(&usage(NAME, &OPTIONS));
            Ok(())
        }
        Mode::Skip => Ok(()),
        Mode::Smoke => smoke(&arguments),
        Mode::Measure => bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            complain(&format!("{NAME}: {fault}"));
            ExitCode::from(2)
        }
    }
}

/// Models that the filters let through; the benchmark's own name means all.
fn selected(arguments: &Arguments) -> impl Iterator<Item = &'static Model> {
    let all = arguments.selects(NAME);
    const { &MODELS }
        .iter()
        .filter(move |model| all || arguments.selects(model.name))
}

/// Short runs; checks the results, prints no figures.
fn smoke(arguments: &Arguments) -> Result<(), String> {
    for model in selected(arguments) {
        let workloads = repetitions(200_000, 1, 2);
        let series = measure(&model.engines.iter().collect::<Vec<_>>(), &workloads);
        verify(model, &workloads, &series)?;
        say(&format!("{NAME}: {} agrees with theory\n", model.name));
    }
    Ok(())
}

fn bench(arguments: &Arguments) -> Result<(), String> {
    let units = arguments.number("--units", 1_000_000_u64)?;
    let count = arguments.number("--repetitions", 5_usize)?;
    let seed = arguments.number("--seed", 20_251_101_u64)?;
    if !(100_000..=1_000_000_000).contains(&units) {
        return Err(format!(
            "`--units {units}`: between 100000 and 1000000000, please"
        ));
    }
    let workloads = repetitions(units, seed, count);
    let mut lines = Vec::new();
    for model in selected(arguments) {
        lines.extend(one_model(model, arguments, &workloads)?);
    }
    arguments
        .text("--json")
        .map_or(Ok(()), |path| write_json(path, &lines))
}

fn one_model(
    model: &Model,
    arguments: &Arguments,
    workloads: &[Workload],
) -> Result<Vec<Value>, String> {
    let engines: Vec<_> = model
        .engines
        .iter()
        .filter(|one| arguments.selects_engine(one.name))
        .collect();
    if engines.is_empty() {
        return Err(format!("`--engines` leaves none for {}", model.name));
    }
    let series = measure(&engines, workloads);
    let (mean, expected) = verify(model, workloads, &series)?;
    let title = format!(
        "{}, {} {}s, {} repetitions",
        model.name,
        workloads[0].units,
        model.unit,
        workloads.len()
    );
    say(&table(&title, model.unit, &series, &["std-heap"]));
    say(&format!("  result {mean:.4}, theory {expected:.4}\n"));
    Ok(to_json(
        model.name,
        &series,
        |_| json!({ "mean": mean, "theory": expected }),
    ))
}

fn repetitions(units: u64, seed: u64, count: usize) -> Vec<Workload> {
    (seed..)
        .take(count)
        .map(|seed| Workload { units, seed })
        .collect()
}

/// Every engine must give the first one's results to the bit, and their mean must be the one of
/// theory within 4.5 standard errors. Gives the mean and the expected value.
fn verify(
    model: &Model,
    workloads: &[Workload],
    series: &[Series<Outcome>],
) -> Result<(f64, f64), String> {
    let results = |one: &Series<Outcome>| -> Vec<u64> {
        one.outcomes
            .iter()
            .map(|outcome| outcome.result.to_bits())
            .collect()
    };
    if let Some(other) = series
        .iter()
        .find(|one| results(one) != results(&series[0]))
    {
        return Err(format!(
            "{}: {} and {} differ",
            model.name, other.name, series[0].name
        ));
    }
    let count = f64::from(u32::try_from(workloads.len()).map_err(|fault| fault.to_string())?);
    let mean = series[0].outcomes.iter().map(|one| one.result).sum::<f64>() / count;
    let (expected, error) = (model.theory)(&workloads[0]);
    if (mean - expected).abs() > 4.5 * error / libm::sqrt(count) {
        return Err(format!(
            "{}: result {mean}, theory says {expected} +- {error}",
            model.name
        ));
    }
    Ok((mean, expected))
}

#[allow(clippy::cast_precision_loss, reason = "a count far below 2^53")]
fn mm1_theory(workload: &Workload) -> (f64, f64) {
    (
        mm1::EXPECTED_WAIT_S,
        libm::sqrt(mm1::WAIT_VARIANCE / workload.units as f64),
    )
}

fn phold_theory(workload: &Workload) -> (f64, f64) {
    let (horizon, processes) = (phold::horizon_s(workload), f64::from(phold::PROCESSES));
    let expected = processes * (horizon + phold::OFFSET);
    (
        expected,
        libm::sqrt(processes * phold::GAP_VARIANCE * horizon),
    )
}
