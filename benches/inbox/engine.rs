//! The simulator itself on the reference workload, with every metric, law and time series on.

use pdsim::experiment::{self, Arm, Options, Results};
use pdsim::scenario::{Loader, Memory, SCENARIO, Scenario};

use crate::workload::{Outcome, VERDICT_NAMES, Workload};

/// Runs the workload as a scenario, through the same code as `pdsim run`.
pub fn run(workload: &Workload) -> Outcome {
    let arm = Arm::new("base", scenario(&workload.scenario()));
    let options = Options {
        threads: Some(1),
        ..Options::default()
    };
    let results = experiment::run(&[arm], options, &()).expect("no law is broken");
    outcome(&results)
}

fn scenario(text: &str) -> Scenario {
    let files = Memory::embedded([("inbox.toml", text.as_bytes())]);
    let mut loader = Loader::new(&files);
    let tree = loader
        .scenario("inbox.toml".as_ref(), &SCENARIO)
        .expect("the text parses");
    Scenario::prepare(tree, &mut loader)
        .unwrap_or_else(|| panic!("{:#?}", loader.faults.lines(&loader.sources)))
}

fn outcome(results: &Results) -> Outcome {
    let measured = &results.arms[0].replications[0].measured;
    let quantile_ns = |name: &str| {
        let value = measured.values.iter().find(|value| value.name == name);
        let seconds = value
            .and_then(|value| value.measure.value())
            .expect("ham is delivered");
        pdsim::units::cast::f64_to_ns(seconds * 1e9)
    };
    let mut verdicts = [0; VERDICT_NAMES.len()];
    for row in &measured.outcomes {
        let name = format!("{}.{}", row.class.name(), verdict_name(&row.outcome));
        let place = VERDICT_NAMES.iter().position(|known| *known == name);
        verdicts[place.expect("every outcome has a verdict")] += row.count;
    }
    Outcome {
        messages: verdicts.iter().sum(),
        p50_ns: quantile_ns("latency.ham.p50"),
        p99_ns: quantile_ns("latency.ham.p99"),
        verdicts,
    }
}

fn verdict_name(outcome: &str) -> &'static str {
    match outcome {
        "delivered" => "delivered",
        "refused.token.expired" => "expired",
        "refused.label" => "labelled",
        "refused.block" => "blocked",
        "in-flight" => "in-flight",
        _ => "limited",
    }
}
