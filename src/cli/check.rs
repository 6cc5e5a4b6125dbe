//! `pdsim check FILE...`: validates scenarios, studies and policies, told by their tables.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::{self, Layers};
use crate::experiment::{Arm, draws};
use crate::report;
use crate::scenario::{
    Disk, Fault, Faults, Guesses, Loader, Node, Origin, PolicySpec, SCENARIO, Scenario, Severity,
    Sources, Study, join_key, parse, split_key,
};

/// Arguments of `check`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Scenarios, studies and policies
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub layers: Layers,
    /// Print every value of a scenario and where it comes from
    #[arg(long)]
    pub resolved: bool,
    /// How standard output is written
    #[arg(long, value_enum, default_value_t)]
    pub format: FormatArg,
}

/// The formats of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum FormatArg {
    /// A line per file.
    #[default]
    Table,
    /// An array of JSON objects, for editors.
    Json,
}

/// What a file is, told by its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// One scenario.
    Scenario,
    /// A base and what differs from it.
    Study,
    /// Rate limits alone.
    Policy,
}

impl FileKind {
    /// The kind of the file that was read as `tree`.
    pub fn of(tree: &Node) -> Self {
        let has = |key: &str| tree.table().is_some_and(|table| table.contains_key(key));
        let only_limits = |table: &crate::scenario::Table| {
            let of_policy = |key: &str| ["schema", "limits", "limits-charging"].contains(&key);
            table.keys().all(|key| of_policy(key))
        };
        if ["base", "compare", "arm", "factor"]
            .iter()
            .any(|key| has(key))
        {
            Self::Study
        } else if has("limits") && tree.table().is_some_and(only_limits) {
            Self::Policy
        } else {
            Self::Scenario
        }
    }

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::Study => "study",
            Self::Policy => "policy",
        }
    }
}

/// What was found about one file.
struct Checked<'f> {
    file: &'f Path,
    kind: Option<FileKind>,
    faults: Faults,
    sources: Sources,
    values: Vec<Resolved>,
}

/// One value of a scenario.
struct Resolved {
    key: String,
    value: String,
    origin: String,
    /// Whether it is a value that nobody measured.
    is_guess: bool,
}

/// Runs the command.
///
/// # Errors
/// Where standard output cannot be written.
pub fn main(args: &Args, console: Console) -> Result<Exit, Failure> {
    let checked: Vec<Checked<'_>> = args.files.iter().map(|file| check(file, args)).collect();
    match args.format {
        FormatArg::Table => told(&checked, console)?,
        FormatArg::Json => {
            let list: Vec<Json> = checked.iter().map(described).collect();
            let text = serde_json::to_string_pretty(&list).unwrap_or_default();
            console::print(&(text + "\n"))?;
        }
    }
    let is_faulty = checked.iter().any(|checked| checked.faults.has_errors());
    Ok(if is_faulty {
        Exit::BadInput
    } else {
        Exit::Done
    })
}

fn check<'f>(file: &'f Path, args: &Args) -> Checked<'f> {
    let mut loader = Loader::new(&Disk);
    loader.room = super::memory::asked();
    let mut tree = loader.scenario(file, &SCENARIO);
    if let Some(tree) = &mut tree {
        for text in args.layers.assignments() {
            loader.set(tree, &text, &SCENARIO);
        }
    }
    let kind = tree.as_ref().map(FileKind::of);
    let mut values = Vec::new();
    match (kind, tree) {
        (Some(FileKind::Scenario), Some(tree)) => {
            let scenario = Scenario::prepare(tree, &mut loader);
            let resolves = args.resolved && !loader.faults.has_errors();
            if let Some(scenario) = scenario.filter(|_| resolves) {
                values = resolved(scenario, &loader.sources);
            }
        }
        (Some(FileKind::Study), Some(tree)) => check_study(&tree, &mut loader),
        (Some(FileKind::Policy), Some(tree)) => drop(PolicySpec::prepare(&tree, &mut loader)),
        (_, None) | (None, _) => {}
    }
    Checked {
        file,
        kind,
        faults: loader.faults,
        sources: loader.sources,
        values,
    }
}

/// A study, and a warning where an arm changes nothing: `compare` refuses it under common random
/// numbers.
fn check_study(tree: &Node, loader: &mut Loader<'_>) {
    let Some(study) = Study::prepare(tree, loader) else {
        return;
    };
    let baseline = study
        .spec
        .compare
        .as_ref()
        .map(|compare| &*compare.baseline);
    let arms = study.arms.iter();
    let arms = arms.map(|(name, scenario)| (name.as_str(), &scenario.spec));
    if let Some((first, second)) = draws::twins(arms, baseline.unwrap_or_default()) {
        let table = join_key(&["arm", second]);
        let what = format!("the arm `{second}` is the same scenario as `{first}`");
        let remedy = format!("change a key in [{table}], or take it out");
        let fault = Fault::new("wrong-value", tree.place_of(&table), what, remedy);
        loader.faults.push(fault.as_warning());
    }
}

fn told(all: &[Checked<'_>], console: Console) -> Result<(), Failure> {
    let mut lines = Vec::new();
    for checked in all {
        input::tell(&checked.faults, &checked.sources, console);
        let file = checked.file.display();
        let kind = checked.kind.map_or("unreadable", FileKind::name);
        let end = match checked.faults.errors() {
            0 => "ok".to_owned(),
            1 => "1 error".to_owned(),
            errors => format!("{errors} errors"),
        };
        lines.push(format!("{file}: {kind}, {end}\n"));
        let values = checked.values.iter();
        lines.extend(values.map(|value| {
            let guess = if value.is_guess { ", a guess" } else { "" };
            let Resolved {
                key, value, origin, ..
            } = value;
            format!("{key} = {value}  # {origin}{guess}\n")
        }));
    }
    console::print(&lines.concat())?;
    if let [only] = all
        && !only.faults.has_errors()
        && only.kind == Some(FileKind::Scenario)
    {
        console.note(&format!("Next: pdsim run {}", only.file.display()));
    }
    Ok(())
}

/// Every value of a scenario, in the order of the keys.
fn resolved(scenario: Scenario, sources: &Sources) -> Vec<Resolved> {
    let arm = Arm::new("base", scenario);
    let text = report::text(&report::explicit(&arm));
    let mut own = Sources::default();
    let source = own.add(Origin::Embedded, "resolved", text.into());
    let tree = parse(source, &own, &mut Faults::new()).root;
    let leaves = tree.leaves().into_iter();
    let guesses = Guesses::known();
    let value = |(key, node): (String, &Node)| Resolved {
        origin: origin(&key, &arm.scenario().tree, sources),
        is_guess: guesses.holds(&key, &node.to_string()),
        value: node.to_string(),
        key,
    };
    leaves.map(value).collect()
}

/// Where the value of a key was written: the line, or `default`. A word that stands for a whole
/// table (`cost = "node"`) is the origin of every value in it.
fn origin(key: &str, written: &Node, sources: &Sources) -> String {
    let mut node = written;
    for part in split_key(key).unwrap_or_default() {
        match node.table() {
            None => break,
            Some(table) => match table.get(&part) {
                Some(inner) => node = inner,
                None => return "default".to_owned(),
            },
        }
    }
    sources.show_line(node.place)
}

fn described(checked: &Checked<'_>) -> Json {
    let faults = checked.faults.sorted();
    let faults: Vec<Json> = faults
        .iter()
        .map(|fault| fault_as_json(fault, &checked.sources))
        .collect();
    let values = checked.values.iter().map(|value| {
        json!({ "key": value.key, "value": value.value, "origin": value.origin, "guess": value.is_guess })
    });
    let mut object = json!({
        "file": checked.file.display().to_string(),
        "kind": checked.kind.map(FileKind::name),
        "ok": !checked.faults.has_errors(),
        "faults": faults,
    });
    if !checked.values.is_empty() {
        object["values"] = Json::Array(values.collect());
    }
    object
}

fn fault_as_json(fault: &Fault, sources: &Sources) -> Json {
    let from = sources.position(fault.place);
    let mut end = fault.place;
    end.start = end.end;
    let to = sources.position(end);
    json!({
        "place": sources.show(fault.place),
        "file": sources.get(fault.place.source).name,
        "line": from.line,
        "column": from.column,
        "end_line": to.line,
        "end_column": to.column,
        "severity": match fault.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "code": fault.code,
        "message": fault.what,
        "what": fault.what,
        "remedy": fault.remedy,
        "note": fault.note,
    })
}
