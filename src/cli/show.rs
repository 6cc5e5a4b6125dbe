//! `pdsim show RUN`: tables from results, without a new run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::compare::{View, shown};
use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::run::{self, FormatArg};
use crate::experiment::CompareEntry;
use crate::experiment::digest::Courses;
use crate::experiment::zero::no_events;
use crate::report::{
    self, Align, Filter, Format, Grid, Overview, Records, RunFolder, SweepFolder, read_records,
};

/// Arguments of `show`.
#[derive(Debug, Clone, clap::Args)]
#[expect(
    clippy::option_option,
    reason = "a file may be asked for without naming its folder"
)]
pub struct Args {
    /// The folder of a run, of a comparison or of a sweep
    pub run: PathBuf,
    /// Count or list by these columns: class,outcome or metric,replication
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Show only rows that meet this: class=spam, or count>100 and outcome~limit
    #[arg(long = "where", value_name = "EXPR")]
    pub filter: Option<Filter>,
    /// Write a percentile table (.hgrm) of each latency histogram [default DIR: that of the run]
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with_all = ["by", "filter"])]
    pub hgrm: Option<Option<PathBuf>>,
    /// Write the latency histograms as an interval log (histograms.hlog) [default DIR: that of the run]
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with_all = ["by", "filter"])]
    pub hlog: Option<Option<PathBuf>>,
    /// How the table is written
    #[arg(long, value_enum, default_value_t)]
    pub format: FormatArg,
}

/// Runs the command.
///
/// # Errors
/// Where the folder holds no results or has no such columns.
pub fn main(args: &Args, console: Console) -> Result<Exit, Failure> {
    let manifest = report::manifest(&args.run).unwrap_or_default();
    if SweepFolder::is_one(&manifest) {
        return of_sweep(args, console);
    }
    let folder = RunFolder::open(&args.run).map_err(Failure::input)?;
    if args.hgrm.is_some() || args.hlog.is_some() {
        return super::histograms::write(args, &folder);
    }
    let text = if args.by.is_empty() && args.filter.is_none() {
        overview(&folder, args.format.into(), console)?
    } else {
        table(args, &TABLES, console)?
    };
    console::print(&text)?;
    Ok(Exit::Done)
}

/// The main effects of a sweep, or the rows that are asked for.
fn of_sweep(args: &Args, console: Console) -> Result<Exit, Failure> {
    if args.hgrm.is_some() || args.hlog.is_some() {
        let what = "a sweep keeps no histograms; run one of its points";
        return Err(Failure::input(what.to_owned()));
    }
    let tables = if args.by.is_empty() && args.filter.is_none() {
        &["effects"][..]
    } else {
        &OF_SWEEP
    };
    console::print(&table(args, tables, console)?)?;
    Ok(Exit::Done)
}

/// What `run` or `compare` showed.
///
/// # Errors
/// Where the tables cannot be read.
pub fn overview(folder: &RunFolder, format: Format, console: Console) -> Result<String, Failure> {
    match folder.compare() {
        Some(entry) => comparison(folder, &entry, format, console),
        None => of_run(folder, format, console),
    }
    .map_err(Failure::input)
}

fn comparison(
    folder: &RunFolder,
    entry: &CompareEntry,
    format: Format,
    console: Console,
) -> Result<String, String> {
    let rows = folder.replication_rows()?;
    let unpaired: Vec<(String, u64)> = entry.unpaired.clone().into_iter().collect();
    let text = |key: &str| folder.manifest[key].as_str().unwrap_or_default();
    let view = View {
        name: text("name"),
        title: text("title"),
        results: &folder.results()?,
        summary: &folder.summary,
        no_events: &no_events(&rows, entry.confidence),
        comparisons: &folder.comparisons()?,
        unpaired: &unpaired,
        terms: &entry.terms(),
        outcomes: &folder.outcomes,
        screen: console.screen,
        courses: &courses(&folder.place, console)?,
    };
    Ok(shown(&view, format))
}

fn of_run(folder: &RunFolder, format: Format, console: Console) -> Result<String, String> {
    let run = &folder.spec.run;
    let horizon_s = run.duration.map_or(0.0, crate::units::Span::as_seconds);
    let overview = Overview {
        name: &folder.spec.name,
        title: &folder.spec.title,
        extent: &run::extent(run, folder.replications(), horizon_s, folder.events()),
        confidence: &run::confidence(run.confidence.value()),
        summary: &folder.summary,
        no_events: &no_events(&folder.replication_rows()?, run.confidence),
        outcomes: &folder.outcomes,
        warnings: &folder.warnings(),
        screen: console.screen,
        courses: &courses(&folder.place, console)?,
    };
    for text in overview.warnings {
        console.note(&format!("warning: {text}"));
    }
    Ok(report::present(&overview, format, run::shown(console)))
}

/// The course of leakage, for a terminal.
fn courses(place: &Path, console: Console) -> Result<Courses, String> {
    match console.screen {
        Some(_) => report::html::courses_of(place),
        None => Ok(Courses::default()),
    }
}

/// The tables in which columns are looked for, the shortest first.
const TABLES: [&str; 6] = [
    "summary",
    "comparisons",
    "outcomes",
    "replications",
    "time_series",
    "histograms",
];

/// The same of a sweep.
const OF_SWEEP: [&str; 4] = ["sweep", "effects", "points", "changes"];

/// The rows of the first table that has all columns asked for.
fn table(args: &Args, tables: &[&str], console: Console) -> Result<String, Failure> {
    let filter = args.filter.clone().unwrap_or_default();
    let by = args.by.iter().map(String::as_str);
    let wanted: Vec<&str> = by.chain(filter.columns()).collect();
    let mut known = Vec::new();
    for name in tables {
        let path = args.run.join(format!("{name}.csv"));
        if !path.is_file() {
            continue;
        }
        let records = read_records(&path).map_err(Failure::input)?;
        if wanted
            .iter()
            .all(|column| records.header.iter().any(|name| name == column))
        {
            let rows = records.rows.iter();
            let rows = rows.filter(|row| filter.accepts(&records.header, row));
            let rows: Vec<&Vec<String>> = rows.collect();
            if rows.is_empty() {
                return Err(nothing(&filter, &records, name));
            }
            let grid = grid(&records, &rows, &args.by);
            return Ok(written(&grid, args.format, console));
        }
        known.push(format!("{name}: {}", records.header.join(", ")));
    }
    Err(Failure::input(format!(
        "no table has the columns {}; they are\n  {}",
        wanted.join(", "),
        known.join("\n  ")
    )))
}

/// Why no row meets a filter: a name that no row has, with the nearest that some row has.
fn nothing(filter: &Filter, records: &Records, table: &str) -> Failure {
    for (column, value) in filter.names() {
        let place = records.header.iter().position(|name| name == column);
        let Some(place) = place else { continue };
        let values = records.rows.iter().map(|row| row[place].as_str());
        let known: std::collections::BTreeSet<&str> = values.collect();
        if !known.contains(value) {
            let nearest = crate::scenario::nearest(value, known.iter().copied());
            let remedy = nearest.map_or_else(
                || {
                    format!(
                        "it has {}",
                        known.into_iter().take(20).collect::<Vec<_>>().join(", ")
                    )
                },
                |nearest| format!("write {column}={nearest}"),
            );
            let what = format!("no row of {table}.csv has the {column} `{value}`");
            return Failure::input(format!("{what}; {remedy}"));
        }
    }
    Failure::input(format!(
        "no row of {table}.csv meets all conditions of --where"
    ))
}

/// Counts are added up by the columns asked for; other values are listed behind them.
fn grid(records: &Records, rows: &[&Vec<String>], by: &[String]) -> Grid {
    let place = |name: &str| records.header.iter().position(|column| column == name);
    let keys: Vec<usize> = by.iter().filter_map(|name| place(name)).collect();
    match place("count").filter(|_| !keys.is_empty()) {
        Some(count) => counted(records, rows, &keys, count),
        None => listed(records, rows, &keys),
    }
}

fn counted(records: &Records, rows: &[&Vec<String>], keys: &[usize], count: usize) -> Grid {
    let mut sums: BTreeMap<Vec<&str>, u64> = BTreeMap::new();
    for row in rows {
        let key = keys.iter().map(|k| row[*k].as_str()).collect();
        *sums.entry(key).or_default() += row[count].parse::<u64>().unwrap_or(0);
    }
    let header = keys
        .iter()
        .map(|k| (records.header[*k].as_str(), Align::Left));
    let mut grid = Grid::new(header.chain([("count", Align::Right)]));
    for (key, sum) in sums {
        let cells = key.into_iter().map(str::to_owned);
        grid.push(cells.chain([sum.to_string()]).collect());
    }
    grid
}

fn listed(records: &Records, rows: &[&Vec<String>], keys: &[usize]) -> Grid {
    let others = (0..records.header.len()).filter(|k| !keys.contains(k));
    let order: Vec<usize> = keys.iter().copied().chain(others).collect();
    let name = |k: &usize| records.header[*k].as_str();
    let mut grid = Grid::new(order.iter().map(|k| (name(k), align(name(k)))));
    let moved = |row: &&Vec<String>| order.iter().map(|k| row[*k].clone()).collect();
    let mut sorted: Vec<Vec<String>> = rows.iter().map(moved).collect();
    sorted.sort_by(|a, b| a[..keys.len()].cmp(&b[..keys.len()]));
    for row in sorted {
        grid.push(row);
    }
    grid
}

fn align(column: &str) -> Align {
    let names = [
        "arm", "metric", "unit", "class", "group", "outcome", "series", "stage", "baseline",
        "verdict", "factor", "key",
    ];
    if names.contains(&column) {
        Align::Left
    } else {
        Align::Right
    }
}

fn written(grid: &Grid, format: FormatArg, console: Console) -> String {
    match format {
        FormatArg::Table => grid.fitted(console.screen.map(|screen| screen.width)),
        FormatArg::Md => grid.markdown(),
        FormatArg::Csv => String::from_utf8_lossy(&grid.csv()).into_owned(),
        FormatArg::Json => grid.json() + "\n",
    }
}
