//! What came of it all so far: leakage and latency as they move.

use ratatui::layout::Rect;

use super::pen::{BAD, DIM, PLAIN, Pen, STRONG};
use super::{Scene, State};
use crate::experiment::session::Course;
use crate::protocol::Class;
use crate::units::Share;

/// Draws two lines of numbers with their course.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State<'_>, scene: &Scene<'_>) {
    let inner = pen.frame(area, "So far");
    let totals = scene.seen.totals();
    let [ham, spam] = [Class::Ham as usize, Class::Spam as usize];
    let value = state.words.value;
    let leakage = scene.seen.leakage().map(|share| value(share, "ratio"));
    let leaked = format!("{} of {}", totals.delivered[spam], totals.written[spam]);
    let first = Numbers {
        name: "spam leakage",
        value: leakage.unwrap_or_else(|| "-".to_owned()),
        about: leaked,
        further: format!(
            "ham refused {} of {}",
            totals.refused[ham], totals.written[ham]
        ),
    };
    first.draw(pen, inner, 0, &course(pen, state, scene, Course::leakage));
    let quantile = |q: &str| {
        let q: Share = q.parse().expect("a share");
        let latency = scene.seen.latency(q);
        latency.map_or_else(|| "-".to_owned(), |found| value(found.as_seconds(), "s"))
    };
    let second = Numbers {
        name: "ham latency",
        value: quantile("50%"),
        about: format!("p99 {}", quantile("99%")),
        further: format!("requests held {}", totals.held),
    };
    second.draw(pen, inner, 1, &course(pen, state, scene, Course::latency_s));
}

struct Numbers {
    name: &'static str,
    value: String,
    about: String,
    further: String,
}

impl Numbers {
    fn draw(&self, pen: &mut Pen<'_>, area: Rect, row: u16, course: &str) {
        pen.text(area, (1, row), self.name, DIM);
        pen.text(area, (14, row), &self.value, STRONG);
        pen.text(area, (24, row), &self.about, PLAIN);
        let width = u16::try_from(self.further.chars().count()).unwrap_or(0);
        let further = area.width.saturating_sub(width + 1);
        pen.text(area, (39, row), course, BAD);
        pen.text(area, (further, row), &self.further, DIM);
    }
}

/// The last steps of the course, one letter each, as many as there is room for.
fn course(
    pen: &Pen<'_>,
    state: &State<'_>,
    scene: &Scene<'_>,
    of: fn(&Course) -> Option<f64>,
) -> String {
    let (step, steps) = scene.seen.course();
    let now = crate::units::cast::index(state.now.ns() / step.ns());
    let room = 16;
    let places = (now + 1).saturating_sub(room)..=now;
    let values = places.map(|place| steps.get(place).and_then(of));
    (state.words.course)(&values.collect::<Vec<_>>(), pen.look())
}
