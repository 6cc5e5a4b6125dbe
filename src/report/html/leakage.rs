//! Leakage over virtual time, with the labels in force and the interventions marked.

use super::bundle::Bundle;
use super::canvas::colour;
use super::chart::{Chart, Data, Drawing, cell};
use super::lines::{self, Across, Line, Panel, Upwards};
use crate::experiment::digest::Step;
use crate::protocol::Class;
use crate::report::human;
use crate::scenario::{ActionSpec, ScenarioSpec};

/// The leakage of each step, by its start.
type Shares = Vec<(f64, Option<f64>)>;

/// The chart.
pub fn chart(bundle: &Bundle) -> Chart {
    let groups = bundle.spam_groups();
    let courses: Vec<_> = bundle
        .arms
        .iter()
        .map(|arm| {
            (
                arm.name.as_str(),
                bundle.courses.leakage(&arm.name, &groups),
            )
        })
        .filter(|(_, course)| !course.is_empty())
        .collect();
    let marks = marks(bundle);
    let labels = labels(bundle);
    let drawing = if courses.is_empty() {
        Drawing::Missing(why_not(bundle, &groups))
    } else {
        let lines = courses
            .iter()
            .enumerate()
            .map(|(place, (arm, course))| Line {
                name: (*arm).to_owned(),
                colour: colour(place),
                points: course.clone(),
            });
        let mut panels = vec![panel(
            (
                "Spam delivered, of spam sent in the same step",
                "leakage",
                "ratio",
            ),
            lines.collect(),
            marks.clone(),
        )];
        if !labels.is_empty() {
            let title = ("Labels in force, mean over the step", "labels", "1");
            panels.push(panel(title, labels.clone(), marks.clone()));
        }
        Drawing::Svg(lines::draw("Leakage and labels over virtual time", &panels))
    };
    Chart {
        id: "leakage",
        title: "Leakage over time",
        about: about(&marks),
        drawing,
        data: data(&courses, &labels),
    }
}

fn why_not(bundle: &Bundle, groups: &[&str]) -> String {
    if bundle.courses.is_empty() {
        "the run kept no time series; write output.time-series = \"10m\" in the scenario".to_owned()
    } else if groups.is_empty() {
        "no group of senders sends spam only".to_owned()
    } else {
        "the time series hold no spam".to_owned()
    }
}

fn about(marks: &[(f64, String)]) -> String {
    let marks = marks
        .iter()
        .enumerate()
        .map(|(number, (at, what))| format!(" ({}) {}: {what}.", number + 1, human::seconds(*at)));
    let marks: Vec<String> = marks.collect();
    format!(
        "All replications together. What is delivered late counts in the step in which it arrives, so a step may lie above 100 percent.{}",
        marks.concat()
    )
}

fn panel(
    (title, axis, unit): (&str, &'static str, &'static str),
    lines: Vec<Line>,
    marks: Vec<(f64, String)>,
) -> Panel {
    Panel {
        title: title.to_owned(),
        axis,
        across: Across::Time,
        upwards: Upwards::Linear(unit),
        lines,
        marks,
    }
}

/// A series of every arm that has it, as lines of its means.
pub fn means(bundle: &Bundle, series: &str) -> Vec<Line> {
    let arms = bundle.arms.iter().enumerate();
    let line = |(place, arm): (usize, &super::bundle::ArmText)| Line {
        name: arm.name.clone(),
        colour: colour(place),
        points: points(bundle.courses.steps(&arm.name, series, "")),
    };
    arms.map(line)
        .filter(|line| !line.points.is_empty())
        .collect()
}

fn points(steps: &[Step]) -> Vec<(f64, Option<f64>)> {
    let point = |step: &Step| (step.t_s, Some(step.mean()));
    steps.iter().map(point).collect()
}

fn labels(bundle: &Bundle) -> Vec<Line> {
    let mut lines = means(bundle, "labels");
    let is_empty = |line: &Line| line.points.iter().all(|(_, value)| *value == Some(0.0));
    if lines.iter().all(is_empty) {
        lines.clear();
    }
    lines
}

/// So many instants are marked at most.
const MOST_MARKS: usize = 24;

/// What happens at instants that the scenarios name, the same instant and deed of several arms
/// once.
fn marks(bundle: &Bundle) -> Vec<(f64, String)> {
    let mut marks: Vec<(f64, String)> = Vec::new();
    for arm in &bundle.arms {
        marks.extend(waves(&arm.spec));
        let deeds = arm.spec.intervene.iter();
        marks.extend(deeds.map(|deed| {
            let actions = deed.actions();
            let words: Vec<String> = actions
                .iter()
                .map(|(name, deed)| words(name, deed))
                .collect();
            (deed.at.as_seconds(), words.join(", "))
        }));
    }
    marks.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    marks.dedup();
    marks.truncate(MOST_MARKS);
    marks
}

/// When groups of spammers begin and end, where that is not the whole run.
fn waves(spec: &ScenarioSpec) -> Vec<(f64, String)> {
    let mut marks = Vec::new();
    let spam = spec.senders.iter();
    for (name, senders) in spam.filter(|(_, senders)| senders.class == Class::Spam) {
        if senders.start.ns() > 0 {
            marks.push((senders.start.as_seconds(), format!("{name} begins")));
        }
        let stop = senders.stop.filter(|stop| Some(*stop) != spec.run.duration);
        marks.extend(stop.map(|stop| (stop.as_seconds(), format!("{name} ends"))));
    }
    marks
}

fn words(name: &str, deed: &ActionSpec<'_>) -> String {
    match deed {
        ActionSpec::Send(send) => format!("{} writes to {}", send.from, send.to),
        ActionSpec::Block(pair) => format!("{} blocks {}", pair.who, pair.whom),
        ActionSpec::Accept(pair) => format!("{} accepts {}", pair.who, pair.whom),
        ActionSpec::Reject(pair) => format!("{} rejects {}", pair.who, pair.whom),
        ActionSpec::Label(label) | ActionSpec::Unlabel(label) => {
            format!("{name} {}", label.account)
        }
        ActionSpec::Down(host) => format!("PDS {} goes down", host.pds),
        ActionSpec::Up(host) => format!("PDS {} comes back", host.pds),
        ActionSpec::Set(values) => {
            let keys: Vec<&str> = values.keys().map(String::as_str).collect();
            format!("set {}", keys.join(", "))
        }
    }
}

fn data(courses: &[(&str, Shares)], labels: &[Line]) -> Data {
    let mut data = Data::new(&["arm", "t_s", "leakage", "labels"]);
    for (arm, course) in courses {
        let labels = labels.iter().find(|line| line.name == *arm);
        data.rows
            .extend(course.iter().enumerate().map(|(place, (t_s, share))| {
                let labels = labels.and_then(|line| line.points.get(place)?.1);
                vec![
                    (*arm).to_owned(),
                    cell(Some(*t_s)),
                    cell(*share),
                    cell(labels),
                ]
            }));
    }
    data
}
