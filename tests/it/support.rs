//! What the tests share: scenarios from text, runs, observers, and comparisons with theory.

use std::collections::BTreeMap;

use pdsim::experiment::{self, Arm, Options, Results};
use pdsim::metrics::Measure;
use pdsim::model::{Plan, World};
use pdsim::protocol::Observer;
use pdsim::scenario::{Disk, Loader, Memory, SCENARIO, Scenario};
use pdsim::stats::Moments;
use rayon::prelude::*;

/// The scenario in `text`, with data files beside it.
pub fn scenario_with(text: &str, data: &[(&str, &[u8])]) -> Scenario {
    let files = [("scenario.toml", text.as_bytes())]
        .into_iter()
        .chain(data.iter().copied());
    let files = Memory::files(files);
    let mut loader = Loader::new(&files);
    let tree = loader.scenario("scenario.toml".as_ref(), &SCENARIO);
    let scenario = tree.and_then(|tree| Scenario::prepare(tree, &mut loader));
    scenario.unwrap_or_else(|| panic!("{text}\n{:#?}", loader.faults.lines(&loader.sources)))
}

/// The scenario in `text`.
pub fn scenario(text: &str) -> Scenario {
    scenario_with(text, &[])
}

/// The scenario in a file of the repository, with values laid over it as by `--set`.
pub fn scenario_file(path: &str, sets: &[&str]) -> Scenario {
    let mut loader = Loader::new(&Disk);
    let file = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let tree = loader.scenario(file.as_ref(), &SCENARIO).map(|mut tree| {
        for set in sets {
            loader.set(&mut tree, set, &SCENARIO);
        }
        tree
    });
    let scenario = tree.and_then(|tree| Scenario::prepare(tree, &mut loader));
    scenario.unwrap_or_else(|| panic!("{path}\n{:#?}", loader.faults.lines(&loader.sources)))
}

/// The content of a file of the repository.
pub fn repository_file(path: &str) -> Vec<u8> {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Runs one arm with all its replications.
pub fn run(scenario: Scenario) -> Results {
    experiment::run(&[Arm::new("base", scenario)], Options::default(), &())
        .expect("no law is broken")
}

/// Shows every replication of a scenario to an observer of its own; in the order of the plan.
pub fn observe_all<O>(scenario: &Scenario, fresh: impl Fn(&Plan) -> O + Sync) -> Vec<O>
where
    O: Observer + Send,
{
    let plan = Plan::new(scenario);
    let replications = 1..=u64::from(scenario.spec.run.replications.most());
    let replications: Vec<u64> = replications.collect();
    replications
        .par_iter()
        .map(|number| watched(&plan, *number, fresh(&plan)))
        .collect()
}

/// Shows the first replication of a scenario to an observer.
pub fn observe<O: Observer>(scenario: &Scenario, observer: O) -> O {
    watched(&Plan::new(scenario), 1, observer)
}

/// One compiled world serves all observers of the tests.
fn watched<O: Observer>(plan: &Plan, number: u64, mut observer: O) -> O {
    let watching: &mut dyn Observer = &mut observer;
    World::new(plan, number, watching).run();
    observer
}

/// The measures of a metric, one per replication.
pub fn measures(results: &Results, metric: &str) -> Vec<Measure> {
    let measures = experiment::rows::measures_of(&results.arms[0], metric);
    assert!(!measures.is_empty(), "no metric {metric}");
    measures
}

/// The value of a metric in every replication.
pub fn values(results: &Results, metric: &str) -> Vec<f64> {
    let values = measures(results, metric).into_iter();
    values.filter_map(Measure::value).collect()
}

/// How many messages ended in each way, over all groups, per replication.
pub fn outcomes(results: &Results) -> Vec<BTreeMap<String, u64>> {
    let replications = results.arms[0].replications.iter();
    replications
        .map(|replication| {
            let mut counts = BTreeMap::new();
            for row in &replication.measured.outcomes {
                *counts.entry(row.outcome.clone()).or_insert(0) += row.count;
            }
            counts
        })
        .collect()
}

/// How many messages ended as `outcome`, over all groups and replications.
pub fn count(results: &Results, outcome: &str) -> u64 {
    let counts = outcomes(results).into_iter();
    counts
        .filter_map(|counts| counts.get(outcome).copied())
        .sum()
}

/// The share of the messages that ended as `outcome`, per replication.
pub fn outcome_shares(results: &Results, outcome: &str) -> Vec<f64> {
    let share = |counts: BTreeMap<String, u64>| {
        let part = counts.get(outcome).copied().unwrap_or(0);
        part as f64 / counts.values().sum::<u64>() as f64
    };
    outcomes(results).into_iter().map(share).collect()
}

/// Student's t of the mean of `samples` against `expected`.
pub fn t_statistic(samples: &[f64], expected: f64) -> f64 {
    let moments: Moments = samples.iter().copied().collect();
    let deviation = moments.deviation().expect("two samples or more");
    let error = deviation / (samples.len() as f64).sqrt();
    (moments.mean().expect("two samples or more") - expected) / error
}

/// The largest |t| that still counts as agreement with theory.
pub const LARGEST_T: f64 = 4.5;

/// Why samples do not agree with an expectation; nothing where they do.
pub fn disagreement(what: &str, samples: &[f64], expected: f64) -> Option<String> {
    let t = t_statistic(samples, expected);
    let mean: f64 = samples.iter().sum::<f64>() / samples.len() as f64;
    let line = format!("{what}: {mean:.6} for {expected:.6}, t = {t:.2}");
    if std::env::var_os("SHOW_THEORY").is_some() {
        println!("{line}");
    }
    // A t that is no number is no agreement either.
    (t.is_nan() || t.abs() >= LARGEST_T).then_some(line)
}

/// Asserts |t| < 4.5.
#[track_caller]
pub fn assert_samples(what: &str, samples: &[f64], expected: f64) {
    if let Some(disagreement) = disagreement(what, samples, expected) {
        panic!("{disagreement}");
    }
}

/// Asserts |t| < 4.5 of a metric over the replications.
#[track_caller]
pub fn assert_theory(results: &Results, metric: &str, expected: f64) {
    assert_samples(metric, &values(results, metric), expected);
}
