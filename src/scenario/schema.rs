//! The keys of a scenario with their meanings, types and defaults, from the specs themselves: as a
//! JSON Schema for editors, and as a list for `explain` and the documentation.

use serde_json::{Value, json};

use super::ScenarioSpec;

/// The JSON Schema of scenario files (draft 2020-12).
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(ScenarioSpec).to_value();
    schema["title"] = json!("pdsim scenario");
    schema["properties"]["extends"] = json!({
        "description": "Scenario files that this one is laid over, relative to it.",
        "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } },
        ],
    });
    schema
}

/// One key of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// The dotted key; `<name>` stands for a name of the user's own.
    pub key: String,
    /// What it says.
    pub about: String,
    /// What it takes.
    pub takes: String,
    /// Its default as TOML, where it has one.
    pub default: Option<String>,
    /// Whether it is given without being written, must be written, or may be left out.
    pub need: Need,
    /// Whether it is a parameter of a distribution, of which there are very many.
    pub depth: Depth,
}

/// Whether a key must be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Its table is faulty without it.
    Required,
    /// It may be left out.
    Optional,
}

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// A key of a part of the scenario.
    Part,
    /// Inside a distribution.
    Distribution,
}

/// Every key of a scenario, in the order of the specs.
pub fn keys() -> Vec<KeyEntry> {
    let schema = schema();
    List::of(&schema).found
}

/// The values that are guesses by the words of their own documentation, as TOML, with their keys.
pub(super) fn guesses() -> Vec<(String, String)> {
    let schema = schema();
    List::of(&schema).guessed
}

/// Whether a documentation calls the value that it gives a guess.
fn is_of_guess(about: &str) -> bool {
    about.contains("guess")
}

/// The words that a value of a scenario can be (`"drop-oldest"`, `lognormal`), each with its
/// meaning and the type that it belongs to.
pub fn words() -> Vec<(String, String)> {
    let schema = schema();
    let definitions = schema["$defs"].as_object().into_iter().flatten();
    let mut found = Vec::new();
    for (_, definition) in definitions {
        for variant in variants(definition) {
            found.extend(tag(variant).map(|(word, _)| {
                let about = about(variant);
                (word, about)
            }));
        }
    }
    found.sort();
    found.dedup();
    found
}

struct List<'s> {
    definitions: &'s Value,
    found: Vec<KeyEntry>,
    guessed: Vec<(String, String)>,
}

impl<'s> List<'s> {
    /// Every key of a schema.
    fn of(schema: &'s Value) -> Self {
        let mut list = Self {
            definitions: &schema["$defs"],
            found: Vec::new(),
            guessed: Vec::new(),
        };
        list.table(schema, "", Depth::Part);
        list
    }

    /// Every value inside a default that is a guess.
    fn note_guess(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(table) => {
                for (part, inner) in table {
                    self.note_guess(&join(key, part), inner);
                }
            }
            Value::Null => {}
            value => self.guessed.push((key.to_owned(), value.to_string())),
        }
    }

    /// Adds the keys of a table.
    fn table(&mut self, table: &'s Value, path: &str, depth: Depth) {
        let required = table["required"].as_array();
        let is_required = |key: &str| required.is_some_and(|list| list.iter().any(|k| k == key));
        for (key, value) in table["properties"].as_object().into_iter().flatten() {
            let need = if is_required(key) {
                Need::Required
            } else {
                Need::Optional
            };
            self.key(&join(path, key), value, need, depth);
        }
        if table["additionalProperties"].is_object() {
            let inner = self.definition(&table["additionalProperties"]);
            self.inside(inner, &join(path, "<name>"), depth);
        }
    }

    /// Adds a key and what is inside its value.
    fn key(&mut self, key: &str, value: &'s Value, need: Need, depth: Depth) {
        let inner = self.definition(value);
        let own = about(value);
        let about = if own.is_empty() { about(inner) } else { own };
        if is_of_guess(&about) {
            self.note_guess(key, &value["default"]);
        }
        self.found.push(KeyEntry {
            about,
            takes: self.takes(inner),
            default: value.get("default").and_then(default),
            need,
            depth,
            key: key.to_owned(),
        });
        let is_law = inner["description"] == "A distribution of spans of time.";
        let depth = if is_law { Depth::Distribution } else { depth };
        self.inside(inner, key, depth);
    }

    fn inside(&mut self, value: &'s Value, path: &str, depth: Depth) {
        self.table(value, path, depth);
        for choice in value["anyOf"].as_array().into_iter().flatten() {
            let choice = self.definition(choice);
            self.table(choice, path, depth);
        }
        if value["items"].is_object() {
            let item = self.definition(&value["items"]);
            self.inside(item, path, depth);
        }
        for variant in variants(value) {
            let (word, inner) = match tag(variant) {
                Some((word, Some(inner))) => (word, inner),
                Some((word, None)) if is_of_guess(&about(variant)) => {
                    self.note_guess(path, &Value::String(word));
                    continue;
                }
                _ => continue,
            };
            let inner = self.definition(inner);
            // A lag is written as a distribution or as something of its own.
            let depth = if is_parameters_of_law(value, &word) {
                Depth::Distribution
            } else {
                depth
            };
            self.found.push(KeyEntry {
                key: join(path, &word),
                about: about(variant),
                takes: self.takes(inner),
                default: None,
                need: Need::Optional,
                depth,
            });
            self.inside(inner, &join(path, &word), depth);
        }
    }

    /// The definition behind a reference, and behind a choice between it and null.
    fn definition(&self, value: &'s Value) -> &'s Value {
        let is_null = |choice: &&Value| choice["type"] == "null";
        let choices = value["anyOf"].as_array();
        if let Some(choices) = choices
            && choices.iter().any(|choice| is_null(&choice))
        {
            let other = choices.iter().find(|choice| !is_null(choice));
            return other.map_or(value, |other| self.definition(other));
        }
        let name = value["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next());
        name.map_or(value, |name| self.definition(&self.definitions[name]))
    }

    /// What a value may be, in words.
    fn takes(&self, value: &'s Value) -> String {
        let words: Vec<String> = variants(value)
            .filter_map(tag)
            .map(|(word, inner)| match inner {
                None => format!("\"{word}\""),
                Some(_) => format!("{{ {word} = ... }}"),
            })
            .collect();
        if !words.is_empty() {
            return format!("one of {}", words.join(", "));
        }
        let choices = value["anyOf"].as_array().into_iter().flatten();
        let choices: Vec<String> = choices
            .map(|choice| self.takes(self.definition(choice)))
            .filter(|words| words != "nothing")
            .collect();
        if !choices.is_empty() {
            return choices.join(", or ");
        }
        self.plainly(value)
    }

    fn plainly(&self, value: &'s Value) -> String {
        let types: Vec<&str> = match &value["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let text = || match about(value) {
            text if text.contains(" such as ") || text.contains(": ") => text,
            _ => "a text in quotes".to_owned(),
        };
        match types.first() {
            Some(&"integer") => "a whole number".to_owned(),
            Some(&"number") => "a number".to_owned(),
            Some(&"boolean") => "true or false".to_owned(),
            Some(&"array") => format!(
                "a list of: {}",
                self.takes(self.definition(&value["items"]))
            ),
            Some(&"object") => "a table".to_owned(),
            Some(&"string") => text(),
            Some(&"null") => "nothing".to_owned(),
            _ => "a value".to_owned(),
        }
    }
}

/// Whether a word names a distribution among other things that a value may be.
fn is_parameters_of_law(value: &Value, word: &str) -> bool {
    let families = [
        "constant",
        "uniform",
        "exponential",
        "lognormal",
        "pareto",
        "erlang",
        "hyperexponential",
        "empirical",
    ];
    let words: Vec<String> = variants(value)
        .filter_map(tag)
        .map(|(word, _)| word)
        .collect();
    let is_law = families
        .iter()
        .all(|family| words.iter().any(|word| word == family));
    is_law && families.contains(&word)
}

fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// The description as one line.
fn about(value: &Value) -> String {
    let text = value["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn default(value: &Value) -> Option<String> {
    // A table of defaults says nothing that its own keys do not say.
    if value.is_object() || value.is_null() {
        return None;
    }
    Some(value.to_string())
}

fn variants(value: &Value) -> impl Iterator<Item = &Value> {
    value["oneOf"].as_array().into_iter().flatten()
}

/// The word of a variant, and what belongs to it.
fn tag(variant: &Value) -> Option<(String, Option<&Value>)> {
    if let Some(word) = variant["const"].as_str() {
        return Some((word.to_owned(), None));
    }
    let (word, inner) = variant["properties"].as_object()?.iter().next()?;
    Some((word.clone(), Some(inner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_know_their_meaning_type_and_default() {
        let keys = keys();
        let find = |key: &str| keys.iter().find(|entry| entry.key == key).unwrap();
        let lifetime = find("auth.lifetime");
        assert_eq!(lifetime.default.as_deref(), Some("\"1m\""));
        assert!(lifetime.takes.contains("span"), "{lifetime:?}");
        assert_eq!(
            find("inbox.station.overflow").takes,
            "one of \"reject\", \"drop-oldest\", \"back-pressure\""
        );
        assert_eq!(find("senders.<name>.class").need, Need::Required);
        assert_eq!(find("pds.count").takes, "a whole number");
        assert_eq!(
            find("network.delay.lognormal.p99").depth,
            Depth::Distribution
        );
        find("limits.<name>.algorithm.sliding-log.window");
        find("senders.<name>.arrivals.poisson.rate");
        find("extends");
        find("run.replications.relative-half-width");
        find("run.steady-state.batches");
        // Inside the tables of a list.
        assert_eq!(find("intervene.at").need, Need::Required);
        find("intervene.send.from");
        find("did.plc.outages.start");
    }

    #[test]
    fn no_meaning_points_into_the_source_code() {
        let debris = |(name, about): &(String, String)| {
            about.contains("[`")
                || about.contains("::")
                || about.contains("See ")
                || name.is_empty()
        };
        let keys = keys().into_iter().map(|entry| (entry.key, entry.about));
        let found: Vec<_> = keys.chain(words()).filter(debris).collect();
        assert_eq!(found, []);
    }

    #[test]
    fn every_key_says_what_it_means() {
        let silent: Vec<String> = keys()
            .into_iter()
            .filter(|entry| entry.about.is_empty() || entry.takes == "a value")
            .map(|entry| entry.key)
            .collect();
        assert_eq!(silent, [""; 0]);
    }
}
