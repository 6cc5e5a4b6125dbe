//! What stands at the place where a folder of results is to be written.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;

use super::Resolved;
use crate::scenario::{EventsSpec, ScenarioSpec};

/// What stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// Nothing, or an empty folder.
    Nothing,
    /// The results of the same scenario, seed and version, complete.
    UpToDate,
    /// Results of the same scenario, seed and version, of which something is missing.
    Unfinished,
    /// Results of something else; in which respects.
    Other(Vec<String>),
    /// A folder that holds no results.
    NotResults,
    /// A file.
    NotAFolder,
}

/// What stands at `place`, for a run of `spec` that is written as `resolved`.
pub fn existing(place: &Path, spec: &ScenarioSpec, resolved: &Resolved) -> Existing {
    let first_entry = match fs::read_dir(place) {
        Err(error) if error.kind() == ErrorKind::NotADirectory && place.is_file() => {
            return Existing::NotAFolder;
        }
        Err(_) => None,
        Ok(mut entries) => entries.next(),
    };
    if first_entry.is_none() {
        return Existing::Nothing;
    }
    let Some(manifest) = manifest(place) else {
        return Existing::NotResults;
    };
    let differences = differences(&manifest, spec, resolved);
    let is_whole = || files_of(spec).all(|name| place.join(name).is_file());
    if !differences.is_empty() {
        Existing::Other(differences)
    } else if manifest["complete"] == true && is_whole() {
        Existing::UpToDate
    } else {
        Existing::Unfinished
    }
}

/// The manifest of a folder of results.
pub fn manifest(place: &Path) -> Option<Value> {
    let text = fs::read_to_string(place.join("manifest.json")).ok()?;
    let manifest: Value = serde_json::from_str(&text).ok()?;
    manifest["scenario_sha256"].is_string().then_some(manifest)
}

fn differences(manifest: &Value, spec: &ScenarioSpec, resolved: &Resolved) -> Vec<String> {
    let mut found = Vec::new();
    if manifest["version"] != env!("CARGO_PKG_VERSION") {
        found.push(format!("version {}", shown(&manifest["version"])));
    }
    if manifest["name"] != spec.name.as_str() {
        found.push(format!("the scenario {}", shown(&manifest["name"])));
    }
    if manifest["seed"] != spec.run.seed {
        found.push(format!("seed {}", shown(&manifest["seed"])));
    }
    let inputs: Vec<Value> = resolved.inputs.iter().map(entry).collect();
    if manifest["inputs"] != Value::Array(inputs) {
        found.push("other data files".to_owned());
    }
    let hash = crate::experiment::sha256_hex(resolved.text.as_bytes());
    if found.is_empty() && manifest["scenario_sha256"] != hash.as_str() {
        found.push("other values of the scenario".to_owned());
    }
    found
}

fn entry(input: &super::Input) -> Value {
    let entry = &input.entry;
    serde_json::json!({ "name": entry.name, "sha256": entry.sha256, "bytes": entry.bytes })
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The files without which a folder of results is not whole.
fn files_of(spec: &ScenarioSpec) -> impl Iterator<Item = &'static str> {
    let always = [
        "scenario.toml",
        "summary.csv",
        "replications.csv",
        "outcomes.csv",
        "histograms.csv",
        "datapackage.json",
    ];
    let series = spec.output.time_series.map(|_| "time_series.csv");
    let events = (spec.output.events != EventsSpec::None).then_some("events.ndjson");
    always.into_iter().chain(series).chain(events)
}
