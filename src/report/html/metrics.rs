//! Metrics of every arm as dots with whiskers: what limits refuse, and how fair it is.

use super::bundle::Bundle;
use super::canvas::colour;
use super::chart::{Chart, Data, Drawing, cell};
use super::dots::{self, Dot, Panel};
use crate::experiment::rows::SummaryRow;

/// What the layers of limits refused.
pub fn limits(bundle: &Bundle) -> Chart {
    let is_layer = |name: &str| name.starts_with("limit.") && name.ends_with(".reject");
    let name = |name: &str| {
        let layer = name.strip_prefix("limit.").unwrap_or(name);
        layer.strip_suffix(".reject").unwrap_or(layer).to_owned()
    };
    let rows = rows(bundle, is_layer);
    Chart {
        id: "limits",
        title: "What limits refuse",
        about:
            "Messages that a layer refused, of those that it was asked about; attempts count each."
                .to_owned(),
        drawing: drawn(
            "Refusals of every layer of limits",
            "no scenario has rate limits, or none was asked",
            vec![panel(
                "Refused by layer",
                "share refused",
                bundle,
                &rows,
                name,
            )],
        ),
        data: data(&rows),
    }
}

/// How evenly the recipients of large and small PDSes are served.
pub fn fairness(bundle: &Bundle) -> Chart {
    let rows = rows(bundle, |name| name.starts_with("fairness."));
    let of = |metric: &str| {
        let own = rows.iter().filter(|row| row.metric == metric);
        own.copied().collect::<Vec<&SummaryRow>>()
    };
    let (jain, gap) = (of("fairness.jain"), of("fairness.gap"));
    let parts = [
        (
            "Jain's index over the PDSes: 100 percent is even",
            "index",
            jain,
        ),
        ("Gap between large and single-account PDSes", "gap", gap),
    ];
    let panels = parts
        .into_iter()
        .map(|(title, axis, rows)| panel(title, axis, bundle, &rows, |_| "all PDSes".to_owned()));
    Chart {
        id: "fairness",
        title: "Fairness across PDS sizes",
        about: "Share of ham that is delivered, PDS by PDS; `pdsim explain fairness.jain` and `pdsim explain fairness.gap` give the formulas.".to_owned(),
        drawing: drawn(
            "Fairness across PDS sizes",
            "the run has no PDSes of different size",
            panels.collect(),
        ),
        data: data(&rows),
    }
}

/// The rows of metrics with a value, in the order of the metrics and then of the arms.
fn rows(bundle: &Bundle, is_meant: impl Fn(&str) -> bool) -> Vec<&SummaryRow> {
    let place = |arm: &str| bundle.arms.iter().position(|known| known.name == arm);
    let rows = bundle.summary.iter();
    let rows = rows.filter(|row| is_meant(&row.metric) && row.mean.is_some());
    let mut rows: Vec<&SummaryRow> = rows.collect();
    rows.sort_by(|a, b| (&a.metric, place(&a.arm)).cmp(&(&b.metric, place(&b.arm))));
    rows
}

fn panel(
    title: &str,
    axis: &'static str,
    bundle: &Bundle,
    rows: &[&SummaryRow],
    name: impl Fn(&str) -> String,
) -> Panel {
    let several = bundle.arms.len() > 1;
    let dot = |row: &&SummaryRow| {
        let place = bundle.arms.iter().position(|arm| arm.name == row.arm);
        let own = name(&row.metric);
        let label = match several {
            true if own == "all PDSes" => row.arm.clone(),
            true => format!("{own}, {}", row.arm),
            false => own,
        };
        Dot {
            label,
            value: row.mean,
            interval: row.ci_lo.zip(row.ci_hi),
            colour: colour(place.unwrap_or(0)),
            note: row.mean.map_or_else(String::new, |mean| {
                crate::report::human::value(mean, row.unit)
            }),
        }
    };
    Panel {
        title: title.to_owned(),
        axis,
        unit: "ratio",
        margin: None,
        rows: rows.iter().map(dot).collect(),
    }
}

fn drawn(label: &str, nothing: &str, mut panels: Vec<Panel>) -> Drawing {
    panels.retain(|panel| !panel.rows.is_empty());
    if panels.is_empty() {
        Drawing::Missing(nothing.to_owned())
    } else {
        Drawing::Svg(dots::draw(label, &panels))
    }
}

fn data(rows: &[&SummaryRow]) -> Data {
    let mut data = Data::new(&["arm", "metric", "mean", "ci_lo", "ci_hi"]);
    data.rows.extend(rows.iter().map(|row| {
        vec![
            row.arm.clone(),
            row.metric.clone(),
            cell(row.mean),
            cell(row.ci_lo),
            cell(row.ci_hi),
        ]
    }));
    data
}
