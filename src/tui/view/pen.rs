//! Drawing into cells: texts that stay inside, boxes, buttons, and the places that a mouse can hit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use ratatui::widgets::{Block, Widget as _};

use crate::tui::{Action, Look};

/// A place that a mouse can hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where.
    pub area: Rect,
    /// What a click does.
    pub click: Option<Action>,
    /// What the wheel does, up and down.
    pub wheel: Option<[Action; 2]>,
}

/// What draws.
pub(super) struct Pen<'b> {
    buffer: &'b mut Buffer,
    hits: Vec<Hit>,
    look: Look,
}

/// Plain text.
pub(super) const PLAIN: Style = Style::new();
/// What can be read past.
pub(super) const DIM: Style = Style::new().fg(Color::DarkGray);
/// What matters.
pub(super) const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
/// What went well.
pub(super) const GOOD: Style = Style::new().fg(Color::Green);
/// What was refused.
pub(super) const BAD: Style = Style::new().fg(Color::Red);
/// What is under way, or waits for somebody.
pub(super) const OPEN: Style = Style::new().fg(Color::Yellow);
/// What can be clicked.
pub(super) const BUTTON: Style = Style::new().fg(Color::Cyan);
/// What is chosen.
pub(super) const CHOSEN: Style = Style::new().add_modifier(Modifier::REVERSED);

const ASCII: border::Set<'_> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

impl<'b> Pen<'b> {
    pub(super) fn new(buffer: &'b mut Buffer, look: Look) -> Self {
        Self {
            buffer,
            hits: Vec::new(),
            look,
        }
    }

    pub(super) fn into_hits(self) -> Vec<Hit> {
        self.hits
    }

    pub(super) fn look(&self) -> Look {
        self.look
    }

    /// One of two letters, by what the terminal can show.
    pub(super) fn mark<'t>(&self, unicode: &'t str, ascii: &'t str) -> &'t str {
        match self.look {
            Look::Unicode => unicode,
            Look::Ascii => ascii,
        }
    }

    /// A text in a row of an area from a column on, cut at its end; returns the column behind it.
    pub(super) fn text(&mut self, area: Rect, at: (u16, u16), text: &str, style: Style) -> u16 {
        let (column, row) = at;
        if row >= area.height || column >= area.width {
            return area.width;
        }
        let room = usize::from(area.width - column);
        let place = (area.x + column, area.y + row);
        let end = self.buffer.set_stringn(place.0, place.1, text, room, style);
        end.0 - area.x
    }

    /// A text that does something where it is clicked.
    pub(super) fn button(&mut self, area: Rect, at: (u16, u16), text: &str, click: Action) -> u16 {
        let end = self.text(area, at, text, BUTTON);
        self.hit(area, at, end, click);
        end
    }

    /// A click from a column up to another one of a row.
    pub(super) fn hit(&mut self, area: Rect, at: (u16, u16), end: u16, click: Action) {
        let (column, row) = at;
        if row < area.height && column < end {
            self.hits.push(Hit {
                area: Rect::new(area.x + column, area.y + row, end - column, 1),
                click: Some(click),
                wheel: None,
            });
        }
    }

    /// What the wheel does over an area.
    pub(super) fn wheel(&mut self, area: Rect, up_and_down: [Action; 2]) {
        self.hits.push(Hit {
            area,
            click: None,
            wheel: Some(up_and_down),
        });
    }

    /// A box with a title; returns the area inside.
    pub(super) fn frame(&mut self, area: Rect, title: &str) -> Rect {
        let set = match self.look {
            Look::Unicode => border::ROUNDED,
            Look::Ascii => ASCII,
        };
        let block = Block::bordered()
            .border_set(set)
            .border_style(DIM)
            .title(format!(" {title} "))
            .title_style(STRONG);
        let inner = block.inner(area);
        block.render(area, self.buffer);
        inner
    }

    /// A style over a whole row of an area.
    pub(super) fn tint(&mut self, area: Rect, row: u16, style: Style) {
        if row < area.height {
            let line = Rect::new(area.x, area.y + row, area.width, 1);
            self.buffer.set_style(line, style);
        }
    }

    /// Blanks an area.
    pub(super) fn clear(&mut self, area: Rect) {
        for row in area.rows() {
            let blanks = " ".repeat(usize::from(row.width));
            self.buffer.set_string(row.x, row.y, blanks, Style::reset());
        }
    }
}
