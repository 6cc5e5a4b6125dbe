//! `pdsim replay RUN`: runs the scenario of a folder again and compares every byte.

use std::path::{Path, PathBuf};

use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::{self, Layers, Loaded};
use super::run;
use crate::experiment::Arm;
use crate::report::{self, File, RunFolder};
use crate::scenario::{Disk, Files, ReadError};

/// Arguments of `replay`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The folder of a run
    pub run: PathBuf,
    /// Folder of the data files that were too large to be copied
    #[arg(long, value_name = "DIR")]
    pub inputs: Option<PathBuf>,
}

/// The disk, with another folder for data files that are not beside the results.
struct Inputs<'a> {
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
    let files = Inputs {
        own: args.run.join("inputs"),
        other: args.inputs.as_deref(),
    };
    let scenario = args.run.join("scenario.toml");
    let Loaded { scenario, warnings } =
        input::scenario_from(&files, &scenario, &Layers::default(), console)?;
    let arm = Arm::new("base", scenario);
    let (results, warnings, _) = run::simulate(
        std::slice::from_ref(&arm),
        warnings,
        run::Bounds::default(),
        jobs,
        console,
    )?;
    let expected = report::run_files(&arm, &results, &warnings);
    // A copy that is kept elsewhere is held against its hash in the manifest.
    let is_elsewhere = |file: &File<'_>| {
        let is_input = args.inputs.is_some() && file.name.starts_with("inputs/");
        is_input && !args.run.join(&file.name).exists()
    };
    let expected: Vec<File<'_>> = expected
        .into_iter()
        .filter(|file| !is_elsewhere(file))
        .collect();
    compare(&folder, &expected)
}

fn compare(folder: &RunFolder, now: &[File<'_>]) -> Result<Exit, Failure> {
    let mut differing = Vec::new();
    for file in now {
        match std::fs::read(folder.place.join(&file.name)) {
            Ok(before) if *before == *file.bytes => {}
            Ok(before) => differing.push((file, Some(before))),
            Err(_) => differing.push((file, None)),
        }
    }
    let place = folder.place.display();
    let Some((first, before)) = differing.first() else {
        let text = format!("{place}: {} files, every byte the same\n", now.len());
        console::print(&text)?;
        return Ok(Exit::Done);
    };
    let names: Vec<&str> = differing
        .iter()
        .map(|(file, _)| file.name.as_str())
        .collect();
    let mut lines = vec![format!("{place} differs in {}\n", names.join(", "))];
    lines.push(match before {
        None => format!("{} is missing\n", first.name),
        Some(before) => difference(&first.name, before, &first.bytes),
    });
    let version = folder.manifest["version"].as_str().unwrap_or("unknown");
    if version != env!("CARGO_PKG_VERSION") {
        lines.push(format!("The results are of version {version}\n"));
    }
    console::print(&lines.concat())?;
    Ok(Exit::Differs)
}

/// The first row that differs, as it was and as it is.
fn difference(name: &str, before: &[u8], now: &[u8]) -> String {
    let lines = |bytes: &'_ [u8]| -> Vec<Vec<u8>> {
        bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    };
    let (before, now) = (lines(before), lines(now));
    let equal = before.iter().zip(&now).take_while(|(a, b)| a == b);
    let row = equal.count();
    let shown = |lines: &[Vec<u8>]| match lines.get(row) {
        None => "(nothing)".to_owned(),
        Some(line) => cut(&String::from_utf8_lossy(line)),
    };
    format!(
        "{name}, row {}\n  was {}\n  is  {}\n",
        row + 1,
        shown(&before),
        shown(&now)
    )
}

/// At most 300 characters of a line.
fn cut(line: &str) -> String {
    let mut shown: String = line.chars().take(300).filter(|c| !c.is_control()).collect();
    if shown.len() < line.len() {
        shown.push_str("...");
    }
    shown
}
