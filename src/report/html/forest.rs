//! Differences from the baseline with their simultaneous intervals, one panel per metric.

use super::bundle::Bundle;
use super::canvas::{MUTED, RGBColor};
use super::chart::{Chart, Data, Drawing, cell};
use super::dots::{self, Dot, Panel};
use crate::experiment::compare::{Comparison, Terms, Verdict};
use crate::metrics::registry;

/// The chart; none where nothing was compared.
pub fn chart(bundle: &Bundle) -> Option<Chart> {
    let (terms, comparisons) = bundle.compared.as_ref()?;
    let panels: Vec<Panel> = terms
        .metrics
        .iter()
        .map(|metric| panel(metric, terms, comparisons))
        .collect();
    let about = format!(
        "Each arm less the baseline, {}. Left of the line is less, right of it more; a whisker that crosses the line proves nothing. The grey band is what does not matter.",
        terms.baseline
    );
    let drawing = if comparisons.is_empty() {
        Drawing::Missing("there is no arm beside the baseline".to_owned())
    } else {
        Drawing::Svg(dots::draw(
            "Differences of every arm from the baseline, with intervals",
            &panels,
        ))
    };
    Some(Chart {
        id: "differences",
        title: "Differences from the baseline",
        about,
        drawing,
        data: data(comparisons),
    })
}

fn panel(metric: &str, terms: &Terms, comparisons: &[Comparison]) -> Panel {
    let rows = comparisons.iter().filter(|row| row.metric == metric);
    Panel {
        title: metric.to_owned(),
        axis: "difference",
        unit: unit(metric),
        margin: terms.indifference.get(metric).copied(),
        rows: rows
            .map(|row| Dot {
                label: row.arm.clone(),
                value: row.difference,
                interval: row.ci_lo.zip(row.ci_hi),
                colour: colour(row.verdict),
                note: row.verdict.name().to_owned(),
            })
            .collect(),
    }
}

/// The unit of a metric.
pub fn unit(metric: &str) -> &'static str {
    registry::find(metric).map_or("1", |entry| entry.unit.name())
}

const fn colour(verdict: Verdict) -> RGBColor {
    match verdict {
        Verdict::Better => RGBColor(0, 158, 115),
        Verdict::Worse => RGBColor(213, 94, 0),
        Verdict::Different => RGBColor(0, 114, 178),
        Verdict::Equivalent | Verdict::Identical => MUTED,
        Verdict::Undecided => RGBColor(230, 159, 0),
    }
}

fn data(comparisons: &[Comparison]) -> Data {
    let mut data = Data::new(&[
        "metric",
        "arm",
        "baseline",
        "difference",
        "ci_lo",
        "ci_hi",
        "p_adjusted",
        "verdict",
    ]);
    data.rows.extend(comparisons.iter().map(|row| {
        vec![
            row.metric.clone(),
            row.arm.clone(),
            row.baseline.clone(),
            cell(row.difference),
            cell(row.ci_lo),
            cell(row.ci_hi),
            cell(row.p_adjusted),
            row.verdict.name().to_owned(),
        ]
    }));
    data
}
