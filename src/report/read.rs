//! Results read back from their folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::Value;

use super::study_files::COMPARISONS;
use super::{Column, Sheet, existing, sheets};
use crate::experiment::compare::{Comparison, Verdict};
use crate::experiment::rows::{OutcomeRow, ReplicationRow, SummaryRow};
use crate::experiment::{CompareEntry, Results};
use crate::protocol::Class;
use crate::scenario::ScenarioSpec;

/// The folder of a finished run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    /// Where it is.
    pub place: PathBuf,
    /// The content of `manifest.json`.
    pub manifest: Value,
    /// The scenario as it was run; that of the first arm.
    pub spec: ScenarioSpec,
    /// The scenarios of all arms, by name.
    pub arms: Vec<(String, ScenarioSpec)>,
    /// The rows of `summary.csv`.
    pub summary: Vec<SummaryRow>,
    /// The rows of `outcomes.csv`.
    pub outcomes: Vec<OutcomeRow>,
}

/// A CSV file as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// The header line.
    pub header: Vec<String>,
    /// The rows below it.
    pub rows: Vec<Vec<String>>,
}

impl RunFolder {
    /// Reads the folder at `place`.
    ///
    /// # Errors
    /// Where it is not the folder of a run, in words.
    pub fn open(place: &Path) -> Result<Self, String> {
        let shown = place.display();
        let manifest = existing::manifest(place).ok_or_else(|| {
            format!("{shown} holds no results (no manifest.json); name the folder of a run")
        })?;
        if super::SweepFolder::is_one(&manifest) {
            return Err(format!(
                "{shown} holds a sweep, which `pdsim show`, `report` and `replay` read; name the folder of a run or a comparison"
            ));
        }
        let arms = arms(place, &manifest)?;
        let first = arms
            .first()
            .ok_or_else(|| format!("{shown} names no arm"))?;
        Ok(Self {
            place: place.to_owned(),
            spec: first.1.clone(),
            arms,
            manifest,
            summary: rows(place, &sheets::SUMMARY, summary_row)?,
            outcomes: rows(place, &sheets::OUTCOMES, outcome_row)?,
        })
    }

    /// What a reader was told before trusting a number.
    pub fn warnings(&self) -> Vec<String> {
        let list = self.manifest["warnings"].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Replications of every arm.
    pub fn replications(&self) -> u32 {
        let count = self.manifest["replications"].as_u64().unwrap_or(0);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The terms of a comparison; none for a run.
    pub fn compare(&self) -> Option<CompareEntry> {
        CompareEntry::deserialize(&self.manifest["compare"]).ok()
    }

    /// The rows of `comparisons.csv`.
    ///
    /// # Errors
    /// Where it cannot be read, in words.
    pub fn comparisons(&self) -> Result<Vec<Comparison>, String> {
        rows(&self.place, &COMPARISONS, comparison_row)
    }

    /// The rows of `replications.csv`.
    ///
    /// # Errors
    /// Where it cannot be read, in words.
    pub fn replication_rows(&self) -> Result<Vec<ReplicationRow>, String> {
        rows(&self.place, &sheets::REPLICATIONS, replication_row)
    }

    /// The measures of a comparison as far as the tables hold them.
    ///
    /// # Errors
    /// Where they cannot be read, in words.
    pub fn results(&self) -> Result<Results, String> {
        let rows = self.replication_rows()?;
        let order = self.arms.iter().map(|(name, _)| name.clone());
        Ok(Results::of_rows(order, &rows))
    }

    /// Events of all replications.
    pub fn events(&self) -> u64 {
        self.manifest["events"].as_u64().unwrap_or(0)
    }
}

/// The scenarios of a folder: that of a run, or those of the arms that its manifest names.
fn arms(place: &Path, manifest: &Value) -> Result<Vec<(String, ScenarioSpec)>, String> {
    let read = |name: &str, file: String| {
        let shown = place.join(&file);
        let shown = shown.display();
        let text = fs::read_to_string(place.join(&file))
            .map_err(|error| format!("cannot read {shown}: {error}"))?;
        let spec = ScenarioSpec::from_toml(&text)
            .map_err(|error| format!("{shown} is damaged: {error}"))?;
        Ok((name.to_owned(), spec))
    };
    if manifest["compare"].is_null() {
        return Ok(vec![read("base", "scenario.toml".to_owned())?]);
    }
    let names = manifest["arms"].as_array().into_iter().flatten();
    let names = names.filter_map(Value::as_str);
    names
        .map(|name| read(name, format!("arms/{name}.toml")))
        .collect()
}

/// A CSV file of results as texts.
///
/// # Errors
/// Where it cannot be read, in words.
pub fn records(path: &Path) -> Result<Records, String> {
    let bytes =
        fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    records_of(path, &bytes)
}

/// The bytes of a CSV file as texts; `path` names it where they cannot be read.
pub(super) fn records_of(path: &Path, bytes: &[u8]) -> Result<Records, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", path.display());
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes);
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(&error))?;
        lines.push(record.iter().map(str::to_owned).collect::<Vec<_>>());
    }
    if lines.is_empty() {
        return Err(wrong(&"the file is empty"));
    }
    let header = lines.remove(0);
    Ok(Records {
        header,
        rows: lines,
    })
}

/// The rows of a sheet; its header must be the one that is written today.
fn rows<R>(
    place: &Path,
    sheet: &Sheet<R>,
    read: fn(&[String]) -> Option<R>,
) -> Result<Vec<R>, String> {
    let path = place.join(sheet.file());
    sheet_rows(&path, &records(&path)?, sheet, read)
}

/// The rows of a sheet among the records of the file `path`.
pub(super) fn sheet_rows<R>(
    path: &Path,
    records: &Records,
    sheet: &Sheet<R>,
    read: fn(&[String]) -> Option<R>,
) -> Result<Vec<R>, String> {
    let expected: Vec<&str> = sheet
        .columns
        .iter()
        .map(|column: &Column<R>| column.name)
        .collect();
    if records.header != expected {
        return Err(format!(
            "{} has other columns than {}",
            path.display(),
            expected.join(",")
        ));
    }
    let damaged = |line: usize| format!("{}:{line}: the row is damaged", path.display());
    let numbered = records.rows.iter().enumerate();
    numbered
        .map(|(index, row)| read(row).ok_or_else(|| damaged(index + 2)))
        .collect()
}

pub(super) fn summary_row(row: &[String]) -> Option<SummaryRow> {
    Some(SummaryRow {
        arm: row[0].clone(),
        metric: row[1].clone(),
        unit: unit(&row[2])?,
        replications: row[3].parse().ok()?,
        mean: optional(&row[4])?,
        ci_lo: optional(&row[5])?,
        ci_hi: optional(&row[6])?,
        half_width: optional(&row[7])?,
        sd: optional(&row[8])?,
        min: optional(&row[9])?,
        max: optional(&row[10])?,
    })
}

pub(super) fn replication_row(row: &[String]) -> Option<ReplicationRow> {
    Some(ReplicationRow {
        arm: row[0].clone(),
        replication: row[1].parse().ok()?,
        metric: row[2].clone(),
        unit: unit(&row[3])?,
        value: optional(&row[4])?,
        numerator: optional(&row[5])?,
        denominator: optional(&row[6])?,
    })
}

pub(super) fn comparison_row(row: &[String]) -> Option<Comparison> {
    Some(Comparison {
        metric: row[0].clone(),
        arm: row[1].clone(),
        baseline: row[2].clone(),
        difference: optional(&row[3])?,
        ci_lo: optional(&row[4])?,
        ci_hi: optional(&row[5])?,
        p_adjusted: optional(&row[6])?,
        correlation: optional(&row[7])?,
        variance_ratio: optional(&row[8])?,
        verdict: Verdict::of_name(&row[9])?,
    })
}

fn unit(name: &str) -> Option<&'static str> {
    ["s", "1", "1/s", "ratio"]
        .into_iter()
        .find(|unit| *unit == name)
}

pub(super) fn outcome_row(row: &[String]) -> Option<OutcomeRow> {
    let classes = [Class::Ham, Class::Spam].map(Class::name);
    Some(OutcomeRow {
        arm: row[0].clone(),
        replication: row[1].parse().ok()?,
        class: classes.into_iter().find(|class| *class == row[2])?,
        group: row[3].clone(),
        outcome: row[4].clone(),
        count: row[5].parse().ok()?,
    })
}

/// An empty field is no value; anything else must be a number.
#[expect(
    clippy::option_option,
    reason = "faulty, missing and given are three things"
)]
fn optional(field: &str) -> Option<Option<f64>> {
    if field.is_empty() {
        return Some(None);
    }
    field.parse().ok().map(Some)
}
