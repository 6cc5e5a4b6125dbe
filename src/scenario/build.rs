//! Scenarios made in code or from a text, without a file: for other programs and for tests.
//!
//! A spec made in code is written as TOML and read back, so that it meets the same checks as a
//! file, and its faults name the line of that text.

use serde::de::DeserializeOwned;

use super::{Faults, Ink, Loader, Memory, SCENARIO, Scenario, ScenarioSpec, SendersSpec, decode};
use crate::population::ArrivalsSpec;
use crate::protocol::Class;

/// The name under which a text without a file is shown in faults.
const NAME: &str = "scenario.toml";

/// Why a text or spec is no scenario: every fault, one line each, as `pdsim check` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    /// `scenario.toml:14:12: what; remedy`.
    pub lines: Vec<String>,
    rendered: String,
}

impl std::fmt::Display for BuildError {
    /// Each fault with the excerpt of the text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.rendered.trim_end())
    }
}

impl std::error::Error for BuildError {}

impl Scenario {
    /// The scenario in the text of a scenario file.
    ///
    /// # Errors
    /// Where the text is no scenario: all faults with their places.
    ///
    /// ```
    /// use pdsim::scenario::Scenario;
    ///
    /// let error = Scenario::from_toml("schema = 1\nname = \"x\"\n[run]\nduration = 5\n").unwrap_err();
    /// assert_eq!(
    ///     error.lines,
    ///     ["scenario.toml:4:12: `5` has no unit; write \"5s\" or \"5ms\""]
    /// );
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, BuildError> {
        Self::from_toml_with(text, &[])
    }

    /// The same, with the data files that the text names: pairs of path and bytes.
    ///
    /// # Errors
    /// Where the text is no scenario: all faults with their places.
    pub fn from_toml_with(text: &str, data: &[(&str, &[u8])]) -> Result<Self, BuildError> {
        let own = [(NAME, text.as_bytes())];
        let files = Memory::files(own.into_iter().chain(data.iter().copied()));
        let mut loader = Loader::new(&files);
        let tree = loader.scenario(NAME.as_ref(), &SCENARIO);
        let scenario = tree.and_then(|tree| Self::prepare(tree, &mut loader));
        scenario.ok_or_else(|| BuildError::of(&loader))
    }

    /// The scenario that a spec made in code says.
    ///
    /// # Errors
    /// Where values do not fit together; places are those of the spec written as TOML.
    ///
    /// # Panics
    /// Never: a spec is made of what TOML can say.
    ///
    /// ```
    /// use pdsim::population::ArrivalsSpec;
    /// use pdsim::protocol::Class;
    /// use pdsim::scenario::{Scenario, ScenarioSpec, SendersSpec};
    ///
    /// let mut spec = ScenarioSpec::named("small");
    /// spec.run.duration = Some("1h".parse()?);
    /// spec.pds.accounts = Some(pdsim::population::AccountsSpec::List(vec![3, 2]));
    /// let arrivals = ArrivalsSpec::Regular { every: "10m".parse()?, offset: "0s".parse()? };
    /// spec.senders.insert("people".into(), SendersSpec::new(Class::Ham, 5, arrivals));
    /// let scenario = Scenario::from_spec(&spec)?;
    /// assert_eq!(scenario.sizes(), [3, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_spec(spec: &ScenarioSpec) -> Result<Self, BuildError> {
        let text = toml::to_string_pretty(spec).expect("a spec is made of what TOML can say");
        Self::from_toml(&text)
    }
}

impl ScenarioSpec {
    /// The spec in the text of a resolved scenario, whether or not its values fit together.
    ///
    /// # Errors
    /// Where the text is no spec: all faults with their places.
    pub fn from_toml(text: &str) -> Result<Self, BuildError> {
        decoded(text)
    }

    /// The scenario `name` with every default and no sender.
    ///
    /// # Panics
    /// Never: a name is a string.
    pub fn named(name: &str) -> Self {
        let name = toml::Value::String(name.to_owned());
        let required = [("schema", super::SCHEMA.into()), ("name", name)];
        filled(required)
    }
}

impl SendersSpec {
    /// `count` senders of a class with these arrivals and every default.
    ///
    /// # Panics
    /// Never: arrivals are made of what TOML can say.
    pub fn new(class: Class, count: u32, arrivals: ArrivalsSpec) -> Self {
        let written = |value: Result<toml::Value, _>| value.expect("specs are what TOML can say");
        let required = [
            ("class", written(toml::Value::try_from(class))),
            ("count", count.into()),
            ("arrivals", written(toml::Value::try_from(arrivals))),
        ];
        filled(required)
    }
}

/// A table of the required keys with every default filled in.
fn filled<T: DeserializeOwned, const N: usize>(required: [(&str, toml::Value); N]) -> T {
    let pairs = required.into_iter();
    let table: toml::Table = pairs.map(|(key, value)| (key.to_owned(), value)).collect();
    decoded(&table.to_string()).expect("every required key is given")
}

/// What a text says, read as a scenario's file is: specs have one deserializer.
fn decoded<T: DeserializeOwned>(text: &str) -> Result<T, BuildError> {
    let files = Memory::files([(NAME, text.as_bytes())]);
    let mut loader = Loader::new(&files);
    let tree = loader.scenario(NAME.as_ref(), &SCENARIO);
    let value = tree.and_then(|tree| decode(&tree, &mut loader.faults));
    value.ok_or_else(|| BuildError::of(&loader))
}

impl BuildError {
    fn of(loader: &Loader<'_>) -> Self {
        let Loader {
            sources, faults, ..
        } = loader;
        Self {
            lines: Faults::lines(faults, sources),
            rendered: faults.render(sources, Ink::Plain),
        }
    }
}
