//! How many messages wait and how many workers are busy, over virtual time.

use super::bundle::Bundle;
use super::chart::{Chart, Data, Drawing, cell};
use super::leakage::means;
use super::lines::{self, Across, Line, Panel, Upwards};
use crate::report::human;

/// The chart.
pub fn chart(bundle: &Bundle) -> Chart {
    let waiting = means(bundle, "inbox.length");
    let busy = means(bundle, "inbox.busy");
    let drawing = if waiting.is_empty() || busy.is_empty() {
        Drawing::Missing(
            "the run kept no time series; write output.time-series = \"10m\" in the scenario"
                .to_owned(),
        )
    } else {
        let waits = "Messages that wait, all inboxes together";
        let works = "Workers that are busy, all inboxes together";
        let panels = match utilization(bundle, &busy) {
            Some(shares) => [
                panel(waits, ("messages", "1"), &waiting),
                panel(works, ("utilization", "ratio"), &shares),
            ],
            None => [
                panel(waits, ("messages", "1"), &waiting),
                panel(works, ("workers", "1"), &busy),
            ],
        };
        Drawing::Svg(lines::draw(
            "Queue length and busy workers over time",
            &panels,
        ))
    };
    Chart {
        id: "queues",
        title: "Queue length and utilization",
        about: about(bundle),
        drawing,
        data: data(&waiting, &busy),
    }
}

/// Busy workers as shares of all; none where an arm's inbox has no fixed number of them.
fn utilization(bundle: &Bundle, busy: &[Line]) -> Option<Vec<Line>> {
    let share = |line: &Line| {
        let arm = bundle.arms.iter().find(|arm| arm.name == line.name)?;
        let workers = arm.spec.inbox.workers()?;
        let all = f64::from(workers) * f64::from(arm.spec.pds.count?);
        let points = line.points.iter();
        let points = points.map(|(t_s, busy)| (*t_s, busy.map(|busy| busy / all)));
        Some(Line {
            points: points.collect(),
            ..line.clone()
        })
    };
    busy.iter().map(share).collect()
}

fn panel(title: &str, (axis, unit): (&'static str, &'static str), lines: &[Line]) -> Panel {
    Panel {
        title: title.to_owned(),
        axis,
        across: Across::Time,
        upwards: Upwards::Linear(unit),
        lines: lines.to_vec(),
        marks: Vec::new(),
    }
}

/// What the metrics say beside the drawing.
fn about(bundle: &Bundle) -> String {
    let mut about =
        "Means over the steps and replications. Share of the time that workers are busy:"
            .to_owned();
    let mut parts = Vec::new();
    for arm in &bundle.arms {
        let row = bundle.metric(&arm.name, "inbox.utilization");
        let mean = row.and_then(|row| Some(human::value(row.mean?, row.unit)));
        parts.extend(mean.map(|mean| format!(" {} {mean}", arm.name)));
    }
    if parts.is_empty() {
        parts.push(" not measured".to_owned());
    }
    about += &parts.join(",");
    about + "."
}

fn data(waiting: &[Line], busy: &[Line]) -> Data {
    let mut data = Data::new(&["arm", "t_s", "waiting", "busy_workers"]);
    for (waiting, busy) in waiting.iter().zip(busy) {
        let pairs = waiting.points.iter().zip(&busy.points);
        data.rows
            .extend(pairs.map(|((t_s, waiting_now), (_, busy))| {
                let t_s = cell(Some(*t_s));
                vec![waiting.name.clone(), t_s, cell(*waiting_now), cell(*busy)]
            }));
    }
    data
}
