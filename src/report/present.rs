//! What a run or a folder of results shows on standard output, in the format asked for.

use super::overview::{self, Extent};
use super::{Screen, csv, picture, sheets};
use crate::experiment::digest::Courses;
use crate::experiment::rows::{OutcomeRow, SummaryRow};
use crate::experiment::zero::NoEvents;

/// How results are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Aligned columns.
    #[default]
    Table,
    /// One JSON object.
    Json,
    /// The rows of `summary.csv`.
    Csv,
    /// Markdown tables.
    Md,
}

/// The results to show.
#[derive(Debug, Clone)]
pub struct Overview<'r> {
    /// Name of the scenario.
    pub name: &'r str,
    /// Its question.
    pub title: &'r str,
    /// How much was simulated, as half a sentence.
    pub extent: &'r str,
    /// The level of the intervals, such as `95%`.
    pub confidence: &'r str,
    /// The rows of `summary.csv`.
    pub summary: &'r [SummaryRow],
    /// Shares of events that no replication had.
    pub no_events: &'r [NoEvents],
    /// The rows of `outcomes.csv`.
    pub outcomes: &'r [OutcomeRow],
    /// What a reader must know before trusting a number.
    pub warnings: &'r [String],
    /// The terminal; none where a file or a program reads.
    pub screen: Option<Screen>,
    /// The course of leakage, if it was kept.
    pub courses: &'r Courses,
}

/// The results as text; ends with a newline.
///
/// # Panics
/// Never: rows are what JSON can say, and CSV of them is text.
pub fn present(overview: &Overview<'_>, format: Format, extent: Extent) -> String {
    let metrics = || {
        overview::metrics(
            (overview.summary, overview.no_events),
            overview.confidence,
            extent,
        )
    };
    let outcomes = || overview::outcomes(overview.outcomes);
    match format {
        Format::Table => {
            let width = overview.screen.map(|screen| screen.width);
            let (metrics, outcomes) = (metrics().fitted(width), outcomes().fitted(width));
            format!(
                "{}\n{}\n\n{metrics}\n{outcomes}{}",
                head(overview),
                overview.extent,
                drawn(overview)
            )
        }
        Format::Md => {
            let (metrics, outcomes) = (metrics().markdown(), outcomes().markdown());
            let head = head(overview);
            format!("# {head}\n\n{}\n\n{metrics}\n{outcomes}", overview.extent)
        }
        Format::Csv => {
            let bytes = csv::csv(&sheets::SUMMARY, overview.summary);
            String::from_utf8(bytes).expect("names and numbers are text")
        }
        Format::Json => {
            let object = serde_json::json!({
                "name": overview.name,
                "title": overview.title,
                "summary": overview.summary,
                "no_events": overview.no_events,
                "outcomes": overview.outcomes,
                "warnings": overview.warnings,
            });
            serde_json::to_string_pretty(&object).expect("rows are what JSON can say") + "\n"
        }
    }
}

/// The pictures of a run, on a terminal.
fn drawn(overview: &Overview<'_>) -> String {
    let draw = |screen| picture::pictures(&["base"], overview.outcomes, overview.courses, screen);
    match overview.screen.map(draw).as_deref() {
        None | Some("") => String::new(),
        Some(pictures) => format!("\n{pictures}"),
    }
}

fn head(overview: &Overview<'_>) -> String {
    match overview.title {
        "" => overview.name.to_owned(),
        title => format!("{}: {title}", overview.name),
    }
}
