//! The screen: who writes to whom, the messages, the chosen one, what came of it all so far.
//!
//! ```text
//! clock, speed                                      1 row
//! Write            | Messages                       a third of the rest, at least 8
//! the chosen message: lamps, then its life or its token
//! So far: leakage, latency                          4 rows
//! a line to the player, or what he types            1 row
//! the keys that matter                              1 row
//! ```

mod form;
mod help;
mod message;
mod messages;
mod pen;
mod so_far;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::pen::{BAD, BUTTON, DIM, OPEN, PLAIN, Pen, STRONG};
use super::{Action, Course, Direction, Prompt, Scene, State};
use crate::units::Time;

pub use self::pen::Hit;

/// The smallest screen.
const SMALLEST: (u16, u16) = (60, 20);

/// Draws a screen; returns what a mouse can hit on it, from below to above.
pub fn view(state: &State<'_>, scene: &Scene<'_>, buffer: &mut Buffer) -> Vec<Hit> {
    let area = *buffer.area();
    let mut pen = Pen::new(buffer, state.look);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let wanted = format!("too small: {} x {} at least", SMALLEST.0, SMALLEST.1);
        pen.text(area, (0, 0), &wanted, BAD);
        return pen.into_hits();
    }
    let places = Places::of(area);
    title(&mut pen, places.title, state);
    form::draw(&mut pen, places.form, state, scene);
    messages::draw(&mut pen, places.messages, state, scene);
    message::draw(&mut pen, places.message, state, scene);
    so_far::draw(&mut pen, places.so_far, state, scene);
    line(&mut pen, places.line, state);
    keys(&mut pen, places.keys);
    if state.shows_keys {
        help::draw(&mut pen, area);
    }
    pen.into_hits()
}

/// Where everything is.
struct Places {
    title: Rect,
    form: Rect,
    messages: Rect,
    message: Rect,
    so_far: Rect,
    line: Rect,
    keys: Rect,
}

impl Places {
    fn of(area: Rect) -> Self {
        let (width, height) = (area.width, area.height);
        let upper = (height / 3).max(8);
        let left = (width / 2).clamp(40, 48).min(width - 20);
        let row = |y, height| Rect::new(0, y, width, height);
        let (message, so_far) = (1 + upper, height - 6);
        Self {
            title: row(0, 1),
            form: Rect::new(0, 1, left, upper),
            messages: Rect::new(left, 1, width - left, upper),
            message: row(message, so_far - message),
            so_far: row(so_far, 4),
            line: row(height - 2, 1),
            keys: row(height - 1, 1),
        }
    }
}

/// A clock as `1:02:03.456`, hours only where there are any.
fn clock(time: Time) -> String {
    let ms = time.ns() / 1_000_000;
    let (s, ms) = (ms / 1_000, ms % 1_000);
    let (min, s) = (s / 60, s % 60);
    match (min / 60, min % 60) {
        (0, min) => format!("{min}:{s:02}.{ms:03}"),
        (hours, min) => format!("{hours}:{min:02}:{s:02}.{ms:03}"),
    }
}

fn title(pen: &mut Pen<'_>, area: Rect, state: &State<'_>) {
    let spec = state.session.spec();
    let end = pen.text(area, (1, 0), "pdsim", STRONG);
    pen.text(area, (end + 1, 0), &spec.title, DIM);
    let now = format!(" {} of {} ", clock(state.now), spec_end(state));
    let course = match state.course {
        Course::Playing => pen.mark("[▶]", "[>]"),
        Course::Paused => pen.mark("[⏸]", "[=]"),
    };
    let width = u16::try_from(now.chars().count()).unwrap_or(30);
    let mut column = area.width.saturating_sub(width + 26);
    column = pen.text(area, (column, 0), &now, STRONG);
    column = pen.button(area, (column, 0), course, Action::PlayOrPause);
    column = pen.button(area, (column + 1, 0), "[step]", Action::StepOn);
    column = pen.button(area, (column + 1, 0), "[-]", Action::Pace(Direction::Less));
    column = pen.text(
        area,
        (column, 0),
        &format!("{:^7}", state.speed.name()),
        PLAIN,
    );
    pen.button(area, (column, 0), "[+]", Action::Pace(Direction::More));
}

fn spec_end(state: &State<'_>) -> String {
    let end = state.session.end();
    end.since(Time::ZERO).to_string()
}

/// What is typed, else what is said to the player.
fn line(pen: &mut Pen<'_>, area: Rect, state: &State<'_>) {
    match &state.prompt {
        Some((prompt, letters)) if *prompt != Prompt::Text => {
            let end = pen.text(area, (1, 0), prompt.label(), STRONG);
            let end = pen.text(area, (end, 0), ": ", STRONG);
            let end = pen.text(area, (end, 0), letters, OPEN);
            pen.text(area, (end, 0), "_", OPEN);
            if *prompt == Prompt::Policy {
                let hint = pen.mark(" ↑↓ others, Enter ", " up, down: others, Enter ");
                let width = u16::try_from(hint.chars().count()).unwrap_or(0);
                pen.text(area, (area.width.saturating_sub(width), 0), hint, DIM);
            }
        }
        _ => {
            let style = if state.note.is_fault { BAD } else { OPEN };
            pen.text(area, (1, 0), &state.note.text, style);
        }
    }
}

/// The keys that matter most; each can be clicked.
fn keys(pen: &mut Pen<'_>, area: Rect) {
    let shown: [(&str, &str, Action); 9] = [
        ("m", "message", Action::Ask(Prompt::Text)),
        ("g", "go to", Action::Ask(Prompt::GoTo)),
        ("p", "policy", Action::Ask(Prompt::Policy)),
        ("v", "token", Action::Turn),
        ("i", "inspect", Action::Inspect),
        ("z", "undo", Action::Undo),
        ("s", "save", Action::Save),
        ("?", "keys", Action::Help),
        ("q", "quit", Action::Quit),
    ];
    let mut column = 1;
    for (key, what, action) in shown {
        let start = column;
        column = pen.text(area, (column, 0), key, BUTTON);
        column = pen.text(area, (column + 1, 0), what, DIM);
        pen.hit(area, (start, 0), column, action);
        column += 1;
    }
}
