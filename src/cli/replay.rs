//! `pdsim replay RUN`: runs the scenario of a folder again and compares every byte.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::{self, Layers, Loaded};
use super::run;
use crate::experiment::{Arm, compare};
use crate::report::{self, Difference, File, RunFolder, comparison};
use crate::scenario::{Disk, Files, ReadError};

/// Arguments of `replay`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The folder of a run or of a comparison
    pub run: PathBuf,
    /// Folder of the data files that were too large to be copied
    #[arg(long, value_name = "DIR")]
    pub inputs: Option<PathBuf>,
}

/// The disk, with another folder for data files that are not beside the results.
pub(super) struct Inputs<'a> {
    own: PathBuf,
    other: Option<&'a Path>,
}

impl Files for Inputs<'_> {
    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
        let found = Disk.read(path, most);
        match (found, self.other, path.strip_prefix(&self.own)) {
            (Err(ReadError::Missing), Some(other), Ok(name)) => Disk.read(&other.join(name), most),
            (found, _, _) => found,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Where the folder holds no complete results or its scenario cannot be run.
pub fn main(args: &Args, jobs: Option<usize>, console: Console) -> Result<Exit, Failure> {
    let folder = RunFolder::open(&args.run).map_err(Failure::input)?;
    let shown = args.run.display();
    if folder.manifest["complete"] != true {
        let message = format!("{shown} was stopped before its end; run the scenario again");
        return Err(Failure::input(message));
    }
    let version = folder.manifest["version"].as_str().unwrap_or("unknown");
    if version != env!("CARGO_PKG_VERSION") {
        console.note(&format!(
            "note: the results are of version {version}, this is {}: numbers may differ",
            env!("CARGO_PKG_VERSION")
        ));
    }
    let compared = folder.compare();
    let (arms, warnings) = arms(&folder, args.inputs.as_deref(), console)?;
    let bounds = run::Bounds::default();
    let (results, mut told, _) = run::simulate(&arms, warnings, bounds, jobs, console)?;
    let expected = match &compared {
        None => report::run_files(&arms[0], &results, &told),
        Some(entry) => {
            let terms = entry.terms();
            let comparisons = compare::compare(&results, &terms);
            told.extend(comparison::pairing_warnings(&comparisons, terms.draws));
            let text = |key: &str| folder.manifest[key].as_str().unwrap_or_default();
            let compared = (&terms, comparisons.as_slice());
            report::study_files(
                text("name"),
                text("title"),
                &arms,
                &results,
                compared,
                &told,
            )
        }
    };
    // A copy that is kept elsewhere is held against its hash in the manifest.
    let is_elsewhere = |file: &File<'_>| {
        let is_input = args.inputs.is_some() && file.name.contains("inputs/");
        is_input && !args.run.join(&file.name).exists()
    };
    let expected: Vec<File<'_>> = expected
        .into_iter()
        .filter(|file| !is_elsewhere(file))
        .collect();
    hold(&folder, &expected)
}

/// The scenario files of a folder's arms, by name.
pub(super) fn arm_files(folder: &RunFolder) -> Vec<(String, PathBuf)> {
    let is_study = folder.compare().is_some();
    let file_of = |name: &String| {
        if is_study {
            below(folder).join(format!("{name}.toml"))
        } else {
            below(folder).join("scenario.toml")
        }
    };
    let names = folder.arms.iter().map(|(name, _)| name);
    names.map(|name| (name.clone(), file_of(name))).collect()
}

/// Where the scenarios of a folder's arms are.
fn below(folder: &RunFolder) -> PathBuf {
    match folder.compare() {
        Some(_) => folder.place.join("arms"),
        None => folder.place.clone(),
    }
}

/// The files that the scenarios of a folder name, with another folder for what is not there.
pub(super) fn inputs<'a>(folder: &RunFolder, other: Option<&'a Path>) -> Inputs<'a> {
    Inputs {
        own: below(folder).join("inputs"),
        other,
    }
}

/// The arms of a folder as they were run, and what was odd about them.
fn arms(
    folder: &RunFolder,
    other: Option<&Path>,
    console: Console,
) -> Result<(Vec<Arm>, Vec<String>), Failure> {
    let files = inputs(folder, other);
    let (mut arms, mut odd) = (Vec::new(), Vec::new());
    for (name, file) in arm_files(folder) {
        let Loaded { scenario, warnings } =
            input::scenario_from(&files, &file, &Layers::default(), console)?;
        arms.push(Arm::new(name, scenario));
        odd.extend(warnings);
    }
    odd.sort();
    odd.dedup();
    Ok((arms, odd))
}

fn hold(folder: &RunFolder, now: &[File<'_>]) -> Result<Exit, Failure> {
    let place = folder.place.display();
    let before = |file: &File<'_>| std::fs::read(folder.place.join(&file.name)).ok();
    let differs = |file: &&File<'_>| before(file).is_none_or(|before| *before != *file.bytes);
    let differing: Vec<&File<'_>> = now.iter().filter(differs).collect();
    let Some(first) = differing.first() else {
        let text = format!("{place}: {} files, every byte the same\n", now.len());
        console::print(&text)?;
        return Ok(Exit::Done);
    };
    let names: Vec<&str> = differing.iter().map(|file| file.name.as_str()).collect();
    let located = |file: &File<'_>| {
        before(file).and_then(|before| Difference::between(&file.name, &before, &file.bytes))
    };
    let mut text = format!("{place} differs in {}\n", names.join(", "));
    let what = match located(first) {
        None => format!("{} is missing\n", first.name),
        Some(found) => lines(&found),
    };
    text += &what;
    text += &moment(now, &differing, located);
    let version = folder.manifest["version"].as_str().unwrap_or("unknown");
    if version != env!("CARGO_PKG_VERSION") {
        let _ = writeln!(text, "The results are of version {version}");
    }
    console::print(&text)?;
    Ok(Exit::Differs)
}

/// File, row and column, as it was and as it is.
fn lines(found: &Difference) -> String {
    let shown = |line: &Option<String>| match line {
        None => "(nothing)".to_owned(),
        Some(line) => cut(line),
    };
    let column = found.column.as_ref();
    let column = column.map_or_else(String::new, |column| format!(", column {column}"));
    format!(
        "{}, row {}{column}\n  was {}\n  is  {}\n",
        found.file,
        found.row,
        shown(&found.was),
        shown(&found.is)
    )
}

const LOG: &str = "events.ndjson";
const SERIES: &str = "time_series.csv";

/// When in virtual time it began, and with which event, as far as the files tell.
fn moment(
    now: &[File<'_>],
    differing: &[&File<'_>],
    located: impl Fn(&File<'_>) -> Option<Difference>,
) -> String {
    let found = |name: &str| {
        let file = differing.iter().find(|file| file.name == name)?;
        located(file)
    };
    let has_log = now.iter().any(|file| file.name == LOG);
    match (found(LOG), found(SERIES)) {
        (Some(log), _) => format!(
            "virtual time {}, event {}\n",
            log.at.unwrap_or_default(),
            log.event.unwrap_or_default()
        ),
        (None, _) if has_log => {
            "The event log is the same: what differs was changed after the run\n".to_owned()
        }
        (None, Some(series)) => format!(
            "virtual time {}; without an event log (output.events = \"all\") no event can be named\n",
            series.at.unwrap_or_default()
        ),
        (None, None) => {
            "Without an event log (output.events = \"all\") neither virtual time nor event can be named\n"
                .to_owned()
        }
    }
}

/// At most 300 characters of a line.
fn cut(line: &str) -> String {
    let mut shown: String = line.chars().take(300).filter(|c| !c.is_control()).collect();
    if shown.len() < line.len() {
        shown.push_str("...");
    }
    shown
}
