//! The list of messages, the last one at the bottom.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::{BAD, CHOSEN, DIM, GOOD, OPEN, PLAIN, Pen};
use super::{Scene, State, clock};
use crate::experiment::session::{People, Progress, Row};
use crate::protocol::Outcome;
use crate::tui::{Action, Direction};

/// Draws the list so that the chosen message is in it.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State<'_>, scene: &Scene<'_>) {
    let inner = pen.frame(area, "Messages");
    let select = [Direction::Less, Direction::More].map(Action::Select);
    pen.wheel(inner, select);
    let rows = scene.seen.rows();
    let room = usize::from(inner.height);
    let chosen = state.selected.and_then(|id| scene.seen.place(id));
    let last = rows.len().saturating_sub(room);
    let first = chosen.map_or(last, |chosen| chosen.saturating_sub(room / 2).min(last));
    if rows.is_empty() {
        pen.text(inner, (1, 0), "nobody wrote so far", DIM);
    }
    let people = People::of(scene.arm);
    for (line, (place, row)) in (0..).zip(rows.iter().enumerate().skip(first).take(room)) {
        draw_row(pen, inner, line, row, (&people, scene));
        if chosen == Some(place) {
            pen.tint(inner, line, CHOSEN);
        }
        pen.hit(inner, (0, line), inner.width, Action::Pick(row.id));
    }
}

fn draw_row(
    pen: &mut Pen<'_>,
    area: Rect,
    line: u16,
    row: &Row,
    (people, scene): (&People<'_>, &Scene<'_>),
) {
    let end = pen.text(area, (0, line), &format!("{:>8}", clock(row.created)), DIM);
    let arrow = pen.mark("→", ">");
    let (from, to) = (people.name_of(row.sender), people.name_of(row.recipient));
    let pair = format!("{from}{arrow}{to}");
    let end = pen.text(area, (end + 1, line), &format!("{pair:12}"), PLAIN);
    let (text, style) = progress(pen, row.progress, &scene.arm.shape().layers);
    pen.text(area, (end + 1, line), &text, style);
}

/// How far a message has come, in a word or two.
pub(super) fn progress(pen: &Pen<'_>, progress: Progress, layers: &[String]) -> (String, Style) {
    let outcome = match progress {
        Progress::OnItsWay => return ("on its way".to_owned(), OPEN),
        Progress::Waiting => return ("in the inbox".to_owned(), OPEN),
        Progress::InService => return ("being checked".to_owned(), OPEN),
        Progress::Held => return ("request".to_owned(), OPEN),
        Progress::Retrying => return ("tries again".to_owned(), OPEN),
        Progress::Over(outcome) => outcome,
    };
    let name = outcome.name(layers);
    match outcome {
        Outcome::Delivered => (format!("{} delivered", pen.mark("✓", "+")), GOOD),
        Outcome::InFlight | Outcome::RequestPending => (name, OPEN),
        _ => {
            let short = name.strip_prefix("refused.").unwrap_or(&name);
            (format!("{} {short}", pen.mark("✗", "x")), BAD)
        }
    }
}
