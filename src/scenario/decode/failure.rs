//! The decoder's error: serde's errors put into words, with the path to where they happened.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::scenario::{Wrong, nearest, tree::quoted};

/// One step from a value to a value inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::Index(index) => write!(f, "{}", index + 1),
        }
    }
}

/// Where at the failed value the fault is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    /// At the value.
    Value,
    /// At this key of the table.
    Key(String),
    /// At the value of this key of the table.
    Entry(String),
}

/// What kind of mending the failure calls for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The key does not belong there.
    WrongKey {
        key: String,
        suggestion: Option<String>,
    },
    /// The table lacks this key.
    MissingKey(&'static str),
    /// The value itself is wrong.
    WrongValue,
    /// No fault: a stand-in is asked for a table with these keys.
    StandInFor(Vec<&'static str>),
}

/// Why decoding stopped; boxed, for serde passes it through every level by value.
#[derive(Debug)]
pub(super) struct Failure(Box<Details>);

/// What a [`Failure`] holds. The path is kept from the innermost step outwards.
#[derive(Debug)]
pub(super) struct Details {
    pub(super) code: &'static str,
    pub(super) what: String,
    pub(super) remedy: String,
    pub(super) note: Option<String>,
    pub(super) path: Vec<Step>,
    pub(super) spot: Spot,
    pub(super) kind: Kind,
}

impl std::ops::Deref for Failure {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl std::ops::DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl Failure {
    pub(super) fn new(code: &'static str, what: String, remedy: String) -> Self {
        Self(Box::new(Details {
            code,
            what,
            remedy,
            note: None,
            path: Vec::new(),
            spot: Spot::Value,
            kind: Kind::WrongValue,
        }))
    }

    /// Asks for a stand-in to be spread over the keys of a table.
    pub(super) fn stand_in_for(keys: &[&'static str]) -> Self {
        let mut failure = Self::new("wrong-value", String::new(), String::new());
        failure.kind = Kind::StandInFor(keys.to_vec());
        failure
    }

    /// The same failure seen from the value around.
    pub(super) fn inside(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    /// The same failure as one of the key `key` of the table that is read.
    pub(super) fn of_key(mut self, key: &str) -> Self {
        self.spot = Spot::Key(key.to_owned());
        let suggestion = match &self.kind {
            Kind::WrongKey { suggestion, .. } => suggestion.clone(),
            _ => None,
        };
        self.kind = Kind::WrongKey {
            key: key.to_owned(),
            suggestion,
        };
        self
    }

    /// The same failure, shown at the key `key` of the failed table.
    pub(super) fn shown_at_key(mut self, key: &str) -> Self {
        self.spot = Spot::Key(key.to_owned());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        // The alternate form of `Wrong` carries its code and key; other errors ignore the flag.
        let wrong = Wrong::from_message(&format!("{message:#}"));
        let mut failure = Self::new(wrong.code, wrong.what, wrong.remedy);
        failure.spot = wrong.key.map_or(Spot::Value, Spot::Entry);
        failure
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let remedy = format!("write {}", wanted(expected));
        Self::new("wrong-type", described(&found), remedy)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let remedy = format!("write {}", wanted(expected));
        let (code, what) = match found {
            Unexpected::Signed(n) if n < 0 => ("out-of-range", format!("`{n}` is negative")),
            Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_) => (
                "out-of-range",
                format!("`{}` is out of range", number(&found)),
            ),
            Unexpected::Str(text) => ("wrong-value", format!("{} is no such value", quoted(text))),
            _ => ("wrong-value", described(&found)),
        };
        Self::new(code, what, remedy)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let what = format!("the array has {length} elements");
        Self::new("wrong-value", what, format!("write {}", wanted(expected)))
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        let what = format!("unknown value `{variant}`");
        let (remedy, note) = spelling(variant, known, "values");
        let mut failure = Self::new("unknown-value", what, remedy);
        failure.note = note;
        failure
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let what = format!("unknown key `{field}`");
        let (remedy, note) = spelling(field, known, "keys");
        let mut failure = Self::new("unknown-key", what, remedy);
        failure.note = note;
        failure.kind = Kind::WrongKey {
            key: field.to_owned(),
            suggestion: nearest(field, known.iter().copied()).map(str::to_owned),
        };
        failure
    }

    fn missing_field(field: &'static str) -> Self {
        let what = format!("missing key `{field}`");
        let mut failure = Self::new("missing-key", what, format!("add `{field} = ...`"));
        failure.kind = Kind::MissingKey(field);
        failure
    }

    fn duplicate_field(field: &'static str) -> Self {
        let what = format!("`{field}` is given twice");
        Self::new(
            "duplicate-key",
            what,
            "keep one of its spellings".to_owned(),
        )
    }
}

/// The remedy for a wrong word: the nearest known one, with all of them as a note, else the list.
fn spelling(word: &str, known: &[&str], what: &str) -> (String, Option<String>) {
    let list = listed(known);
    match nearest(word, known.iter().copied()) {
        Some(near) => (
            format!("write `{near}`"),
            Some(format!("{what} here: {list}")),
        ),
        None if known.is_empty() => ("take it out: nothing is set here".to_owned(), None),
        None => (format!("{what} here: {list}"), None),
    }
}

/// Words in backquotes, separated by commas.
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// What was found, in the words of TOML.
fn described(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}` is a boolean"),
        Unexpected::Signed(_) | Unexpected::Unsigned(_) => {
            format!("`{}` is a whole number", number(found))
        }
        Unexpected::Float(_) => format!("`{}` is a decimal number", number(found)),
        Unexpected::Str(text) => {
            format!(
                "`{}` is a string",
                quoted(&crate::scenario::tree::cut(text))
            )
        }
        Unexpected::Seq => "an array is given".to_owned(),
        Unexpected::Map => "a table is given".to_owned(),
        other => format!("{other} is given"),
    }
}

fn number(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Signed(n) => n.to_string(),
        Unexpected::Unsigned(n) => n.to_string(),
        Unexpected::Float(n) => format!("{n:?}"),
        other => other.to_string(),
    }
}

/// What serde's visitors call expected, in the words of TOML.
pub(super) fn wanted(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    let to = |most: &str| format!("a whole number from 0 to {most}");
    match words.as_str() {
        "u8" => to("255"),
        "u16" => to("65535"),
        "u32" => to("4294967295"),
        "u64" | "usize" => "a whole number of 0 or more".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" => "a string in quotes".to_owned(),
        "a sequence" => "an array".to_owned(),
        "a map" => "a table".to_owned(),
        text if text.starts_with("a nonzero u") => "a whole number of 1 or more".to_owned(),
        text if text.starts_with("struct ") || text.starts_with("struct variant ") => {
            "a table".to_owned()
        }
        text if text.starts_with("tuple ") => "an array".to_owned(),
        _ => words,
    }
}
