//! The page of `pdsim explain` about an algorithm of rate limits: its formula, its parameters, the
//! choices beside it with their defaults, the most it admits, its memory and its source, once each.

use crate::policy::limit::About;
use crate::scenario::{self, KeyEntry, Need};

/// What there is to say of an algorithm.
pub(super) fn page(about: &About) -> String {
    let formula: Vec<String> = about.formula.lines().map(indented).collect();
    let keys: Vec<&str> = about.keys.iter().map(|key| key.name()).collect();
    format!(
        "{name}: algorithm of a rate limit, written algorithm = {{ {name} = {{ ... }} }}\n  {}\n\n{}\n\n{}\n\
         \x20 most in any interval of length W: {}\n  key: {}\n{}  memory per key: {}\n  source: {}\n",
        about.summary,
        formula.join("\n"),
        parameters(about.name),
        about.worst_case,
        keys.join(", "),
        choices(about),
        about.memory,
        about.source,
        name = about.name,
    )
}

fn indented(line: &str) -> String {
    format!("      {line}")
}

/// The keys of the algorithm's own table.
fn parameters(name: &str) -> String {
    let table = format!("limits.<name>.algorithm.{name}.");
    let line = |entry: KeyEntry| {
        let key = entry.key.strip_prefix(&table)?;
        let need = match (&entry.default, entry.need) {
            (Some(default), _) => format!(", default {default}"),
            (None, Need::Required) => String::new(),
            (None, Need::Optional) => ", may be left out".to_owned(),
        };
        Some(format!(
            "  {key}: {}{need}\n    {}\n",
            entry.takes, entry.about
        ))
    };
    scenario::keys().into_iter().filter_map(line).collect()
}

/// The keys of the layer that change the rule, the default first.
fn choices(about: &About) -> String {
    let line = |(key, words): (&str, Vec<&str>)| match words.as_slice() {
        [] => format!("  {key}: has none\n"),
        [only] => format!("  {key}: {only}\n"),
        [default, others @ ..] => {
            format!("  {key}: {default} (default) or {}\n", others.join(" or "))
        }
    };
    about.choices().into_iter().map(line).collect()
}
