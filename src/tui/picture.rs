//! A screen as a picture: SVG, the same bytes on every machine.
//!
//! Words of one row and style are one text whose length is told, so that columns stay where they are
//! whatever font a reader has.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// A cell in pixels.
const CELL: (u32, u32) = (9, 18);
/// Around the screen.
const MARGIN: u32 = 12;
const GROUND: &str = "#16181d";
const INK: &str = "#d7dae0";

/// A screen as SVG; `title` says what it shows, for those who cannot see it.
pub fn svg(screen: &Buffer, title: &str) -> String {
    let area = screen.area();
    let (columns, rows) = (u32::from(area.width), u32::from(area.height));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{GROUND}\"/>\n<g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"15\">\n",
        escaped(title)
    );
    let lines = screen.content().chunks(usize::from(area.width));
    for (row, cells) in (0..).zip(lines) {
        draw_row(&mut text, row, cells);
    }
    text + "</g>\n</svg>\n"
}

fn draw_row(text: &mut String, row: u32, cells: &[Cell]) {
    let mut column = 0;
    let alike = |a: &Cell, b: &Cell| style_of(a) == style_of(b);
    for run in cells.chunk_by(alike) {
        let length = u32::try_from(run.len()).unwrap_or(0);
        draw_run(text, (column, row), run, length);
        column += length;
    }
}

/// Ink, ground and whether it is bold.
fn style_of(cell: &Cell) -> (&'static str, &'static str, bool) {
    let (ink, ground) = (colour(cell.fg, INK), colour(cell.bg, GROUND));
    let is_bold = cell.modifier.contains(Modifier::BOLD);
    if cell.modifier.contains(Modifier::REVERSED) {
        (ground, ink, is_bold)
    } else {
        (ink, ground, is_bold)
    }
}

fn draw_run(text: &mut String, (column, row): (u32, u32), run: &[Cell], length: u32) {
    let (ink, ground, is_bold) = style_of(&run[0]);
    let (x, y) = (MARGIN + column * CELL.0, MARGIN + row * CELL.1);
    let width = length * CELL.0;
    if ground != GROUND {
        let _ = writeln!(
            text,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{ground}\"/>",
            CELL.1
        );
    }
    let weight = if is_bold { " font-weight=\"bold\"" } else { "" };
    for (first, word) in words(run) {
        let count = u32::try_from(word.chars().count()).unwrap_or(0);
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" fill=\"{ink}\"{weight}>{}</text>",
            x + first * CELL.0,
            y + CELL.1 - 5,
            count * CELL.0,
            escaped(&word)
        );
    }
}

/// The texts of a run with their columns, parted where there are two blanks or more: not every
/// reader keeps blanks.
fn words(run: &[Cell]) -> Vec<(u32, String)> {
    let mut words: Vec<(u32, String)> = Vec::new();
    let mut blanks = 2;
    for (column, cell) in (0..).zip(run) {
        if cell.symbol() == " " {
            blanks += 1;
            continue;
        }
        match words.last_mut() {
            Some((_, word)) if blanks < 2 => {
                word.push_str(&" ".repeat(blanks));
                word.push_str(cell.symbol());
            }
            _ => words.push((column, cell.symbol().to_owned())),
        }
        blanks = 0;
    }
    words
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The colours that the screen uses.
fn colour(colour: Color, reset: &'static str) -> &'static str {
    match colour {
        Color::Green => "#7bc275",
        Color::Red => "#f0737a",
        Color::Yellow => "#e3b866",
        Color::Cyan => "#6fc3d6",
        Color::DarkGray => "#80858f",
        _ => reset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    #[test]
    fn a_screen_becomes_a_text_for_each_style_and_a_ground_where_it_is_reversed() {
        let mut screen = Buffer::with_lines(["a <b  c", "       "]);
        screen.set_string(2, 1, "x", Style::new().fg(Color::Red).reversed());
        let drawn = svg(&screen, "a & b");
        let lines: Vec<&str> = drawn.lines().collect();
        // 7 x 9 + 24 columns of pixels, 2 x 18 + 24 rows.
        assert!(lines[0].contains("width=\"87\" height=\"60\""), "{drawn}");
        assert_eq!(lines[1], "<title>a &amp; b</title>");
        assert_eq!(
            lines[4],
            "<text x=\"12\" y=\"25\" textLength=\"36\" fill=\"#d7dae0\">a &lt;b</text>"
        );
        assert_eq!(
            lines[5],
            "<text x=\"66\" y=\"25\" textLength=\"9\" fill=\"#d7dae0\">c</text>"
        );
        assert_eq!(
            lines[6],
            "<rect x=\"30\" y=\"30\" width=\"9\" height=\"18\" fill=\"#f0737a\"/>"
        );
        assert_eq!(
            lines[7],
            "<text x=\"30\" y=\"43\" textLength=\"9\" fill=\"#16181d\">x</text>"
        );
    }
}
