//! `pdsim diff A B`: what differs between two folders of results, in the scenario and in the
//! numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::console::{self, Console};
use super::exit::{Exit, Failure};
use crate::report::{self, Align, Grid, RunFolder, human};
use crate::scenario::{Faults, Origin, ScenarioSpec, Sources, parse};

/// Arguments of `diff`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The folder of a run
    pub a: PathBuf,
    /// The folder of another run
    pub b: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// Where a folder holds no results.
pub fn main(args: &Args, console: Console) -> Result<Exit, Failure> {
    let a = RunFolder::open(&args.a).map_err(Failure::input)?;
    let b = RunFolder::open(&args.b).map_err(Failure::input)?;
    let parts = [values(&a, &b), metrics(&a, &b), outcomes(&a, &b)];
    let width = console.screen.map(|screen| screen.width);
    let parts = parts.iter().filter(|grid| !grid.is_empty());
    let parts = parts.map(|grid| grid.fitted(width));
    match parts.collect::<Vec<_>>().join("\n").as_str() {
        "" => console::print("the same scenario and the same numbers\n")?,
        text => console::print(text)?,
    }
    Ok(Exit::Done)
}

fn grid(first: &[&str]) -> Grid {
    let names = first.iter().map(|name| (*name, Align::Left));
    Grid::new(names.chain([
        ("A", Align::Right),
        ("B", Align::Right),
        ("B - A", Align::Right),
    ]))
}

/// Values of the scenario, and what else names the run.
fn values(a: &RunFolder, b: &RunFolder) -> Grid {
    let sides = ["scenario", "A", "B"].map(|name| (name, Align::Left));
    let mut grid = Grid::new(sides);
    let version = |folder: &RunFolder| folder.manifest["version"].to_string();
    let (mut of_a, mut of_b) = (all_leaves(a), all_leaves(b));
    of_a.insert("(version)".to_owned(), version(a));
    of_b.insert("(version)".to_owned(), version(b));
    let keys: BTreeSet<&String> = of_a.keys().chain(of_b.keys()).collect();
    for key in keys {
        let (a, b) = (of_a.get(key), of_b.get(key));
        if a != b {
            let shown = |value: Option<&String>| value.cloned().unwrap_or_else(|| "-".to_owned());
            grid.push(vec![key.clone(), shown(a), shown(b)]);
        }
    }
    grid
}

/// The values of all arms; those of several arms under the names of the arms.
fn all_leaves(folder: &RunFolder) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (name, spec) in &folder.arms {
        let prefix = match folder.compare() {
            Some(_) => format!("{name}: "),
            None => String::new(),
        };
        let named = leaves(spec).into_iter();
        all.extend(named.map(|(key, value)| (format!("{prefix}{key}"), value)));
    }
    let inputs = folder.manifest["inputs"].as_array().into_iter().flatten();
    for input in inputs {
        let name = format!("(data {})", input["name"].as_str().unwrap_or_default());
        all.insert(
            name,
            input["sha256"]
                .as_str()
                .unwrap_or_default()
                .chars()
                .take(12)
                .collect(),
        );
    }
    all
}

fn leaves(spec: &ScenarioSpec) -> BTreeMap<String, String> {
    let mut sources = Sources::default();
    let source = sources.add(Origin::Embedded, "scenario", report::text(spec).into());
    let tree = parse(source, &sources, &mut Faults::new()).root;
    let leaves = tree.leaves().into_iter();
    leaves.map(|(key, node)| (key, node.to_string())).collect()
}

fn metrics(a: &RunFolder, b: &RunFolder) -> Grid {
    let means = |folder: &RunFolder| -> BTreeMap<(String, String), (Option<f64>, &'static str)> {
        let rows = folder.summary.iter();
        rows.map(|row| ((row.arm.clone(), row.metric.clone()), (row.mean, row.unit)))
            .collect()
    };
    let (of_a, of_b) = (means(a), means(b));
    let mut grid = grid(&["arm", "metric"]);
    let keys: BTreeSet<_> = of_a.keys().chain(of_b.keys()).collect();
    for key in keys {
        let (a, b) = (of_a.get(key), of_b.get(key));
        if a == b {
            continue;
        }
        let unit = a.or(b).map_or("1", |(_, unit)| unit);
        let (a, b) = (a.and_then(|(mean, _)| *mean), b.and_then(|(mean, _)| *mean));
        let shown = |value: Option<f64>| {
            value.map_or_else(|| "-".to_owned(), |value| human::value(value, unit))
        };
        let difference = a.zip(b).map(|(a, b)| b - a);
        let (arm, metric) = key.clone();
        grid.push(vec![arm, metric, shown(a), shown(b), shown(difference)]);
    }
    grid
}

fn outcomes(a: &RunFolder, b: &RunFolder) -> Grid {
    let counts = |folder: &RunFolder| {
        let mut counts: BTreeMap<(String, String, String), u64> = BTreeMap::new();
        for row in &folder.outcomes {
            let key = (row.arm.clone(), row.class.to_owned(), row.outcome.clone());
            *counts.entry(key).or_default() += row.count;
        }
        counts
    };
    let (of_a, of_b) = (counts(a), counts(b));
    let mut grid = grid(&["arm", "class", "outcome"]);
    let keys: BTreeSet<_> = of_a.keys().chain(of_b.keys()).collect();
    for key in keys {
        let count = |counts: &BTreeMap<_, u64>| counts.get(key).copied().unwrap_or(0);
        let (a, b) = (count(&of_a), count(&of_b));
        if a != b {
            let sign = if b >= a { "+" } else { "-" };
            let difference = format!("{sign}{}", human::count(b.abs_diff(a)));
            let (arm, class, outcome) = key.clone();
            let numbers = [human::count(a), human::count(b), difference];
            grid.push([arm, class, outcome].into_iter().chain(numbers).collect());
        }
    }
    grid
}
