//! The latency of delivered ham by percentile, whole and stage by stage, on a logarithmic axis.

use super::bundle::Bundle;
use super::canvas::colour;
use super::chart::{Chart, Data, Drawing, cell};
use super::lines::{self, Across, Line, Panel, Upwards};
use crate::experiment::digest::Rank;

/// The whole way, then its stages in order.
const STAGES: [&str; 6] = ["total", "resolve", "network", "queue", "service", "retry"];

/// Points of a curve.
const POINTS: u32 = 36;

/// A curve: arm, stage, points.
type Found<'b> = (&'b str, &'static str, Vec<Rank>);

/// The chart.
pub fn chart(bundle: &Bundle) -> Chart {
    let mut found: Vec<Found<'_>> = Vec::new();
    for stage in STAGES {
        for arm in &bundle.arms {
            let curve = bundle.curves.find(&arm.name, "ham", stage);
            let ranks = curve.map(|curve| curve.ranks(POINTS));
            found.extend(ranks.map(|ranks| (arm.name.as_str(), stage, ranks)));
        }
    }
    // A stage that takes no time anywhere is no curve.
    let takes_time = |stage: &str| {
        let own = found.iter().filter(|curve| curve.1 == stage);
        own.flat_map(|curve| &curve.2)
            .any(|rank| rank.value_s > 0.0)
    };
    let shown: Vec<&Found<'_>> = found.iter().filter(|curve| takes_time(curve.1)).collect();
    let drawing = if shown.is_empty() {
        let why = if bundle.curves.is_empty() {
            "the folder holds no histograms.csv; run the scenario again to have it"
        } else {
            "no honest message was delivered"
        };
        Drawing::Missing(why.to_owned())
    } else {
        let panels = panels(&shown, bundle.arms.len());
        Drawing::Svg(lines::draw("Latency of ham by percentile", &panels))
    };
    Chart {
        id: "latency",
        title: "Latency of honest messages",
        about: "Delivered ham, all replications together: so many percent took at most so long. What takes less than a microsecond lies on the lower edge."
            .to_owned(),
        drawing,
        data: data(&found),
    }
}

/// One arm: one panel with a line per stage. Several: one panel per stage with a line per arm.
fn panels(shown: &[&Found<'_>], arms: usize) -> Vec<Panel> {
    if arms == 1 {
        let lines = shown.iter().enumerate();
        let lines = lines.map(|(place, curve)| line(curve.1, place, &curve.2));
        return vec![panel("Total and stages", lines.collect())];
    }
    let stages = shown.chunk_by(|a, b| a.1 == b.1);
    let of_stage = |curves: &[&Found<'_>]| {
        let lines = curves.iter().enumerate();
        let lines = lines.map(|(place, curve)| line(curve.0, place, &curve.2));
        panel(curves[0].1, lines.collect())
    };
    stages.map(of_stage).collect()
}

fn line(name: &str, place: usize, ranks: &[Rank]) -> Line {
    Line {
        name: name.to_owned(),
        colour: colour(place),
        points: ranks.iter().map(|r| (r.above, Some(r.value_s))).collect(),
    }
}

fn panel(title: &str, lines: Vec<Line>) -> Panel {
    Panel {
        title: title.to_owned(),
        axis: "latency",
        across: Across::Percentile,
        upwards: Upwards::LogSpan,
        lines,
        marks: Vec::new(),
    }
}

fn data(found: &[Found<'_>]) -> Data {
    let mut data = Data::new(&["arm", "stage", "percentile", "value_s"]);
    for (arm, stage, ranks) in found {
        data.rows.extend(ranks.iter().map(|rank| {
            let (arm, stage) = ((*arm).to_owned(), (*stage).to_owned());
            vec![
                arm,
                stage,
                cell(Some(rank.percentile)),
                cell(Some(rank.value_s)),
            ]
        }));
    }
    data
}
