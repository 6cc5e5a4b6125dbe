//! Poisson requests of one sender through layers that do not see one another: one run measures all of
//! them. Shared by the tests of limiters against theory.

use pdsim::experiment::Results;
use pdsim::metrics::Measure;

use crate::support::{assert_theory, measures, run, scenario};

/// A layer per sender as a scenario writes it.
pub fn layer(name: &str, algorithm: &str) -> String {
    format!("[limits.{name}]\nkey = \"sender\"\nalgorithm = {{ {algorithm} }}\n")
}

/// Requests at mean `per_window` per window of 10 s.
pub struct Load {
    pub per_window: f64,
    /// Windows before counting; a bucket near load 1 forgets slowly.
    pub warm_up: u32,
    /// Windows counted.
    pub counted: u32,
    pub delay: &'static str,
    pub seed: u32,
}

impl Load {
    /// 20 replications through `layers`, each charged for itself.
    pub fn run(&self, layers: &str) -> Results {
        let Self {
            per_window,
            warm_up,
            counted,
            delay,
            seed,
        } = self;
        let duration = 10 * (warm_up + counted);
        let warm_up = 10 * warm_up;
        run(scenario(&format!(
            r#"
            schema = 1
            name = "limiters"
            [run]
            duration = "{duration}s"
            warmup = "{warm_up}s"
            replications = 20
            seed = {seed}
            [network]
            delay = {{ constant = "{delay}" }}
            [pds]
            accounts = {{ equal = {{ each = 2 }} }}
            [pipeline]
            order = ["rate-limit"]
            [limits-charging]
            mode = "always-all"
            {layers}
            [senders.one]
            class = "ham"
            count = 1
            target = {{ one = {{ account = 1 }} }}
            arrivals = {{ poisson = {{ rate = "{per_window}/10s" }} }}
            "#
        )))
    }
}

/// Asserts the share that a layer refused: |t| < 4.5 over the replications where refusals (and
/// admissions) are common, else that there are not many more of the rare ones than expected. Rare
/// ones come in clusters, so their number has no simple law; 4 E + 40 is far out for any of them.
#[track_caller]
pub fn assert_refused(results: &Results, layer: &str, expected: f64) {
    let metric = format!("limit.{layer}.reject");
    let (refused, asked) = measures(results, &metric)
        .iter()
        .fold((0.0, 0.0), with_counts);
    let refusals = expected * asked;
    let admissions = asked - refusals;
    let many = 400.0;
    let told = format!("{metric}: {refused} of {asked} for {expected}");
    if refusals < many {
        assert!(refused < 4.0 * refusals + 40.0, "{told}");
    } else if admissions < many {
        assert!(asked - refused < 4.0 * admissions + 40.0, "{told}");
    } else {
        assert_theory(results, &metric, expected);
    }
}

fn with_counts((refused, asked): (f64, f64), measure: &Measure) -> (f64, f64) {
    match measure {
        Measure::Ratio {
            numerator,
            denominator,
        } => (refused + numerator, asked + denominator),
        Measure::Plain(_) => panic!("a share of refusals is a ratio"),
    }
}
