//! Dots with whiskers, one row each, in panels one below the other.

use super::axis::{Axis, Unit};
use super::canvas::{self, Canvas, GRID, INK, MUTED, PLAIN, RGBColor, SMALL, Side};
use crate::report::human;

/// One row.
#[derive(Debug, Clone)]
pub struct Dot {
    /// What stands before it.
    pub label: String,
    /// Where the dot is.
    pub value: Option<f64>,
    /// Where the whiskers end.
    pub interval: Option<(f64, f64)>,
    /// The colour.
    pub colour: RGBColor,
    /// A word behind it.
    pub note: String,
}

/// A panel: rows over one axis.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// What the axis shows.
    pub axis: &'static str,
    /// Unit of the values: `s`, `1`, `1/s` or `ratio`.
    pub unit: &'static str,
    /// Differences up to this size do not matter.
    pub margin: Option<f64>,
    /// The rows.
    pub rows: Vec<Dot>,
}

const WIDTH: f64 = 880.0;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 760.0;
const ROW: f64 = 24.0;
const HEAD: f64 = 34.0;
const FOOT: f64 = 52.0;

/// Draws the panels; 0 is always on the axis.
pub fn draw(label: &str, panels: &[Panel]) -> String {
    let height: f64 = panels.iter().map(height_of).sum();
    canvas::draw((WIDTH, height + 8.0), label, |paper| {
        let mut top = 0.0;
        for panel in panels {
            draw_panel(paper, panel, top);
            top += height_of(panel);
        }
    })
}

fn height_of(panel: &Panel) -> f64 {
    HEAD + ROW * count(panel.rows.len()) + FOOT
}

fn count(length: usize) -> f64 {
    crate::units::cast::count_to_f64(crate::units::cast::count_to_u64(length))
}

/// The smallest and the largest of all values and whiskers, and 0.
fn range(rows: &[Dot]) -> (f64, f64) {
    let ends = rows.iter().filter_map(|row| row.interval);
    let ends = ends.map(|(lo, hi)| [lo, hi]);
    let ends = ends
        .flatten()
        .chain(rows.iter().filter_map(|row| row.value));
    ends.fold((0.0, 0.0), |(lo, hi): (f64, f64), value| {
        (lo.min(value), hi.max(value))
    })
}

fn draw_panel(paper: &mut Canvas<'_>, panel: &Panel, top: f64) {
    let (lo, hi) = range(&panel.rows);
    let unit = Unit::of(panel.unit, lo.abs().max(hi));
    let axis = Axis::linear((lo / unit.size, hi / unit.size), LEFT, RIGHT);
    let (first, last) = (top + HEAD, top + height_of(panel) - FOOT);
    paper.text((8.0, top + 18.0), &panel.title, PLAIN);
    if let Some(margin) = panel.margin.map(|margin| margin / unit.size) {
        let (from, to) = (axis.at(-margin), axis.at(margin));
        paper.veil(
            &[(from, first), (to, first), (to, last), (from, last)],
            MUTED,
        );
    }
    for tick in axis.ticks() {
        let x = axis.at(tick);
        paper.line(&[(x, first), (x, last)], GRID, 1);
        paper.text((x, last + 14.0), &axis.label(tick), SMALL);
    }
    let zero = axis.at(0.0);
    paper.line(&[(zero, first), (zero, last)], INK, 1);
    let middle = f64::midpoint(LEFT, RIGHT);
    paper.text((middle, last + 34.0), &unit.title(panel.axis), SMALL);
    for (place, row) in panel.rows.iter().enumerate() {
        let y = first + ROW * (count(place) + 0.5);
        draw_row(paper, row, y, (&axis, unit, panel.unit));
    }
}

fn draw_row(paper: &mut Canvas<'_>, row: &Dot, y: f64, (axis, unit, name): (&Axis, Unit, &str)) {
    let label = canvas::cut(&row.label, 34);
    paper.text((LEFT - 12.0, y), &label, PLAIN.at(Side::Right));
    let at = |value: f64| axis.at(value / unit.size);
    if let Some((lo, hi)) = row.interval {
        paper.line(&[(at(lo), y), (at(hi), y)], row.colour, 2);
        for end in [at(lo), at(hi)] {
            paper.line(&[(end, y - 4.0), (end, y + 4.0)], row.colour, 2);
        }
    }
    let Some(value) = row.value else {
        paper.text((axis.at(0.0) + 8.0, y), "no value", SMALL.at(Side::Left));
        return;
    };
    paper.dot((at(value), y), 5.0, row.colour);
    paper.text(
        (RIGHT + 10.0, y),
        &canvas::cut(&row.note, 15),
        SMALL.at(Side::Left),
    );
    let interval = row.interval.map_or_else(String::new, |(lo, hi)| {
        format!(" [{}, {}]", human::value(lo, name), human::value(hi, name))
    });
    let told = format!(
        "{}: {}{interval} {}",
        row.label,
        human::value(value, name),
        row.note
    );
    paper.tell_in(
        (LEFT, y - ROW / 2.0),
        (RIGHT, y + ROW / 2.0),
        told.trim_end(),
    );
}
