//! The files of a run, as bytes: what `manifest.json`, the tables and the copies of inputs hold.

use std::borrow::Cow;

use serde::Serialize;

use super::{Sheet, csv, datapackage, resolved, sheets};
use crate::experiment::{Arm, Manifest, Results, rows};

/// Data files up to this size are copied beside the results; of larger ones only the hash stands
/// in the manifest.
pub const MOST_COPIED_BYTES: usize = 64 * 1024 * 1024;

/// One file of a folder of results.
#[derive(Debug, Clone)]
pub struct File<'r> {
    /// Its path inside the folder, with `/`.
    pub name: String,
    /// Its bytes.
    pub bytes: Cow<'r, [u8]>,
}

impl<'r> File<'r> {
    /// A file of the given bytes.
    pub fn new(name: impl Into<String>, bytes: impl Into<Cow<'r, [u8]>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
        }
    }

    /// A value as a JSON file.
    ///
    /// # Panics
    /// Never: rows and manifests are what JSON can say.
    pub fn json(name: &str, value: &impl Serialize) -> Self {
        let text = serde_json::to_string_pretty(value).expect("rows are what JSON can say");
        Self::new(name, (text + "\n").into_bytes())
    }
}

/// The files of a run of one arm, without `provenance.json`, sorted by name.
///
/// The same scenario and seed give the same bytes on every machine.
pub fn run_files<'r>(arm: &'r Arm, results: &'r Results, warnings: &[String]) -> Vec<File<'r>> {
    let resolved = resolved::resolved(arm);
    let entries = resolved.inputs.iter().map(|input| input.entry.clone());
    let manifest = Manifest::new(
        std::slice::from_ref(arm),
        results,
        &resolved.text,
        entries.collect(),
        warnings.to_vec(),
    );
    let mut files = vec![
        File::json("manifest.json", &manifest),
        File::new("scenario.toml", resolved.text.into_bytes()),
    ];
    files.extend(copies(&resolved.inputs));
    let spec = &arm.scenario().spec;
    files.extend(Tables::of(arm, results).finish(&spec.name, &spec.title));
    files.extend(event_log(arm, results));
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

pub(super) fn copies(inputs: &[resolved::Input]) -> Vec<File<'static>> {
    let small = |input: &&resolved::Input| input.bytes.len() <= MOST_COPIED_BYTES;
    let copy = |input: &resolved::Input| {
        File::new(format!("inputs/{}", input.entry.name), input.bytes.to_vec())
    };
    inputs.iter().filter(small).map(copy).collect()
}

/// The tables of a folder, and what the data package says of them.
#[derive(Default)]
pub(super) struct Tables {
    files: Vec<File<'static>>,
    resources: Vec<serde_json::Value>,
}

impl Tables {
    /// The tables of all arms; `arm` says which of them are wanted.
    pub(super) fn of(arm: &Arm, results: &Results) -> Self {
        let spec = &arm.scenario().spec;
        let mut tables = Self::default();
        let summary = rows::summary(results, spec.run.confidence);
        tables.add(&sheets::SUMMARY, &summary);
        tables.add(&sheets::REPLICATIONS, &rows::replications(results));
        tables.add(&sheets::OUTCOMES, &rows::outcomes(results));
        if spec.output.time_series.is_some() {
            tables.add(&sheets::TIME_SERIES, &rows::series(results));
        }
        let histograms = rows::histograms(results, spec.output.histograms);
        tables.add(&sheets::HISTOGRAMS, &histograms);
        tables
    }

    /// The files, with the data package that describes them.
    pub(super) fn finish(mut self, name: &str, title: &str) -> Vec<File<'static>> {
        let package = datapackage::datapackage(name, title, &self.resources);
        self.files.push(File::json("datapackage.json", &package));
        self.files
    }

    pub(super) fn add<R>(&mut self, sheet: &Sheet<R>, rows: &[R]) {
        self.files
            .push(File::new(sheet.file(), csv::csv(sheet, rows)));
        self.resources.push(datapackage::resource(sheet));
    }
}

/// `events.ndjson`: the logs of all replications, one after the other.
fn event_log<'r>(arm: &Arm, results: &'r Results) -> Option<File<'r>> {
    if arm.scenario().spec.output.events == crate::scenario::EventsSpec::None {
        return None;
    }
    let all = results.arms.iter().flat_map(|arm| &arm.replications);
    let logs: Vec<&[u8]> = all.map(|replication| replication.log.as_slice()).collect();
    Some(match logs.as_slice() {
        [one] => File::new("events.ndjson", *one),
        logs => File::new("events.ndjson", logs.concat()),
    })
}
