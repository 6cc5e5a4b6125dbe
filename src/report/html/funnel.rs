//! Where messages ended, stage by stage: bars that add up to all messages of a class.

use super::bundle::Bundle;
use super::canvas::{self, Canvas, GRID, INK, PLAIN, RGBColor, SMALL, Side, colour};
use super::chart::{Chart, Data, Drawing, cell};
use crate::experiment::digest::{Flow, STAGES, flows};
use crate::report::human;
use crate::units::cast;

const WIDTH: f64 = 880.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 860.0;
const ROW: f64 = 30.0;
const HEAD: f64 = 34.0;
const FOOT: f64 = 52.0;
/// The delivered part of a bar: neither good nor bad, for it is the one of ham and the other of spam.
const DELIVERED: RGBColor = RGBColor(70, 78, 88);

/// The chart.
pub fn chart(bundle: &Bundle) -> Chart {
    let flows = ordered(bundle);
    let drawing = if flows.is_empty() {
        Drawing::Missing("no message was created after the warm-up".to_owned())
    } else {
        Drawing::Svg(draw(&flows))
    };
    Chart {
        id: "funnel",
        title: "Where messages ended",
        about: "Every bar is all messages of a class, all replications together, parted by the stage that ended them; it adds up to 100 percent. Contact holds requests that were not accepted."
            .to_owned(),
        drawing,
        data: data(&flows),
    }
}

/// Spam first, then ham; arms in the order of the study.
fn ordered(bundle: &Bundle) -> Vec<Flow> {
    let flows = flows(&bundle.outcomes);
    let mut ordered = Vec::new();
    for class in ["spam", "ham"] {
        for arm in &bundle.arms {
            let fits = |flow: &&Flow| flow.class == class && flow.arm == arm.name;
            ordered.extend(flows.iter().find(fits).cloned());
        }
    }
    ordered
}

/// The stages at which any message ended.
fn stages(flows: &[Flow]) -> Vec<usize> {
    let all = 0..STAGES.len();
    all.filter(|stage| flows.iter().any(|flow| flow.counts[*stage] > 0))
        .collect()
}

/// The colour of a stage among those that are shown.
fn stage_colour(stage: usize, shown: &[usize]) -> RGBColor {
    if STAGES[stage].name == "delivered" {
        return DELIVERED;
    }
    let place = shown.iter().position(|other| *other == stage);
    colour(place.unwrap_or(0))
}

fn draw(flows: &[Flow]) -> String {
    let classes = flows.chunk_by(|a, b| a.class == b.class);
    let panels: Vec<&[Flow]> = classes.collect();
    let legend = 28.0;
    let rows = cast::count_to_f64(cast::count_to_u64(flows.len()));
    let count = cast::count_to_f64(cast::count_to_u64(panels.len()));
    let height = legend + rows * ROW + count * (HEAD + FOOT);
    canvas::draw(
        (WIDTH, height),
        "Where messages ended, as shares",
        |paper| {
            let shown = stages(flows);
            draw_legend(paper, &shown);
            let mut top = legend;
            for panel in panels {
                top = draw_class(paper, panel, &shown, top);
            }
        },
    )
}

fn draw_legend(paper: &mut Canvas<'_>, stages: &[usize]) {
    let mut x = 8.0;
    for stage in stages {
        let name = STAGES[*stage].name;
        let colour = stage_colour(*stage, stages);
        paper.rectangle((x, 8.0), (x + 14.0, 22.0), colour);
        paper.text((x + 19.0, 15.0), name, PLAIN);
        let letters = cast::count_to_u64(name.chars().count());
        x += 34.0 + 7.4 * cast::count_to_f64(letters);
    }
}

/// Draws the bars of one class; returns where the next one begins.
fn draw_class(paper: &mut Canvas<'_>, flows: &[Flow], shown: &[usize], top: f64) -> f64 {
    let class = flows[0].class;
    paper.text((8.0, top + 18.0), class, PLAIN);
    let mut y = top + HEAD;
    for flow in flows {
        draw_bar(paper, flow, shown, y);
        y += ROW;
    }
    for tick in 0..=5_u8 {
        let share = f64::from(tick) / 5.0;
        let x = LEFT + share * (RIGHT - LEFT);
        paper.line(&[(x, y), (x, y + 5.0)], INK, 1);
        let label = (u32::from(tick) * 20).to_string();
        paper.text((x, y + 16.0), &label, SMALL);
    }
    let title = format!("share of the {class} (percent)");
    paper.text((f64::midpoint(LEFT, RIGHT), y + 36.0), &title, SMALL);
    y + FOOT
}

fn draw_bar(paper: &mut Canvas<'_>, flow: &Flow, shown: &[usize], y: f64) {
    let name = canvas::cut(&flow.arm, 24);
    paper.text((LEFT - 10.0, y + ROW / 2.0), &name, PLAIN.at(Side::Right));
    let all = cast::count_to_f64(flow.sent().max(1));
    paper.rectangle((LEFT, y + 4.0), (RIGHT, y + ROW - 4.0), GRID);
    let mut before = 0;
    for (stage, count) in flow
        .counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
    {
        let at = |count: u64| LEFT + cast::count_to_f64(count) / all * (RIGHT - LEFT);
        let (from, to) = (at(before), at(before + count));
        before += count;
        let colour = stage_colour(stage, shown);
        paper.rectangle((from, y + 4.0), (to, y + ROW - 4.0), colour);
        let share = cast::count_to_f64(*count) / all;
        let told = format!(
            "{}: {} of {} {} ({}) ended here: {}",
            flow.arm,
            human::count(*count),
            human::count(flow.sent()),
            flow.class,
            human::value(share, "ratio"),
            STAGES[stage].name
        );
        paper.tell_in((from, y + 4.0), (to, y + ROW - 4.0), &told);
        if to - from > 60.0 {
            let white = RGBColor(255, 255, 254);
            let place = (f64::midpoint(from, to), y + ROW / 2.0);
            paper.text(place, &human::value(share, "ratio"), SMALL.in_colour(white));
        }
    }
}

fn data(flows: &[Flow]) -> Data {
    let mut data = Data::new(&["arm", "class", "stage", "reached", "ended_here", "share"]);
    for flow in flows {
        for (place, stage) in STAGES.iter().enumerate() {
            let count = flow.counts[place];
            if count == 0 {
                continue;
            }
            let share = cast::count_to_f64(count) / cast::count_to_f64(flow.sent());
            data.rows.push(vec![
                flow.arm.clone(),
                flow.class.to_owned(),
                stage.name.to_owned(),
                flow.before(place).to_string(),
                count.to_string(),
                cell(Some(share)),
            ]);
        }
    }
    data
}
