//! Two metrics against each other: what one of them costs in the other. Each arm, or each point of
//! a sweep, is a dot with whiskers; those that no other beats are named in a sentence.

use super::axis::{Axis, Unit};
use super::bundle::Bundle;
use super::canvas::{self, Canvas, GRID, INK, PLAIN, Place, RGBColor, SMALL, Side, colour};
use super::chart::{Chart, Data, Drawing, cell};
use super::forest::unit;
use super::sweep::Cells;
use crate::experiment::compare::pareto_front;
use crate::report::human;

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Value {
    /// The mean.
    pub mean: Option<f64>,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
}

/// A dot.
#[derive(Debug, Clone)]
pub struct Spot {
    /// What it is.
    pub name: String,
    /// Whether its name stands beside it.
    pub named: Named,
    /// Its colour.
    pub colour: RGBColor,
    /// The value of each of the two metrics.
    pub values: [Value; 2],
}

/// Where the name of a dot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Beside it.
    Beside,
    /// Only told to who points at it.
    WhenPointedAt,
}

const WIDTH: f64 = 880.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 760.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 400.0;

/// The chart; none where there are not two metrics and several things to compare.
pub fn chart(bundle: &Bundle) -> Option<Chart> {
    let (metrics, spots, about) = match (&bundle.compared, Cells::of(bundle)) {
        (Some((terms, _)), _) => {
            let [first, second, ..] = terms.metrics.as_slice() else {
                return None;
            };
            let front = pareto_front(&bundle.results(), &terms.metrics, terms.confidence);
            let about = format!(
                "Each dot is an arm, with the intervals of its two means. No arm beats these in every metric: {}.",
                front.join(", ")
            );
            (
                [first.clone(), second.clone()],
                arms(bundle, [first, second]),
                about,
            )
        }
        (None, Some(cells)) => {
            let [first, second] = cells.two_metrics()?;
            let spots = cells.spots([first, second]);
            let about = "Each dot is a point of the sweep, with the intervals of its two means; a pointer over it tells which.".to_owned();
            ([first.to_owned(), second.to_owned()], spots, about)
        }
        (None, None) => return None,
    };
    let shown: Vec<&Spot> = spots
        .iter()
        .filter(|s| s.values.iter().all(|v| v.mean.is_some()))
        .collect();
    let drawing = if shown.is_empty() {
        Drawing::Missing("no arm has a value of both metrics".to_owned())
    } else {
        Drawing::Svg(draw(&shown, &metrics))
    };
    Some(Chart {
        id: "pareto",
        title: "What one metric costs in another",
        about,
        drawing,
        data: data(&spots, &metrics),
    })
}

fn arms(bundle: &Bundle, metrics: [&str; 2]) -> Vec<Spot> {
    let value = |arm: &str, metric: &str| {
        let row = bundle.metric(arm, metric);
        row.map_or_else(Value::default, |row| Value {
            mean: row.mean,
            interval: row.ci_lo.zip(row.ci_hi),
        })
    };
    let spot = |(place, arm): (usize, &super::bundle::ArmText)| Spot {
        name: arm.name.clone(),
        named: Named::Beside,
        colour: colour(place),
        values: metrics.map(|metric| value(&arm.name, metric)),
    };
    bundle.arms.iter().enumerate().map(spot).collect()
}

/// The axis of one of the two metrics, with its unit.
fn axis(spots: &[&Spot], which: usize, metric: &str, (from, to): (f64, f64)) -> (Axis, Unit) {
    let values = spots.iter().map(|spot| spot.values[which]);
    let ends = values.flat_map(|value| {
        let ends = value.interval.map(|(lo, hi)| [lo, hi]);
        ends.into_iter().flatten().chain(value.mean)
    });
    let (lo, hi) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| {
        (lo.min(value), hi.max(value))
    });
    let unit = Unit::of(unit(metric), lo.abs().max(hi.abs()));
    (
        Axis::linear((lo / unit.size, hi / unit.size), from, to),
        unit,
    )
}

fn draw(spots: &[&Spot], metrics: &[String; 2]) -> String {
    let (across, across_unit) = axis(spots, 0, &metrics[0], (LEFT, RIGHT));
    let (up, up_unit) = axis(spots, 1, &metrics[1], (BOTTOM, TOP));
    let label = format!("{} against {}", metrics[0], metrics[1]);
    canvas::draw((WIDTH, HEIGHT), &label, |paper| {
        for tick in across.ticks() {
            let x = across.at(tick);
            paper.line(&[(x, TOP), (x, BOTTOM)], GRID, 1);
            paper.text((x, BOTTOM + 16.0), &across.label(tick), SMALL);
        }
        for tick in up.ticks() {
            let y = up.at(tick);
            paper.line(&[(LEFT, y), (RIGHT, y)], GRID, 1);
            paper.text((LEFT - 8.0, y), &up.label(tick), SMALL.at(Side::Right));
        }
        paper.line(&[(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], INK, 1);
        let middle = f64::midpoint(LEFT, RIGHT);
        paper.text(
            (middle, BOTTOM + 38.0),
            &across_unit.title(&metrics[0]),
            SMALL,
        );
        paper.text(
            (8.0, 18.0),
            &up_unit.title(&metrics[1]),
            SMALL.at(Side::Left),
        );
        let axes = [(&across, across_unit), (&up, up_unit)];
        let mut names = Vec::new();
        for spot in spots {
            draw_spot(paper, spot, axes, metrics, &mut names);
        }
    })
}

fn draw_spot(
    paper: &mut Canvas<'_>,
    spot: &Spot,
    [(across, across_unit), (up, up_unit)]: [(&Axis, Unit); 2],
    metrics: &[String; 2],
    names: &mut Vec<Place>,
) {
    let [Some(right), Some(high)] = spot.values.map(|value| value.mean) else {
        return;
    };
    let at_x = |value: f64| across.at(value / across_unit.size);
    let at_y = |value: f64| up.at(value / up_unit.size);
    let (x, y) = (at_x(right), at_y(high));
    if let Some((lo, hi)) = spot.values[0].interval {
        paper.line(&[(at_x(lo), y), (at_x(hi), y)], spot.colour, 1);
    }
    if let Some((lo, hi)) = spot.values[1].interval {
        paper.line(&[(x, at_y(lo)), (x, at_y(hi))], spot.colour, 1);
    }
    paper.dot((x, y), 5.0, spot.colour);
    if spot.named == Named::Beside {
        let place = free((x + 9.0, y - 9.0), names);
        paper.text(place, &canvas::cut(&spot.name, 22), PLAIN);
        names.push(place);
    }
    let told = format!(
        "{}: {} {}, {} {}",
        spot.name,
        metrics[0],
        human::value(right, unit(&metrics[0])),
        metrics[1],
        human::value(high, unit(&metrics[1]))
    );
    paper.tell((x, y), &told);
}

/// The place itself, or the first above it that covers none of the names that stand already.
fn free((x, y): Place, names: &[Place]) -> Place {
    let is_covered = |y: f64| {
        let covers = |(other, line): &Place| (other - x).abs() < 170.0 && (line - y).abs() < 14.0;
        names.iter().any(covers)
    };
    let lines = (0..20_u8).map(|line| y - 15.0 * f64::from(line));
    let free = lines.into_iter().find(|y| !is_covered(*y));
    (x, free.unwrap_or(y))
}

fn data(spots: &[Spot], metrics: &[String; 2]) -> Data {
    let mut data = Data::new(&["what", "metric", "mean", "ci_lo", "ci_hi"]);
    for spot in spots {
        for (metric, value) in metrics.iter().zip(spot.values) {
            data.rows.push(vec![
                spot.name.clone(),
                metric.clone(),
                cell(value.mean),
                cell(value.interval.map(|interval| interval.0)),
                cell(value.interval.map(|interval| interval.1)),
            ]);
        }
    }
    data
}
