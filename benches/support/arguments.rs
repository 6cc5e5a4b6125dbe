//! The command line of a benchmark: `--name value` options, positional filters, and the flags
//! that cargo adds by itself.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;
use std::str::FromStr;

use super::report::complain;

/// What the caller wants of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Print the usage and stop.
    Help,
    /// Run the tiny workload and check the results; no figures (`cargo test`).
    Smoke,
    /// Run the full workload and print figures (`cargo bench`).
    Measure,
    /// Nothing was asked of this program (a filter names another one, or `--list`).
    Skip,
}

/// One option: its name with the dashes, the word for its value (empty: a flag), its meaning.
pub type OptionSpec = (&'static str, &'static str, &'static str);

/// Options that every benchmark has.
const COMMON: [OptionSpec; 5] = [
    (
        "--repetitions",
        "N",
        "interleaved repetitions, each with a seed of its own (default 5)",
    ),
    (
        "--seed",
        "N",
        "seed of the first repetition (default 20251101)",
    ),
    (
        "--engines",
        "LIST",
        "only these engines, by name, separated by commas",
    ),
    ("--json", "FILE", "also write the figures to FILE"),
    ("--help", "", "this text"),
];

/// A parsed command line.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// What to do.
    pub mode: Mode,
    values: BTreeMap<&'static str, String>,
    filters: Vec<String>,
}

impl Arguments {
    /// Reads the process's own command line; on a fault prints it with the usage to stderr and
    /// gives the exit code 2.
    pub fn from_command_line(name: &str, own: &[OptionSpec]) -> Result<Self, ExitCode> {
        Self::parse(std::env::args().skip(1), own).map_err(|fault| {
            complain(&format!("{name}: {fault}\n\n{}", usage(name, own)));
            ExitCode::from(2)
        })
    }

    /// Reads a command line.
    ///
    /// # Errors
    /// An unknown option or one without its value, but only under `--bench`: without it the
    /// arguments are meant for the test harness of other targets, and are passed over.
    fn parse(words: impl Iterator<Item = String>, own: &[OptionSpec]) -> Result<Self, String> {
        let words: Vec<String> = words.collect();
        let measure = words.iter().any(|word| word == "--bench")
            && !words.iter().any(|word| word == "--test");
        let mut parsed = Self {
            mode: if measure { Mode::Measure } else { Mode::Smoke },
            values: BTreeMap::new(),
            filters: Vec::new(),
        };
        let mut rest = words.into_iter();
        while let Some(word) = rest.next() {
            parsed.accept(&word, &mut rest, own)?;
        }
        Ok(parsed)
    }

    fn accept(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = String>,
        own: &[OptionSpec],
    ) -> Result<(), String> {
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) if name.starts_with('-') => (name, Some(value.to_owned())),
            _ => (word, None),
        };
        match name {
            "--bench" | "--test" => {}
            "--help" | "-h" => self.mode = Mode::Help,
            "--list" => self.mode = Mode::Skip,
            _ if !name.starts_with('-') => self.filters.push(word.to_owned()),
            _ => match own.iter().chain(&COMMON).find(|known| known.0 == name) {
                Some((known, "", _)) => {
                    self.values.insert(known, String::new());
                }
                Some((known, word, _)) => {
                    let value = inline.or_else(|| rest.next());
                    let value = value.ok_or_else(|| format!("`{known}` needs a value: {word}"))?;
                    self.values.insert(known, value);
                }
                None if self.mode == Mode::Measure => {
                    return Err(format!("`{name}` is not an option"));
                }
                None => {}
            },
        }
        Ok(())
    }

    /// Whether the filters (positional words, as of `cargo bench WORD`) let a name through.
    pub fn selects(&self, name: &str) -> bool {
        self.filters.is_empty()
            || self
                .filters
                .iter()
                .any(|filter| name.contains(filter.as_str()))
    }

    /// Whether `--engines` lets an engine through.
    pub fn selects_engine(&self, name: &str) -> bool {
        self.text("--engines")
            .is_none_or(|list| list.split(',').any(|item| item.trim() == name))
    }

    /// Whether a flag or option was given.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The text of an option.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The number of an option, or the default.
    ///
    /// # Errors
    /// Text that is not a whole number above 0.
    pub fn number<T: FromStr + PartialOrd + Default>(
        &self,
        name: &str,
        default: T,
    ) -> Result<T, String> {
        self.text(name)
            .map_or(Ok(default), |text| whole(name, text))
    }

    /// The numbers of an option, or the defaults.
    ///
    /// # Errors
    /// An item that is not a whole number above 0.
    pub fn numbers<T: FromStr + PartialOrd + Default>(
        &self,
        name: &str,
        default: Vec<T>,
    ) -> Result<Vec<T>, String> {
        self.text(name).map_or(Ok(default), |list| {
            list.split(',').map(|text| whole(name, text)).collect()
        })
    }
}

/// The usage text of a benchmark.
pub fn usage(name: &str, own: &[OptionSpec]) -> String {
    let mut text = format!("Usage: cargo bench --bench {name} -- [OPTIONS]\n\nOptions:\n");
    for (option, value, meaning) in own.iter().chain(&COMMON) {
        let option = format!("{option} {value}");
        writeln!(text, "  {option:<22} {meaning}").expect("a String takes all that is written");
    }
    text
}

fn whole<T: FromStr + PartialOrd + Default>(name: &str, text: &str) -> Result<T, String> {
    let digits = text.trim().replace('_', "");
    match digits.parse::<T>() {
        Ok(number) if number > T::default() => Ok(number),
        _ => Err(format!(
            "`{name} {text}`: write whole numbers above 0, such as 10000"
        )),
    }
}
