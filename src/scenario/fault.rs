//! What is wrong with an input: a stable code, a place, what is wrong, what to do instead.
//!
//! Readers do not stop at the first fault: they collect [`Faults`], which are shown sorted by
//! file and place.

use std::collections::BTreeSet;

use super::{Place, Wrong};

/// Whether a fault stops the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, but perhaps not as its author meant it.
    Warning,
}

/// One fault of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Stable kebab-case code, one of [`super::CODES`].
    pub code: &'static str,
    /// Whether it stops the run.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What is wrong, naming the text as written.
    pub what: String,
    /// What to write instead.
    pub remedy: String,
    /// More to know, shown below the excerpt only: the list of valid keys, for example.
    pub note: Option<String>,
}

impl Fault {
    /// An error.
    ///
    /// # Panics
    /// If `code` is not one of [`super::CODES`].
    pub fn new(
        code: &'static str,
        place: Place,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        assert!(super::code(code).is_some(), "`{code}` is not in CODES");
        Self {
            code,
            severity: Severity::Error,
            place,
            what: shortened(what.into()),
            remedy: shortened(remedy.into()),
            note: None,
        }
    }

    /// The same fault with a note below its excerpt.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// The same fault as a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

/// A hostile value may be megabytes long: the beginning says what is meant.
fn shortened(text: String) -> String {
    const MOST: usize = 600;
    if text.len() <= MOST {
        return text;
    }
    text.chars().take(MOST).chain(['…']).collect()
}

/// The faults found so far.
#[derive(Debug, Clone, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// No fault yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault; one that is there already is not added again.
    pub fn push(&mut self, fault: Fault) {
        if !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    /// Adds an error with its parts.
    pub fn error(
        &mut self,
        code: &'static str,
        place: Place,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Fault::new(code, place, what, remedy));
    }

    /// Adds a check's fault at its place.
    pub fn wrong(&mut self, place: Place, wrong: Wrong) {
        self.push(Fault::new(wrong.code, place, wrong.what, wrong.remedy));
    }

    /// Adds all faults of `other`.
    pub fn append(&mut self, other: Self) {
        for fault in other.0 {
            self.push(fault);
        }
    }

    /// Whether a fault stops the run.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many faults stop the run.
    pub fn errors(&self) -> usize {
        let errors = self.0.iter().filter(|f| f.severity == Severity::Error);
        errors.count()
    }

    /// Whether nothing at all was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All faults by file, place and severity.
    pub fn sorted(&self) -> Vec<&Fault> {
        let mut list: Vec<&Fault> = self.0.iter().collect();
        list.sort_by_key(|fault| (fault.place, fault.severity));
        list
    }

    /// The codes found, each once, in alphabetical order.
    pub fn codes(&self) -> Vec<&'static str> {
        let codes: BTreeSet<&'static str> = self.0.iter().map(|fault| fault.code).collect();
        codes.into_iter().collect()
    }
}
