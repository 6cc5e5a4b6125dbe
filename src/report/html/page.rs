//! The page: one HTML file that needs neither network nor script to be read.
//!
//! Its policy forbids every request. The script sorts tables and shows what lies under the pointer;
//! without it, browsers show the same texts as titles.

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::bundle::Bundle;
use super::chart::{Chart, Data, Drawing};
use super::tables::{self, Shown, Table};
use super::verdict;
use crate::scenario::Guesses;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// No request of any kind; only what stands in the page itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
/// Rows of a chart's data that the page shows; the link has all of them.
const MOST_ROWS: usize = 30;

/// The page as text.
pub fn page(bundle: &Bundle, charts: &[Chart]) -> String {
    let question = verdict::question(bundle);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("pdsim ", env!("CARGO_PKG_VERSION")));
                link rel="icon" href="data:,";
                title { (bundle.text("name")) ": " (question) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(bundle, question))
                (contents(charts))
                main {
                    @if let Some(table) = tables::arms(bundle) { (open_table(&table)) }
                    @for chart in charts { (figure(chart)) }
                    (folded(bundle))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

fn head(bundle: &Bundle, question: &str) -> Markup {
    html! {
        header {
            p.name { (bundle.text("name")) }
            h1 { (question) }
            div.verdict id="verdict" {
                @for sentence in verdict::answer(bundle) { p { (sentence) } }
            }
            p.extent { (verdict::extent(bundle)) }
            @let warnings = bundle.texts("warnings");
            @if bundle.manifest["complete"] == false {
                p.warning { "The run was stopped before its end: everything here is of a part of it." }
            }
            @if !warnings.is_empty() {
                details.warnings open {
                    summary { "Read this before trusting a number" }
                    ul { @for warning in warnings { li { (warning) } } }
                }
            }
        }
    }
}

fn contents(charts: &[Chart]) -> Markup {
    html! {
        nav {
            @for chart in charts { a href=(format!("#{}", chart.id)) { (chart.title) } " " }
            a href="#details" { "Numbers, scenario, methods" }
        }
    }
}

fn figure(chart: &Chart) -> Markup {
    html! {
        figure id=(chart.id) {
            h2 { (chart.title) }
            p.about { (chart.about) }
            @match &chart.drawing {
                Drawing::Svg(svg) => div.plot { (PreEscaped(svg)) },
                Drawing::Missing(why) => p.missing { "Nothing to draw: " (why) "." },
            }
            @if !chart.data.rows.is_empty() {
                figcaption {
                    a.data download=(format!("{}.csv", chart.id)) href=(link(&chart.data)) {
                        "Data as CSV"
                    }
                    details { summary { "Data" } (data(&chart.data)) }
                }
            }
        }
    }
}

/// A link that holds a table itself.
fn link(data: &Data) -> String {
    let mut link = "data:text/csv;charset=utf-8,".to_owned();
    for byte in data.csv().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b',' => {
                link.push(char::from(byte));
            }
            _ => write!(link, "%{byte:02X}").expect("a string takes any text"),
        }
    }
    link
}

fn data(data: &Data) -> Markup {
    let rest = data.rows.len().saturating_sub(MOST_ROWS);
    html! {
        div.scroll {
            table {
                thead { tr { @for name in &data.header { th scope="col" { (name) } } } }
                tbody {
                    @for row in data.rows.iter().take(MOST_ROWS) {
                        tr { @for cell in row { td { (cell) } } }
                    }
                }
            }
        }
        @if rest > 0 { p { "and " (rest) " rows more in the CSV" } }
    }
}

fn open_table(table: &Table) -> Markup {
    html! { section id=(table.id) { h2 { (table.title) } (body(table)) } }
}

fn folded_table(table: &Table) -> Markup {
    html! {
        @if !table.rows.is_empty() {
            details id=(table.id) { summary { (table.title) } (body(table)) }
        }
    }
}

fn body(table: &Table) -> Markup {
    html! {
        div.scroll {
            table.sortable {
                thead { tr { @for name in &table.header { th scope="col" { (name) } } } }
                tbody { @for row in &table.rows { tr { @for cell in row { (shown(cell)) } } } }
            }
        }
    }
}

fn shown(cell: &Shown) -> Markup {
    match &cell.exact {
        None => html! { td { (cell.text) } },
        Some(exact) => html! { td.number data-v=(exact) { (cell.text) } },
    }
}

/// What a reader needs to check and to repeat the results.
fn folded(bundle: &Bundle) -> Markup {
    let guesses = Guesses::known();
    html! {
        section id="details" {
            h2 { "Numbers, scenario, methods" }
            (folded_table(&tables::summary(bundle)))
            (folded_table(&tables::outcomes(bundle)))
            (folded_table(&tables::inputs(bundle)))
            @for arm in &bundle.arms {
                details.scenario {
                    summary { "Scenario as it was run, arm " (arm.name) }
                    pre { (guesses.marked(&arm.text)) }
                }
            }
            details.methods open {
                summary { "How this was made" }
                p { "To run it again and compare every byte: " code { (COMMAND) } }
                ul { @for text in methods(bundle) { li { (text) } } }
            }
        }
    }
}

/// The command that repeats a run, a comparison or a sweep, from inside its folder.
pub const COMMAND: &str = "pdsim replay .";

/// How the numbers came about.
pub fn methods(bundle: &Bundle) -> Vec<String> {
    let mut methods = vec![
        format!(
            "Seed {}; scenarios have the SHA-256 {}.",
            bundle.manifest["seed"],
            bundle.text("scenario_sha256")
        ),
        "A share is a ratio of sums over the replications with a jackknife interval; any other mean is that of the replications with Student's interval. Intervals of shares end at 0 and 1."
            .to_owned(),
        "Messages count that were created after the warm-up. Latencies are those of delivered ham, from creation to the end of the last service."
            .to_owned(),
    ];
    if let Some((terms, _)) = &bundle.compared {
        methods.push(format!(
            "{} Intervals of all differences hold together with {} percent (Bonferroni); p-values are adjusted after Holm.",
            crate::report::comparison::draws_sentence(terms.draws),
            crate::report::number(libm::round(terms.confidence.value() * 1e6) / 1e4)
        ));
        methods.push(crate::report::comparison::unpaired_sentence(
            &bundle.unpaired,
            terms.draws,
        ));
    }
    methods.push(
        "What a scenario says with # guess behind it, or docs/MODEL.md with [guess], is a guess: sweep it before believing what hangs on it."
            .to_owned(),
    );
    methods
}
