//! The files of a comparison: those of a run with all its arms, and `comparisons.csv`.

use super::run_files::{File, Tables, copies};
use super::{Cell, InputNames, Resolved, Sheet, resolved_with, sheets};
use crate::experiment::compare::{Comparison, Terms};
use crate::experiment::{Arm, CompareEntry, Manifest, Results};

/// The scenarios of all arms as they were run, in the order of the arms.
pub fn resolved_arms(arms: &[Arm]) -> Vec<Resolved> {
    let mut names = InputNames::default();
    let arms = arms.iter();
    arms.map(|arm| resolved_with(arm, &mut names)).collect()
}

/// The text that stands for the whole comparison: every arm's scenario under its name.
pub fn study_text(arms: &[Arm], resolved: &[Resolved]) -> String {
    let parts = arms.iter().zip(resolved);
    let texts = parts.map(|(arm, resolved)| ["# arm ", arm.name(), "\n", &resolved.text].concat());
    texts.collect::<Vec<_>>().concat()
}

/// The files of a comparison, without `provenance.json`, sorted by name.
pub fn study_files(
    name: &str,
    title: &str,
    arms: &[Arm],
    results: &Results,
    (terms, comparisons): (&Terms, &[Comparison]),
    warnings: &[String],
) -> Vec<File<'static>> {
    let resolved = resolved_arms(arms);
    let mut inputs: Vec<_> = resolved.iter().flat_map(|arm| arm.inputs.clone()).collect();
    inputs.sort_by(|a, b| a.entry.name.cmp(&b.entry.name));
    inputs.dedup_by(|a, b| a.entry == b.entry);
    let entries = inputs.iter().map(|input| input.entry.clone()).collect();
    let text = study_text(arms, &resolved);
    let mut manifest = Manifest::new(arms, results, &text, entries, warnings.to_vec());
    (manifest.name, manifest.title) = (name.to_owned(), title.to_owned());
    manifest.compare = Some(CompareEntry::new(results, terms));
    let mut tables = Tables::of(&arms[0], results);
    tables.add(&COMPARISONS, comparisons);
    let mut files = tables.finish(name, title);
    files.push(File::json("manifest.json", &manifest));
    for (arm, resolved) in arms.iter().zip(&resolved) {
        let path = format!("arms/{}.toml", arm.name());
        files.push(File::new(path, resolved.text.clone().into_bytes()));
    }
    files.extend(copies(&inputs).into_iter().map(|file| File {
        name: format!("arms/{}", file.name),
        ..file
    }));
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// The rows of `comparisons.csv` as text.
///
/// # Panics
/// Never: names and numbers are text.
pub fn comparisons_csv(comparisons: &[Comparison]) -> String {
    String::from_utf8(super::csv(&COMPARISONS, comparisons)).expect("names and numbers are text")
}

/// `comparisons.csv`.
pub(super) const COMPARISONS: Sheet<Comparison> = Sheet {
    name: "comparisons",
    about: "one arm against the baseline in one metric",
    key: &["metric", "arm"],
    columns: &[
        sheets::text("metric", "name of the metric", |row| {
            Cell::Text(&row.metric)
        }),
        sheets::text("arm", "name of the arm", |row| Cell::Text(&row.arm)),
        sheets::text("baseline", "the arm it is held against", |row| {
            Cell::Text(&row.baseline)
        }),
        sheets::decimal(
            "difference",
            "mean over the replications of arm minus baseline",
            |row| row.difference.into(),
        ),
        sheets::decimal("ci_lo", "lower end of the simultaneous interval", |row| {
            row.ci_lo.into()
        }),
        sheets::decimal("ci_hi", "upper end of the simultaneous interval", |row| {
            row.ci_hi.into()
        }),
        sheets::decimal(
            "p_adjusted",
            "p-value of no difference, after Holm",
            |row| row.p_adjusted.into(),
        ),
        sheets::decimal("correlation", "of the paired replications", |row| {
            row.correlation.into()
        }),
        sheets::decimal(
            "variance_ratio",
            "how many times fewer replications pairing needs; below 1 it hurts",
            |row| row.variance_ratio.into(),
        ),
        sheets::text(
            "verdict",
            "identical, better, worse, different, equivalent or undecided",
            |row| Cell::Text(row.verdict.name()),
        ),
    ],
};
