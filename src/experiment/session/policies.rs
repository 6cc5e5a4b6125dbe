//! Changes of the policy: what somebody types, and what a scenario suggests.
//!
//! A change is a list of assignments `KEY=VALUE`, as for `--set`, parted by `;`.

use std::collections::BTreeMap;

use crate::experiment::tracing::alternatives;
use crate::scenario::ScenarioSpec;

/// Changes that suit a scenario: each limit halved, the other rules of first contact, no check.
pub fn policies(spec: &ScenarioSpec) -> Vec<String> {
    let found = alternatives(spec).into_iter();
    let possible = found.filter(|found| found.set.iter().all(|set| can_change(set)));
    let joined = possible.map(|found| found.set.join("; "));
    joined.chain(["pipeline.order=[]".to_owned()]).collect()
}

fn can_change(assignment: &str) -> bool {
    ["limits.", "contact.", "pipeline.order", "auth."]
        .iter()
        .any(|start| assignment.starts_with(start))
}

/// The keys and values of a change.
///
/// # Errors
/// Why the text is no change, in one sentence.
pub fn change(text: &str) -> Result<BTreeMap<String, toml::Value>, String> {
    let mut set = BTreeMap::new();
    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
        let Some((key, written)) = part.split_once('=') else {
            return Err(format!("`{}` has no `=`; write KEY=VALUE", part.trim()));
        };
        set.insert(key.trim().to_owned(), value(written.trim()));
    }
    if set.is_empty() {
        return Err("nothing to change; write KEY=VALUE".to_owned());
    }
    Ok(set)
}

/// A value as TOML, and as a string where that fails.
fn value(written: &str) -> toml::Value {
    let read = toml::from_str::<toml::Table>(&format!("value = {written}"));
    let value = read.ok().and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| toml::Value::String(written.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_as_the_command_line_reads_it() {
        let set = change("limits.a.algorithm.gcra.burst = 3; contact.rule=open;").unwrap();
        let told: Vec<String> = set
            .iter()
            .map(|(key, value)| format!("{key}: {value}"))
            .collect();
        assert_eq!(
            told,
            ["contact.rule: \"open\"", "limits.a.algorithm.gcra.burst: 3"]
        );
        assert_eq!(change("x").unwrap_err(), "`x` has no `=`; write KEY=VALUE");
        assert_eq!(
            change(" ; ").unwrap_err(),
            "nothing to change; write KEY=VALUE"
        );
    }
}
