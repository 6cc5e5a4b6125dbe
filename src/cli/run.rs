//! `pdsim run FILE`: one scenario, all its replications, a table and a folder of results.

use std::path::{Path, PathBuf};

use super::console::{self, Console, Talk};
use super::exit::{Exit, Failure};
use super::input::{self, Layers, Loaded};
use super::progress::Progress;
use super::provenance::Provenance;
use super::threads::Threads;
use super::{interrupt, precision, resume};
use crate::experiment::digest::Courses;
use crate::experiment::expect::{Expectation, Verdict, judge};
use crate::experiment::rows::{self, SummaryRow};
use crate::experiment::zero::no_events;
use crate::experiment::{self, Arm, Breach, Kept, Options, Results, RunError, lessons, warnings};
use crate::report::overview::Extent;
use crate::report::{self, Existing, File, Format, Identity, Journal, Overview, RunFolder};
use crate::scenario::{RunSpec, ScenarioSpec};
use crate::units::Span;

/// Arguments of `run`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The scenario
    pub file: PathBuf,
    #[command(flatten)]
    pub layers: Layers,
    #[command(flatten)]
    pub place: Place,
    /// How the table on standard output is written
    #[arg(long, value_enum, default_value_t)]
    pub format: FormatArg,
    /// Threads that one replication may use [default: the cores that replications leave idle]; no
    /// result depends on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Stop each replication after so many events; the results say that they are incomplete
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_events: Option<u64>,
    /// Stop after so much wall time with what there is; the results say that they are incomplete
    #[arg(long, value_name = "SPAN")]
    pub budget: Option<Span>,
    /// Write no report beside the tables
    #[arg(long)]
    pub no_report: bool,
    /// Measure one long replication in 20 batches instead of several replications
    #[arg(long)]
    pub steady_state: bool,
}

/// Where a run ends at the latest; by default at its horizon alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    /// Events of one replication.
    pub max_events: Option<u64>,
    /// Wall time of the whole run.
    pub budget: Option<Span>,
    /// Threads of one replication.
    pub per_replication: Option<u16>,
}

/// Where results go.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Place {
    /// Folder of the results [default: results/<name>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace results that stand there
    #[arg(long)]
    pub overwrite: bool,
}

/// The formats of standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum FormatArg {
    /// Aligned columns.
    #[default]
    Table,
    /// One JSON object.
    Json,
    /// Comma-separated values.
    Csv,
    /// Markdown.
    Md,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Table => Self::Table,
            FormatArg::Json => Self::Json,
            FormatArg::Csv => Self::Csv,
            FormatArg::Md => Self::Md,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Where the scenario cannot be run or the results cannot be written.
pub fn main(args: &Args, jobs: Option<usize>, console: Console) -> Result<Exit, Failure> {
    let Loaded { scenario, warnings } = input::scenario(&args.file, &args.layers(), console)?;
    let arms = [Arm::new("base", scenario)];
    let [arm] = &arms;
    let spec = &arm.scenario().spec;
    let place = args.place.of(&spec.name);
    let resolved = [report::resolved(arm)];
    let identity = Identity::of(&spec.name, &arms, &resolved);
    let (journal, left) = Journal::open(&place, identity, report::work_keys(&arms, &resolved))?;
    if is_up_to_date(&place, args.place.overwrite, arm)? {
        resume::forget(&journal, &left, &place)?;
        return up_to_date(&place, args.format, console);
    }
    resume::check(&journal, &left, &args.place)?;
    report::probe(&place)?;
    let _lock = report::Lock::take(&place)?;
    let bounds = Bounds {
        max_events: args.max_events,
        budget: args.budget,
        per_replication: args.threads,
    };
    let (results, told, provenance) =
        simulate_kept(&arms, warnings, bounds, jobs, console, &journal)?;
    let mut files = report::run_files(arm, &results, &told);
    if !args.no_report {
        super::report::add(&mut files, console);
    }
    files.push(File::json("provenance.json", &provenance));
    report::write_folder(&place, &files)?;
    let summary = rows::summary(&results, spec.run.confidence);
    show(arm, &results, &summary, &told, args.format, console)?;
    hint(arm, &results, console);
    let exit = expectations(spec, &summary, console);
    let precise = results.precision.as_ref();
    let exit = exit.worse(precise.map_or(Exit::Done, |found| precision::judge(found, console)));
    let line = next(&place, &summary);
    last(&line, args.format, console)?;
    Ok(interrupt::or(exit))
}

impl Args {
    /// The layers, with what `--steady-state` says.
    fn layers(&self) -> Layers {
        let mut layers = self.layers.clone();
        if self.steady_state {
            layers.set.push("run.replications=1".to_owned());
            layers.set.push("run.steady-state={}".to_owned());
        }
        layers
    }
}

impl Place {
    /// The folder of the results of the scenario `name`.
    pub fn of(&self, name: &str) -> PathBuf {
        let default = || Path::new("results").join(name);
        self.out.clone().unwrap_or_else(default)
    }
}

/// Whether the results stand at `place` already.
fn is_up_to_date(place: &Path, overwrite: bool, arm: &Arm) -> Result<bool, Failure> {
    let resolved = report::resolved(arm);
    let shown = place.display();
    let elsewhere = "write --out DIR for another folder";
    match report::existing(place, &arm.scenario().spec, &resolved) {
        Existing::UpToDate => Ok(!overwrite),
        Existing::Nothing | Existing::Unfinished => Ok(false),
        Existing::Other(_) if overwrite => Ok(false),
        Existing::Other(reasons) => Err(Failure::input(format!(
            "{shown} holds results of {}; write --overwrite to replace them, or {elsewhere}",
            reasons.join(", ")
        ))),
        Existing::NotResults => Err(Failure::input(format!(
            "{shown} is a folder of something else than results; {elsewhere}"
        ))),
        Existing::NotAFolder => Err(Failure::output(format!(
            "{shown} is a file, not a folder; {elsewhere}"
        ))),
    }
}

/// What a simulation gives: the results, all warnings, and how it was done.
pub type Simulated = (Results, Vec<String>, Provenance);

/// Runs all replications; returns the results, all warnings and how it was done.
///
/// # Errors
/// Where a law of the model was broken.
pub fn simulate(
    arms: &[Arm],
    told: Vec<String>,
    bounds: Bounds,
    threads: Option<usize>,
    console: Console,
) -> Result<Simulated, Failure> {
    timed(arms, told, bounds, threads, console, &()).map_err(|error| failure(&error))
}

/// The same, with finished replications kept in a journal and taken from it.
///
/// # Errors
/// Where it was interrupted or a law of the model was broken.
pub fn simulate_kept(
    arms: &[Arm],
    told: Vec<String>,
    bounds: Bounds,
    threads: Option<usize>,
    console: Console,
    journal: &Journal,
) -> Result<Simulated, Failure> {
    resume::tell(journal, console);
    let result = timed(arms, told, bounds, threads, console, journal);
    result.map_err(|error| match error {
        RunError::Interrupted { of, .. } => resume::interrupted(journal, of),
        error => failure(&error),
    })
}

fn timed(
    arms: &[Arm],
    mut told: Vec<String>,
    bounds: Bounds,
    threads: Option<usize>,
    console: Console,
    kept: &impl Kept,
) -> Result<Simulated, RunError> {
    interrupt::listen();
    let planned = arms
        .iter()
        .map(|arm| arm.scenario().spec.run.replications.most());
    let progress = Progress::new(console, bounds.budget, planned.map(u64::from).sum());
    let start = now();
    let division = Threads::new(bounds.per_replication, arms, threads);
    let options = Options {
        threads,
        max_events: bounds.max_events,
        per_replication: Some(division.per_replication),
    };
    let results = experiment::run_kept(arms, options, &progress, kept);
    progress.finish();
    let wall_time = start.elapsed();
    console.detail(&format!("simulated in {:.3} s", wall_time.as_secs_f64()));
    let results = results?;
    told.extend(warnings_of(arms, &results, console));
    let told_of = division.tell(&progress.divided(), console);
    let provenance = Provenance::new(wall_time, threads).with_division(told_of);
    Ok((results, told, provenance))
}

#[expect(clippy::disallowed_types, reason = "only `cli` may time a run")]
pub(super) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// The end of a command whose run gave no results.
pub(super) fn failure(error: &RunError) -> Failure {
    match error {
        RunError::Cancelled => Failure::told(Exit::Interrupted),
        RunError::Interrupted { finished, of } => Failure {
            exit: Exit::Interrupted,
            message: format!("interrupted after {finished} of {of} replications; nothing is kept"),
        },
        RunError::Keep(error) => Failure::output(error.clone()),
        RunError::Log(error) => Failure::output(format!("the event log cannot be kept: {error}")),
        RunError::Threads(error) => {
            Failure::output(format!("no threads could be started: {error}"))
        }
        RunError::Broken {
            arm,
            replication,
            breach,
        } => Failure::output(broken(arm, *replication, breach)),
    }
}

/// What to look at next, beside the results.
fn hint(arm: &Arm, results: &Results, console: Console) {
    let expected = arm.scenario().spec.expect.values();
    let metrics: Vec<String> = expected.map(|bounds| bounds.metric.clone()).collect();
    for text in lessons::hints(arm, &results.arms[0], &metrics) {
        console.note(&format!("hint: {text}"));
    }
}

/// What is said of a broken law, with all that is needed to find it again.
fn broken(arm: &str, replication: u32, breach: &Breach) -> String {
    let laws: Vec<&str> = breach.laws.iter().map(|law| law.what.as_str()).collect();
    format!(
        "a law of the model was broken, which is a fault of pdsim, not of the scenario; nothing was written:\n  {}\n\
         It was found at event {} of replication {replication} of arm {arm}, {} s after the start. To report it, send these lines, \
         the scenario with its data files (`pdsim check --resolved FILE` prints its values), all options, and the version: {}",
        laws.join("\n  "),
        breach.event,
        breach.at.as_seconds(),
        env!("CARGO_PKG_VERSION"),
    )
}

fn warnings_of(arms: &[Arm], results: &Results, console: Console) -> Vec<String> {
    let list = warnings::warnings(arms, results);
    for text in &list {
        console.note(&format!("warning: {text}"));
    }
    list
}

fn show(
    arm: &Arm,
    results: &Results,
    summary: &[SummaryRow],
    warnings: &[String],
    format: FormatArg,
    console: Console,
) -> Result<(), Failure> {
    let spec = &arm.scenario().spec;
    let events = results.arms.iter().flat_map(|arm| &arm.replications);
    let courses = console.screen.map(|_| Courses::of_results(results));
    let courses = courses.unwrap_or_default();
    let overview = Overview {
        name: &spec.name,
        title: &spec.title,
        extent: &extent(
            &spec.run,
            replications(results),
            arm.plan().horizon().as_seconds(),
            events.map(|replication| replication.events).sum(),
        ),
        confidence: &confidence(spec.run.confidence.value()),
        summary,
        no_events: &no_events(&rows::replications(results), spec.run.confidence),
        outcomes: &rows::outcomes(results),
        warnings,
        screen: console.screen,
        courses: &courses,
    };
    console::print(&report::present(&overview, format.into(), shown(console)))
}

/// Replications of every arm.
pub fn replications(results: &Results) -> u32 {
    let first = results.arms.first();
    first.map_or(0, |arm| crate::units::cast::id_u32(arm.replications.len()))
}

/// How much was simulated.
pub fn extent(run: &RunSpec, replications: u32, horizon_s: f64, events: u64) -> String {
    let replications = match (run.steady_state, replications) {
        (Some(steady), _) => format!("1 replication in {} batches", steady.batches),
        (None, 1) => "1 replication".to_owned(),
        (None, several) => format!("{several} replications"),
    };
    let events = report::human::count(events);
    let span = report::human::seconds(horizon_s);
    format!("{replications} of {span}, {events} events")
}

/// A level of confidence as a percentage.
pub fn confidence(level: f64) -> String {
    format!("{}%", report::number(libm::round(level * 1e6) / 1e4))
}

/// How many metrics are shown.
pub fn shown(console: Console) -> Extent {
    if console.talk == Talk::Verbose {
        Extent::Everything
    } else {
        Extent::Headlines
    }
}

/// One line for each expectation that does not hold, and the exit code.
pub fn expectations(spec: &ScenarioSpec, summary: &[SummaryRow], console: Console) -> Exit {
    let mut worst = Verdict::Held;
    for expectation in judge(&spec.expect, summary, spec.run.confidence) {
        worst = worst.max(expectation.verdict);
        let line = expectation_line(&expectation, spec);
        match expectation.verdict {
            Verdict::Held => console.detail(&line),
            Verdict::Failed | Verdict::Inconclusive => console::error(&line),
        }
    }
    match worst {
        Verdict::Held => Exit::Done,
        Verdict::Failed => Exit::Unexpected,
        Verdict::Inconclusive => Exit::Inconclusive,
    }
}

fn expectation_line(expectation: &Expectation, spec: &ScenarioSpec) -> String {
    let bounds = &spec.expect[&expectation.name];
    let max = bounds.max.map(|max| format!("at most {}", max.0));
    let min = bounds.min.map(|min| format!("at least {}", min.0));
    let bounds: Vec<String> = min.into_iter().chain(max).collect();
    let verdict = match expectation.verdict {
        Verdict::Held => "holds".to_owned(),
        Verdict::Failed => "failed".to_owned(),
        Verdict::Inconclusive => undecided(expectation.deciding, &spec.run),
    };
    let mean = expectation.mean.map_or("has no value".to_owned(), |mean| {
        format!("is {}", report::number(mean))
    });
    format!(
        "expect.{}: {} {mean}, expected {}: {verdict}",
        expectation.name,
        expectation.metric,
        bounds.join(" and ")
    )
}

/// What would decide an expectation whose bound lies in the interval.
fn undecided(deciding: Option<u64>, run: &RunSpec) -> String {
    let remedy = match (deciding, run.steady_state) {
        (None, _) => "the mean is too near to the bound for any number of replications".to_owned(),
        (Some(needed), Some(steady)) => {
            let times = needed.div_ceil(steady.batches.into());
            format!("a run of about {times} times the duration would decide")
        }
        (Some(needed), None) => {
            let shown = report::human::count(needed);
            format!("about {shown} replications would decide; write --replications {needed}")
        }
    };
    format!("is undecided: the interval crosses the bound; {remedy}")
}

/// Shows results that stand there already, and whether they keep what is expected.
fn up_to_date(place: &Path, format: FormatArg, console: Console) -> Result<Exit, Failure> {
    let folder = RunFolder::open(place).map_err(Failure::input)?;
    console::print(&super::show::overview(&folder, format.into(), console)?)?;
    let line = format!(
        "{} is up to date; --overwrite runs it again",
        place.display()
    );
    last(&line, format, console)?;
    let exit = expectations(&folder.spec, &folder.summary, console);
    Ok(exit.worse(precision::judge_folder(&folder, console)))
}

/// What to do next.
fn next(place: &Path, summary: &[SummaryRow]) -> String {
    let has_spam = |row: &&SummaryRow| row.metric == "spam.leakage" && row.mean.is_some();
    let metric = summary.iter().find(has_spam);
    let metric = metric.map_or("ham.false-reject", |row| row.metric.as_str());
    format!(
        "Results in {}; `pdsim explain {metric}` says what a metric means",
        place.display()
    )
}

/// The last line: on standard output below a table, beside it where a program may read it.
pub fn last(line: &str, format: FormatArg, console: Console) -> Result<(), Failure> {
    match format {
        FormatArg::Table => console::print(&format!("\n{line}\n")),
        FormatArg::Json | FormatArg::Csv | FormatArg::Md => {
            console.note(line);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::BrokenLaw;
    use crate::units::Time;

    #[test]
    fn a_broken_law_ends_with_1_and_says_where_and_how_to_report_it() {
        let what = "conservation: 1 messages of class ham have no outcome".to_owned();
        let breach = Breach {
            laws: vec![BrokenLaw { what }],
            event: 4711,
            at: Time::from_ns(12_500_000_000),
        };
        let error = RunError::Broken {
            arm: "base".to_owned(),
            replication: 3,
            breach,
        };
        let failure = failure(&error);
        assert_eq!(failure.exit, Exit::Failed);
        for said in [
            "conservation: 1 messages",
            "event 4711 of replication 3 of arm base, 12.5 s",
            "nothing was written",
            "To report it",
            env!("CARGO_PKG_VERSION"),
        ] {
            assert!(failure.message.contains(said), "{}", failure.message);
        }
    }
}
