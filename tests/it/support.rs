//! What the tests share: scenarios from text, runs, and comparisons with theory.

use pdsim::experiment::{self, Arm, Options, Results};
use pdsim::scenario::{Loader, Memory, SCENARIO, Scenario};

/// The scenario in `text`, with data files beside it.
pub fn scenario_with(text: &str, data: &[(&str, &[u8])]) -> Scenario {
    let files = [("scenario.toml", text.as_bytes())]
        .into_iter()
        .chain(data.iter().copied());
    let files = Memory::files(files);
    let mut loader = Loader::new(&files);
    let tree = loader.scenario("scenario.toml".as_ref(), &SCENARIO);
    let scenario = tree.and_then(|tree| Scenario::prepare(tree, &mut loader));
    scenario.unwrap_or_else(|| panic!("{:#?}", loader.faults.lines(&loader.sources)))
}

/// The scenario in `text`.
pub fn scenario(text: &str) -> Scenario {
    scenario_with(text, &[])
}

/// Runs one arm with all its replications.
pub fn run(scenario: Scenario) -> Results {
    experiment::run(&[Arm::new("base", scenario)], Options::default(), &())
        .expect("no law is broken")
}

/// The value of a metric in every replication.
pub fn values(results: &Results, metric: &str) -> Vec<f64> {
    let measures = experiment::rows::measures_of(&results.arms[0], metric);
    assert!(!measures.is_empty(), "no metric {metric}");
    measures
        .into_iter()
        .filter_map(pdsim::metrics::Measure::value)
        .collect()
}

/// Student's t of the mean of `samples` against `expected`.
pub fn t_statistic(samples: &[f64], expected: f64) -> f64 {
    let moments: pdsim::stats::Moments = samples.iter().copied().collect();
    let deviation = moments.deviation().expect("two samples or more");
    let error = deviation / (samples.len() as f64).sqrt();
    (moments.mean().expect("two samples or more") - expected) / error
}

/// Asserts |t| < 4.5.
pub fn assert_theory(results: &Results, metric: &str, expected: f64) {
    let samples = values(results, metric);
    let t = t_statistic(&samples, expected);
    let mean: f64 = samples.iter().sum::<f64>() / samples.len() as f64;
    assert!(t.abs() < 4.5, "{metric}: {mean} for {expected}, t = {t:.2}");
}
