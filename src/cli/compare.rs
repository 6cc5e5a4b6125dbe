//! `pdsim compare FILE`: arms under common random numbers, with a verdict per arm; and
//! `pdsim demo`, the comparison that comes with the program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;

use super::check::FileKind;
use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::{self, Layers};
use super::run::{self, FormatArg, Place};
use super::standing::{Standing, check_metrics};
use super::{interrupt, precision, resume};
use crate::experiment::compare::{self, Comparison, Terms};
use crate::experiment::digest::Courses;
use crate::experiment::draws::{self, Draws};
use crate::experiment::rows::{self, OutcomeRow, SummaryRow};
use crate::experiment::zero::{NoEvents, no_events};
use crate::experiment::{Arm, CompareEntry, Results, lessons};
use crate::report::picture::pictures;
use crate::report::{
    self, File, Format, Identity, Journal, Resolved, RunFolder, Screen, comparison,
};
use crate::scenario::{
    Disk, Files, Loader, Memory, Node, SCENARIO, Scenario, Study, join_key, split_values,
};

/// Arguments of `compare`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// A study with arms, or a scenario together with --vary
    pub file: PathBuf,
    /// Make an arm of each value of a key of the scenario; the first is the baseline
    #[arg(long, value_name = "KEY=V1,V2")]
    pub vary: Option<String>,
    /// The metrics to compare [default: those of the study]
    #[arg(long, value_name = "METRIC", value_delimiter = ',')]
    pub metrics: Vec<String>,
    /// Give each arm random numbers of its own instead of common ones
    #[arg(long)]
    pub independent_arms: bool,
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

/// Arguments of `demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    #[command(flatten)]
    pub place: Place,
    /// How the tables on standard output are written
    #[arg(long, value_enum, default_value_t)]
    pub format: FormatArg,
    /// Write no report beside the tables
    #[arg(long)]
    pub no_report: bool,
}

/// A comparison that is ready to run.
struct Prepared {
    name: String,
    title: String,
    terms: Terms,
    arms: Vec<Arm>,
    warnings: Vec<String>,
}

/// What is compared where nothing is said.
const METRICS: [&str; 3] = ["spam.leakage", "ham.false-reject", "latency.ham.p99"];

/// Runs `compare`.
///
/// # Errors
/// Where the study cannot be run or the results cannot be written.
pub fn main(args: &Args, jobs: Option<usize>, console: Console) -> Result<Exit, Failure> {
    let prepared = prepare(&Disk, &args.file, args, console)?;
    execute(prepared, args, jobs, console)
}

/// Runs `demo`.
///
/// # Errors
/// Where the results cannot be written.
pub fn demo(args: &DemoArgs, jobs: Option<usize>, console: Console) -> Result<Exit, Failure> {
    let files = Memory::embedded([
        (
            "demo.toml",
            include_bytes!("../../scenarios/demo.toml").as_slice(),
        ),
        (
            "demo-base.toml",
            include_bytes!("../../scenarios/demo-base.toml").as_slice(),
        ),
    ]);
    let study = Args {
        file: "demo.toml".into(),
        vary: None,
        metrics: Vec::new(),
        independent_arms: false,
        layers: Layers::default(),
        place: args.place.clone(),
        format: args.format,
        no_report: args.no_report,
    };
    let prepared = prepare(&files, &study.file, &study, console)?;
    let exit = execute(prepared, &study, jobs, console)?;
    let next = "Next:\n  pdsim explain spam.leakage\n  pdsim init my-wave.toml\n  pdsim run my-wave.toml\n";
    match args.format {
        FormatArg::Table => console::print(next)?,
        _ => console.note(next),
    }
    Ok(exit)
}

fn prepare(
    files: &dyn Files,
    file: &Path,
    args: &Args,
    console: Console,
) -> Result<Prepared, Failure> {
    let mut loader = Loader::new(files);
    loader.room = super::memory::room();
    let prepared = loader
        .scenario(file, &SCENARIO)
        .and_then(|tree| match FileKind::of(&tree) {
            FileKind::Study => study(&tree, args, &mut loader),
            _ => varied(&tree, args, &mut loader),
        });
    input::tell(&loader.faults, &loader.sources, console);
    match prepared.filter(|_| !loader.faults.has_errors()) {
        Some(mut prepared) => {
            prepared.warnings = input::warnings(&loader.faults);
            check_metrics(&prepared.terms.metrics)?;
            Ok(prepared)
        }
        None => Err(input::refused(&loader.faults)),
    }
}

fn study(tree: &Node, args: &Args, loader: &mut Loader<'_>) -> Option<Prepared> {
    if let Some(vary) = &args.vary {
        let what = format!("--vary {vary} beside the arms of a study");
        loader.faults.error(
            "wrong-value",
            tree.place,
            what,
            "name a scenario, or leave --vary out",
        );
        return None;
    }
    let study = Study::prepare_with(tree, &args.layers.assignments(), loader)?;
    let Some(compare) = &study.spec.compare else {
        let what = "the study has no table [compare]";
        loader.faults.error(
            "missing-key",
            tree.place,
            what,
            "write [compare] with baseline = \"ARM\"",
        );
        return None;
    };
    let bounds = compare
        .indifference
        .iter()
        .map(|(metric, bound)| (metric.clone(), bound.0));
    let confidence = compare.confidence;
    let terms = Terms {
        baseline: compare.baseline.clone(),
        metrics: chosen(&args.metrics, &compare.metrics),
        indifference: bounds.collect(),
        confidence: confidence.unwrap_or_else(|| study.arms[0].1.spec.run.confidence),
        draws: draws(args),
    };
    let arms = study.arms.into_iter();
    let arms = arms.map(|(name, scenario)| Arm::new(name, scenario));
    let arms = drawn(arms.collect(), &terms, tree, loader)?;
    let spec = study.spec;
    Some(Prepared {
        name: spec.name,
        title: spec.title,
        terms,
        arms,
        warnings: Vec::new(),
    })
}

fn varied(tree: &Node, args: &Args, loader: &mut Loader<'_>) -> Option<Prepared> {
    let Some((key, values)) = args.vary.as_deref().and_then(|vary| vary.split_once('=')) else {
        let what = "a scenario has no arms to compare";
        loader.faults.error(
            "wrong-value",
            tree.place,
            what,
            "write --vary KEY=V1,V2, or name a study",
        );
        return None;
    };
    let mut arms = Vec::new();
    for value in split_values(values) {
        let mut varied = tree.clone();
        for text in args.layers.assignments() {
            loader.set(&mut varied, &text, &SCENARIO);
        }
        loader.set(&mut varied, &format!("{key}={value}"), &SCENARIO);
        let scenario: Option<Scenario> = Scenario::prepare(varied, loader);
        arms.extend(scenario.map(|scenario| Arm::new(value.trim_matches('"'), scenario)));
    }
    let first = arms.first()?;
    let spec = first.scenario().spec.clone();
    let terms = Terms {
        baseline: first.name().to_owned(),
        metrics: chosen(&args.metrics, &[]),
        indifference: std::collections::BTreeMap::new(),
        confidence: spec.run.confidence,
        draws: draws(args),
    };
    let arms = drawn(arms, &terms, tree, loader)?;
    Some(Prepared {
        name: format!("{}-compare", spec.name),
        title: spec.title,
        terms,
        arms,
        warnings: Vec::new(),
    })
}

fn draws(args: &Args) -> Draws {
    if args.independent_arms {
        Draws::Independent
    } else {
        Draws::Common
    }
}

/// The arms with the random numbers that are asked for. Under common ones two arms that are the
/// same scenario could only be the same in every number: that is a slip, and reported.
fn drawn(arms: Vec<Arm>, terms: &Terms, tree: &Node, loader: &mut Loader<'_>) -> Option<Vec<Arm>> {
    if let [arm] = arms.as_slice()
        && !loader.faults.has_errors()
    {
        let what = format!("`{}` alone has nothing to be compared with", arm.name());
        let remedy = "write a second arm, or a second value: --vary KEY=V1,V2";
        loader.faults.error("wrong-value", tree.place, what, remedy);
        return None;
    }
    if terms.draws == Draws::Independent {
        return Some(draws::independent(arms));
    }
    let specs = arms.iter().map(|arm| (arm.name(), &arm.scenario().spec));
    let Some((first, second)) = draws::twins(specs, &terms.baseline) else {
        return Some(arms);
    };
    let table = join_key(&["arm", second]);
    let (what, remedy) = match tree.get(&table) {
        Some(_) => (
            format!("the arm `{second}` changes nothing: it is the same scenario as `{first}`"),
            format!("change a key in [{table}], or take it out"),
        ),
        None => (
            format!("--vary changes nothing: `{first}` and `{second}` are the same scenario"),
            "write another key or other values".to_owned(),
        ),
    };
    let place = tree.place_of(&table);
    loader.faults.error("wrong-value", place, what, remedy);
    None
}

fn chosen(asked: &[String], of_study: &[String]) -> Vec<String> {
    match (asked, of_study) {
        ([], []) => METRICS.map(str::to_owned).to_vec(),
        ([], metrics) | (metrics, _) => metrics.to_vec(),
    }
}

fn execute(
    prepared: Prepared,
    args: &Args,
    jobs: Option<usize>,
    console: Console,
) -> Result<Exit, Failure> {
    let (place, format) = (&args.place, args.format);
    let Prepared {
        name,
        title,
        terms,
        arms,
        warnings,
    } = prepared;
    let folder = place.of(&name);
    let resolved = report::resolved_arms(&arms);
    let identity = Identity::of(&name, &arms, &resolved);
    let (journal, left) = Journal::open(&folder, identity, report::work_keys(&arms, &resolved))?;
    if is_up_to_date((place, &folder), &arms, &resolved, &terms)? {
        resume::forget(&journal, &left, &folder)?;
        return up_to_date(&folder, console);
    }
    resume::check(&journal, &left, place)?;
    report::probe(&folder)?;
    let _lock = report::Lock::take(&folder)?;
    let bounds = run::Bounds::default();
    let (results, mut told, provenance) =
        run::simulate_kept(&arms, warnings, bounds, jobs, console, &journal)?;
    let comparisons = compare::compare(&results, &terms);
    let pairing = comparison::pairing_warnings(&comparisons, terms.draws);
    for text in &pairing {
        console.note(&format!("warning: {text}"));
    }
    told.extend(pairing);
    for text in lessons::guesses(&arms[0].scenario().tree, &terms.metrics) {
        console.note(&format!("hint: {text}"));
    }
    let compared = (&terms, comparisons.as_slice());
    let mut files = report::study_files(&name, &title, &arms, &results, compared, &told);
    if !args.no_report {
        super::report::add(&mut files, console);
    }
    files.push(File::json("provenance.json", &provenance));
    report::write_folder(&folder, &files)?;
    let courses = console.screen.map(|_| Courses::of_results(&results));
    let view = View {
        name: &name,
        title: &title,
        results: &results,
        summary: &rows::summary(&results, terms.confidence),
        no_events: &no_events(&rows::replications(&results), terms.confidence),
        comparisons: &comparisons,
        unpaired: &compare::unpaired(&results, &terms),
        terms: &terms,
        outcomes: &rows::outcomes(&results),
        screen: console.screen,
        courses: &courses.unwrap_or_default(),
    };
    console::print(&shown(&view, format.into()))?;
    let line = format!(
        "Results in {}; comparisons.csv holds every difference",
        folder.display()
    );
    run::last(&line, format, console)?;
    let precise = results.precision.as_ref();
    let exit = precise.map_or(Exit::Done, |found| precision::judge(found, console));
    Ok(interrupt::or(exit))
}

fn up_to_date(place: &Path, console: Console) -> Result<Exit, Failure> {
    let folder = RunFolder::open(place).map_err(Failure::input)?;
    console::print(&format!(
        "{} is up to date; --overwrite runs it again\n",
        place.display()
    ))?;
    Ok(precision::judge_folder(&folder, console))
}

/// Whether the same comparison stands there already.
fn is_up_to_date(
    (place, folder): (&Place, &Path),
    arms: &[Arm],
    resolved: &[Resolved],
    terms: &Terms,
) -> Result<bool, Failure> {
    let hash = crate::experiment::sha256_hex(report::study_text(arms, resolved).as_bytes());
    let standing = Standing {
        what: "results of other arms or another scenario",
        hash: &hash,
        table: "comparisons.csv",
    };
    standing.is_up_to_date(place, folder, |found| {
        let compared = CompareEntry::deserialize(&found["compare"]).ok();
        let is_other = compared.is_none_or(|compared| compared.terms() != *terms);
        is_other.then_some("a comparison in other terms")
    })
}

/// A comparison as it is shown.
pub struct View<'r> {
    /// Name of the study.
    pub name: &'r str,
    /// Its question.
    pub title: &'r str,
    /// The measures of every arm.
    pub results: &'r Results,
    /// The rows of `summary.csv`.
    pub summary: &'r [SummaryRow],
    /// What never happened in an arm.
    pub no_events: &'r [NoEvents],
    /// The rows of `comparisons.csv`.
    pub comparisons: &'r [Comparison],
    /// Per arm, messages that it does not share with the baseline.
    pub unpaired: &'r [(String, u64)],
    /// What is compared.
    pub terms: &'r Terms,
    /// The rows of `outcomes.csv`.
    pub outcomes: &'r [OutcomeRow],
    /// The terminal; none where a file or a program reads.
    pub screen: Option<Screen>,
    /// The course of leakage, if it was kept.
    pub courses: &'r Courses,
}

/// The comparison as text.
pub fn shown(view: &View<'_>, format: Format) -> String {
    let View {
        results,
        summary,
        comparisons,
        terms,
        ..
    } = *view;
    let order: Vec<&str> = results.arms.iter().map(|arm| arm.name.as_str()).collect();
    let table = comparison::arms((summary, view.no_events), comparisons, terms, &order);
    let width = view.screen.map(|screen| screen.width);
    let draw = |screen| pictures(&order, view.outcomes, view.courses, screen);
    let pictures = view.screen.map(draw);
    let interval = run::confidence(terms.confidence.value());
    let differences = comparison::differences(comparisons, summary, &interval);
    let sentence = comparison::sentence(results, summary, comparisons, terms);
    let apart = comparison::unpaired_sentence(view.unpaired, terms.draws);
    let never = comparison::never_lines(view.no_events, terms);
    let numbers = comparison::draws_sentence(terms.draws);
    let head = if view.title.is_empty() {
        view.name.to_owned()
    } else {
        format!("{}: {}", view.name, view.title)
    };
    match format {
        Format::Table => format!(
            "{head}\n\n{}{never}\n{}{}\n{sentence}\n{apart}\n{numbers}\n",
            table.fitted(width),
            differences.fitted(width),
            pictures.map_or_else(String::new, |pictures| format!("\n{pictures}"))
        ),
        Format::Md => format!(
            "# {head}\n\n{}\n{never}{}\n{sentence}\n{apart}\n",
            table.markdown(),
            differences.markdown()
        ),
        Format::Csv => report::comparisons_csv(comparisons),
        Format::Json => {
            let object = serde_json::json!({
                "name": view.name, "title": view.title, "verdict": sentence,
                "summary": summary, "comparisons": comparisons, "no_events": view.no_events,
                "unpaired": view.unpaired.iter().cloned().collect::<BTreeMap<_, _>>(),
            });
            serde_json::to_string_pretty(&object).expect("rows are what JSON can say") + "\n"
        }
    }
}
