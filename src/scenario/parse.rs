//! TOML text into a [`Node`] tree, with every syntax fault at its place.
//!
//! Limits: 8 MiB of text ([`MOST_BYTES`], checked where files are read) and 64 levels of nesting.

use toml::de::{DeTable, DeValue};

use super::{Faults, Node, Place, SourceId, Sources, Table, Value};

/// Largest scenario file.
pub const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// Deepest nesting of tables and arrays.
const DEEPEST: usize = 64;

/// What one source holds, as far as it could be read.
pub struct Parsed {
    /// The tree; parts with syntax faults are missing.
    pub root: Node,
    /// Whether the whole text was read without an error.
    pub sound: bool,
}

/// Parses the text of `source`.
pub fn parse(source: SourceId, sources: &Sources, faults: &mut Faults) -> Parsed {
    let before = faults.errors();
    let text = &sources.get(source).text;
    let (table, errors) = DeTable::parse_recoverable(text);
    let parser_gave_up = report_syntax(source, sources, &errors, faults);
    let mut convert = Converter::new(source, 0, faults);
    let entries = convert.table(table.get_ref(), 1);
    if let Some(place) = convert.too_deep.or(parser_gave_up) {
        too_deep(place, faults);
    }
    let mut root = Node::root(source);
    root.value = Value::Table(entries);
    let sound = faults.errors() == before;
    Parsed { root, sound }
}

/// Parses `text`, the part of `source` that starts at byte `shift`, as one TOML value; `None`
/// where it is none.
pub(super) fn parse_value(
    source: SourceId,
    shift: usize,
    text: &str,
    faults: &mut Faults,
) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    let mut convert = Converter::new(source, shift, faults);
    let node = convert.value(value.get_ref(), value.span(), 1);
    if let Some(place) = convert.too_deep {
        too_deep(place, faults);
    }
    node
}

struct Converter<'f> {
    source: SourceId,
    shift: usize,
    faults: &'f mut Faults,
    /// The first value beyond the deepest level.
    too_deep: Option<Place>,
}

impl<'f> Converter<'f> {
    fn new(source: SourceId, shift: usize, faults: &'f mut Faults) -> Self {
        Self {
            source,
            shift,
            faults,
            too_deep: None,
        }
    }

    fn place(&self, span: std::ops::Range<usize>) -> Place {
        Place::new(self.source, span.start + self.shift..span.end + self.shift)
    }

    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Table {
        let mut entries = Table::new();
        for (key, value) in table {
            if let Some(mut node) = self.value(value.get_ref(), value.span(), depth) {
                node.key_place = Some(self.place(key.span()));
                entries.insert(key.get_ref().to_string(), node);
            }
        }
        entries
    }

    fn value(
        &mut self,
        value: &DeValue<'_>,
        span: std::ops::Range<usize>,
        depth: usize,
    ) -> Option<Node> {
        let place = self.place(span);
        if depth > DEEPEST {
            self.too_deep.get_or_insert(place);
            return None;
        }
        let value = match value {
            DeValue::Table(table) => Value::Table(self.table(table, depth + 1)),
            DeValue::Array(items) => Value::Array(
                items
                    .iter()
                    .filter_map(|item| self.value(item.get_ref(), item.span(), depth + 1))
                    .collect(),
            ),
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(value) => Value::Boolean(*value),
            DeValue::Datetime(when) => Value::Datetime(when.to_string()),
            DeValue::Integer(number) => self.integer(number.as_str(), number.radix(), place)?,
            DeValue::Float(number) => self.float(number.as_str(), place)?,
        };
        Some(Node::new(place, value))
    }

    fn integer(&mut self, digits: &str, radix: u32, place: Place) -> Option<Value> {
        let number = i128::from_str_radix(digits, radix).ok();
        let fits = |n: &i128| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(n);
        let value = number.filter(fits).map(Value::Integer);
        if value.is_none() {
            let what = format!("`{}` needs more than 64 bits", super::tree::cut(digits));
            let remedy = "write a smaller number";
            self.faults.error("out-of-range", place, what, remedy);
        }
        value
    }

    fn float(&mut self, digits: &str, place: Place) -> Option<Value> {
        let number: Option<f64> = digits.parse().ok();
        let value = number.filter(|n| n.is_finite()).map(Value::Float);
        if value.is_none() {
            let what = format!("`{}` is not a finite number", super::tree::cut(digits));
            let remedy = "write a number such as 0.5";
            self.faults.error("out-of-range", place, what, remedy);
        }
        value
    }
}

fn too_deep(place: Place, faults: &mut Faults) {
    let what = format!("nested deeper than {DEEPEST} levels");
    faults.error("too-deep", place, what, "use fewer levels");
}

/// Reports syntax errors. An error within a line of the one before it mostly follows from it and
/// is left out. Returns where the parser stopped at too deep a nesting.
fn report_syntax(
    source: SourceId,
    sources: &Sources,
    errors: &[toml::de::Error],
    faults: &mut Faults,
) -> Option<Place> {
    let span = |error: &toml::de::Error| error.span().unwrap_or(0..0);
    let mut ordered: Vec<_> = errors.iter().map(|e| (span(e), e.message())).collect();
    ordered.sort_by_key(|(span, _)| span.start);
    let mut reported_line = None;
    for (span, message) in ordered {
        let place = Place::new(source, span);
        let line = sources.position(place).line;
        if reported_line.is_some_and(|reported| line <= reported + 1) {
            continue;
        }
        reported_line = Some(line);
        if message.contains("recurs") {
            return Some(place);
        }
        if message.contains("inline table") {
            // All that follows follows from it.
            let what = "an inline table is not closed before this line";
            faults.error("syntax", place, what, "close it with `}` where it ends");
            return None;
        }
        let (what, remedy) = explain(message, sources.text(place));
        faults.error("syntax", place, what, remedy);
    }
    None
}

/// The parser's message as a fault and a remedy, in the words of someone who writes scenarios.
fn explain(message: &str, found: &str) -> (String, String) {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let pair = |what: String, remedy: &str| (what, remedy.to_owned());
    let found_raw = found;
    let found = super::tree::cut(found.trim());
    match what {
        "string values must be quoted" | "invalid boolean" if found.is_empty() => {
            pair("no value".to_owned(), "write a value after `=`")
        }
        "string values must be quoted" | "invalid boolean" => (
            format!("`{found}` is not a value"),
            format!("write \"{found}\" with quotes"),
        ),
        "key with no value" => pair("no `=` after the key".to_owned(), "write KEY = VALUE"),
        "duplicate key" => pair(format!("`{found}` is given twice"), "keep one of the two"),
        "invalid basic string" | "invalid literal string" if has_control(found_raw) => pair(
            "a control character in a text".to_owned(),
            "take it out, or write it as \\u001B",
        ),
        "invalid basic string" | "invalid literal string" => pair(
            "the text has no closing quote".to_owned(),
            "close the quote",
        ),
        _ if expected.is_empty() || expected == "nothing" => {
            let shown = if found.is_empty() {
                String::new()
            } else {
                format!(" `{found}`")
            };
            pair(format!("bad TOML: {what}{shown}"), "take it out or mend it")
        }
        _ => (format!("bad TOML: {what}"), format!("expected {expected}")),
    }
}

/// TOML has no place for them, but for line ends and tabulators.
fn has_control(text: &str) -> bool {
    let mut letters = text.chars();
    letters.any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use crate::scenario::testing::faults_of;

    #[test]
    fn common_slips_are_named_with_their_remedy() {
        let cases = [
            (
                "a = 24h\n",
                "a.toml:1:5: `24h` is not a value; write \"24h\" with quotes",
            ),
            (
                "a = five\n",
                "a.toml:1:5: `five` is not a value; write \"five\" with quotes",
            ),
            ("a = \n", "a.toml:1:5: no value; write a value after `=`"),
            (
                "x = 1\nx = 2\n",
                "a.toml:2:1: `x` is given twice; keep one of the two",
            ),
            (
                "[a]\n[a]\n",
                "a.toml:2:2: `a` is given twice; keep one of the two",
            ),
            (
                "workers : 2\n",
                "a.toml:1:9: no `=` after the key; write KEY = VALUE",
            ),
            (
                "a = \"x\nb = 2\n",
                "a.toml:1:7: the text has no closing quote; close the quote",
            ),
            (
                "[run\n",
                "a.toml:1:5: bad TOML: unclosed table; expected `]`",
            ),
            (
                "a = nan\n",
                "a.toml:1:5: `nan` is not a finite number; write a number such as 0.5",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(faults_of(text), [expected], "{text}");
        }
    }

    #[test]
    fn independent_syntax_faults_are_all_reported_once() {
        let text = "a = 24h\nb = 1\nc = 2\nd = 1h\n# fine\ne = [1, 2\n\nf = 3\n";
        let lines = faults_of(text);
        assert_eq!(
            lines[0],
            "a.toml:1:5: `24h` is not a value; write \"24h\" with quotes"
        );
        assert_eq!(
            lines[1],
            "a.toml:4:5: `1h` is not a value; write \"1h\" with quotes"
        );
        assert!(lines[2].starts_with("a.toml:8:"), "{lines:?}");
    }

    #[test]
    fn numbers_beyond_64_bits_and_deep_nesting_are_refused() {
        let lines = faults_of("a = 99999999999999999999\nb = 18446744073709551615\n");
        let expected = "a.toml:1:5: `99999999999999999999` needs more than 64 bits; \
                        write a smaller number";
        assert_eq!(lines, [expected]);
        for depth in [65, 100, 5000] {
            let text = format!("a = {}{}\n", "[".repeat(depth), "]".repeat(depth));
            let lines = faults_of(&text);
            assert_eq!(lines.len(), 1, "{depth}: {lines:?}");
            assert!(lines[0].ends_with("nested deeper than 64 levels; use fewer levels"));
        }
        assert!(faults_of(&format!("{}x = 1\n", "a.".repeat(100))).len() == 1);
        let text = format!("a = {}{}\n", "[".repeat(63), "]".repeat(63));
        assert!(faults_of(&text).is_empty());
    }
}
