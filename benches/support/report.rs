//! Figures to a table and to a JSON file; text to stdout and stderr.

use std::io::Write;

use serde_json::{Value, json};

use super::harness::Series;

/// Writes to stdout. A reader that has gone away (`| head`) is no fault.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to stderr, likewise.
pub fn complain(text: &str) {
    let _gone = writeln!(std::io::stderr().lock(), "{text}");
}

/// One block of the table: an engine per line, its time per unit of work and its ratios to each of
/// the `references` (the names of engines, as far as they ran).
pub fn table<O>(title: &str, unit: &str, series: &[Series<O>], references: &[&str]) -> String {
    let references: Vec<&Series<O>> = references
        .iter()
        .filter_map(|name| find(series, name))
        .collect();
    let row = |name: &str, cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>14}")).collect();
        format!("  {name:<14}{}\n", cells.concat())
    };
    let mut heads = vec![format!("ns/{unit}"), "least".to_owned()];
    heads.extend(references.iter().map(|one| format!("x {}", one.name)));
    let mut text = format!("\n{title}\n{}", row("engine", &heads));
    for line in series {
        let mut cells = vec![
            format!("{:.1}", line.median_ns()),
            format!("{:.1}", line.least_ns()),
        ];
        cells.extend(
            references
                .iter()
                .map(|one| format!("{:.3}", line.ratio_to(one))),
        );
        text += &row(line.name, &cells);
    }
    text
}

/// The same figures as JSON objects, one per engine; `more` adds what only this workload has.
pub fn to_json<O>(
    workload: &str,
    series: &[Series<O>],
    more: impl Fn(&Series<O>) -> Value,
) -> Vec<Value> {
    let line = |one: &Series<O>| {
        json!({
            "workload": workload,
            "engine": one.name,
            "ns_per_unit_median": one.median_ns(),
            "ns_per_unit": one.ns_per_unit,
            "results": more(one),
        })
    };
    series.iter().map(line).collect()
}

/// Writes the lines to a file as one JSON array.
///
/// # Errors
/// The file could not be written.
pub fn write_json(path: &str, lines: &[Value]) -> Result<(), String> {
    let text = serde_json::to_string_pretty(lines).map_err(|fault| fault.to_string())?;
    std::fs::write(path, text + "\n").map_err(|fault| format!("`{path}`: {fault}"))
}

/// The series of an engine, if it ran.
fn find<'a, O>(series: &'a [Series<O>], name: &str) -> Option<&'a Series<O>> {
    series.iter().find(|one| one.name == name)
}
