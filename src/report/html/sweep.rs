//! The tables of a sweep as charts: main effects, a heat map of two factors, the verdict.

use std::collections::BTreeMap;

use super::bundle::Bundle;
use super::canvas::colour;
use super::chart::{Chart, Data, Drawing};
use super::dots::{self, Dot, Panel};
use super::pareto::{Named, Spot, Value};
use crate::report::human;
use crate::report::read::Records;

/// Columns of `sweep.csv` behind those of the point and its factors.
const BEHIND: usize = 11;

/// A row of `sweep.csv`.
#[derive(Debug, Clone)]
pub struct Cell<'b> {
    /// The point, from 1.
    pub point: &'b str,
    /// The value of each factor.
    pub levels: &'b [String],
    /// The arm.
    pub arm: &'b str,
    /// The metric.
    pub metric: &'b str,
    /// The estimate.
    pub value: Value,
}

/// The rows of `sweep.csv` of the metrics whose effects are told.
#[derive(Debug)]
pub struct Cells<'b> {
    /// The names of the factors.
    pub factors: &'b [String],
    /// The rows.
    pub rows: Vec<Cell<'b>>,
    effects: &'b Records,
}

impl<'b> Cells<'b> {
    /// Those of a folder; none where it holds no sweep.
    pub fn of(bundle: &'b Bundle) -> Option<Self> {
        let (sweep, effects) = bundle.sweep.as_ref()?;
        let behind = sweep.header.len().checked_sub(BEHIND)?;
        let cell = |row: &'b Vec<String>| {
            let [arm, metric, _, _, mean, lo, hi, ..] = &row[behind..] else {
                return None;
            };
            let value = Value {
                mean: mean.parse().ok(),
                interval: lo.parse().ok().zip(hi.parse().ok()),
            };
            Some(Cell {
                point: &row[0],
                levels: &row[1..behind],
                arm,
                metric,
                value,
            })
        };
        let told = distinct(effects.rows.iter().map(|row| row[0].as_str()));
        let rows = sweep.rows.iter().filter_map(cell);
        Some(Self {
            factors: &sweep.header[1..behind],
            rows: rows.filter(|row| told.contains(&row.metric)).collect(),
            effects,
        })
    }

    /// The metrics whose effects are told, in their order.
    pub fn metrics(&self) -> Vec<&'b str> {
        let names = self.effects.rows.iter().map(|row| row[0].as_str());
        distinct(names)
    }

    /// The first two of them.
    pub fn two_metrics(&self) -> Option<[&'b str; 2]> {
        match self.metrics().as_slice() {
            [first, second, ..] => Some([first, second]),
            _ => None,
        }
    }

    /// The arms.
    pub fn arms(&self) -> Vec<&'b str> {
        distinct(self.rows.iter().map(|row| row.arm))
    }

    /// Every point of every arm as a dot of two metrics.
    pub fn spots(&self, metrics: [&'b str; 2]) -> Vec<Spot> {
        let arms = self.arms();
        let of = |metric: &'b str| self.rows.iter().filter(move |row| row.metric == metric);
        let second: BTreeMap<(&str, &str), Value> = of(metrics[1])
            .map(|row| ((row.point, row.arm), row.value))
            .collect();
        let first = of(metrics[0]);
        let spot = |row: &Cell<'b>| {
            let second = second.get(&(row.point, row.arm)).copied();
            let place = arms.iter().position(|arm| *arm == row.arm);
            Spot {
                name: self.name(row),
                named: Named::WhenPointedAt,
                colour: colour(place.unwrap_or(0)),
                values: [row.value, second.unwrap_or_default()],
            }
        };
        first.map(spot).collect()
    }

    /// A point in words.
    fn name(&self, row: &Cell<'_>) -> String {
        let pairs = self.factors.iter().zip(row.levels);
        let mut words: Vec<String> = pairs
            .map(|(name, level)| format!("{name} {level}"))
            .collect();
        if self.arms().len() > 1 {
            words.insert(0, row.arm.to_owned());
        }
        words.join(", ")
    }
}

/// Each name once, in the order of its first place.
pub fn distinct<'t>(names: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        if found.last() != Some(&name) && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The main effects; none where there is no sweep.
pub fn effects(bundle: &Bundle) -> Option<Chart> {
    let (_, effects) = bundle.sweep.as_ref()?;
    let several = distinct(effects.rows.iter().map(|row| row[1].as_str())).len() > 1;
    let panels = effects.rows.chunk_by(|a, b| a[..2] == b[..2]);
    let panels: Vec<Panel> = panels.map(|rows| panel(rows, several)).collect();
    let drawing = if panels.is_empty() {
        Drawing::Missing("the sweep has no effects".to_owned())
    } else {
        Drawing::Svg(dots::draw("Main effects of the factors", &panels))
    };
    let mut data = Data::new(&[
        "metric", "arm", "factor", "level", "key", "unit", "points", "mean", "effect", "ci_lo",
        "ci_hi",
    ]);
    data.rows.clone_from(&effects.rows);
    Some(Chart {
        id: "effects",
        title: "Main effects",
        about:
            "The mean over the points with one level of a factor, less the mean over all points."
                .to_owned(),
        drawing,
        data,
    })
}

fn panel(rows: &[Vec<String>], several: bool) -> Panel {
    let (metric, arm) = (&rows[0][0], &rows[0][1]);
    let factors = distinct(rows.iter().map(|row| row[2].as_str()));
    let unit = super::forest::unit(metric);
    let dot = |row: &Vec<String>| {
        let place = factors.iter().position(|factor| *factor == row[2]);
        let mean: Option<f64> = row[7].parse().ok();
        Dot {
            label: format!("{} {}", row[2], row[3]),
            value: row[8].parse().ok(),
            interval: row[9].parse().ok().zip(row[10].parse().ok()),
            colour: colour(place.unwrap_or(0)),
            note: mean.map_or_else(String::new, |mean| human::value(mean, unit)),
        }
    };
    Panel {
        title: if several {
            format!("{metric}, {arm}")
        } else {
            metric.clone()
        },
        axis: "distance from the mean of all",
        unit,
        margin: None,
        rows: rows.iter().map(dot).collect(),
    }
}

/// Which factor moves each metric most, in sentences; the means are those of `effects.csv`.
pub fn verdict(bundle: &Bundle) -> Vec<String> {
    let Some((_, effects)) = bundle.sweep.as_ref() else {
        return Vec::new();
    };
    let several = distinct(effects.rows.iter().map(|row| row[1].as_str())).len() > 1;
    let own = effects.rows.chunk_by(|a, b| a[..2] == b[..2]);
    own.filter_map(|rows| strongest(rows, several)).collect()
}

fn strongest(rows: &[Vec<String>], several: bool) -> Option<String> {
    let ends = |levels: &[Vec<String>]| {
        let mean = |row: &Vec<String>| Some((row[7].parse::<f64>().ok()?, row[3].clone()));
        let means: Vec<(f64, String)> = levels.iter().filter_map(mean).collect();
        let low = means.iter().min_by(|a, b| a.0.total_cmp(&b.0))?.clone();
        let high = means.iter().max_by(|a, b| a.0.total_cmp(&b.0))?.clone();
        Some((levels[0][2].clone(), low, high))
    };
    let ranges = rows.chunk_by(|a, b| a[2] == b[2]).filter_map(ends);
    let (factor, low, high) = ranges.max_by(|a, b| (a.2.0 - a.1.0).total_cmp(&(b.2.0 - b.1.0)))?;
    let (metric, arm) = (&rows[0][0], &rows[0][1]);
    let of = if several {
        format!(" of {arm}")
    } else {
        String::new()
    };
    if high.0 <= low.0 {
        return Some(format!("No factor moves {metric}{of}."));
    }
    let shown = |value| human::value(value, super::forest::unit(metric));
    Some(format!(
        "{metric}{of} hangs most on {factor}: {} at {} to {} at {}.",
        shown(low.0),
        low.1,
        shown(high.0),
        high.1
    ))
}
