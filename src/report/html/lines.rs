//! Lines over time or over percentiles, in panels one below the other.

use super::axis::{Axis, Unit};
use super::canvas::{self, Canvas, GRID, INK, MUTED, PLAIN, Place, RGBColor, SMALL, Side};
use crate::report::human;
use crate::units::cast;

/// A line: a value, or a gap, at each position.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it is of.
    pub name: String,
    /// Its colour.
    pub colour: RGBColor,
    /// Positions and values.
    pub points: Vec<(f64, Option<f64>)>,
}

/// What lies across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Across {
    /// Seconds of virtual time.
    Time,
    /// Percentiles, given as the share of what lies above them.
    Percentile,
}

/// What lies upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upwards {
    /// Values of a unit (`s`, `1`, `1/s` or `ratio`) from 0 on.
    Linear(&'static str),
    /// Spans on a logarithmic axis.
    LogSpan,
}

/// A panel: lines over one pair of axes.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// What the upward axis shows.
    pub axis: &'static str,
    /// What lies across.
    pub across: Across,
    /// What lies upwards.
    pub upwards: Upwards,
    /// The lines.
    pub lines: Vec<Line>,
    /// Instants that are marked, with what happened.
    pub marks: Vec<(f64, String)>,
}

const WIDTH: f64 = 880.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 860.0;
const PLOT: f64 = 200.0;
const FOOT: f64 = 58.0;
/// Values below this are drawn as this on a logarithmic axis.
const SHORTEST_S: f64 = 1e-6;

/// Draws the panels, each with its own legend where it has several lines.
pub fn draw(label: &str, panels: &[Panel]) -> String {
    let height: f64 = panels.iter().map(|panel| head(panel) + PLOT + FOOT).sum();
    canvas::draw((WIDTH, height), label, |paper| {
        let mut top = 0.0;
        for panel in panels {
            draw_panel(paper, panel, top);
            top += head(panel) + PLOT + FOOT;
        }
    })
}

/// Height above the plot: title, legend, title of the upward axis.
fn head(panel: &Panel) -> f64 {
    let rows = legend(&panel.lines)
        .last()
        .map_or(0.0, |(_, (_, y))| y + 20.0);
    52.0 + rows
}

/// Where the name of each line stands, below the title; none for a single line.
fn legend(lines: &[Line]) -> Vec<(&Line, Place)> {
    let (mut x, mut y) = (LEFT, 0.0);
    let mut places = Vec::new();
    for line in lines.iter().filter(|_| lines.len() > 1) {
        let letters = cast::count_to_u64(line.name.chars().count().min(40));
        let width = 40.0 + 7.6 * cast::count_to_f64(letters);
        if x + width > RIGHT && x > LEFT {
            (x, y) = (LEFT, y + 20.0);
        }
        places.push((line, (x, y)));
        x += width;
    }
    places
}

/// The smallest and the largest of some numbers.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| {
        (lo.min(value), hi.max(value))
    })
}

/// The two axes with their units.
struct Axes {
    across: Axis,
    across_unit: Unit,
    up: Axis,
    up_unit: Unit,
    panel: (Across, Upwards),
}

impl Axes {
    fn of(panel: &Panel, top: f64) -> Self {
        let points = || panel.lines.iter().flat_map(|line| line.points.iter());
        let (first, last) = range(points().map(|point| point.0));
        let (low, high) = range(points().filter_map(|point| point.1));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let plain = Unit {
            size: 1.0,
            name: "",
        };
        let across_unit = match panel.across {
            Across::Time => Unit::of("s", last),
            Across::Percentile => plain,
        };
        let across = match panel.across {
            Across::Time => {
                let ends = (first / across_unit.size, last / across_unit.size);
                Axis::exact(ends, LEFT, RIGHT)
            }
            // What lies above a percentile shrinks to the right.
            Across::Percentile => Axis::log((1.0, 1.0 / first.min(0.1)), LEFT, RIGHT),
        };
        let (up_unit, up) = match panel.upwards {
            Upwards::Linear(unit) => {
                let unit = Unit::of(unit, high);
                let ends = (0.0_f64.min(low) / unit.size, high.max(0.0) / unit.size);
                (unit, Axis::linear(ends, top + PLOT, top))
            }
            Upwards::LogSpan => {
                let ends = (low.max(SHORTEST_S), high.max(SHORTEST_S));
                (plain, Axis::log(ends, top + PLOT, top))
            }
        };
        Self {
            across,
            across_unit,
            up,
            up_unit,
            panel: (panel.across, panel.upwards),
        }
    }

    fn x(&self, position: f64) -> f64 {
        match self.panel.0 {
            Across::Time => self.across.at(position / self.across_unit.size),
            Across::Percentile => self.across.at(1.0 / position),
        }
    }

    fn y(&self, value: f64) -> f64 {
        self.up.at(value / self.up_unit.size)
    }

    fn draw(&self, paper: &mut Canvas<'_>, panel: &Panel, top: f64) {
        let bottom = top + PLOT;
        for tick in self.up.ticks() {
            let y = self.up.at(tick);
            paper.line(&[(LEFT, y), (RIGHT, y)], GRID, 1);
            let label = match self.panel.1 {
                Upwards::Linear(_) => self.up.label(tick),
                Upwards::LogSpan => round_span(tick),
            };
            paper.text((LEFT - 8.0, y), &label, SMALL.at(Side::Right));
        }
        for tick in self.across.ticks() {
            let x = self.across.at(tick);
            paper.line(&[(x, bottom), (x, bottom + 5.0)], INK, 1);
            let label = match self.panel.0 {
                Across::Time => self.across.label(tick),
                Across::Percentile => percentile(tick),
            };
            paper.text((x, bottom + 16.0), &label, SMALL);
        }
        paper.line(&[(LEFT, bottom), (RIGHT, bottom)], INK, 1);
        let across = match self.panel.0 {
            Across::Time => self.across_unit.title("virtual time"),
            Across::Percentile => "percentile of messages (percent)".to_owned(),
        };
        paper.text((f64::midpoint(LEFT, RIGHT), bottom + 36.0), &across, SMALL);
        let up = match self.panel.1 {
            Upwards::Linear(_) => self.up_unit.title(panel.axis),
            Upwards::LogSpan => format!("{} (seconds, logarithmic)", panel.axis),
        };
        paper.text((8.0, top - 16.0), &up, SMALL.at(Side::Left));
    }

    /// What is told of a point.
    fn told(&self, name: &str, position: f64, value: f64) -> String {
        let position = match self.panel.0 {
            Across::Time => format!("at {}", human::seconds(position)),
            Across::Percentile => format!("p{}", human::digits(100.0 * (1.0 - position))),
        };
        let value = match self.panel.1 {
            Upwards::Linear(unit) => human::value(value, unit),
            Upwards::LogSpan => human::seconds(value),
        };
        format!("{name}, {position}: {value}")
    }
}

/// A power of ten of a second.
fn round_span(seconds: f64) -> String {
    let (size, unit) = match seconds {
        s if s < 0.9e-6 => (1e-9, "ns"),
        s if s < 0.9e-3 => (1e-6, "us"),
        s if s < 0.9 => (1e-3, "ms"),
        _ => (1.0, "s"),
    };
    let count = cast::f64_floor(libm::round(seconds / size));
    format!("{} {unit}", human::count(count))
}

/// The percentile above which one of `tick` lies, such as 99.9 for 1,000.
fn percentile(tick: f64) -> String {
    let nines = cast::index(cast::f64_floor(libm::round(libm::log10(tick))));
    match nines {
        0 => "0".to_owned(),
        1 => "90".to_owned(),
        2 => "99".to_owned(),
        more => format!("99.{}", "9".repeat(more - 2)),
    }
}

fn draw_panel(paper: &mut Canvas<'_>, panel: &Panel, above: f64) {
    let top = above + head(panel);
    paper.text((8.0, above + 16.0), &panel.title, PLAIN);
    for (line, (x, y)) in legend(&panel.lines) {
        let y = above + 38.0 + y;
        paper.line(&[(x, y), (x + 20.0, y)], line.colour, 3);
        paper.text((x + 26.0, y), &canvas::cut(&line.name, 40), PLAIN);
    }
    let axes = Axes::of(panel, top);
    axes.draw(paper, panel, top);
    draw_marks(paper, panel, &axes, top);
    let points: usize = panel.lines.iter().map(|line| line.points.len()).sum();
    let every = points.div_ceil(MOST_TOLD).max(1);
    for line in &panel.lines {
        draw_line(paper, line, &axes, every);
    }
}

/// So many points of a panel are told to a pointer at most.
const MOST_TOLD: usize = 240;

fn draw_line(paper: &mut Canvas<'_>, line: &Line, axes: &Axes, every: usize) {
    for run in line.points.split(|(_, value)| value.is_none()) {
        let place = |(x, value): &(f64, Option<f64>)| (axes.x(*x), axes.y(value.unwrap_or(0.0)));
        let places: Vec<Place> = run.iter().map(place).collect();
        match places.as_slice() {
            [] => {}
            [one] => paper.dot(*one, 2.0, line.colour),
            many => paper.line(many, line.colour, 2),
        }
    }
    for (x, value) in line.points.iter().step_by(every) {
        if let Some(value) = value {
            let told = axes.told(&line.name, *x, *value);
            paper.tell((axes.x(*x), axes.y(*value)), &told);
        }
    }
}

fn draw_marks(paper: &mut Canvas<'_>, panel: &Panel, axes: &Axes, top: f64) {
    for (number, (at, what)) in panel.marks.iter().enumerate() {
        if !axes.across.holds(*at / axes.across_unit.size) {
            continue;
        }
        let x = axes.x(*at);
        paper.line(&[(x, top), (x, top + PLOT)], MUTED, 1);
        let number = (number + 1).to_string();
        paper.text((x, top - 6.0), &number, SMALL.in_colour(INK));
        paper.tell(
            (x, top - 6.0),
            &format!("{number}, at {}: {what}", human::seconds(*at)),
        );
    }
}
