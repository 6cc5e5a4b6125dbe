//! The files of a sweep: `sweep.csv`, `effects.csv`, its points, what it was made from.

use serde::{Deserialize, Serialize};

use super::changes::changes;
use super::run_files::copies;
use super::sweep::{effects_csv, sweep_csv, sweep_resources};
use super::sweep_points::{PointChange, PointTable};
use super::{File, Input, Resolved};
use crate::experiment::InputEntry;
use crate::experiment::sweep::{Effect, Points, SweepResults};

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
    /// The metrics whose main effects are told.
    pub metrics: Vec<String>,
    /// The factors.
    pub factors: Vec<FactorEntry>,
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

/// A factor of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorEntry {
    /// Its name.
    pub name: String,
    /// The key that it changes.
    pub key: String,
    /// Its levels: values, or parts of a range.
    pub levels: Vec<String>,
}

/// The scenarios of a sweep: those of the first point as texts, the others by what differs.
#[derive(Debug, Default)]
pub struct SweepScenarios {
    first: Vec<(String, String, toml::Table)>,
    changes: Vec<PointChange>,
    inputs: Vec<Input>,
}

impl SweepScenarios {
    /// Adds the scenario of an arm at a point; those of the first point come first.
    ///
    /// # Panics
    /// If an arm comes that the first point did not have.
    pub fn add(&mut self, point: usize, arm: &str, resolved: Resolved) {
        self.inputs.extend(resolved.inputs);
        self.inputs.sort_by(|a, b| a.entry.name.cmp(&b.entry.name));
        self.inputs.dedup_by(|a, b| a.entry == b.entry);
        let table = toml::from_str(&resolved.text).expect("it was written as TOML");
        if point == 0 {
            self.first.push((arm.to_owned(), resolved.text, table));
            return;
        }
        let first = self.first.iter().find(|(name, _, _)| name == arm);
        let (_, _, first) = first.expect("every arm runs at every point");
        let row = |change| PointChange {
            point,
            arm: arm.to_owned(),
            change,
        };
        self.changes
            .extend(changes(first, &table).into_iter().map(row));
    }

    /// The data files that entered.
    pub fn inputs(&self) -> Vec<InputEntry> {
        let entries = self.inputs.iter().map(|input| input.entry.clone());
        entries.collect()
    }
}

/// The files of a sweep, without `provenance.json`, sorted by name.
pub fn sweep_files(
    points: &Points,
    results: &SweepResults,
    effects: &[Effect],
    mut manifest: SweepManifest,
    scenarios: SweepScenarios,
) -> Vec<File<'static>> {
    manifest.runs = results.runs;
    manifest.imprecise_points = results.imprecise.iter().map(|point| point + 1).collect();
    manifest.events = results.events;
    manifest.ties = results.ties;
    manifest.complete = results.complete;
    manifest.warnings.extend(results.warnings.iter().cloned());
    manifest.factors = FactorEntry::all(points);
    let tables = [
        PointTable::points(points),
        PointTable::changes(&scenarios.changes),
    ];
    let mut resources = sweep_resources(points);
    resources.extend(tables.iter().map(PointTable::resource));
    let package = super::datapackage::datapackage(&manifest.name, &manifest.title, &resources);
    let mut files = copies(&scenarios.inputs);
    for file in &mut files {
        file.name.insert_str(0, "arms/");
    }
    files.extend(scenarios.first.into_iter().map(|(arm, text, _)| {
        let path = format!("arms/{arm}.toml");
        File::new(path, text.into_bytes())
    }));
    files.extend([
        File::json("datapackage.json", &package),
        File::new("effects.csv", effects_csv(points, effects)),
        File::json("manifest.json", &manifest),
        File::new("sweep.csv", sweep_csv(points, &results.rows)),
    ]);
    files.extend(tables.iter().map(PointTable::file));
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}
