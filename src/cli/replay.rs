//! `pdsim replay RUN`: runs the scenario of a folder again and compares every byte.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::{self, Layers, Loaded};
use super::{replay_sweep, run};
use crate::experiment::{Arm, compare};
use crate::report::{self, Difference, File, RunFolder, SweepFolder, comparison};
use crate::scenario::{Disk, Files, ReadError};

/// Arguments of `replay`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The folder of a run, of a comparison or of a sweep
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

impl<'a> Inputs<'a> {
    /// The data files in the folder `own`, with another folder for what is not there.
    pub(super) fn new(own: PathBuf, other: Option<&'a Path>) -> Self {
        Self { own, other }
    }
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
    let shown = args.run.display();
    let manifest = report::manifest(&args.run).unwrap_or_default();
    if manifest["complete"] == false {
        let message = format!("{shown} was stopped before its end; run the scenario again");
        return Err(Failure::input(message));
    }
    let stands = Stands::new(args, &manifest);
    if SweepFolder::is_one(&manifest) {
        let folder = SweepFolder::open(&args.run).map_err(Failure::input)?;
        stands.tell_version(console);
        let now = replay_sweep::files(&folder, args, jobs, console)?;
        return stands.hold(&now, |differing| {
            replay_sweep::moment(&folder, args, differing)
        });
    }
    let folder = RunFolder::open(&args.run).map_err(Failure::input)?;
    stands.tell_version(console);
    let (arms, warnings) = arms(&folder, args.inputs.as_deref(), console)?;
    let bounds = run::Bounds::default();
    let (results, mut told, _) = run::simulate(&arms, warnings, bounds, jobs, console)?;
    let now = match folder.compare() {
        None => report::run_files(&arms[0], &results, &told),
        Some(entry) => {
            let terms = entry.terms();
            let comparisons = compare::compare(&results, &terms);
            told.extend(comparison::pairing_warnings(&comparisons, terms.draws));
            let text = |key: &str| manifest[key].as_str().unwrap_or_default();
            let (name, title) = (text("name"), text("title"));
            let compared = (&terms, comparisons.as_slice());
            report::study_files(name, title, &arms, &results, compared, &told)
        }
    };
    let has_log = now.iter().any(|file| file.name == LOG);
    stands.hold(&now, |differing| moment(has_log, differing))
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
    Inputs::new(below(folder).join("inputs"), other)
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

/// The results as they stand there.
struct Stands<'a> {
    args: &'a Args,
    version: String,
}

impl<'a> Stands<'a> {
    fn new(args: &'a Args, manifest: &Value) -> Self {
        let version = manifest["version"].as_str().unwrap_or("unknown");
        Self {
            args,
            version: version.to_owned(),
        }
    }

    fn is_of_this_version(&self) -> bool {
        self.version == env!("CARGO_PKG_VERSION")
    }

    fn tell_version(&self, console: Console) {
        if !self.is_of_this_version() {
            console.note(&format!(
                "note: the results are of version {}, this is {}: numbers may differ",
                self.version,
                env!("CARGO_PKG_VERSION")
            ));
        }
    }

    fn before(&self, file: &File<'_>) -> Option<Vec<u8>> {
        std::fs::read(self.args.run.join(&file.name)).ok()
    }

    /// A copy that is kept elsewhere is held against its hash in the manifest.
    fn is_elsewhere(&self, file: &File<'_>) -> bool {
        let is_input = self.args.inputs.is_some() && file.name.contains("inputs/");
        is_input && !self.args.run.join(&file.name).exists()
    }

    /// Holds the files that were made now against those that stand there; `moment` says when in
    /// virtual time it began that some differ.
    fn hold(
        &self,
        now: &[File<'_>],
        moment: impl FnOnce(&[Differing]) -> String,
    ) -> Result<Exit, Failure> {
        let place = self.args.run.display();
        let held = now.iter().filter(|file| !self.is_elsewhere(file));
        let held: Vec<&File<'_>> = held.collect();
        let differing = held.iter().filter_map(|file| {
            let before = self.before(file);
            let is_same = before.as_deref() == Some(&*file.bytes);
            let found = before.and_then(|was| Difference::between(&file.name, &was, &file.bytes));
            let name = file.name.clone();
            (!is_same).then_some(Differing { name, found })
        });
        let differing: Vec<Differing> = differing.collect();
        let Some(first) = differing.first() else {
            let text = format!("{place}: {} files, every byte the same\n", held.len());
            console::print(&text)?;
            return Ok(Exit::Done);
        };
        let names: Vec<&str> = differing.iter().map(|file| file.name.as_str()).collect();
        let mut text = format!("{place} differs in {}\n", names.join(", "));
        let what = first.found.as_ref().map(lines);
        text += &what.unwrap_or_else(|| format!("{} is missing\n", first.name));
        text += &moment(&differing);
        if !self.is_of_this_version() {
            let _ = writeln!(text, "The results are of version {}", self.version);
        }
        console::print(&text)?;
        Ok(Exit::Differs)
    }
}

/// A file that is not what it was.
pub(super) struct Differing {
    pub(super) name: String,
    /// Where it first differs; none where it is missing.
    pub(super) found: Option<Difference>,
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
fn moment(has_log: bool, differing: &[Differing]) -> String {
    let found = |name: &str| {
        let file = differing.iter().find(|file| file.name == name)?;
        file.found.as_ref()
    };
    let at = |found: &Difference| found.at.clone().unwrap_or_default();
    match (found(LOG), found(SERIES)) {
        (Some(log), _) => format!(
            "virtual time {}, event {}\n",
            at(log),
            log.event.clone().unwrap_or_default()
        ),
        (None, _) if has_log => {
            "The event log is the same: what differs was changed after the run\n".to_owned()
        }
        (None, Some(series)) => format!(
            "virtual time {}; without an event log (output.events = \"all\") no event can be named\n",
            at(series)
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
