//! `pdsim sweep FILE`: the arms of a study at every point of its factors, one tidy table, main
//! effects.

mod pilot;

use std::path::{Path, PathBuf};

use super::check::FileKind;
use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::{self, Layers};
use super::progress::Progress;
use super::provenance::Provenance;
use super::run::{self, FormatArg, Place};
use super::{interrupt, resume};
use crate::experiment::sweep::{Effect, Points, SweepResults, effects, run_points};
use crate::experiment::{InputEntry, Options, RunError, sha256_hex};
use crate::metrics::registry;
use crate::report::{self, File, Format, Grid, Identity, Journal, SweepManifest};
use crate::scenario::{Disk, Loader, Node, Over, SCENARIO, Scenario, Sweep, nearest};
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
    points: Points,
    metrics: Vec<String>,
    manifest: SweepManifest,
    base: Vec<(String, String)>,
    /// What the replications of each arm at each point are made from.
    work: Vec<String>,
    level: f64,
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
    check_metrics(&prepared.metrics)?;
    prepared.manifest.warnings = input::warnings(&loader.faults);
    if args.dry_run {
        return dry_run(&prepared, &mut loader, args.format, jobs, console);
    }
    let place = args.place.of(&prepared.sweep.name);
    let identity = Identity {
        version: prepared.manifest.version.to_owned(),
        name: prepared.sweep.name.clone(),
        seed: prepared.manifest.seed,
        work: prepared.manifest.scenario_sha256.clone(),
    };
    let work = std::mem::take(&mut prepared.work);
    let (journal, left) = Journal::open(&place, identity, work)?;
    if !args.place.overwrite && is_up_to_date(&place, &prepared.manifest)? {
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
    let Prepared {
        sweep,
        points,
        manifest,
        base,
        ..
    } = prepared;
    let mut files = report::sweep_files(&sweep, &points, &results, &effects, manifest, base);
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
    checked(sweep, points, metrics, loader)
}

fn not_a_study(tree: &Node, loader: &mut Loader<'_>) -> Option<Prepared> {
    let remedy = "name a study, or a scenario together with --vary KEY=V1,V2";
    loader
        .faults
        .error("wrong-value", tree.place, "this is a policy", remedy);
    None
}

/// Prepares the scenario of every arm at every point once, for its faults and the hash of them
/// all.
fn checked(
    sweep: Sweep,
    points: Points,
    metrics: Vec<String>,
    loader: &mut Loader<'_>,
) -> Option<Prepared> {
    let mut manifest = SweepManifest {
        version: env!("CARGO_PKG_VERSION"),
        name: sweep.name.clone(),
        title: sweep.title.clone(),
        arms: sweep.arms().map(str::to_owned).collect(),
        factors: sweep
            .factors
            .iter()
            .map(|f| (f.name.clone(), f.key.clone()))
            .collect(),
        points: points.len(),
        ..SweepManifest::default()
    };
    let (mut base, mut work) = (Vec::new(), Vec::new());
    let mut hashes = String::new();
    let mut level = 0.95;
    for (index, point) in points.iter().enumerate() {
        for (arm, name) in manifest.arms.iter().enumerate() {
            let scenario = sweep.scenario(arm, &point.values, loader)?;
            let text = report::text(&scenario.spec);
            hashes += &sha256_hex(format!("{}\n{name}\n{text}", index + 1).as_bytes());
            let data: Vec<InputEntry> = inputs(&scenario).collect();
            work.push(report::work_key(scenario.spec.clone(), data.iter()));
            manifest.inputs.extend(data);
            manifest.seed = scenario.spec.run.seed;
            manifest.replications = scenario.spec.run.replications.most();
            level = scenario.spec.run.confidence.value();
            if index == 0 {
                base.push((name.clone(), text));
            }
        }
        manifest.inputs.sort_by(|a, b| a.name.cmp(&b.name));
        manifest.inputs.dedup();
    }
    manifest.scenario_sha256 = sha256_hex(hashes.as_bytes());
    Some(Prepared {
        sweep,
        points,
        metrics,
        manifest,
        base,
        work,
        level,
    })
}

fn inputs(scenario: &Scenario) -> impl Iterator<Item = InputEntry> + '_ {
    scenario.data.iter().map(|data| {
        let name = data.file.path.file_name().unwrap_or_default();
        InputEntry {
            name: name.to_string_lossy().into_owned(),
            sha256: sha256_hex(&data.file.bytes),
            bytes: cast::count_to_u64(data.file.bytes.len()),
        }
    })
}

fn check_metrics(metrics: &[String]) -> Result<(), Failure> {
    let unknown = metrics.iter().find(|name| registry::find(name).is_none());
    unknown.map_or(Ok(()), |name| {
        let names = registry::METRICS.iter().map(|entry| entry.name);
        let near = nearest(name, names).unwrap_or("one of `pdsim explain metrics`");
        Err(Failure::input(format!(
            "there is no metric `{name}`; write {near}"
        )))
    })
}

fn measure(
    prepared: &Prepared,
    loader: &mut Loader<'_>,
    jobs: Option<usize>,
    console: Console,
    journal: &Journal,
) -> Result<(SweepResults, Vec<Effect>, Provenance), Failure> {
    let Prepared {
        sweep,
        points,
        metrics,
        level,
        ..
    } = prepared;
    resume::tell(journal, console);
    interrupt::listen();
    let manifest = &prepared.manifest;
    let arms = cast::count_to_u64(points.len() * manifest.arms.len());
    let planned = arms * u64::from(manifest.replications);
    let progress = Progress::new(console, None, planned);
    let start = run::now();
    let options = Options {
        threads: jobs,
        ..Options::default()
    };
    let results = run_points(sweep, points, metrics, loader, options, &progress, journal);
    progress.finish();
    let results = results.map_err(|error| match error {
        RunError::Interrupted { .. } => {
            let arms = points.len() * prepared.manifest.arms.len();
            let most = cast::index(u64::from(prepared.manifest.replications));
            resume::interrupted(journal, arms * most)
        }
        error => run::failure(&error),
    })?;
    for text in &results.warnings {
        console.note(&format!("warning: {text}"));
    }
    let confidence = crate::units::Share::new(*level).expect("that of the scenario");
    let effects = effects(&results.cells, points, confidence);
    Ok((results, effects, Provenance::new(start.elapsed(), jobs)))
}

/// Whether the same sweep stands there already.
fn is_up_to_date(place: &Path, manifest: &SweepManifest) -> Result<bool, Failure> {
    let is_empty = std::fs::read_dir(place).map_or(true, |mut entries| entries.next().is_none());
    let other = |what: &str| {
        Err(Failure::input(format!(
            "{} holds {what}; write --overwrite to replace results, or --out DIR for another folder",
            place.display()
        )))
    };
    match report::manifest(place) {
        None if is_empty => Ok(false),
        None => other("something else than results"),
        Some(found) if found["version"] != manifest.version => other("results of another version"),
        Some(found) if found["scenario_sha256"] == *manifest.scenario_sha256 => Ok(true),
        Some(_) => other("results of something else"),
    }
}

fn head(sweep: &Sweep) -> String {
    match sweep.title.as_str() {
        "" => sweep.name.clone(),
        title => format!("{}: {title}", sweep.name),
    }
}

/// How many runs there are, in words.
fn extent(prepared: &Prepared) -> String {
    let (points, arms) = (prepared.points.len(), prepared.manifest.arms.len());
    let replications = prepared.manifest.replications as usize;
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
    let Prepared {
        sweep,
        points,
        metrics,
        level,
        ..
    } = prepared;
    let table = report::sweep_grid(sweep, points, results, metrics, MOST_ROWS);
    let effects_table = report::effects_grid(sweep, points, effects, &run::confidence(*level));
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
            rest(points.len() * prepared.manifest.arms.len()),
            text(&effects_table),
            sentences.join("\n")
        ),
        Format::Csv => {
            let bytes = report::sweep_csv(sweep, points, &results.rows);
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
    let Prepared { sweep, points, .. } = prepared;
    let grid = report::points_grid(sweep, points, usize::MAX);
    let cost = pilot::cost(sweep, points, loader, jobs)?;
    let told = cost.told(prepared.manifest.replications);
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
