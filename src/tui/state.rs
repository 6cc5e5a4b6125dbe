//! What the player chose, apart from what there is to see.

use super::{Chosen, Page, Prompt, Speed};
use crate::experiment::Arm;
use crate::experiment::session::{People, Session};
use crate::protocol::MessageId;
use crate::trace::Life;
use crate::units::{Span, Time};

/// Whether time goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// It does.
    Playing,
    /// It stands still.
    Paused,
}

/// Letters that the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// All of them.
    Unicode,
    /// ASCII alone.
    Ascii,
}

/// One line to the player.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    /// What is said.
    pub text: String,
    /// Whether something could not be done.
    pub is_fault: bool,
}

/// How others say things.
#[derive(Clone, Copy)]
pub struct Words {
    /// The life of a message of an arm, as lines of text.
    pub life: fn(&Life, &Arm) -> String,
    /// A number with its unit (`s`, `ratio`).
    pub value: fn(f64, &str) -> String,
    /// Numbers from 0 to the largest as one letter each.
    pub course: fn(&[Option<f64>], Look) -> String,
}

/// The state of the player's side.
pub struct State<'f> {
    /// The scenario and what was done in it.
    pub session: Session<'f>,
    /// The virtual clock, in whole milliseconds.
    pub now: Time,
    /// What of a millisecond has gone by.
    pub carry: Span,
    /// Whether time goes by.
    pub course: Course,
    /// How fast.
    pub speed: Speed,
    /// How much is done at once when it is as fast as can be.
    pub stride: Span,
    /// Who writes to whom.
    pub chosen: Chosen,
    /// What they say.
    pub text: String,
    /// How many messages a burst has.
    pub burst: u32,
    /// The message that is looked at.
    pub selected: Option<MessageId>,
    /// A message whose life is written although it was not sent by hand.
    pub followed: Option<MessageId>,
    /// What is shown of it.
    pub page: Page,
    /// Lines of the page that lie above.
    pub scroll: usize,
    /// What is being typed, and the letters so far.
    pub prompt: Option<(Prompt, String)>,
    /// The suggestion that is shown.
    pub suggestion: usize,
    /// Whether the keys are shown.
    pub shows_keys: bool,
    /// The line to the player.
    pub note: Note,
    /// Letters that the terminal can show.
    pub look: Look,
    /// How others say things.
    pub words: Words,
}

impl<'f> State<'f> {
    /// The beginning of a session.
    pub fn new(session: Session<'f>, words: Words) -> Self {
        let chosen = Chosen::first(&People::of(&session.arm()));
        Self {
            session,
            now: Time::ZERO,
            carry: Span::ZERO,
            course: Course::Playing,
            speed: Speed::default(),
            stride: Span::from_s(1),
            chosen,
            text: "hello".to_owned(),
            burst: 20,
            selected: None,
            followed: None,
            page: Page::Life,
            scroll: 0,
            prompt: None,
            suggestion: 0,
            shows_keys: false,
            note: Note::default(),
            look: Look::Unicode,
            words,
        }
    }

    /// Says something to the player.
    pub fn say(&mut self, text: impl Into<String>) {
        self.note = Note {
            text: text.into(),
            is_fault: false,
        };
    }

    /// Says why something could not be done.
    pub fn complain(&mut self, text: impl Into<String>) {
        self.note = Note {
            text: text.into(),
            is_fault: true,
        };
    }

    /// The clock as a span from the start of the run.
    pub fn elapsed(&self) -> Span {
        self.now.since(Time::ZERO)
    }
}
