//! A heat map: a metric over the values of two factors, for each arm. Further factors stand at
//! their first value.

use super::bundle::Bundle;
use super::canvas::{self, Canvas, PLAIN, RGBColor, SMALL, Side};
use super::chart::{Chart, Data, Drawing, cell};
use super::forest::unit;
use super::sweep::{Cell, Cells, distinct};
use crate::report::human;
use crate::units::cast;

/// More levels than these make no map that can be read.
const MOST_LEVELS: usize = 24;
const WIDTH: f64 = 880.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 860.0;
const ROW: f64 = 30.0;
const HEAD: f64 = 46.0;
const FOOT: f64 = 54.0;

/// A map: the levels across and upwards, and the mean at each pair.
struct Map<'b> {
    title: String,
    unit: &'static str,
    across: Vec<&'b str>,
    up: Vec<&'b str>,
    /// By level upwards, then across.
    means: Vec<Vec<Option<f64>>>,
}

/// The chart; none where no two factors were swept.
pub fn chart(bundle: &Bundle) -> Option<Chart> {
    let cells = Cells::of(bundle)?;
    let [across, up, rest @ ..] = cells.factors else {
        return None;
    };
    let maps = maps(&cells);
    let first = cells.rows.first();
    let others = rest.iter().enumerate().map(|(place, factor)| {
        let level = first.map_or("", |row| &row.levels[place + 2]);
        format!(" {factor} stands at {level}.")
    });
    let others: Vec<String> = others.collect();
    let about = format!(
        "{across} across, {up} upwards, as sweep.csv writes their values.{}",
        others.concat()
    );
    let drawing = if maps.is_empty() {
        Drawing::Missing(
            "the design is no grid of these two factors, or has too many levels".to_owned(),
        )
    } else {
        Drawing::Svg(draw(&maps, [across, up]))
    };
    Some(Chart {
        id: "heat-map",
        title: "Two factors together",
        about,
        drawing,
        data: data(&cells),
    })
}

/// The rows of a metric and an arm at which all further factors have the first row's values.
fn slice<'c, 'b>(cells: &'c Cells<'b>, metric: &str, arm: &str) -> Vec<&'c Cell<'b>> {
    let own = cells.rows.iter();
    let own = own.filter(|row| row.metric == metric && row.arm == arm);
    let own: Vec<&Cell<'b>> = own.collect();
    let Some(first) = own.first().copied() else {
        return own;
    };
    let stays = |row: &&Cell<'b>| row.levels[2..] == first.levels[2..];
    own.into_iter().filter(stays).collect()
}

fn maps<'b>(cells: &Cells<'b>) -> Vec<Map<'b>> {
    let mut maps = Vec::new();
    let several = cells.arms().len() > 1;
    for metric in cells.metrics() {
        for arm in cells.arms() {
            let rows = slice(cells, metric, arm);
            let level =
                |factor: usize| distinct(rows.iter().map(|row| row.levels[factor].as_str()));
            let (across, up) = (level(0), level(1));
            let is_grid = rows.len() == across.len() * up.len();
            if !is_grid || across.len() > MOST_LEVELS || up.len() > MOST_LEVELS {
                continue;
            }
            let mean = |x: &&str, y: &&str| {
                let fits = |row: &&&Cell<'_>| row.levels[0] == **x && row.levels[1] == **y;
                rows.iter().find(fits).and_then(|row| row.value.mean)
            };
            let means = up
                .iter()
                .map(|y| across.iter().map(|x| mean(x, y)).collect());
            maps.push(Map {
                title: if several {
                    format!("{metric}, {arm}")
                } else {
                    metric.to_owned()
                },
                unit: unit(metric),
                means: means.collect(),
                across,
                up,
            });
        }
    }
    maps
}

fn number(length: usize) -> f64 {
    cast::count_to_f64(cast::count_to_u64(length))
}

fn draw(maps: &[Map<'_>], factors: [&str; 2]) -> String {
    let height = |map: &Map<'_>| HEAD + ROW * number(map.up.len()) + FOOT;
    let all: f64 = maps.iter().map(height).sum();
    let label = format!("Metrics over {} and {}", factors[0], factors[1]);
    canvas::draw((WIDTH, all), &label, |paper| {
        let mut top = 0.0;
        for map in maps {
            draw_map(paper, map, factors, top);
            top += height(map);
        }
    })
}

fn draw_map(paper: &mut Canvas<'_>, map: &Map<'_>, factors: [&str; 2], top: f64) {
    let title = match map.unit {
        "ratio" => format!("{} (percent)", map.title),
        "s" => format!("{} (seconds and parts)", map.title),
        "1/s" => format!("{} (per second)", map.title),
        _ => map.title.clone(),
    };
    paper.text((8.0, top + 16.0), &title, PLAIN);
    paper.text((8.0, top + 36.0), factors[1], SMALL.at(Side::Left));
    let width = (RIGHT - LEFT) / number(map.across.len());
    let bottom = top + HEAD + ROW * number(map.up.len());
    for (place, level) in map.across.iter().enumerate() {
        let x = LEFT + width * (number(place) + 0.5);
        paper.text((x, bottom + 14.0), &canvas::cut(level, 14), SMALL);
    }
    paper.text(
        (f64::midpoint(LEFT, RIGHT), bottom + 34.0),
        factors[0],
        SMALL,
    );
    let range = range(map);
    for (row, (level, means)) in map.up.iter().zip(&map.means).enumerate() {
        let y = bottom - ROW * (number(row) + 1.0);
        let letters = SMALL.at(Side::Right);
        paper.text(
            (LEFT - 8.0, y + ROW / 2.0),
            &canvas::cut(level, 18),
            letters,
        );
        for (column, mean) in means.iter().enumerate() {
            let x = LEFT + width * number(column);
            let (from, to) = ((x, y), (x + width - 2.0, y + ROW - 2.0));
            let Some(mean) = mean else { continue };
            let (ground, letters) = shade(*mean, range);
            paper.rectangle(from, to, ground);
            let shown = human::value(*mean, map.unit);
            if width > 58.0 {
                let middle = (x + width / 2.0 - 1.0, y + ROW / 2.0 - 1.0);
                paper.text(middle, &shown, SMALL.in_colour(letters));
            }
            let pair = format!(
                "{} {}, {} {level}",
                factors[0], map.across[column], factors[1]
            );
            paper.tell_in(from, to, &format!("{pair}: {shown}"));
        }
    }
}

fn range(map: &Map<'_>) -> (f64, f64) {
    let means = map.means.iter().flatten().flatten();
    means.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), mean| {
        (lo.min(*mean), hi.max(*mean))
    })
}

/// Ground and letters: from pale to dark blue as the value grows.
fn shade(value: f64, (lo, hi): (f64, f64)) -> (RGBColor, RGBColor) {
    let share = if hi > lo {
        (value - lo) / (hi - lo)
    } else {
        0.0
    };
    let between = |from: u8, to: u8| {
        let mixed = f64::from(from) + share * (f64::from(to) - f64::from(from));
        u8::try_from(cast::f64_floor(libm::round(mixed))).unwrap_or(u8::MAX)
    };
    let ground = RGBColor(between(222, 8), between(235, 48), between(247, 107));
    let letters = if share > 0.45 {
        RGBColor(255, 255, 254)
    } else {
        RGBColor(0, 0, 1)
    };
    (ground, letters)
}

fn data(cells: &Cells<'_>) -> Data {
    let mut data = Data::new(&[
        "across", "upwards", "arm", "metric", "mean", "ci_lo", "ci_hi",
    ]);
    for metric in cells.metrics() {
        for arm in cells.arms() {
            data.rows
                .extend(slice(cells, metric, arm).into_iter().map(|row| {
                    vec![
                        row.levels[0].clone(),
                        row.levels[1].clone(),
                        arm.to_owned(),
                        metric.to_owned(),
                        cell(row.value.mean),
                        cell(row.value.interval.map(|interval| interval.0)),
                        cell(row.value.interval.map(|interval| interval.1)),
                    ]
                }));
        }
    }
    data
}
