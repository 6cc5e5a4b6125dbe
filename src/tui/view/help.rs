//! All keys, over the rest of the screen.

use ratatui::layout::Rect;

use super::pen::{BUTTON, DIM, PLAIN, Pen};
use crate::tui::keys::KEYS;

/// Draws the table of keys in the middle, in two columns where it does not fit into one.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let rows = KEYS.len().div_ceil(2);
    let width = area.width.min(78);
    let height = u16::try_from(rows)
        .unwrap_or(area.height)
        .min(area.height - 3)
        + 3;
    let place = Rect::new(
        (area.width - width) / 2,
        (area.height - height) / 2,
        width,
        height,
    );
    pen.clear(place);
    let inner = pen.frame(place, "Keys; Esc closes");
    let half = inner.width / 2;
    for (index, (keys, what)) in KEYS.iter().enumerate() {
        let column = if index < rows { 0 } else { half };
        let row = u16::try_from(index % rows).unwrap_or(0);
        pen.text(inner, (column + 1, row), keys, BUTTON);
        let part = Rect::new(inner.x + column, inner.y, half, inner.height);
        pen.text(part, (12, row), what, PLAIN);
    }
    let mouse = "The mouse works, too: buttons, names, messages, wheel.";
    pen.text(inner, (1, inner.height.saturating_sub(1)), mouse, DIM);
}
