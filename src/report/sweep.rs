//! A sweep as files and tables: `sweep.csv` with one column per factor, `effects.csv`, and what a
//! terminal shows.
//!
//! A factor whose values are all numbers, spans, rates or shares has a column of numbers (seconds,
//! per second, fractions); any other has the values as the study writes them.

use serde_json::{Value, json};

use super::grid::{Align, Grid};
use super::{Cell, csv, human};
use crate::experiment::rows::SummaryRow;
use crate::experiment::sweep::{Effect, FactorName, Points, SweepResults, SweepRow};
use crate::metrics::registry;
use crate::scenario::quantity::{self, Quantity};
use crate::scenario::{Node, Sweep};

/// The columns after those of the point and its factors.
const COLUMNS: [(&str, &str, &str); 11] = [
    (
        "arm",
        "string",
        "name of the arm; `base` where the study has none",
    ),
    (
        "metric",
        "string",
        "name of the metric; `pdsim explain NAME` gives its formula",
    ),
    ("unit", "string", "unit of the metric: s, 1, 1/s or ratio"),
    (
        "replications",
        "integer",
        "replications in which the metric has a value",
    ),
    (
        "mean",
        "number",
        "ratio of sums for a ratio, else mean over the replications",
    ),
    ("ci_lo", "number", "lower end of the confidence interval"),
    ("ci_hi", "number", "upper end of the confidence interval"),
    ("half_width", "number", "half of the interval's width"),
    ("sd", "number", "standard deviation over the replications"),
    ("min", "number", "smallest value of a replication"),
    ("max", "number", "largest value of a replication"),
];

/// The columns of `effects.csv`.
const EFFECTS: [(&str, &str, &str); 11] = [
    ("metric", "string", "name of the metric"),
    ("arm", "string", "name of the arm"),
    ("factor", "string", "name of the factor"),
    (
        "level",
        "string",
        "its value, or the ends of a part of its range",
    ),
    (
        "key",
        "string",
        "the key of the scenario that the factor changes",
    ),
    ("unit", "string", "unit of the metric: s, 1, 1/s or ratio"),
    ("points", "integer", "points with that level"),
    (
        "mean",
        "number",
        "mean of the metric over those points and the replications",
    ),
    (
        "effect",
        "number",
        "its distance from the mean over all points",
    ),
    (
        "ci_lo",
        "number",
        "lower end of the confidence interval of the distance",
    ),
    (
        "ci_hi",
        "number",
        "upper end of the confidence interval of the distance",
    ),
];

/// What a factor's column holds: numbers of one quantity, or none for texts.
fn column(factor: usize, points: &Points) -> Option<Quantity> {
    let mut kinds = points
        .iter()
        .map(|point| quantity::read(&point.values[factor]));
    let (first, _) = kinds.next()??;
    kinds.try_fold(first, |kind, next| kind.with(next?.0))
}

/// A value as it stands in a factor's column.
fn cell(node: &Node, kind: Option<Quantity>) -> String {
    match (kind, quantity::read(node)) {
        (Some(_), Some((_, number))) => Cell::Number(number).text(),
        _ => written(node),
    }
}

/// A value as the study writes it.
fn written(node: &Node) -> String {
    node.text().map_or_else(|| node.to_string(), str::to_owned)
}

/// `sweep.csv`.
pub fn sweep_csv(points: &Points, rows: &[SweepRow]) -> Vec<u8> {
    let factors = points.factors();
    let names = factors.iter().map(|factor| factor.name.clone());
    let header = std::iter::once("point".to_owned()).chain(names);
    let header: Vec<String> = header.chain(COLUMNS.map(|c| c.0.to_owned())).collect();
    let kinds: Vec<_> = (0..factors.len()).map(|f| column(f, points)).collect();
    let lines = rows.iter().map(|row| {
        let values = points.get(row.point).values.iter().zip(&kinds);
        let mut cells = vec![(row.point + 1).to_string()];
        cells.extend(values.map(|(node, kind)| cell(node, *kind)));
        cells.extend(measured(&row.summary));
        cells
    });
    csv::records(std::iter::once(header).chain(lines))
}

fn measured(row: &SummaryRow) -> [String; 11] {
    let number = |value: Option<f64>| Cell::from(value).text();
    [
        row.arm.clone(),
        row.metric.clone(),
        row.unit.to_owned(),
        row.replications.to_string(),
        number(row.mean),
        number(row.ci_lo),
        number(row.ci_hi),
        number(row.half_width),
        number(row.sd),
        number(row.min),
        number(row.max),
    ]
}

/// `effects.csv`.
pub fn effects_csv(points: &Points, effects: &[Effect]) -> Vec<u8> {
    let header = EFFECTS.map(|column| column.0.to_owned()).to_vec();
    let number = |value: Option<f64>| Cell::from(value).text();
    let lines = effects.iter().map(|effect| {
        let factor = &points.factors()[effect.factor];
        vec![
            effect.metric.clone(),
            effect.arm.clone(),
            factor.name.clone(),
            points.levels(effect.factor)[effect.level].label.clone(),
            factor.key.clone(),
            unit(&effect.metric).to_owned(),
            effect.points.to_string(),
            number(effect.mean),
            number(effect.effect),
            number(effect.ci_lo),
            number(effect.ci_hi),
        ]
    });
    csv::records(std::iter::once(header).chain(lines))
}

fn unit(metric: &str) -> &'static str {
    registry::find(metric).map_or("1", |entry| entry.unit.name())
}

/// The two tables as resources of a data package.
pub fn sweep_resources(points: &Points) -> Vec<Value> {
    let field = super::datapackage::field;
    let mut fields = vec![field(("point", "integer", "number of the point, from 1"))];
    let factors = points.factors();
    let numbered = factors.iter().enumerate();
    fields.extend(numbered.map(|(index, factor)| of_factor(factor, column(index, points))));
    fields.extend(COLUMNS.map(field));
    let labels = (0..factors.len()).flat_map(|factor| points.levels(factor));
    let labels: Vec<&str> = labels.map(|level| level.label.as_str()).collect();
    let labels = super::datapackage::kind_of(labels.iter().copied());
    let effects = EFFECTS.map(|(name, kind, about)| {
        let kind = if name == "level" { labels } else { kind };
        field((name, kind, about))
    });
    vec![
        super::datapackage::table(
            "sweep",
            "one metric of one arm at one point of the factors",
            &fields,
            &["point", "arm", "metric"],
        ),
        super::datapackage::table(
            "effects",
            "the main effect of one level of a factor on a metric of an arm",
            &effects,
            &["metric", "arm", "factor", "level"],
        ),
    ]
}

fn of_factor(factor: &FactorName, kind: Option<Quantity>) -> Value {
    let (kind, unit) = match kind {
        Some(kind) => ("number", format!(", unit {}", kind.unit())),
        None => ("string", String::new()),
    };
    json!({
        "name": factor.name,
        "type": kind,
        "description": format!("value of the key {}{unit}", factor.key),
    })
}

/// The points, one per row, as the scenario gets them.
pub fn points_grid(sweep: &Sweep, points: &Points, most: usize) -> Grid {
    let factors = sweep
        .factors
        .iter()
        .map(|factor| (factor.name.as_str(), Align::Right));
    let mut grid = Grid::new(std::iter::once(("point", Align::Right)).chain(factors));
    for (index, point) in points.iter().enumerate().take(most) {
        let mut cells = vec![(index + 1).to_string()];
        cells.extend(point.values.iter().map(written));
        grid.push(cells);
    }
    grid
}

/// The chosen metrics at each point, one row per point and arm.
pub fn sweep_grid(
    sweep: &Sweep,
    points: &Points,
    results: &SweepResults,
    metrics: &[String],
    most: usize,
) -> Grid {
    let several = sweep.arms().count() > 1;
    let mut header = vec![("point", Align::Right)];
    header.extend(
        sweep
            .factors
            .iter()
            .map(|f| (f.name.as_str(), Align::Right)),
    );
    header.extend(several.then_some(("arm", Align::Left)));
    header.extend(metrics.iter().map(|m| (m.as_str(), Align::Right)));
    let mut grid = Grid::new(header);
    let mut rows: Vec<(usize, &str)> = Vec::new();
    rows.extend(
        results
            .rows
            .iter()
            .map(|row| (row.point, row.summary.arm.as_str())),
    );
    rows.dedup();
    for (point, arm) in rows.into_iter().take(most) {
        let mut cells = vec![(point + 1).to_string()];
        cells.extend(points.get(point).values.iter().map(written));
        cells.extend(several.then(|| arm.to_owned()));
        for metric in metrics {
            let of = |row: &&SweepRow| {
                row.point == point && row.summary.arm == arm && row.summary.metric == *metric
            };
            let row = results.rows.iter().find(of);
            let mean = row.and_then(|row| Some(human::value(row.summary.mean?, row.summary.unit)));
            cells.push(mean.unwrap_or_else(|| "-".to_owned()));
        }
        grid.push(cells);
    }
    grid
}

/// The main effects, one row per level.
pub fn effects_grid(sweep: &Sweep, points: &Points, effects: &[Effect], interval: &str) -> Grid {
    let several = sweep.arms().count() > 1;
    let interval = format!("{interval} interval");
    let mut header = vec![("metric", Align::Left)];
    header.extend(several.then_some(("arm", Align::Left)));
    header.extend([
        ("factor", Align::Left),
        ("level", Align::Right),
        ("mean", Align::Right),
        ("effect", Align::Right),
        (interval.as_str(), Align::Left),
    ]);
    let mut grid = Grid::new(header);
    for effect in effects.iter().filter(|effect| effect.mean.is_some()) {
        let shown = |value: Option<f64>| {
            value.map_or_else(|| "-".to_owned(), |v| human::value(v, unit(&effect.metric)))
        };
        let mut cells = vec![effect.metric.clone()];
        cells.extend(several.then(|| effect.arm.clone()));
        cells.push(sweep.factors[effect.factor].name.clone());
        cells.push(points.levels(effect.factor)[effect.level].label.clone());
        cells.push(shown(effect.mean));
        cells.push(shown(effect.effect));
        cells.push(match (effect.ci_lo, effect.ci_hi) {
            (Some(_), Some(_)) => format!("{} to {}", shown(effect.ci_lo), shown(effect.ci_hi)),
            _ => "-".to_owned(),
        });
        grid.push(cells);
    }
    grid
}

/// For each metric and arm, the factor that moves it most, in a sentence.
pub fn sweep_sentences(sweep: &Sweep, points: &Points, effects: &[Effect]) -> Vec<String> {
    let mut sentences = Vec::new();
    for own in effects.chunk_by(|a, b| (&a.metric, &a.arm) == (&b.metric, &b.arm)) {
        let factors = own.chunk_by(|a, b| a.factor == b.factor);
        let ends = |levels: &&[Effect]| -> Option<(f64, f64, usize, usize, usize)> {
            let means = || levels.iter().filter_map(|l| Some((l.mean?, l.level)));
            let low = means().min_by(|a, b| a.0.total_cmp(&b.0))?;
            let high = means().max_by(|a, b| a.0.total_cmp(&b.0))?;
            Some((low.0, high.0, levels[0].factor, low.1, high.1))
        };
        let ranges = factors.filter_map(|levels| ends(&levels));
        let Some((low, high, factor, at_low, at_high)) =
            ranges.max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
        else {
            continue;
        };
        let (metric, name) = (&own[0].metric, &sweep.factors[factor].name);
        let of_arm = match sweep.arms().count() {
            1 => String::new(),
            _ => format!(" of {}", own[0].arm),
        };
        if high <= low {
            sentences.push(format!("No factor moves {metric}{of_arm}."));
            continue;
        }
        let label = |level: usize| &points.levels(factor)[level].label;
        let shown = |value| human::value(value, unit(metric));
        sentences.push(format!(
            "{metric}{of_arm} hangs most on {name}: {} at {} to {} at {}.",
            shown(low),
            label(at_low),
            shown(high),
            label(at_high)
        ));
    }
    sentences
}
