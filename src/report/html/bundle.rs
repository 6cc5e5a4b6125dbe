//! What a report is made of: the files of one folder of results, read from disk or as they are
//! about to be written.

use std::borrow::Cow;
use std::path::Path;

use serde::Deserialize as _;
use serde_json::Value;

use crate::experiment::compare::{Comparison, Terms};
use crate::experiment::digest::{Bucketed, Courses, Curves, Sample};
use crate::experiment::rows::{OutcomeRow, ReplicationRow, SummaryRow};
use crate::experiment::zero::{NoEvents, no_events};
use crate::experiment::{CompareEntry, Results};
use crate::report::picture::spam_groups;
use crate::report::read::{self, Records};
use crate::report::study_files::COMPARISONS;
use crate::report::{Column, File, Sheet, sheets};
use crate::scenario::ScenarioSpec;

/// A course is drawn with at most so many steps.
const MOST_STEPS: usize = 400;

/// Where the bytes of a file come from, by its name inside the folder.
pub type Bytes<'f> = &'f dyn Fn(&str) -> Option<Cow<'f, [u8]>>;

/// The tables of one folder of results.
#[derive(Debug)]
pub struct Bundle {
    /// The content of `manifest.json`.
    pub manifest: Value,
    /// The arms in the order of the study: name, text of the scenario, and what it says.
    pub arms: Vec<ArmText>,
    /// The rows of `summary.csv`; those of a sweep are in `sweep`.
    pub summary: Vec<SummaryRow>,
    /// The rows of `replications.csv`.
    pub replications: Vec<ReplicationRow>,
    /// The rows of `outcomes.csv`.
    pub outcomes: Vec<OutcomeRow>,
    /// The terms of a comparison and the rows of `comparisons.csv`.
    pub compared: Option<(Terms, Vec<Comparison>)>,
    /// Per arm, messages that it does not share with the baseline, at least.
    pub unpaired: Vec<(String, u64)>,
    /// `time_series.csv`, averaged over replications.
    pub courses: Courses,
    /// `histograms.csv`, merged over replications.
    pub curves: Curves,
    /// `sweep.csv` and `effects.csv`.
    pub sweep: Option<(Records, Records)>,
}

/// One arm's scenario as it was run.
#[derive(Debug)]
pub struct ArmText {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What it says.
    pub spec: ScenarioSpec,
}

impl Bundle {
    /// The files of a folder that is about to be written.
    ///
    /// # Errors
    /// Where one cannot be read back, in words.
    pub fn of_files(files: &[File<'_>]) -> Result<Self, String> {
        Self::read(&|name| {
            let file = files.iter().find(|file| file.name == name)?;
            Some(Cow::Borrowed(&*file.bytes))
        })
    }

    /// The files of the folder at `place`.
    ///
    /// # Errors
    /// Where it is no folder of results or one cannot be read, in words.
    pub fn open(place: &Path) -> Result<Self, String> {
        let shown = place.display();
        if crate::report::manifest(place).is_none() {
            return Err(format!(
                "{shown} holds no results (no manifest.json); name the folder of a run"
            ));
        }
        let read = |name: &str| std::fs::read(place.join(name)).ok().map(Cow::Owned);
        Self::read(&read).map_err(|error| format!("{shown}: {error}"))
    }

    fn read(bytes: Bytes<'_>) -> Result<Self, String> {
        let manifest = bytes("manifest.json").ok_or("there is no manifest.json")?;
        let manifest: Value = serde_json::from_slice(&manifest)
            .map_err(|error| format!("manifest.json is damaged: {error}"))?;
        let sweep = match (bytes("sweep.csv"), bytes("effects.csv")) {
            (Some(sweep), Some(effects)) => Some((
                read::records_of(Path::new("sweep.csv"), &sweep)?,
                read::records_of(Path::new("effects.csv"), &effects)?,
            )),
            _ => None,
        };
        let is_run = sweep.is_none() && manifest["compare"].is_null();
        let mut bundle = Self {
            arms: arms(&manifest, is_run, bytes)?,
            summary: Vec::new(),
            replications: Vec::new(),
            outcomes: Vec::new(),
            compared: None,
            unpaired: Vec::new(),
            courses: courses(bytes)?,
            curves: curves(bytes)?,
            sweep,
            manifest,
        };
        if bundle.sweep.is_none() {
            bundle.summary = rows(bytes, &sheets::SUMMARY, read::summary_row)?;
            bundle.replications = rows(bytes, &sheets::REPLICATIONS, read::replication_row)?;
            bundle.outcomes = rows(bytes, &sheets::OUTCOMES, read::outcome_row)?;
        }
        if let Ok(entry) = CompareEntry::deserialize(&bundle.manifest["compare"]) {
            let comparisons = rows(bytes, &COMPARISONS, read::comparison_row)?;
            bundle.compared = Some((entry.terms(), comparisons));
            bundle.unpaired = entry.unpaired.into_iter().collect();
        }
        Ok(bundle)
    }

    /// A text of the manifest.
    pub fn text(&self, key: &str) -> &str {
        self.manifest[key].as_str().unwrap_or_default()
    }

    /// Texts of a list in the manifest.
    pub fn texts(&self, key: &str) -> Vec<&str> {
        let list = self.manifest[key].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).collect()
    }

    /// The measures of all arms as far as the tables hold them.
    pub fn results(&self) -> Results {
        let order = self.arms.iter().map(|arm| arm.name.clone());
        Results::of_rows(order, &self.replications)
    }

    /// Shares of events that no replication had: they are no bare 0.
    pub fn no_events(&self) -> Vec<NoEvents> {
        let confidence = match (&self.compared, self.arms.first()) {
            (Some((terms, _)), _) => terms.confidence,
            (None, Some(arm)) => arm.spec.run.confidence,
            (None, None) => return Vec::new(),
        };
        no_events(&self.replications, confidence)
    }

    /// Groups whose messages are all spam.
    pub fn spam_groups(&self) -> Vec<&str> {
        spam_groups(&self.outcomes)
    }

    /// A metric of an arm.
    pub fn metric(&self, arm: &str, metric: &str) -> Option<&SummaryRow> {
        let fits = |row: &&SummaryRow| row.arm == arm && row.metric == metric;
        self.summary.iter().find(fits)
    }
}

fn arms(manifest: &Value, is_run: bool, bytes: Bytes<'_>) -> Result<Vec<ArmText>, String> {
    let read = |name: &str, file: &str| {
        let text = bytes(file).ok_or_else(|| format!("there is no {file}"))?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let spec = ScenarioSpec::from_toml(&text)
            .map_err(|error| format!("{file} is damaged: {error}"))?;
        let name = name.to_owned();
        Ok(ArmText { name, text, spec })
    };
    if is_run {
        return Ok(vec![read("base", "scenario.toml")?]);
    }
    let names = manifest["arms"].as_array().into_iter().flatten();
    let names = names.filter_map(Value::as_str);
    names
        .map(|name| read(name, &format!("arms/{name}.toml")))
        .collect()
}

fn rows<R>(
    bytes: Bytes<'_>,
    sheet: &Sheet<R>,
    read: fn(&[String]) -> Option<R>,
) -> Result<Vec<R>, String> {
    let file = sheet.file();
    let found = bytes(&file).ok_or_else(|| format!("there is no {file}"))?;
    let path = Path::new(&file);
    read::sheet_rows(path, &read::records_of(path, &found)?, sheet, read)
}

/// Calls `take` with every row of a table, if the folder has it; its header must be that of today.
fn each<R>(
    bytes: Bytes<'_>,
    sheet: &Sheet<R>,
    mut take: impl FnMut(&csv::StringRecord) -> Option<()>,
) -> Result<(), String> {
    let file = sheet.file();
    let Some(found) = bytes(&file) else {
        return Ok(());
    };
    let mut reader = csv::Reader::from_reader(&*found);
    let header = reader
        .headers()
        .map_err(|error| format!("{file}: {error}"))?;
    let columns = sheet.columns.iter().map(|column: &Column<R>| column.name);
    if !header.iter().eq(columns) {
        return Err(format!("{file} has other columns than it should"));
    }
    let mut record = csv::StringRecord::new();
    let wrong = |error: csv::Error| format!("{file}: {error}");
    while reader.read_record(&mut record).map_err(wrong)? {
        let line = record.position().map_or(0, csv::Position::line);
        take(&record).ok_or_else(|| format!("{file}:{line}: the row is damaged"))?;
    }
    Ok(())
}

/// The courses of a folder of results; none where it kept no time series.
///
/// # Errors
/// Where they cannot be read, in words.
pub fn courses_of(place: &Path) -> Result<Courses, String> {
    let read = |name: &str| std::fs::read(place.join(name)).ok().map(Cow::Owned);
    courses(&read)
}

fn courses(bytes: Bytes<'_>) -> Result<Courses, String> {
    let mut courses = Courses::default();
    each(bytes, &sheets::TIME_SERIES, |row| {
        courses.add(&Sample {
            arm: &row[0],
            t_s: row[2].parse().ok()?,
            series: &row[3],
            group: &row[4],
            value: row[5].parse().ok()?,
        });
        Some(())
    })?;
    courses.thin(MOST_STEPS);
    Ok(courses)
}

fn curves(bytes: Bytes<'_>) -> Result<Curves, String> {
    let mut curves = Curves::default();
    each(bytes, &sheets::HISTOGRAMS, |row| {
        curves.add(&Bucketed {
            arm: &row[0],
            class: &row[2],
            stage: &row[3],
            value_s: row[4].parse().ok()?,
            count: row[6].parse().ok()?,
        });
        Some(())
    })?;
    Ok(curves)
}
