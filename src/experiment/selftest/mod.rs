//! The simulator against closed forms: scenarios whose results theory knows, run by the same world
//! as any other.
//!
//! Each case is a whole scenario with twenty replications; each claim of it is a number that a
//! formula gives. The statistic is `z = (measured - theory) / standard error` over the
//! replications, Student's t with 19 degrees of freedom. Agreement is |z| < 4.5: by chance alone one
//! claim in 4,000 would miss it. Seeds are fixed, so every machine measures the same.

mod attempts;
mod limiters;
mod queues;
mod spam;

use serde::Serialize;

use super::{Arm, ArmResults, Options, RunError, Watch, rows};
use crate::metrics::Measure;
use crate::scenario::Scenario;
use crate::stats::Estimate;
use crate::units::{Share, cast};

/// From here on |z| is no longer taken for chance.
pub const LARGEST_Z: f64 = 4.5;

/// The seed of every case.
const SEED: u64 = 20_251_123;

/// Replications of every case.
const REPLICATIONS: u32 = 20;

/// A scenario with what theory says of it.
#[derive(Debug, Clone)]
pub struct Case {
    name: String,
    formula: &'static str,
    /// The tables of the scenario without `schema`, `name` and the replications.
    tables: String,
    claims: Vec<Claim>,
}

/// One number that theory gives.
#[derive(Debug, Clone)]
pub struct Claim {
    /// What it is.
    pub quantity: String,
    /// Its unit: s, 1, 1/s or ratio.
    pub unit: &'static str,
    /// What theory says.
    pub theory: f64,
    reading: Reading,
}

/// Where the measured number comes from.
#[derive(Debug, Clone)]
enum Reading {
    /// A metric.
    Metric(String),
    /// The share of all messages that ended in an outcome.
    Share(&'static str),
    /// Messages that ended in an outcome, per sender.
    PerSender(&'static str, f64),
}

/// A claim with what was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The case.
    pub case: String,
    /// What was measured.
    pub quantity: String,
    /// Its unit.
    pub unit: &'static str,
    /// The law that it follows.
    pub formula: &'static str,
    /// What theory says.
    pub theory: f64,
    /// What was measured.
    pub measured: Option<f64>,
    /// Lower end of the 95 % interval.
    pub ci_lo: Option<f64>,
    /// Upper end of the 95 % interval.
    pub ci_hi: Option<f64>,
    /// Distance from theory in standard errors; none where nothing was measured.
    pub z: Option<f64>,
}

impl Row {
    /// Whether theory and simulator agree.
    pub fn agrees(&self) -> bool {
        self.z.is_some_and(|z| z.abs() < LARGEST_Z)
    }
}

/// Every case.
pub fn cases() -> Vec<Case> {
    let all = [
        queues::cases(),
        limiters::cases(),
        spam::cases(),
        attempts::cases(),
    ];
    all.into_iter().flatten().collect()
}

impl Case {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What theory says of it.
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// Runs it and holds what was measured against theory, one row per claim.
    ///
    /// # Errors
    /// Where it was cancelled or a law of the model was broken.
    ///
    /// # Panics
    /// Never: the scenario is part of the program.
    pub fn run(&self, options: Options, watch: &impl Watch) -> Result<Vec<Row>, RunError> {
        let scenario = Scenario::from_toml(&self.text());
        let scenario = scenario.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let results = super::run(&[Arm::new(&*self.name, scenario)], options, watch)?;
        let rows = self.claims.iter();
        Ok(rows
            .map(|claim| self.row(claim, &results.arms[0]))
            .collect())
    }

    fn text(&self) -> String {
        let run = format!("[run]\nreplications = {REPLICATIONS}\nseed = {SEED}");
        let tables = self.tables.replacen("[run]", &run, 1);
        format!("schema = 1\nname = \"selftest\"\n{tables}")
    }

    fn row(&self, claim: &Claim, results: &ArmResults) -> Row {
        let confidence = Share::new(0.95).expect("a share");
        let estimate = rows::estimate(&claim.reading.measures(results), confidence);
        let interval = estimate.and_then(|estimate| estimate.interval);
        Row {
            case: self.name.clone(),
            quantity: claim.quantity.clone(),
            unit: claim.unit,
            formula: self.formula,
            theory: claim.theory,
            measured: estimate.map(|estimate| estimate.mean),
            ci_lo: interval.map(|interval| interval.lo),
            ci_hi: interval.map(|interval| interval.hi),
            z: estimate.and_then(|estimate| z(&estimate, claim.theory)),
        }
    }
}

impl Reading {
    fn measures(&self, results: &ArmResults) -> Vec<Measure> {
        match self {
            Self::Metric(metric) => rows::measures_of(results, metric),
            Self::Share(outcome) => counted(results, outcome, |ended, all| Measure::Ratio {
                numerator: ended,
                denominator: all,
            }),
            Self::PerSender(outcome, senders) => counted(results, outcome, |ended, _| {
                Measure::Plain(Some(ended / senders))
            }),
        }
    }
}

/// Per replication what `measure` makes of the messages that ended in `outcome`, and of all.
fn counted(
    results: &ArmResults,
    outcome: &str,
    measure: impl Fn(f64, f64) -> Measure,
) -> Vec<Measure> {
    let replications = results.replications.iter();
    let one = |replication: &super::Replication| {
        let (mut ended, mut all) = (0, 0);
        for row in &replication.measured.outcomes {
            ended += if row.outcome == outcome { row.count } else { 0 };
            all += row.count;
        }
        measure(cast::count_to_f64(ended), cast::count_to_f64(all))
    };
    replications.map(one).collect()
}

/// Distance from theory in standard errors. Without any spread the measured number must be the
/// theory's own, but for rounding.
fn z(estimate: &Estimate, theory: f64) -> Option<f64> {
    let sd = estimate.interval?.sd;
    let off = estimate.mean - theory;
    if off.abs() <= 1e-12 * theory.abs() {
        return Some(0.0);
    }
    Some(off / sd * libm::sqrt(cast::count_to_f64(estimate.n)))
}

fn metric(quantity: &str, unit: &'static str, metric: &str, theory: f64) -> Claim {
    Claim {
        quantity: quantity.to_owned(),
        unit,
        theory,
        reading: Reading::Metric(metric.to_owned()),
    }
}

fn share(quantity: &str, outcome: &'static str, theory: f64) -> Claim {
    Claim {
        quantity: quantity.to_owned(),
        unit: "ratio",
        theory,
        reading: Reading::Share(outcome),
    }
}

fn per_sender(quantity: &str, outcome: &'static str, senders: f64, theory: f64) -> Claim {
    Claim {
        quantity: quantity.to_owned(),
        unit: "1",
        theory,
        reading: Reading::PerSender(outcome, senders),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_a_scenario_and_theory_is_a_number() {
        for case in cases() {
            Scenario::from_toml(&case.text()).unwrap_or_else(|error| panic!("{error}"));
            assert!(!case.claims.is_empty());
            assert!(case.claims.iter().all(|claim| claim.theory.is_finite()));
        }
    }

    #[test]
    fn a_retry_case_agrees_with_theory_and_not_with_another_number() {
        let cases = cases();
        let case = cases.iter().find(|case| case.name.contains("50 %"));
        let mut case = case.expect("half of the attempts are lost").clone();
        let rows = case.run(Options::default(), &()).unwrap();
        assert!(rows.iter().all(Row::agrees), "{rows:#?}");
        // One part in twenty more than (1/2)^4 is far outside 2,000,000 tries' chance.
        for claim in &mut case.claims {
            claim.theory *= 1.05;
        }
        let rows = case.run(Options::default(), &()).unwrap();
        assert!(!rows.iter().any(Row::agrees), "{rows:#?}");
    }

    #[test]
    fn z_is_the_distance_in_standard_errors() {
        // 1, 3: mean 2, sd sqrt 2, standard error 1.
        let estimate = Estimate::of_mean(&[1.0, 3.0], Share::new(0.95).unwrap()).unwrap();
        assert!((z(&estimate, 0.5).unwrap() - 1.5).abs() < 1e-12);
        let exact = Estimate::of_mean(&[600.0, 600.0], Share::new(0.95).unwrap()).unwrap();
        assert!(z(&exact, 600.0).unwrap().abs() < 1e-12);
        assert!(z(&exact, 601.0).unwrap().abs() > LARGEST_Z);
    }
}
