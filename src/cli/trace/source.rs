//! Where the messages to trace come from: the arm that is traced, and the other policies that their
//! fates are held against.

use std::path::Path;

use super::Args;
use crate::cli::check::FileKind;
use crate::cli::console::Console;
use crate::cli::exit::Failure;
use crate::cli::{input, replay};
use crate::experiment::Arm;
use crate::experiment::tracing::{Alternative, alternatives};
use crate::report::RunFolder;
use crate::scenario::{Disk, Faults, Files, Loader, SCENARIO, Scenario, Study, nearest};

/// The arm that is traced, and those that stand beside it.
pub(super) struct Source {
    pub(super) arm: Arm,
    beside: Vec<Arm>,
}

/// Another policy.
pub(super) struct Other {
    pub(super) arm: Arm,
    /// The assignments that make it of the traced arm; none for an arm of a study.
    pub(super) set: Vec<String>,
}

/// The results that the arguments name; none where they name a file.
pub(super) fn folder(run: &Path) -> Result<Option<RunFolder>, Failure> {
    if !run.is_dir() {
        return Ok(None);
    }
    RunFolder::open(run).map(Some).map_err(Failure::input)
}

/// The files that are read: those of a folder of results, or any.
pub(super) fn files<'a>(folder: Option<&RunFolder>, args: &'a Args) -> Box<dyn Files + 'a> {
    match folder {
        Some(folder) => Box::new(replay::inputs(folder, args.inputs.as_deref())),
        None => Box::new(Disk),
    }
}

impl Source {
    /// Reads what the arguments name.
    pub(super) fn open(
        args: &Args,
        folder: Option<&RunFolder>,
        loader: &mut Loader<'_>,
        console: Console,
    ) -> Result<Self, Failure> {
        let read = match folder {
            Some(folder) => of_folder(folder, args, loader),
            None => of_file(args, loader),
        };
        input::tell(&loader.faults, &loader.sources, console);
        let Some((baseline, arms)) = read.filter(|_| !loader.faults.has_errors()) else {
            return Err(input::refused(&loader.faults));
        };
        let name = args.arm.clone().unwrap_or(baseline);
        let names: Vec<String> = arms.iter().map(|arm| arm.name().to_owned()).collect();
        let (mut traced, beside): (Vec<Arm>, Vec<Arm>) =
            arms.into_iter().partition(|arm| arm.name() == name);
        match traced.pop() {
            Some(arm) => Ok(Self { arm, beside }),
            None => Err(no_arm(&name, &names)),
        }
    }

    /// The other policies: those that the arguments name, the other arms, or the built-in ones.
    pub(super) fn others(
        self,
        args: &Args,
        loader: &mut Loader<'_>,
        console: Console,
    ) -> Result<(Arm, Vec<Other>), Failure> {
        if !args.tries.is_empty() {
            let others = tried(&self.arm, &args.tries, loader, console)?;
            return Ok((self.arm, others));
        }
        if self.beside.is_empty() {
            let others = built_in(&self.arm, loader);
            return Ok((self.arm, others));
        }
        let seed = self.arm.scenario().spec.run.seed;
        let beside = self.beside.into_iter();
        // Arms with random numbers of their own have other messages under the same identities.
        let (same, others): (Vec<Arm>, Vec<Arm>) =
            beside.partition(|arm| arm.scenario().spec.run.seed == seed);
        if !others.is_empty() {
            console.note("note: arms with random numbers of their own say nothing of this message");
        }
        let other = |arm| Other {
            arm,
            set: Vec::new(),
        };
        Ok((self.arm, same.into_iter().map(other).collect()))
    }
}

fn no_arm(name: &str, names: &[String]) -> Failure {
    let nearest = nearest(name, names.iter().map(String::as_str));
    let remedy = nearest.map_or_else(|| names.join(", "), str::to_owned);
    Failure::input(format!("there is no arm `{name}`; write --arm {remedy}"))
}

type Arms = Option<(String, Vec<Arm>)>;

fn of_folder(folder: &RunFolder, args: &Args, loader: &mut Loader<'_>) -> Arms {
    let mut arms = Vec::new();
    for (name, file) in replay::arm_files(folder) {
        let scenario = input::prepare(&file, &args.layers, loader)?;
        arms.push(Arm::new(name, scenario));
    }
    let baseline = folder.compare().map(|compare| compare.terms().baseline);
    let first = arms.first()?.name().to_owned();
    Some((baseline.unwrap_or(first), arms))
}

fn of_file(args: &Args, loader: &mut Loader<'_>) -> Arms {
    let tree = loader.scenario(&args.run, &SCENARIO)?;
    if FileKind::of(&tree) != FileKind::Study {
        let scenario = input::prepare(&args.run, &args.layers, loader)?;
        return Some(("base".to_owned(), vec![Arm::new("base", scenario)]));
    }
    let study = Study::prepare_with(&tree, &args.layers.assignments(), loader)?;
    let baseline = study.spec.compare.map(|compare| compare.baseline);
    let arms = study.arms.into_iter();
    let mut arms: Vec<Arm> = arms
        .map(|(name, scenario)| Arm::new(name, scenario))
        .collect();
    if arms.is_empty() {
        // A study of factors alone: its base is traced.
        let scenario = Scenario::prepare(study.base, loader)?;
        arms.push(Arm::new("base", scenario));
    }
    let first = arms[0].name().to_owned();
    Some((baseline.unwrap_or(first), arms))
}

/// The scenario of an arm with assignments laid over it.
fn with(arm: &Arm, set: &[String], loader: &mut Loader<'_>) -> Option<Scenario> {
    loader.faults = Faults::new();
    let mut tree = arm.scenario().tree.clone();
    for text in set {
        loader.set(&mut tree, text, &SCENARIO);
    }
    Scenario::prepare(tree, loader).filter(|_| !loader.faults.has_errors())
}

/// The changes that the arguments name.
fn tried(
    arm: &Arm,
    tries: &[String],
    loader: &mut Loader<'_>,
    console: Console,
) -> Result<Vec<Other>, Failure> {
    let mut others = Vec::new();
    for text in tries {
        let set = vec![text.clone()];
        let scenario = with(arm, &set, loader);
        input::tell(&loader.faults, &loader.sources, console);
        let Some(scenario) = scenario else {
            return Err(input::refused(&loader.faults));
        };
        let arm = Arm::new(text.as_str(), scenario);
        others.push(Other { arm, set });
    }
    Ok(others)
}

/// The built-in alternatives that change the scenario; one that does not suit it is left out.
fn built_in(arm: &Arm, loader: &mut Loader<'_>) -> Vec<Other> {
    let mut others = Vec::new();
    for Alternative { name, set } in alternatives(&arm.scenario().spec) {
        let scenario = with(arm, &set, loader);
        let changed = scenario.filter(|scenario| scenario.spec != arm.scenario().spec);
        others.extend(changed.map(|scenario| Other {
            arm: Arm::new(name, scenario),
            set,
        }));
    }
    others
}
