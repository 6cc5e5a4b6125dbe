//! A session without a terminal: a list of actions, and the screen after the last of them.

use std::convert::Infallible;
use std::path::Path;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::{Action, Direction, Front, Hit, Prompt, Scene, State, Wait, view};
use crate::units::Span;

/// Actions that are done one after the other, on a screen in memory.
pub struct Script {
    actions: std::vec::IntoIter<Action>,
    terminal: Terminal<TestBackend>,
    /// What a mouse could hit on the last screen.
    pub hits: Vec<Hit>,
    /// What was saved last.
    pub saved: Option<String>,
}

impl Script {
    /// A script on a screen of so many columns and rows.
    ///
    /// # Panics
    /// Never: a screen in memory can be made.
    pub fn new(actions: Vec<Action>, (columns, rows): (u16, u16)) -> Self {
        let terminal = Terminal::new(TestBackend::new(columns, rows));
        Self {
            actions: actions.into_iter(),
            terminal: terminal.expect("a screen in memory can be made"),
            hits: Vec::new(),
            saved: None,
        }
    }

    /// The screen.
    pub fn screen(&self) -> &Buffer {
        self.terminal.backend().buffer()
    }

    /// The screen as lines of text.
    pub fn text(&self) -> String {
        let buffer = self.screen();
        let width = usize::from(buffer.area().width);
        let rows = buffer.content().chunks(width);
        let line = |row: &[ratatui::buffer::Cell]| {
            let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
            line.trim_end().to_owned() + "\n"
        };
        rows.map(line).collect()
    }
}

impl Front for Script {
    type Error = Infallible;

    fn show(&mut self, state: &State<'_>, scene: &Scene<'_>) -> Result<(), Infallible> {
        let hits = &mut self.hits;
        let drawn = self
            .terminal
            .draw(|frame| *hits = view(state, scene, frame.buffer_mut()));
        drawn.map(drop)
    }

    fn next(&mut self, _: &State<'_>, wait: Wait) -> Result<Option<Action>, Infallible> {
        Ok(match wait {
            Wait::Frame => Some(self.actions.next().unwrap_or(Action::Quit)),
            Wait::Not => None,
        })
    }

    fn save(&mut self, state: &State<'_>) -> Result<String, String> {
        let text = state.session.text(|path: &Path| path.display().to_string());
        self.saved = Some(text);
        Ok("saved".to_owned())
    }
}

fn typed(prompt: Prompt, letters: &str) -> Vec<Action> {
    let mut actions = vec![Action::Ask(prompt), Action::Clear];
    actions.extend(letters.chars().map(Action::Type));
    actions.push(Action::Confirm);
    actions
}

/// The session that is shown in the README: what the proof of concept's demo can do, in about a
/// minute.
pub fn showcase() -> Vec<Action> {
    let wait = |ms| Action::Tick(Span::from_ms(ms));
    let mut all = vec![wait(1_000)];
    // Alice writes to Bob, who accepts the request and answers.
    all.extend(typed(Prompt::Pair, "alice bob"));
    all.extend(typed(Prompt::Text, "Shall we meet at noon?"));
    all.extend([wait(8_000), Action::Accept, wait(4_000)]);
    all.extend(typed(Prompt::Text, "See you there"));
    all.extend([wait(9_000), Action::Swap]);
    all.extend(typed(Prompt::Text, "I will bring cake"));
    all.push(wait(12_000));
    // Mallory tries: a request that is accepted by mistake, a burst, a forged token; then the label.
    all.extend(typed(Prompt::Pair, "mallory dave"));
    all.extend(typed(Prompt::Text, "You have won!!!"));
    all.extend([wait(6_000), Action::Accept, wait(5_000)]);
    all.extend(typed(Prompt::Burst, "12"));
    all.extend([wait(9_000), Action::SendForged, wait(7_000)]);
    all.extend([Action::Label, wait(11_000), Action::Send, wait(1_000)]);
    all.extend((0..3).map(|_| Action::Scroll(Direction::More)));
    all
}
