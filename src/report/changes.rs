//! How one scenario differs from another, key by key, and how to lay such changes over a text.
//!
//! A change gives a dotted key a value, or takes the key out. Values are written as `--set` takes
//! them: as TOML, strings without their quotes where that reads back as the same string.

use toml::{Table, Value};

use crate::scenario::{join_key, split_key};

/// One key that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The dotted key.
    pub key: String,
    /// Its value as text; none where the key is not there.
    pub value: Option<String>,
}

/// What turns the scenario `was` into the scenario `is`, in the order of the keys.
pub fn changes(was: &Table, is: &Table) -> Vec<Change> {
    let mut found = Vec::new();
    differences(&mut Vec::new(), was, is, &mut found);
    found
}

fn differences<'t>(
    path: &mut Vec<&'t str>,
    was: &'t Table,
    is: &'t Table,
    found: &mut Vec<Change>,
) {
    let gone = was.keys().filter(|key| !is.contains_key(*key));
    let mut keys: Vec<&str> = is.keys().chain(gone).map(String::as_str).collect();
    keys.sort_unstable();
    for key in keys {
        path.push(key);
        match (was.get(key), is.get(key)) {
            (Some(Value::Table(was)), Some(Value::Table(is))) => {
                differences(path, was, is, found);
            }
            (was, is) if was == is => {}
            (_, is) => found.push(Change {
                key: join_key(path),
                value: is.map(written),
            }),
        }
        path.pop();
    }
}

/// Lays changes over a scenario; none where one names a table that is not there or a value that is
/// none.
pub fn lay(scenario: &mut Table, changes: &[Change]) -> Option<()> {
    changes.iter().try_for_each(|change| {
        let parts = split_key(&change.key)?;
        let (last, above) = parts.split_last()?;
        let table = above.iter().try_fold(&mut *scenario, |table, part| {
            table.get_mut(part)?.as_table_mut()
        })?;
        match &change.value {
            Some(text) => table.insert(last.clone(), read(text)),
            None => table.remove(last),
        };
        Some(())
    })
}

/// A value as `--set` takes it.
fn written(value: &Value) -> String {
    match value {
        // An empty text stands for a key that is not there.
        Value::String(text) if !text.is_empty() && read(text) == *value => text.clone(),
        value => value.to_string(),
    }
}

/// A text as TOML, or as a string where it is none.
fn read(text: &str) -> Value {
    let whole: Result<Table, _> = toml::from_str(&format!("x = {text}"));
    let value = whole.ok().filter(|table| table.len() == 1);
    value
        .and_then(|mut table| table.remove("x"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn keys_that_come_go_and_change_are_told_and_laid() {
        let was = table(
            "a = 1\nb.c = \"2h\"\nb.d = { flood = {} }\n[l.\"x.y\"]\nk = [1, 2]\n[e]\nf = 1\n",
        );
        let is = table(
            "a = \"1\"\nb.c = \"2h\"\nb.d = { fan-out = { n = 2 } }\n[l.\"x.y\"]\nk = [1, 3]\n[l.z]\n[e]\n",
        );
        let found = changes(&was, &is);
        let told: Vec<(&str, Option<&str>)> = found
            .iter()
            .map(|change| (change.key.as_str(), change.value.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                // A string that reads as a number keeps its quotes.
                ("a", Some("\"1\"")),
                ("b.d.fan-out", Some("{ n = 2 }")),
                ("b.d.flood", None),
                ("e.f", None),
                ("l.\"x.y\".k", Some("[1, 3]")),
                ("l.z", Some("{}")),
            ]
        );
        let mut laid = was.clone();
        assert_eq!(lay(&mut laid, &found), Some(()));
        assert_eq!(laid, is);
        assert_eq!(changes(&is, &is), []);
    }

    #[test]
    fn a_text_needs_no_quotes_where_it_is_no_toml() {
        let is = table("a = \"10m\"\nb = \"100/1h\"\nc = \" 5\"\nd = \"x\\ny = 1\"\ne = \"\"\n");
        let values = changes(&Table::new(), &is).into_iter();
        let values: Vec<String> = values.filter_map(|change| change.value).collect();
        assert_eq!(values[..3], ["10m", "100/1h", "\" 5\""]);
        assert_eq!(values[4], "\"\"");
        let mut laid = Table::new();
        assert_eq!(lay(&mut laid, &changes(&Table::new(), &is)), Some(()));
        assert_eq!(laid, is);
    }

    #[test]
    fn a_change_below_a_table_that_is_not_there_is_none() {
        let change = Change {
            key: "a.b".to_owned(),
            value: Some("1".to_owned()),
        };
        assert_eq!(lay(&mut Table::new(), &[change]), None);
    }
}
