//! The files of a sweep: `sweep.csv`, `effects.csv`, the study as it was run, what it was made from.

use serde::Serialize;

use super::File;
use super::sweep::{effects_csv, sweep_csv, sweep_resources};
use crate::experiment::InputEntry;
use crate::experiment::sweep::{Effect, Points, SweepResults};
use crate::scenario::Sweep;

/// The content of a sweep's `manifest.json`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SweepManifest {
    /// Version of the program.
    pub version: &'static str,
    /// Name of the study.
    pub name: String,
    /// Its question.
    pub title: String,
    /// SHA-256 over the scenarios of all points and arms.
    pub scenario_sha256: String,
    /// The data files that entered.
    pub inputs: Vec<InputEntry>,
    /// Names all random numbers.
    pub seed: u64,
    /// Replications per arm and point, at most.
    pub replications: u32,
    /// The arms.
    pub arms: Vec<String>,
    /// The factors: name and key.
    pub factors: Vec<(String, String)>,
    /// How many points.
    pub points: usize,
    /// Points, from 1, at which the precision that the study waits for was not reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub imprecise_points: Vec<usize>,
    /// Replications run, over all points and arms.
    pub runs: u64,
    /// Events processed.
    pub events: u64,
    /// Events that shared their instant with the one before them.
    pub ties: u64,
    /// Whether every replication reached its horizon.
    pub complete: bool,
    /// What a reader must know before trusting a number.
    pub warnings: Vec<String>,
}

/// The files of a sweep, without `provenance.json`, sorted by name; `base` holds the scenario of
/// each arm at the first point, as text.
pub fn sweep_files(
    sweep: &Sweep,
    points: &Points,
    results: &SweepResults,
    effects: &[Effect],
    mut manifest: SweepManifest,
    base: Vec<(String, String)>,
) -> Vec<File<'static>> {
    manifest.runs = results.runs;
    manifest.imprecise_points = results.imprecise.iter().map(|point| point + 1).collect();
    manifest.events = results.events;
    manifest.ties = results.ties;
    manifest.complete = results.complete;
    manifest.warnings.extend(results.warnings.iter().cloned());
    let resources = sweep_resources(sweep, points);
    let package = super::datapackage::datapackage(&sweep.name, &sweep.title, &resources);
    let arms = base.into_iter().map(|(arm, text)| {
        let path = format!("arms/{arm}.toml");
        File::new(path, text.into_bytes())
    });
    let mut files: Vec<File<'static>> = arms.collect();
    files.extend([
        File::json("datapackage.json", &package),
        File::new("effects.csv", effects_csv(sweep, points, effects)),
        File::json("manifest.json", &manifest),
        File::new("sweep.csv", sweep_csv(sweep, points, &results.rows)),
    ]);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}
