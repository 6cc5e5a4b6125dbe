//! All scenarios of a sweep, prepared once before anything runs: for their faults, for the hash
//! over them all, for what is written of them. A sweep and its replay look at them in the same way.

use crate::cli::console::Console;
use crate::cli::progress::Progress;
use crate::cli::provenance::Provenance;
use crate::cli::{interrupt, run};
use crate::experiment::sweep::{Effect, Points, SweepResults, effects, run_points};
use crate::experiment::{Arm, Kept, Options, RunError, sha256_hex};
use crate::report::{self, InputNames, SweepManifest, SweepScenarios};
use crate::scenario::Scenario;
use crate::units::{Share, cast};

/// What is known of a sweep before it runs.
pub(in crate::cli) struct Survey {
    pub(in crate::cli) points: Points,
    pub(in crate::cli) manifest: SweepManifest,
    pub(in crate::cli) scenarios: SweepScenarios,
    /// What the replications of each arm at each point are made from.
    pub(in crate::cli) work: Vec<String>,
    pub(in crate::cli) confidence: Share,
    names: InputNames,
    /// The hashes of all scenarios.
    hashes: String,
}

/// Results, main effects, and how they were made.
pub(in crate::cli) type Measured = (SweepResults, Vec<Effect>, Provenance);

impl Survey {
    /// Looks at the scenario of every arm at every point, as `scenario` makes it of the number of
    /// the point and that of the arm; none where one has faults. The `manifest` names the arms.
    pub(in crate::cli) fn of(
        manifest: SweepManifest,
        points: Points,
        mut scenario: impl FnMut(usize, usize) -> Option<Scenario>,
    ) -> Option<Self> {
        let count = points.len();
        let mut survey = Self {
            points,
            manifest,
            scenarios: SweepScenarios::default(),
            work: Vec::new(),
            confidence: crate::scenario::RunSpec::default().confidence,
            names: InputNames::default(),
            hashes: String::new(),
        };
        let arms = survey.manifest.arms.clone();
        for point in 0..count {
            for (number, name) in arms.iter().enumerate() {
                let arm = Arm::new(name, scenario(point, number)?);
                survey.add(point, &arm);
            }
        }
        survey.manifest.points = count;
        survey.manifest.inputs = survey.scenarios.inputs();
        survey.manifest.scenario_sha256 = sha256_hex(survey.hashes.as_bytes());
        Some(survey)
    }

    fn add(&mut self, point: usize, arm: &Arm) {
        let resolved = report::resolved_with(arm, &mut self.names);
        let (number, name, text) = (point + 1, arm.name(), &resolved.text);
        self.hashes += &sha256_hex(format!("{number}\n{name}\n{text}").as_bytes());
        let data = resolved.inputs.iter().map(|input| &input.entry);
        self.work
            .push(report::work_key(report::explicit(arm), data));
        let run = &arm.scenario().spec.run;
        self.manifest.seed = run.seed;
        self.manifest.replications = run.replications.most();
        self.confidence = run.confidence;
        self.scenarios.add(point, name, resolved);
    }

    /// Replications at most, over all points and arms.
    pub(in crate::cli) fn most_replications(&self) -> u64 {
        let arms = cast::count_to_u64(self.points.len() * self.manifest.arms.len());
        arms * u64::from(self.manifest.replications)
    }

    /// Runs everything, with the arms that `arms_at` makes of the number of a point.
    ///
    /// # Errors
    /// Where it was interrupted or a law of the model was broken.
    pub(in crate::cli) fn measure(
        &self,
        arms_at: impl FnMut(usize) -> Vec<Arm>,
        jobs: Option<usize>,
        console: Console,
        kept: &impl Kept,
    ) -> Result<Measured, RunError> {
        interrupt::listen();
        let progress = Progress::new(console, None, self.most_replications());
        let start = run::now();
        let options = Options {
            threads: jobs,
            ..Options::default()
        };
        let (points, metrics) = (self.points.len(), &self.manifest.metrics);
        let results = run_points(points, arms_at, metrics, options, &progress, kept);
        progress.finish();
        let results = results?;
        for text in &results.warnings {
            console.note(&format!("warning: {text}"));
        }
        let effects = effects(&results.cells, &self.points, self.confidence);
        let provenance = Provenance::new(start.elapsed(), jobs);
        Ok((results, effects, provenance))
    }
}
