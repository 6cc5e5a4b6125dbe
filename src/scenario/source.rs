//! Where text came from: files, `--set` texts and embedded scenarios, and places inside them.
//!
//! A [`Place`] is a source and a range of bytes in it. Lines and columns are worked out only when
//! a fault is shown: both count from 1, columns count characters.

use std::ops::Range;
use std::sync::Arc;

/// What a source is, which decides how places in it are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A file: `a.toml:14:12`.
    File,
    /// A text inside the program: `embedded:demo.toml:14:12`.
    Embedded,
    /// An argument `--set KEY=VALUE`: `--set run.duration=2`.
    Set,
}

/// The number of a source, in the order in which sources were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A range of bytes in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The source.
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Place {
    /// The bytes `span` of `source`.
    pub fn new(source: SourceId, span: Range<usize>) -> Self {
        Self {
            source,
            start: span.start,
            end: span.end.max(span.start),
        }
    }

    /// The start of a source: the place of what concerns the whole of it.
    pub fn whole(source: SourceId) -> Self {
        Self::new(source, 0..0)
    }
}

/// A line and a column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One text that was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// File path as it was reached, name of the embedded text, or the text of `--set`.
    pub name: String,
    /// What the source is.
    pub origin: Origin,
    /// The text; empty where the file could not be read.
    pub text: Arc<str>,
}

/// Every text that was read, by number.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a text and returns its number.
    ///
    /// # Panics
    /// After 2^32 sources.
    pub fn add(&mut self, origin: Origin, name: impl Into<String>, text: Arc<str>) -> SourceId {
        let id = SourceId(u32::try_from(self.0.len()).expect("more than 2^32 sources"));
        self.0.push(Source {
            name: name.into(),
            origin,
            text,
        });
        id
    }

    /// The source with this number.
    ///
    /// # Panics
    /// If the number belongs to other `Sources`.
    pub fn get(&self, id: SourceId) -> &Source {
        self.0
            .get(id.0 as usize)
            .expect("a source id is only handed out by the `Sources` that hold it")
    }

    /// The bytes of `place` as text, empty where the place lies outside its source.
    pub fn text(&self, place: Place) -> &str {
        self.get(place.source)
            .text
            .get(place.start..place.end)
            .unwrap_or("")
    }

    /// Line and column of the first byte of `place`.
    pub fn position(&self, place: Place) -> Position {
        let text = &self.get(place.source).text;
        let before = &text.as_bytes()[..place.start.min(text.len())];
        let line_start = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |i| i + 1);
        // Every byte that does not continue a UTF-8 sequence starts a character.
        let characters = before[line_start..].iter().filter(|b| **b & 0xC0 != 0x80);
        Position {
            line: before.split(|b| *b == b'\n').count(),
            column: 1 + characters.count(),
        }
    }

    /// The place as it is shown: `a.toml:14:12`, `--set run.duration=2`, or the bare name of a
    /// file that could not be read.
    pub fn show(&self, place: Place) -> String {
        let source = self.get(place.source);
        if source.origin == Origin::Set || source.text.is_empty() {
            return source.shown_name();
        }
        let Position { line, column } = self.position(place);
        format!("{}:{line}:{column}", source.shown_name())
    }

    /// Where a value comes from, without its column: `a.toml:14` or `--set run.duration=2`.
    pub fn show_line(&self, place: Place) -> String {
        let source = self.get(place.source);
        if source.origin == Origin::Set {
            return source.shown_name();
        }
        format!("{}:{}", source.shown_name(), self.position(place).line)
    }

    /// The line that holds the first byte of `place`, without its end, and where it starts.
    pub(super) fn line(&self, place: Place) -> (&str, usize) {
        let text = &self.get(place.source).text;
        let at = place.start.min(text.len());
        let start = text.as_bytes()[..at]
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |i| i + 1);
        let length = text.as_bytes()[start..].iter().position(|b| *b == b'\n');
        let end = length.map_or(text.len(), |length| start + length);
        let line = &text[start..end];
        (line.strip_suffix('\r').unwrap_or(line), start)
    }
}

impl Source {
    fn shown_name(&self) -> String {
        match self.origin {
            Origin::File => self.name.clone(),
            Origin::Embedded => format!("embedded:{}", self.name),
            Origin::Set => format!("--set {}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let mut sources = Sources::default();
        let file = sources.add(Origin::File, "a.toml", "x = 1\nä = \"é\" # z\r\n\n".into());
        let at = |needle: &str| {
            let start = sources.get(file).text.find(needle).unwrap();
            sources.show(Place::new(file, start..start + needle.len()))
        };
        assert_eq!(at("x"), "a.toml:1:1");
        assert_eq!(at("ä"), "a.toml:2:1");
        assert_eq!(at("\"é\""), "a.toml:2:5");
        assert_eq!(at("# z"), "a.toml:2:9");
        let (line, start) = sources.line(Place::new(file, 8..8));
        assert_eq!((line, start), ("ä = \"é\" # z", 6));
    }

    #[test]
    fn each_origin_names_its_places_in_its_own_way() {
        let mut sources = Sources::default();
        let set = sources.add(Origin::Set, "run.seed=x", "run.seed=x".into());
        let embedded = sources.add(Origin::Embedded, "demo.toml", "a = 1".into());
        let unread = sources.add(Origin::File, "gone.toml", "".into());
        assert_eq!(sources.show(Place::new(set, 4..8)), "--set run.seed=x");
        assert_eq!(
            sources.show(Place::new(embedded, 4..5)),
            "embedded:demo.toml:1:5"
        );
        assert_eq!(
            sources.show_line(Place::new(embedded, 4..5)),
            "embedded:demo.toml:1"
        );
        assert_eq!(sources.show(Place::whole(unread)), "gone.toml");
    }
}
