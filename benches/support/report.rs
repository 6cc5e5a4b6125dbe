//! Figures to a table on stdout and to a JSON file.

use serde_json::{Value, json};

use super::harness::Series;

/// Prints one block of the table: an engine per line, its time per unit of work and its ratios to
/// each of the `references` (the names of engines, as far as they ran).
pub fn print_table<O>(title: &str, unit: &str, series: &[Series<O>], references: &[&str]) {
    println!("\n{title}");
    let references: Vec<&Series<O>> = references
        .iter()
        .filter_map(|name| find(series, name))
        .collect();
    print!(
        "  {:<14}{:>14}{:>14}",
        "engine",
        format!("ns/{unit}"),
        "least"
    );
    for one in &references {
        print!("{:>14}", format!("x {}", one.name));
    }
    println!();
    for line in series {
        print!(
            "  {:<14}{:>14.1}{:>14.1}",
            line.name,
            line.median_ns(),
            line.least_ns()
        );
        for one in &references {
            print!("{:>14.3}", line.ratio_to(one));
        }
        println!();
    }
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
pub fn find<'a, O>(series: &'a [Series<O>], name: &str) -> Option<&'a Series<O>> {
    series.iter().find(|one| one.name == name)
}
