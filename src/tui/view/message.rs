//! The chosen message: its checks as lamps, then its life or its token.

use ratatui::layout::Rect;
use ratatui::style::Style;
use serde_json::Value;

use super::messages::progress;
use super::pen::{BAD, DIM, GOOD, OPEN, PLAIN, Pen, STRONG};
use super::{Scene, State};
use crate::experiment::session::{Light, Minted, People};
use crate::tui::{Action, Direction, Page};

/// Draws what is known of the chosen message.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State<'_>, scene: &Scene<'_>) {
    let Some(row) = state.selected.and_then(|id| scene.seen.row(id)) else {
        let inner = pen.frame(area, "Message");
        pen.text(
            inner,
            (1, 0),
            "Enter sends one; the arrow keys choose one",
            DIM,
        );
        return;
    };
    let people = People::of(scene.arm);
    let (from, to) = (people.name_of(row.sender), people.name_of(row.recipient));
    let said = said(state, scene).map_or(String::new(), |text| format!(": {text}"));
    let inner = pen.frame(
        area,
        &format!("Message {} from {from} to {to}{said}", row.id),
    );
    pen.wheel(
        inner,
        [Direction::Less, Direction::More].map(Action::Scroll),
    );
    let (text, style) = progress(pen, row.progress, &scene.arm.shape().layers);
    let end = lamps(pen, inner, scene);
    let at = inner
        .width
        .saturating_sub(u16::try_from(text.chars().count()).unwrap_or(0) + 1);
    if at > end {
        pen.text(inner, (at, 0), &text, style);
    }
    let below = Rect::new(
        inner.x,
        inner.y + 1,
        inner.width,
        inner.height.saturating_sub(1),
    );
    match (state.page, scene.life) {
        (_, None) => {
            let hint = "its life is not written: i begins to";
            pen.text(below, (1, 0), hint, DIM);
        }
        (Page::Life, Some(life)) => {
            let text = (state.words.life)(life, scene.arm);
            // The first lines say what the title says.
            let lines = text
                .lines()
                .skip(3)
                .map(|line| (line.to_owned(), colour(line)));
            page(pen, below, state.scroll, &lines.collect::<Vec<_>>());
        }
        (Page::Token, Some(_)) => {
            let width = usize::from(below.width.saturating_sub(2)).max(20);
            let lines = scene.minted.map(|minted| token(minted, width));
            page(pen, below, state.scroll, &lines.unwrap_or_default());
        }
    }
}

/// What the player wrote, if it is one of his.
fn said(state: &State<'_>, scene: &Scene<'_>) -> Option<String> {
    let id = state.selected?;
    let by_hand = scene.arm.plan().by_hand(id.ordinal());
    let text = (by_hand == id).then(|| state.session.text_of(id.ordinal()))?;
    text.map(str::to_owned)
}

/// The checks in their order; returns the column behind them.
fn lamps(pen: &mut Pen<'_>, area: Rect, scene: &Scene<'_>) -> u16 {
    let mut column = 1;
    for (check, light) in scene.lights {
        let (mark, style) = match light {
            Light::Off => (pen.mark("○", "o"), DIM),
            Light::UnderWay => (pen.mark("◐", "~"), OPEN),
            Light::Passed => (pen.mark("●", "*"), GOOD),
            Light::Held => (pen.mark("●", "?"), OPEN),
            Light::Refused => (pen.mark("✗", "X"), BAD),
            Light::NotAsked => (pen.mark("·", "."), DIM),
        };
        column = pen.text(area, (column, 0), mark, style);
        column = pen.text(area, (column + 1, 0), check.name(), style) + 2;
    }
    column
}

fn colour(line: &str) -> Style {
    if line.contains("REFUSED") || line.contains("outcome: refused") {
        BAD
    } else if line.contains("outcome: delivered") {
        GOOD
    } else {
        PLAIN
    }
}

/// Lines from the first one that fits, at most so far that the last one is at the bottom.
fn page(pen: &mut Pen<'_>, area: Rect, scroll: usize, lines: &[(String, Style)]) {
    let room = usize::from(area.height);
    let first = scroll.min(lines.len().saturating_sub(room));
    for (row, (line, style)) in (0..).zip(lines.iter().skip(first).take(room)) {
        pen.text(area, (1, row), line, *style);
    }
    let (above, below) = (first > 0, first + room < lines.len());
    let more = match (above, below) {
        (false, false) => return,
        (true, true) => pen.mark("↕", "|"),
        (true, false) => pen.mark("↑", "^"),
        (false, true) => pen.mark("↓", "v"),
    };
    let last = (area.width.saturating_sub(1), area.height.saturating_sub(1));
    pen.text(area, last, more, STRONG);
}

/// A token: the verdict on it, what it says, the key that it is verified with, its text.
fn token(minted: &Minted, width: usize) -> Vec<(String, Style)> {
    let key = &minted.document["verificationMethod"][0];
    let (verdict, style) = match minted.verdict {
        Ok(()) => ("verified with the sender's key".to_owned(), GOOD),
        Err(rejection) => {
            let name = rejection.error().unwrap_or("refused");
            (format!("not verified: {name}"), BAD)
        }
    };
    let mut lines = vec![
        (verdict, style),
        (format!("header  {}", minted.header), PLAIN),
    ];
    for name in ["iss", "aud", "lxm", "iat", "exp", "jti"] {
        lines.push((format!("{name}     {}", bare(&minted.claims[name])), PLAIN));
    }
    lines.push((format!("key     {}", bare(&key["publicKeyMultibase"])), DIM));
    lines.push((format!("        of {}", bare(&key["id"])), DIM));
    let letters: Vec<char> = minted.token.chars().collect();
    lines.extend(
        letters
            .chunks(width)
            .map(|part| (part.iter().collect(), DIM)),
    );
    lines
}

/// A text without quotes.
fn bare(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
