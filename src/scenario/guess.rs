//! Which values of a scenario are guesses: not measured, not published, to be swept before anybody
//! believes what hangs on them.
//!
//! The documentation of a key, or of a word, says "guess"; its default, or the word itself, is then a
//! guess wherever it is printed. Of the measured costs those are guesses that were not measured.

use super::schema;
use super::{Faults, Origin, Sources, parse, split_key};
use crate::policy::{CheckCosts, CostPreset};
use crate::rng::Distribution;

/// Every value that is a guess, with the key at which it stands.
#[derive(Debug, Clone)]
pub struct Guesses(Vec<Guess>);

/// A value that is a guess at one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The dotted key; `<name>` stands for a name of the user's own.
    pub key: String,
    /// The value, as TOML.
    pub value: String,
}

impl Default for Guesses {
    fn default() -> Self {
        Self::known()
    }
}

impl Guesses {
    /// All of them.
    pub fn known() -> Self {
        let of_keys = schema::guesses().into_iter();
        let of_keys = of_keys.map(|(key, value)| Guess { key, value });
        Self(of_keys.chain(of_costs()).collect())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Guess> {
        self.0.iter()
    }

    /// Whether `value`, as TOML, is a guess at the dotted key `key`.
    pub fn holds(&self, key: &str, value: &str) -> bool {
        let Some(parts) = split_key(key) else {
            return false;
        };
        let fits = |guess: &&Guess| guess.value == value && stands_at(&guess.key, &parts);
        self.0.iter().any(|guess| fits(&guess))
    }

    /// The text of a scenario with a remark behind every value that is a guess.
    pub fn marked(&self, text: &str) -> String {
        let mut sources = Sources::default();
        let source = sources.add(Origin::Embedded, "scenario", text.into());
        let root = parse(source, &sources, &mut Faults::new()).root;
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        for (key, node) in root.leaves() {
            if self.holds(&key, &node.to_string()) {
                let line = sources.position(node.place).line;
                if let Some(line) = line.checked_sub(1).and_then(|line| lines.get_mut(line)) {
                    line.push_str("  # guess");
                }
            }
        }
        lines.join("\n")
    }
}

fn stands_at(pattern: &str, key: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.split('.').collect();
    let part = |(pattern, part): (&&str, &String)| *pattern == "<name>" || pattern == part;
    pattern.len() == key.len() && pattern.iter().zip(key).all(part)
}

/// The costs of the presets that were not measured.
fn of_costs() -> impl Iterator<Item = Guess> {
    [CostPreset::Node, CostPreset::Rust]
        .into_iter()
        .flat_map(|preset| {
            let costs = CheckCosts::preset(preset);
            let guess = move |check| {
                let Some(Distribution::Constant(cost)) = costs.of(check) else {
                    return None;
                };
                Some(Guess {
                    key: format!("pipeline.cost.{}.constant", check.name()),
                    value: format!("\"{cost}\""),
                })
            };
            preset.guessed().iter().copied().filter_map(guess)
        })
}

#[cfg(test)]
mod tests {
    use super::super::{keys, words};
    use super::*;

    #[test]
    fn a_default_that_is_a_guess_is_one_wherever_it_stands() {
        let guesses = Guesses::known();
        for (key, value) in [
            ("network.delay.lognormal.median", "\"35ms\""),
            ("network.delay.lognormal.sigma", "0.6"),
            ("network.delay.lognormal.shift", "\"5ms\""),
            ("did.plc.delay.lognormal.median", "\"60ms\""),
            ("senders.shop.attack.rotate.delay", "\"10m\""),
            ("senders.\"a.b\".attack.adaptive.faster", "0.05"),
            ("senders.people.arrivals.poisson.profile", "\"diurnal\""),
            ("labelers.main.lag", "\"platform\""),
            ("labelers.main.lag.triage.intake.batches.size", "100"),
            ("pipeline.cost.contact.constant", "\"7160ns\""),
            ("pipeline.cost.rate-limit.constant", "\"3250ns\""),
        ] {
            assert!(guesses.holds(key, value), "{key} = {value}");
        }
        for (key, value) in [
            ("network.delay.lognormal.median", "\"40ms\""),
            ("network.outages.daily.down", "0.0124"),
            ("auth.lifetime", "\"1m\""),
            ("pipeline.cost.token.constant", "\"218100ns\""),
        ] {
            assert!(!guesses.holds(key, value), "{key} = {value}");
        }
    }

    #[test]
    fn every_key_and_word_that_says_so_gives_a_guess_or_has_no_value_of_its_own() {
        let guesses = Guesses::known();
        let says = |about: &str| about.contains("guess");
        for entry in keys().iter().filter(|entry| says(&entry.about)) {
            let Some(default) = &entry.default else {
                continue;
            };
            let is_there = guesses
                .iter()
                .any(|guess| guess.key == entry.key && guess.value == *default);
            assert!(is_there, "{} = {default}", entry.key);
        }
        // These stand for tables, of which some values are guesses.
        let is_table = |word: &str| ["node", "rust"].contains(&word);
        let words = words().into_iter();
        for (word, _) in words.filter(|(word, about)| says(about) && !is_table(word)) {
            let value = format!("\"{word}\"");
            assert!(guesses.iter().any(|guess| guess.value == value), "{word}");
        }
    }

    #[test]
    fn a_remark_stands_behind_the_line_of_a_guess_alone() {
        let text = "name = \"x\"\n[network.delay.lognormal]\nmedian = \"35ms\"\nsigma = 0.7\n";
        let marked =
            "name = \"x\"\n[network.delay.lognormal]\nmedian = \"35ms\"  # guess\nsigma = 0.7\n";
        assert_eq!(Guesses::known().marked(text), marked);
    }
}
