//! `pdsim replay RUN` of a sweep: every arm at every point again, from what the folder holds.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::exit::Failure;
use super::input::{self, Layers};
use super::replay::{Args, Differing, Inputs};
use super::run;
use super::sweep::Survey;
use crate::experiment::Arm;
use crate::report::{self, Difference, File, SweepFolder, SweepManifest};
use crate::scenario::{Files, Loader, ReadError, Scenario};

/// The files of the sweep as they are made now.
///
/// # Errors
/// Where the folder holds something that cannot be run.
pub fn files(
    folder: &SweepFolder,
    args: &Args,
    jobs: Option<usize>,
    console: Console,
) -> Result<Vec<File<'static>>, Failure> {
    let again = Again {
        folder,
        below: args.run.join("arms"),
        other: args.inputs.as_deref(),
        console,
    };
    let (mut warnings, mut failure) = (Vec::new(), None);
    let survey = Survey::of(manifest(folder), folder.points.clone(), |point, arm| {
        let made = again.scenario(point, arm, &mut warnings);
        made.map_err(|error| failure = Some(error)).ok()
    });
    let Some(mut survey) = survey else {
        return Err(failure.expect("a scenario that is not made says why"));
    };
    warnings.sort();
    warnings.dedup();
    survey.manifest.warnings = warnings;
    let arms = |point| again.arms(point);
    let measured = survey.measure(arms, jobs, console, &());
    let (results, effects, _) = measured.map_err(|error| run::failure(&error))?;
    let Survey {
        points,
        manifest,
        scenarios,
        ..
    } = survey;
    Ok(report::sweep_files(
        &points, &results, &effects, manifest, scenarios,
    ))
}

/// What names a sweep, as its manifest says it.
fn manifest(folder: &SweepFolder) -> SweepManifest {
    let text = |key: &str| folder.manifest[key].as_str().unwrap_or_default().to_owned();
    let metrics = folder.manifest["metrics"].as_array().into_iter().flatten();
    let metrics = metrics.filter_map(serde_json::Value::as_str);
    SweepManifest {
        version: env!("CARGO_PKG_VERSION"),
        name: text("name"),
        title: text("title"),
        arms: folder.arms().map(str::to_owned).collect(),
        metrics: metrics.map(str::to_owned).collect(),
        ..SweepManifest::default()
    }
}

/// Makes the scenarios of a sweep from its folder.
struct Again<'a> {
    folder: &'a SweepFolder,
    /// Where the scenarios are.
    below: PathBuf,
    /// Another folder of data files.
    other: Option<&'a Path>,
    console: Console,
}

impl Again<'_> {
    fn arms(&self, point: usize) -> Vec<Arm> {
        let arm = |(arm, name)| {
            let scenario = self.scenario(point, arm, &mut Vec::new());
            Arm::new(name, scenario.expect("every point was looked at"))
        };
        self.folder.arms().enumerate().map(arm).collect()
    }

    fn scenario(
        &self,
        point: usize,
        arm: usize,
        warnings: &mut Vec<String>,
    ) -> Result<Scenario, Failure> {
        let name = self.folder.arms().nth(arm).expect("an arm of the folder");
        let files = Laid {
            file: self.below.join(format!("{name}.toml")),
            text: self.folder.scenario(point, arm).map_err(Failure::input)?,
            inputs: Inputs::new(self.below.join("inputs"), self.other),
        };
        let mut loader = Loader::new(&files);
        let scenario = input::prepare(&files.file, &Layers::default(), &mut loader);
        warnings.extend(input::warnings(&loader.faults));
        scenario.ok_or_else(|| {
            input::tell(&loader.faults, &loader.sources, self.console);
            input::refused(&loader.faults)
        })
    }
}

/// The disk, with the text of one scenario as it is at a point.
struct Laid<'a> {
    file: PathBuf,
    text: String,
    inputs: Inputs<'a>,
}

impl Files for Laid<'_> {
    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
        if path == self.file {
            return Ok(self.text.clone().into_bytes());
        }
        self.inputs.read(path, most)
    }
}

/// A sweep keeps no event log: which run has the first row that differs, and how to find the
/// instant and the event in it.
pub fn moment(folder: &SweepFolder, args: &Args, differing: &[Differing]) -> String {
    let sweep = differing.iter().find(|file| file.name == "sweep.csv");
    let Some((point, arm)) = sweep.and_then(|file| run_of(folder, file.found.as_ref()?)) else {
        return "No row of sweep.csv differs: no run gave other numbers\n".to_owned();
    };
    let number = point + 1;
    let head = format!("It begins in point {number} of arm {arm}. A sweep keeps no event log");
    let Some(sets) = folder.assignments(point, &arm) else {
        return format!("{head}: neither virtual time nor event can be named\n");
    };
    let events = ["output.events=all".to_owned()];
    let sets = sets.iter().chain(&events);
    let sets: Vec<String> = sets.map(|set| format!(" --set '{set}'")).collect();
    let scenario = args.run.join(format!("arms/{arm}.toml"));
    let run = format!("pdsim run {}{}", scenario.display(), sets.concat());
    format!(
        "{head}; where the other bytes were made, the folder of\n  {run}\nhas one, and `pdsim replay` of it here names virtual time and event\n"
    )
}

/// The point and the arm of the first row that differs.
fn run_of(folder: &SweepFolder, found: &Difference) -> Option<(usize, String)> {
    let mut lines = [&found.is, &found.was].into_iter().flatten();
    lines.find_map(|line| folder.run_of(line))
}
