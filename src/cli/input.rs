//! Scenario files from the command line: loading, layers, and faults on standard error.

use std::path::Path;

use super::check::FileKind;
use super::console::{self, Console};
use super::exit::{Exit, Failure};
use crate::scenario::{Disk, Faults, Files, Loader, SCENARIO, Scenario, Severity, Sources};

/// Options that lay values over a scenario.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Layers {
    /// Lay one value over the scenario: --set run.duration=2h
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Independent repetitions
    #[arg(long, value_name = "N")]
    pub replications: Option<u32>,
}

impl Layers {
    /// The layers as `KEY=VALUE`, in the order in which they are laid.
    pub fn assignments(&self) -> Vec<String> {
        let seed = self.seed.map(|seed| format!("run.seed={seed}"));
        let replications = self.replications.map(|n| format!("run.replications={n}"));
        let set = self.set.iter().cloned();
        set.chain(seed).chain(replications).collect()
    }
}

/// A scenario that can be run, and what is odd about its files.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Warnings, without the places of this machine.
    pub warnings: Vec<String>,
}

/// Loads a scenario; its warnings and faults are on standard error afterwards.
///
/// # Errors
/// Where it cannot be run.
pub fn scenario(file: &Path, layers: &Layers, console: Console) -> Result<Loaded, Failure> {
    scenario_from(&Disk, file, layers, console)
}

/// Loads a scenario from the files given.
///
/// # Errors
/// Where it cannot be run.
pub fn scenario_from(
    files: &dyn Files,
    file: &Path,
    layers: &Layers,
    console: Console,
) -> Result<Loaded, Failure> {
    let mut loader = Loader::new(files);
    loader.room = super::memory::room();
    let scenario = prepare(file, layers, &mut loader);
    tell(&loader.faults, &loader.sources, console);
    let Some(scenario) = scenario else {
        return Err(refused(&loader.faults));
    };
    Ok(Loaded {
        scenario,
        warnings: warnings(&loader.faults),
    })
}

/// Loads a scenario with its layers; all that is wrong is in the loader's faults.
pub fn prepare(file: &Path, layers: &Layers, loader: &mut Loader<'_>) -> Option<Scenario> {
    let mut tree = loader.scenario(file, &SCENARIO)?;
    let kind = FileKind::of(&tree);
    if kind != FileKind::Scenario {
        let what = format!("this is a {}, not a scenario", kind.name());
        loader
            .faults
            .error("wrong-value", tree.place, what, "name a scenario");
        return None;
    }
    for text in layers.assignments() {
        loader.set(&mut tree, &text, &SCENARIO);
    }
    let scenario = Scenario::prepare(tree, loader);
    scenario.filter(|_| !loader.faults.has_errors())
}

/// Shows all faults with their places.
pub fn tell(faults: &Faults, sources: &Sources, console: Console) {
    for fault in faults.sorted() {
        let shown = fault.render(sources, console.ink);
        match fault.severity {
            Severity::Error => console::error(shown.trim_end()),
            Severity::Warning => console.note(shown.trim_end()),
        }
    }
}

/// The end of a command whose input has faults, which are on standard error already.
pub fn refused(faults: &Faults) -> Failure {
    let count = match faults.errors() {
        1 => "1 error".to_owned(),
        errors => format!("{errors} errors"),
    };
    console::error(&format!("pdsim: {count}; nothing was written"));
    Failure::told(Exit::BadInput)
}

/// The warnings without places, in an order that does not hang on them: a scenario and its
/// resolved form warn of the same.
pub fn warnings(faults: &Faults) -> Vec<String> {
    let all = faults.sorted().into_iter();
    let warnings = all.filter(|fault| fault.severity == Severity::Warning);
    let mut texts: Vec<String> = warnings
        .map(|fault| format!("{}; {}", fault.what, fault.remedy))
        .collect();
    texts.sort();
    texts.dedup();
    texts
}
