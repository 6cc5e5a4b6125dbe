//! The report as Markdown: the same words and numbers, drawings as links where they were written.

use std::fmt::Write as _;

use super::bundle::Bundle;
use super::chart::{Chart, Data, Drawing};
use super::{page, tables, verdict};
use crate::report::{Align, Grid};
use crate::scenario::Guesses;

/// Rows of a chart's data that are shown.
const MOST_ROWS: usize = 20;

/// The report as text; `drawings` is the folder in which the charts lie, if they were written.
pub fn markdown(bundle: &Bundle, charts: &[Chart], drawings: Option<&str>) -> String {
    let mut text = format!("# {}\n\n", verdict::question(bundle));
    for sentence in verdict::answer(bundle) {
        put(&mut text, format_args!("{sentence}\n\n"));
    }
    put(&mut text, format_args!("{}\n", verdict::extent(bundle)));
    for warning in bundle.texts("warnings") {
        put(&mut text, format_args!("\n> {warning}\n"));
    }
    if let Some(table) = tables::arms(bundle) {
        put(
            &mut text,
            format_args!("\n## {}\n\n{}", table.title, table.grid().markdown()),
        );
    }
    for chart in charts {
        of_chart(&mut text, chart, drawings);
    }
    for table in [
        tables::summary(bundle),
        tables::outcomes(bundle),
        tables::inputs(bundle),
    ] {
        if !table.rows.is_empty() {
            put(
                &mut text,
                format_args!("\n## {}\n\n{}", table.title, table.grid().markdown()),
            );
        }
    }
    put(
        &mut text,
        format_args!(
            "\n## How this was made\n\nTo run it again and compare every byte: `{}`\n\n",
            page::COMMAND
        ),
    );
    for method in page::methods(bundle) {
        put(&mut text, format_args!("- {method}\n"));
    }
    let guesses = Guesses::known();
    for arm in &bundle.arms {
        put(
            &mut text,
            format_args!(
                "\n### Scenario of {}\n\n```toml\n{}```\n",
                arm.name,
                guesses.marked(&arm.text)
            ),
        );
    }
    text
}

/// Adds to a text.
fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a string takes any text");
}

fn of_chart(text: &mut String, chart: &Chart, drawings: Option<&str>) {
    put(
        text,
        format_args!("\n## {}\n\n{}\n", chart.title, chart.about),
    );
    match (&chart.drawing, drawings) {
        (Drawing::Missing(why), _) => put(text, format_args!("\nNothing to draw: {why}.\n")),
        (Drawing::Svg(_), Some(folder)) => {
            let (title, id) = (chart.title, chart.id);
            put(text, format_args!("\n![{title}]({folder}/{id}.svg)\n"));
        }
        (Drawing::Svg(_), None) => {}
    }
    if !chart.data.rows.is_empty() {
        put(text, format_args!("\n{}", grid(&chart.data).markdown()));
        let rest = chart.data.rows.len().saturating_sub(MOST_ROWS);
        if rest > 0 {
            put(text, format_args!("\nand {rest} rows more\n"));
        }
    }
}

fn grid(data: &Data) -> Grid {
    let mut grid = Grid::new(data.header.iter().map(|name| (*name, Align::Left)));
    for row in data.rows.iter().take(MOST_ROWS) {
        grid.push(row.clone());
    }
    grid
}
