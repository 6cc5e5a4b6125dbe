//! The tree that scenario files are read into: TOML values, each with the place it came from.
//!
//! Layers are merged as trees ([`super::overlay`]) and decoded into specs afterwards
//! ([`super::decode()`]); the merged tree remembers for every value which layer wrote it.

use std::collections::BTreeMap;

use super::{Place, SourceId, join_key, split_key};

/// The entries of a table, by key.
pub type Table = BTreeMap<String, Node>;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where the value is; for `[a.b]` its header, for `a.b = 1` the key `a`.
    pub place: Place,
    /// Where its key is; `None` for the root and the elements of arrays.
    pub key_place: Option<Place>,
    /// The value.
    pub value: Value,
}

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A table.
    Table(Table),
    /// An array.
    Array(Vec<Node>),
    /// A string.
    String(String),
    /// An integer.
    Integer(i128),
    /// A finite number with a point or an exponent.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or time, as written.
    Datetime(String),
    /// Stands for a faulty value while the decoder looks for more faults; never in a loaded tree.
    #[doc(hidden)]
    StandIn(u8),
}

impl Node {
    /// A table without entries at `place`.
    pub fn empty_table(place: Place) -> Self {
        Self::new(place, Value::Table(Table::new()))
    }

    /// A value without a key.
    pub fn new(place: Place, value: Value) -> Self {
        Self {
            place,
            key_place: None,
            value,
        }
    }

    /// The empty root of a source.
    pub fn root(source: SourceId) -> Self {
        Self::empty_table(Place::whole(source))
    }

    /// The entries, `None` where the value is not a table.
    pub fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The entries, to be changed.
    pub fn table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text, `None` where the value is not a string.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value at a dotted key (`senders.wave.start`, `indifference."spam.leakage"`).
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.get_parts(&split_key(key)?)
    }

    /// The value at a key given in parts.
    pub fn get_parts<S: AsRef<str>>(&self, parts: &[S]) -> Option<&Self> {
        parts
            .iter()
            .try_fold(self, |node, part| node.table()?.get(part.as_ref()))
    }

    /// The place of the value at a dotted key, or of the nearest table around it: where a fault
    /// between several keys is to be shown.
    pub fn place_of(&self, key: &str) -> Place {
        let mut node = self;
        for part in split_key(key).unwrap_or_default() {
            match node.inner(&part) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node.place
    }

    /// The entry of a table, or of an array by its number from 0.
    fn inner(&self, part: &str) -> Option<&Self> {
        match &self.value {
            Value::Table(table) => table.get(part),
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// Every value that is not a table, with its dotted key, in the order of the keys; empty
    /// tables too. `check --resolved` prints them with their places.
    pub fn leaves(&self) -> Vec<(String, &Self)> {
        let mut found = Vec::new();
        self.collect_leaves(&mut Vec::new(), &mut found);
        found
    }

    fn collect_leaves<'n>(&'n self, path: &mut Vec<String>, found: &mut Vec<(String, &'n Self)>) {
        match self.table() {
            Some(table) if !table.is_empty() => {
                for (key, node) in table {
                    path.push(key.clone());
                    node.collect_leaves(path, found);
                    path.pop();
                }
            }
            _ => found.push((join_key(path), self)),
        }
    }

    /// What the value is, in a fault: "`\"40\"` is a string", "a table".
    pub(super) fn described(&self) -> String {
        match &self.value {
            Value::Table(_) | Value::StandIn(_) => "a table is given".to_owned(),
            Value::Array(_) => "an array is given".to_owned(),
            Value::String(text) => format!("`{}` is a string", quoted(&cut(text))),
            Value::Integer(number) => format!("`{number}` is a whole number"),
            Value::Float(number) => format!("`{}` is a decimal number", float(*number)),
            Value::Boolean(value) => format!("`{value}` is a boolean"),
            Value::Datetime(text) => format!("`{text}` is a date"),
        }
    }
}

impl std::fmt::Display for Node {
    /// The value as TOML on one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.value {
            Value::Table(table) => {
                let entry =
                    |(key, node): (&String, &Self)| format!("{} = {node}", join_key(&[key]));
                let entries: Vec<String> = table.iter().map(entry).collect();
                if entries.is_empty() {
                    return f.write_str("{}");
                }
                write!(f, "{{ {} }}", entries.join(", "))
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(Self::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Value::String(text) => f.write_str(&quoted(text)),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Float(number) => f.write_str(&float(*number)),
            Value::Boolean(value) => write!(f, "{value}"),
            Value::Datetime(text) => f.write_str(text),
            Value::StandIn(_) => f.write_str("?"),
        }
    }
}

/// A number that stays a decimal number when it is read back: `2.0`, not `2`.
fn float(number: f64) -> String {
    format!("{number:?}")
}

/// A text as a TOML basic string.
pub(super) fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The first 40 characters, so that a fault stays on one line.
pub(super) fn cut(text: &str) -> String {
    const SHOWN: usize = 40;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use crate::scenario::testing::parsed;

    const TEXT: &str = "a = 2.0\nlist = [1, \"x\\ny\"]\n[t.\"q.r\"]\nb = true\n[e]\n";

    #[test]
    fn a_dotted_key_finds_its_value_and_its_place() {
        let (root, sources) = parsed(TEXT);
        assert_eq!(root.get("t.\"q.r\".b").unwrap().to_string(), "true");
        assert!(root.get("t.q.r.b").is_none());
        assert_eq!(sources.show(root.place_of("t.\"q.r\".b")), "a.toml:4:5");
        assert_eq!(sources.show(root.place_of("t.\"q.r\".gone")), "a.toml:3:1");
        assert_eq!(sources.show(root.place_of("gone.too")), "a.toml:1:1");
    }

    #[test]
    fn leaves_are_listed_as_toml_by_key() {
        let (root, _) = parsed(TEXT);
        let listed = |(key, node): &(String, &crate::scenario::Node)| format!("{key} = {node}");
        let lines: Vec<String> = root.leaves().iter().map(listed).collect();
        let expected = [
            "a = 2.0",
            "e = {}",
            "list = [1, \"x\\ny\"]",
            "t.\"q.r\".b = true",
        ];
        assert_eq!(lines, expected);
    }
}
