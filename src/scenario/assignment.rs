//! `--set KEY=VALUE`: a dotted key and a value, the last layer over a scenario.
//!
//! The key follows TOML, quotes included. The value is read as TOML, and as a string where that
//! fails, so that `--set run.duration=2h` needs no quotes inside quotes.

use super::{
    Faults, Node, Origin, Place, SourceId, Sources, Table, Value, key::split_spanned, parse,
};

/// Reads one `--set` text into a tree with a single value; `None` where it is no `KEY=VALUE`.
pub fn assignment(text: &str, sources: &mut Sources, faults: &mut Faults) -> Option<Node> {
    let source = sources.add(Origin::Set, text, text.into());
    let whole = Place::new(source, 0..text.len());
    let Some(equals) = equals_sign(text) else {
        let what = format!("`{text}` has no `=`");
        faults.error("syntax", whole, what, "write --set KEY=VALUE");
        return None;
    };
    let key = &text[..equals];
    let Some(parts) = split_spanned(key) else {
        let what = format!("`{key}` is not a key");
        let remedy = "write a dotted key such as run.duration, with quotes where a part has a dot";
        faults.error("syntax", whole, what, remedy);
        return None;
    };
    let value = value(source, equals + 1, text, faults)?;
    let spans = parts.into_iter();
    let parts: Vec<_> = spans
        .map(|(part, span)| (part, Place::new(source, span)))
        .collect();
    Some(chain(Place::whole(source), &parts, value))
}

/// The first `=` outside quotes.
fn equals_sign(text: &str) -> Option<usize> {
    let mut quote = None;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (None, '=') => return Some(index),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// The value from byte `start` on: as TOML, else as a string. `None` where it is TOML but not a
/// usable value, which is reported.
fn value(source: SourceId, start: usize, text: &str, faults: &mut Faults) -> Option<Node> {
    let written = &text[start..];
    let trimmed = written.trim();
    let shift = start + written.len() - written.trim_start().len();
    let before = faults.errors();
    match parse::parse_value(source, shift, trimmed, faults) {
        Some(node) => Some(node),
        None if faults.errors() > before => None,
        None => {
            let place = Place::new(source, shift..shift + trimmed.len());
            Some(Node::new(place, Value::String(trimmed.to_owned())))
        }
    }
}

/// A tree with the single value `value` at the dotted key `key`, which is written at `key_place`:
/// a layer for one value of a study's factor. `None` where `key` is not a key.
pub fn layer_of(key: &str, key_place: Place, value: Node) -> Option<Node> {
    let parts = super::split_key(key)?;
    let parts: Vec<_> = parts.into_iter().map(|part| (part, key_place)).collect();
    Some(chain(Place::whole(key_place.source), &parts, value))
}

/// Tables around the value, one for each part of the key. Each is marked as implied by its key
/// (`place` = `key_place`), so that merging leaves the place of the table below alone.
fn chain(root: Place, parts: &[(String, Place)], value: Node) -> Node {
    let mut node = value;
    for index in (0..parts.len()).rev() {
        node.key_place = Some(parts[index].1);
        let table = Table::from([(parts[index].0.clone(), node)]);
        let above = index.checked_sub(1).map_or(root, |above| parts[above].1);
        node = Node::new(above, Value::Table(table));
    }
    node.key_place = Some(node.place);
    node
}

/// Splits at commas outside quotes, brackets and braces.
pub fn split_values(text: &str) -> Vec<String> {
    let (mut depth, mut quoted) = (0_i32, false);
    let mut parts = vec![String::new()];
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            _ => {}
        }
        if letter == ',' && depth == 0 && !quoted {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts
        .into_iter()
        .map(|part| part.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Vec<String>> {
        let mut sources = Sources::default();
        let mut faults = Faults::new();
        let node = assignment(text, &mut sources, &mut faults);
        node.map(|node| node.to_string())
            .ok_or_else(|| faults.lines(&sources))
    }

    #[test]
    fn a_value_is_toml_and_a_string_where_that_fails() {
        let cases = [
            ("run.duration=2h", "{ run = { duration = \"2h\" } }"),
            ("run.seed = 7", "{ run = { seed = 7 } }"),
            ("run.seed=\"7\"", "{ run = { seed = \"7\" } }"),
            ("limits={}", "{ limits = {} }"),
            ("a.b=[1, 2]", "{ a = { b = [1, 2] } }"),
            ("a.b=[1, 2", "{ a = { b = \"[1, 2\" } }"),
            ("network.loss=2%", "{ network = { loss = \"2%\" } }"),
            ("a=b=c", "{ a = \"b=c\" }"),
            ("a=", "{ a = \"\" }"),
            (
                "c.\"spam.leakage\"=true",
                "{ c = { \"spam.leakage\" = true } }",
            ),
            ("\"a=b\".c=1", "{ \"a=b\" = { c = 1 } }"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_key_value_is_a_fault_at_the_argument() {
        assert_eq!(
            read("run.seed").unwrap_err(),
            ["--set run.seed: `run.seed` has no `=`; write --set KEY=VALUE"]
        );
        assert!(read("a..b=1").unwrap_err()[0].starts_with("--set a..b=1: `a..b` is not a key;"));
        assert!(read("a=nan").unwrap_err()[0].contains("not a finite number"));
    }

    #[test]
    fn key_and_value_know_their_bytes() {
        let mut sources = Sources::default();
        let root = assignment("run.seed =  7", &mut sources, &mut Faults::new()).unwrap();
        let seed = root.get("run.seed").unwrap();
        assert_eq!(sources.text(seed.place), "7");
        assert_eq!(sources.text(seed.key_place.unwrap()), "seed");
    }

    #[test]
    fn a_factor_sets_its_key_to_each_of_its_values() {
        let (study, sources) = crate::scenario::testing::parsed("values = [\"30s\", 5]\n");
        let Value::Array(values) = &study.get("values").unwrap().value else {
            panic!("an array was parsed");
        };
        let layer = layer_of("lag.lognormal.\"a.b\"", study.place, values[1].clone()).unwrap();
        assert_eq!(
            layer.to_string(),
            "{ lag = { lognormal = { \"a.b\" = 5 } } }"
        );
        assert_eq!(
            sources.show(layer.place_of("lag.lognormal.\"a.b\"")),
            "a.toml:1:18"
        );
        assert_eq!(layer_of("a..b", study.place, values[0].clone()), None);
    }

    #[test]
    fn values_are_split_outside_quotes_and_braces() {
        let parts = split_values("1h, \"a,b\",{ x = 1, y = [2,3] }");
        assert_eq!(parts, ["1h", "\"a,b\"", "{ x = 1, y = [2,3] }"]);
    }
}
