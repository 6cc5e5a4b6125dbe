//! `pdsim sweep FILE`: the arms of a study at every point of its factors, one tidy table, main
//! effects.

mod pilot;
mod survey;

use std::path::{Path, PathBuf};

use self::survey::Measured;
pub(super) use self::survey::Survey;
use super::check::FileKind;
use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::{self, Layers};
use super::run::{self, FormatArg, Place};
use super::standing::{Standing, check_metrics};
use super::{interrupt, resume};
use crate::experiment::RunError;
use crate::experiment::sweep::{Effect, Points, SweepResults, arms_at};
use crate::report::{self, File, Format, Grid, Identity, Journal, SweepManifest};
use crate::scenario::{Disk, Faults, Loader, Node, Over, SCENARIO, Sweep};
use crate::units::cast;

/// Arguments of `sweep`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// A study with factors, or a scenario together with --vary
    pub file: PathBuf,
    /// Make a factor of a key: every value at every point of the others (repeatable)
    #[arg(long, value_name = "KEY=V1,V2")]
    pub vary: Vec<String>,
    /// The metrics shown and whose main effects are told [default: those of the study]
    #[arg(long, value_name = "METRIC", value_delimiter = ',')]
    pub metrics: Vec<String>,
    /// Show the points, how many runs they are and what a pilot says they cost; run nothing else
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub layers: Layers,
    #[command(flatten)]
    pub place: Place,
    /// How the tables on standard output are written
    #[arg(long, value_enum, default_value_t)]
    pub format: FormatArg,
    /// Write no report beside the tables
    #[arg(long)]
    pub no_report: bool,
}

/// A sweep whose points are all sound.
struct Prepared {
    sweep: Sweep,
    survey: Survey,
}

/// What is shown where nothing is said.
const METRICS: [&str; 3] = ["spam.leakage", "ham.false-reject", "latency.ham.p99"];

/// Rows of a table on a terminal.
const MOST_ROWS: usize = 60;

/// Runs the command.
///
/// # Errors
/// Where the study cannot be run or the results cannot be written.
pub fn main(args: &Args, jobs: Option<usize>, console: Console) -> Result<Exit, Failure> {
    let mut loader = Loader::new(&Disk);
    loader.room = super::memory::room();
    let prepared = prepare(args, &mut loader);
    input::tell(&loader.faults, &loader.sources, console);
    let Some(mut prepared) = prepared.filter(|_| !loader.faults.has_errors()) else {
        return Err(input::refused(&loader.faults));
    };
    let manifest = &mut prepared.survey.manifest;
    check_metrics(&manifest.metrics)?;
    manifest.warnings = input::warnings(&loader.faults);
    if args.dry_run {
        return dry_run(&prepared, &mut loader, args.format, jobs, console);
    }
    let place = args.place.of(&prepared.sweep.name);
    let (journal, left) = journal(&mut prepared, &place)?;
    if is_up_to_date(args, &place, &prepared.survey.manifest)? {
        resume::forget(&journal, &left, &place)?;
        console::print(&format!(
            "{} is up to date; --overwrite runs it again\n",
            place.display()
        ))?;
        return Ok(judge_manifest(&place, console));
    }
    resume::check(&journal, &left, &args.place)?;
    report::probe(&place)?;
    let _lock = report::Lock::take(&place)?;
    let (results, effects, provenance) = measure(&prepared, &mut loader, jobs, console, &journal)?;
    let text = shown(&prepared, &results, &effects, args.format, console);
    let Survey {
        points,
        manifest,
        scenarios,
        ..
    } = prepared.survey;
    let mut files = report::sweep_files(&points, &results, &effects, manifest, scenarios);
    if !args.no_report {
        super::report::add(&mut files, console);
    }
    files.push(File::json("provenance.json", &provenance));
    report::write_folder(&place, &files)?;
    console::print(&text)?;
    let line = format!(
        "Results in {}; sweep.csv holds every metric at every point, effects.csv the main effects",
        place.display()
    );
    run::last(&line, args.format, console)?;
    let imprecise = cast::count_to_u64(results.imprecise.len());
    Ok(interrupt::or(judge(imprecise, console)))
}

/// What is kept of an unfinished sweep at `place`.
fn journal(prepared: &mut Prepared, place: &Path) -> Result<(Journal, report::Left), Failure> {
    let work = std::mem::take(&mut prepared.survey.work);
    let manifest = &prepared.survey.manifest;
    let identity = Identity {
        version: manifest.version.to_owned(),
        name: manifest.name.clone(),
        seed: manifest.seed,
        work: manifest.scenario_sha256.clone(),
    };
    Ok(Journal::open(place, identity, work)?)
}

/// The exit code after a sweep of which so many points did not reach the precision.
fn judge(imprecise: u64, console: Console) -> Exit {
    match imprecise {
        0 => return Exit::Done,
        1 => console.note("1 point did not reach the precision: raise run.replications.max"),
        _ => console.note(&format!(
            "{imprecise} points did not reach the precision: raise run.replications.max"
        )),
    }
    Exit::Inconclusive
}

fn judge_manifest(place: &Path, console: Console) -> Exit {
    let manifest = report::manifest(place);
    let points = manifest.and_then(|found| found["imprecise_points"].as_array().map(Vec::len));
    judge(cast::count_to_u64(points.unwrap_or(0)), console)
}

fn prepare(args: &Args, loader: &mut Loader<'_>) -> Option<Prepared> {
    let tree = loader.scenario(&args.file, &SCENARIO)?;
    let assignments = args.layers.assignments();
    let over = Over {
        assignments: &assignments,
        vary: &args.vary,
    };
    let sweep = match FileKind::of(&tree) {
        FileKind::Study => Sweep::of_study(&tree, over, loader)?,
        FileKind::Scenario => Sweep::of_scenario(&tree, over, loader)?,
        FileKind::Policy => return not_a_study(&tree, loader),
    };
    let points = Points::of(&sweep);
    let metrics = match (&*args.metrics, &*sweep.metrics) {
        ([], []) => METRICS.map(str::to_owned).to_vec(),
        ([], metrics) | (metrics, _) => metrics.to_vec(),
    };
    let manifest = SweepManifest {
        version: env!("CARGO_PKG_VERSION"),
        name: sweep.name.clone(),
        title: sweep.title.clone(),
        arms: sweep.arms().map(str::to_owned).collect(),
        metrics,
        ..SweepManifest::default()
    };
    // Values were tried one by one before; what counts is what the points have together.
    loader.faults = Faults::new();
    let values = points.clone();
    let survey = Survey::of(manifest, points, |point, arm| {
        sweep.scenario(arm, &values.get(point).values, loader)
    })?;
    Some(Prepared { sweep, survey })
}

fn not_a_study(tree: &Node, loader: &mut Loader<'_>) -> Option<Prepared> {
    let remedy = "name a study, or a scenario together with --vary KEY=V1,V2";
    loader
        .faults
        .error("wrong-value", tree.place, "this is a policy", remedy);
    None
}

fn measure(
    prepared: &Prepared,
    loader: &mut Loader<'_>,
    jobs: Option<usize>,
    console: Console,
    journal: &Journal,
) -> Result<Measured, Failure> {
    let Prepared { sweep, survey } = prepared;
    resume::tell(journal, console);
    let arms = |point| arms_at(sweep, &survey.points, point, loader);
    let measured = survey.measure(arms, jobs, console, journal);
    measured.map_err(|error| match error {
        RunError::Interrupted { .. } => {
            resume::interrupted(journal, cast::index(survey.most_replications()))
        }
        error => run::failure(&error),
    })
}

/// Whether the same sweep stands there already.
fn is_up_to_date(args: &Args, place: &Path, manifest: &SweepManifest) -> Result<bool, Failure> {
    let standing = Standing {
        what: "a sweep of other points, arms or another scenario",
        hash: &manifest.scenario_sha256,
        table: "sweep.csv",
    };
    standing.is_up_to_date(&args.place, place, |found| {
        let metrics = serde_json::to_value(&manifest.metrics).ok();
        let is_other = metrics.as_ref() != Some(&found["metrics"]);
        is_other.then_some("a sweep whose effects are those on other metrics")
    })
}

fn head(sweep: &Sweep) -> String {
    match sweep.title.as_str() {
        "" => sweep.name.clone(),
        title => format!("{}: {title}", sweep.name),
    }
}

/// How many runs there are, in words.
fn extent(prepared: &Prepared) -> String {
    let survey = &prepared.survey;
    let (points, arms) = (survey.points.len(), survey.manifest.arms.len());
    let replications = survey.manifest.replications as usize;
    let runs = report::human::count(cast::count_to_u64(points * arms * replications));
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        several => format!("{several} {word}s"),
    };
    format!(
        "{} x {} x {} = {runs} runs",
        plural(points, "point"),
        plural(arms, "arm"),
        plural(replications, "replication")
    )
}

fn shown(
    prepared: &Prepared,
    results: &SweepResults,
    effects: &[Effect],
    format: FormatArg,
    console: Console,
) -> String {
    let Prepared { sweep, survey } = prepared;
    let Survey {
        points, manifest, ..
    } = survey;
    let table = report::sweep_grid(sweep, points, results, &manifest.metrics, MOST_ROWS);
    let level = run::confidence(survey.confidence.value());
    let effects_table = report::effects_grid(sweep, points, effects, &level);
    let sentences = report::sweep_sentences(sweep, points, effects);
    let text = |grid: &Grid| match Format::from(format) {
        Format::Md => grid.markdown(),
        _ => grid.fitted(console.screen.map(|screen| screen.width)),
    };
    let mark = if format == FormatArg::Md { "# " } else { "" };
    match Format::from(format) {
        Format::Table | Format::Md => format!(
            "{mark}{}\n{}\n\n{}{}\nMain effects: means over the points with one level, and their distance from the mean over all\n\n{}\n{}\nThe same random numbers at every point.\n",
            head(sweep),
            extent(prepared),
            text(&table),
            rest(points.len() * manifest.arms.len()),
            text(&effects_table),
            sentences.join("\n")
        ),
        Format::Csv => {
            let bytes = report::sweep_csv(points, &results.rows);
            String::from_utf8(bytes).expect("names and numbers are text")
        }
        Format::Json => {
            let object = serde_json::json!({
                "name": sweep.name, "title": sweep.title, "verdict": sentences,
                "points": report::points_grid(sweep, points, usize::MAX).objects(),
                "rows": results.rows.iter().map(|row| {
                    serde_json::json!({ "point": row.point + 1, "summary": row.summary })
                }).collect::<Vec<_>>(),
                "effects": effects_table.objects(),
            });
            serde_json::to_string_pretty(&object).expect("rows are what JSON can say") + "\n"
        }
    }
}

fn rest(rows: usize) -> String {
    match rows.saturating_sub(MOST_ROWS) {
        0 => String::new(),
        more => format!("... and {more} rows more\n"),
    }
}

fn dry_run(
    prepared: &Prepared,
    loader: &mut Loader<'_>,
    format: FormatArg,
    jobs: Option<usize>,
    console: Console,
) -> Result<Exit, Failure> {
    let Prepared { sweep, survey } = prepared;
    let points = &survey.points;
    let grid = report::points_grid(sweep, points, usize::MAX);
    let cost = pilot::cost(sweep, points, loader, jobs)?;
    let told = cost.told(survey.manifest.replications);
    let text = match Format::from(format) {
        Format::Table => format!(
            "{}\n{}\n\n{}\n{told}\n",
            head(sweep),
            extent(prepared),
            grid.text()
        ),
        Format::Md => format!(
            "# {}\n\n{}\n\n{}\n{told}\n",
            head(sweep),
            extent(prepared),
            grid.markdown()
        ),
        Format::Csv => String::from_utf8(grid.csv()).expect("names and numbers are text"),
        Format::Json => {
            let object = serde_json::json!({
                "name": sweep.name, "points": grid.objects(), "runs": extent(prepared),
                "pilot": told,
            });
            serde_json::to_string_pretty(&object).expect("rows are what JSON can say") + "\n"
        }
    };
    console::print(&text)?;
    run::last(
        "Nothing was run or written; leave --dry-run out to run it",
        format,
        console,
    )?;
    Ok(Exit::Done)
}
