//! `pdsim explain NAME`: what a metric, key, policy, attacker, outcome or error code means.
//!
//! Everything comes from the registries of the parts; nothing is explained here.

use super::console;
use super::exit::{Exit, Failure};
use super::explain_limit;
use crate::attack;
use crate::metrics::registry::{self, Better, MetricEntry};
use crate::policy::limit::ALGORITHMS;
use crate::policy::limit::preset::{PRESETS, Preset};
use crate::protocol::Outcome;
use crate::report::{Align, Grid};
use crate::scenario::{self, CODES, Code, Depth, KeyEntry, Need, nearest, split_key};

/// Arguments of `explain`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// A name, or a list: metrics, keys, policies, attackers, outcomes, errors
    pub name: Option<String>,
}

/// One list of names.
struct Topic {
    name: &'static str,
    about: &'static str,
    list: fn() -> Vec<(String, String)>,
}

const TOPICS: [Topic; 6] = [
    Topic {
        name: "metrics",
        about: "what is measured: unit, formula, which direction is better",
        list: metrics,
    },
    Topic {
        name: "keys",
        about: "what may be written in a scenario: type, default",
        list: keys,
    },
    Topic {
        name: "policies",
        about: "algorithms of rate limits, and the limits of real systems",
        list: policies,
    },
    Topic {
        name: "attackers",
        about: "strategies of spammers",
        list: attackers,
    },
    Topic {
        name: "outcomes",
        about: "how a message can end",
        list: outcomes,
    },
    Topic {
        name: "errors",
        about: "codes of what can be wrong with an input",
        list: errors,
    },
];

/// Runs the command.
///
/// # Errors
/// Where nothing has the name, or standard output cannot be written.
pub fn main(args: &Args) -> Result<Exit, Failure> {
    let text = match args.name.as_deref() {
        None => contents(),
        Some(name) => match TOPICS.iter().find(|topic| topic.name == name) {
            Some(topic) => listed(topic),
            None => explained(name)?,
        },
    };
    console::print(&text)?;
    Ok(Exit::Done)
}

/// What there is to be explained.
fn contents() -> String {
    let mut grid = grid("list", "what it holds");
    for topic in &TOPICS {
        let about = format!("{} ({} names)", topic.about, (topic.list)().len());
        grid.push(vec![topic.name.to_owned(), about]);
    }
    grid.text() + "\nNext: pdsim explain metrics, or pdsim explain NAME with any name of a list\n"
}

fn listed(topic: &Topic) -> String {
    let mut grid = grid("name", "meaning");
    for (name, about) in (topic.list)() {
        grid.push(vec![name, about]);
    }
    grid.text()
}

fn grid(first: &str, second: &str) -> Grid {
    Grid::new([(first, Align::Left), (second, Align::Left)])
}

/// All that a name means; one name can mean several things.
fn explained(name: &str) -> Result<String, Failure> {
    let limit = ALGORITHMS.iter().find(|about| about.name == name);
    let parts: Vec<String> = [
        registry::find(name).map(metric),
        outcome(name),
        limit.map(|about| explain_limit::page(about)),
        Preset::named(name).map(preset),
        attack::REGISTRY
            .iter()
            .find(|entry| entry.name == name)
            .map(attacker),
        scenario::code(name).map(code),
    ]
    .into_iter()
    .flatten()
    .chain(keys_named(name).into_iter().filter(|_| limit.is_none()))
    .chain(words_named(name).into_iter().filter(|_| limit.is_none()))
    .collect();
    if parts.is_empty() {
        return Err(Failure::input(unknown(name)));
    }
    Ok(parts.join("\n"))
}

fn unknown(name: &str) -> String {
    let mut names: Vec<String> = TOPICS.iter().map(|topic| topic.name.to_owned()).collect();
    names.extend(
        TOPICS
            .iter()
            .flat_map(|topic| (topic.list)())
            .map(|(name, _)| name),
    );
    names.extend(scenario::words().into_iter().map(|(word, _)| word));
    let lasts: Vec<String> = names
        .iter()
        .filter_map(|name| name.rsplit('.').next().map(str::to_owned))
        .collect();
    let all = names.iter().chain(&lasts).map(String::as_str);
    let near = nearest(name, all);
    let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    format!("nothing is called `{name}`; {near}`pdsim explain` lists all there is")
}

fn metric(entry: &MetricEntry) -> String {
    let better = match entry.better {
        Better::Lower => "lower is better",
        Better::Higher => "higher is better",
        Better::Neither => "describes, neither direction is better",
    };
    format!(
        "{}: metric, unit {}, {better}\n  {}\n",
        entry.name,
        entry.unit.name(),
        entry.formula
    )
}

fn outcome(name: &str) -> Option<String> {
    let layer = name.strip_prefix("refused.limit.").unwrap_or("<layer>");
    let layers = [layer.to_owned()];
    let outcome = Outcome::all(1).find(|outcome| outcome.name(&layers) == name)?;
    Some(format!(
        "{name}: outcome of a message\n  {}\n",
        outcome.meaning()
    ))
}

fn code(code: &Code) -> String {
    format!(
        "{}: error code\n  {}\n  what to do: {}\n  wrong: {}\n  right: {}\n",
        code.name, code.meaning, code.advice, code.wrong, code.right
    )
}

fn preset(preset: &Preset) -> String {
    format!(
        "{}: limits of a real system, to be pasted into a scenario\n  {}\n  source: {}, {}\n  note: {}\n\n{}",
        preset.name,
        preset.summary,
        preset.source,
        preset.date,
        preset.note,
        preset.text.trim_start()
    )
}

fn attacker(entry: &attack::AttackEntry) -> String {
    format!(
        "{}: attacker, written attack = {{ {} = {{}} }}\n  {}\n  observes: {}\n  caught by: {}\n",
        entry.name, entry.name, entry.does, entry.observes, entry.defence
    )
}

/// A key by its full name, or all keys that end in the name.
fn keys_named(name: &str) -> Vec<String> {
    // As the lists write it, with `<name>` in it, a key is not TOML.
    let as_listed = || name.split('.').map(str::to_owned).collect();
    let parts = split_key(name).unwrap_or_else(as_listed);
    let all = scenario::keys();
    let fits = |entry: &&KeyEntry| is(&parts, &entry.key.split('.').collect::<Vec<_>>());
    let exact: Vec<String> = all.iter().filter(fits).map(key).collect();
    if !exact.is_empty() {
        return exact;
    }
    let ends = |entry: &&KeyEntry| {
        let of_entry: Vec<&str> = entry.key.split('.').collect();
        let own = entry.depth == Depth::Part || parts.len() > 1;
        of_entry.len() > parts.len() && own && is(&parts, &of_entry[of_entry.len() - parts.len()..])
    };
    all.iter().filter(ends).map(key).collect()
}

/// Whether a key is `pattern` with its names filled in.
fn is(key: &[String], pattern: &[&str]) -> bool {
    let part = |(part, pattern): (&String, &&str)| part == pattern || *pattern == "<name>";
    key.len() == pattern.len() && key.iter().zip(pattern).all(part)
}

fn key(entry: &KeyEntry) -> String {
    let default = match (&entry.default, entry.need) {
        (Some(default), _) => format!("default {default}"),
        (None, Need::Required) => "required".to_owned(),
        (None, Need::Optional) => "may be left out".to_owned(),
    };
    format!(
        "{}: key of a scenario, {default}\n  {}\n  takes {}\n",
        entry.key, entry.about, entry.takes
    )
}

fn words_named(name: &str) -> Vec<String> {
    let words = scenario::words()
        .into_iter()
        .filter(|(word, _)| word == name);
    words
        .map(|(word, about)| format!("{word}: value in a scenario\n  {about}\n"))
        .collect()
}

fn metrics() -> Vec<(String, String)> {
    let one = |entry: &MetricEntry| {
        let about = format!("[{}] {}", entry.unit.name(), entry.formula);
        (entry.name.to_owned(), about)
    };
    registry::METRICS.iter().map(one).collect()
}

fn keys() -> Vec<(String, String)> {
    let shown = scenario::keys().into_iter();
    let shown = shown.filter(|entry| entry.depth == Depth::Part);
    shown.map(|entry| (entry.key, entry.about)).collect()
}

fn policies() -> Vec<(String, String)> {
    let algorithms = ALGORITHMS.iter();
    let algorithms = algorithms.map(|about| (about.name.to_owned(), about.summary.to_owned()));
    let presets = PRESETS.iter();
    let presets = presets.map(|preset| (preset.name.to_owned(), preset.summary.to_owned()));
    algorithms.chain(presets).collect()
}

fn attackers() -> Vec<(String, String)> {
    let all = attack::REGISTRY.iter();
    all.map(|entry| (entry.name.to_owned(), entry.does.to_owned()))
        .collect()
}

fn outcomes() -> Vec<(String, String)> {
    let layers = ["<layer>".to_owned()];
    let all = Outcome::all(1);
    all.map(|outcome| (outcome.name(&layers), outcome.meaning().to_owned()))
        .collect()
}

fn errors() -> Vec<(String, String)> {
    let all = CODES.iter();
    all.map(|code| (code.name.to_owned(), code.meaning.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attacker_outcome_sight_and_rule_of_labels_is_explained() {
        let rules = ["any", "k-of-n"];
        let sights = ["first-message", "reports", "rate", "fan-out", "content"];
        let words = ["unseen", "seen", "recipient", "sender", "clean-up"];
        let names = [&rules[..], &sights, &words].concat();
        let names = names.into_iter().map(str::to_owned);
        let listed = attackers().into_iter().chain(outcomes());
        for name in names.chain(listed.map(|(name, _)| name)) {
            let Ok(text) = explained(&name) else {
                panic!("nothing is said of {name}");
            };
            assert!(
                text.contains(&name) && text.lines().count() > 1,
                "{name}: {text}"
            );
        }
    }
}
