//! Other policies to hold a message's fate against where no study names any: each is a list of
//! assignments that anybody may lay over the scenario with `--set`.
//!
//! * labels known at the instant at which the labeler sees enough; a labeler that sees the first
//!   delivered message;
//! * each limit halved, all limits halved; the limits of each real system in place of its own;
//! * each other rule of first contact;
//! * the checks that the pipeline leaves out.

use serde_json::Value;

use crate::policy::ContactSpec;
use crate::policy::limit::LayerSpec;
use crate::policy::limit::preset::{PRESETS, Preset};
use crate::protocol::Check;
use crate::scenario::{ScenarioSpec, join_key};
use crate::units::Span;

/// Another policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// What is other, in words.
    pub name: String,
    /// The assignments `KEY=VALUE` that make it, in order.
    pub set: Vec<String>,
}

/// The other policies that are worth a look from a scenario.
pub fn alternatives(spec: &ScenarioSpec) -> Vec<Alternative> {
    let mut found = labels(spec);
    found.extend(halved_limits(spec));
    found.extend(contacts(spec));
    found.extend(PRESETS.iter().map(|preset| limits_of(preset, spec)));
    found
}

fn alternative(name: impl Into<String>, set: Vec<String>) -> Alternative {
    Alternative {
        name: name.into(),
        set,
    }
}

/// Labels without any delay, and a labeler that needs no report.
fn labels(spec: &ScenarioSpec) -> Vec<Alternative> {
    let mut found = Vec::new();
    let order = with_check(spec, Check::Label);
    if !spec.labelers.is_empty() {
        let at_once = spec.labelers.keys().flat_map(|name| at_once(name));
        found.push(alternative(
            "labels known as soon as a labeler sees enough",
            at_once.chain(order.clone()).collect(),
        ));
    }
    let name = "first-message";
    let mut set = vec![format!(
        "{}={{ sees = {{ first-message = {{}} }}, lag = {{ constant = \"0s\" }} }}",
        join_key(&["labelers", name])
    )];
    if spec.labelers.contains_key(name) {
        set = at_once(name).to_vec();
        set.push(format!(
            "{}={{ first-message = {{}} }}",
            join_key(&["labelers", name, "sees"])
        ));
    }
    set.extend(order);
    found.push(alternative(
        "a labeler that sees the first delivered message, known at once",
        set,
    ));
    found
}

fn at_once(labeler: &str) -> [String; 2] {
    let key = |last| join_key(&["labelers", labeler, last]);
    [
        format!("{}={{ constant = \"0s\" }}", key("lag")),
        format!("{}={{ stream = {{}} }}", key("propagation")),
    ]
}

/// The order of checks with one more at its end, where it is not in it.
fn with_check(spec: &ScenarioSpec, check: Check) -> Option<String> {
    let order = &spec.pipeline.order;
    if order.contains(&check) {
        return None;
    }
    let names: Vec<String> = order
        .iter()
        .chain([&check])
        .map(|check| format!("\"{}\"", check.name()))
        .collect();
    Some(format!("pipeline.order=[{}]", names.join(", ")))
}

fn halved_limits(spec: &ScenarioSpec) -> Vec<Alternative> {
    let halves: Vec<(&String, Vec<String>)> = spec
        .limits
        .iter()
        .map(|(name, layer)| (name, halved(name, layer)))
        .filter(|(_, set)| !set.is_empty())
        .collect();
    let one = |(name, set): &(&String, Vec<String>)| {
        alternative(format!("half of limits.{name}"), set.clone())
    };
    let mut found: Vec<Alternative> = halves.iter().map(one).collect();
    if halves.len() > 1 {
        let all = halves.into_iter().flat_map(|(_, set)| set);
        found.push(alternative("half of every limit", all.collect()));
    }
    found
}

/// Half of what a layer admits: its counts and rates halved, at least 1.
fn halved(name: &str, layer: &LayerSpec) -> Vec<String> {
    let Ok(Value::Object(tagged)) = serde_json::to_value(&layer.algorithm) else {
        return Vec::new();
    };
    let mut set = Vec::new();
    for (tag, table) in &tagged {
        for (key, value) in table.as_object().into_iter().flatten() {
            let half = match (key.as_str(), value) {
                ("limit" | "burst" | "capacity", Value::Number(count)) => count
                    .as_u64()
                    .filter(|count| *count > 1)
                    .map(|count| (count / 2).to_string()),
                ("rate" | "refill", Value::String(rate)) => half_rate(rate),
                _ => None,
            };
            let key = join_key(&["limits", name, "algorithm", tag, key]);
            set.extend(half.map(|half| format!("{key}={half}")));
        }
    }
    set
}

/// `"100/1h"` becomes `"50/1h"`, `"3/1h"` becomes `"3/2h"`.
fn half_rate(rate: &str) -> Option<String> {
    let (events, per) = rate.split_once('/')?;
    let even = events
        .parse::<u64>()
        .ok()
        .filter(|events| *events > 0 && events.is_multiple_of(2));
    if let Some(events) = even {
        return Some(format!("\"{}/{per}\"", events / 2));
    }
    let per: Span = per.parse().or_else(|_| format!("1{per}").parse()).ok()?;
    Some(format!("\"{events}/{}\"", per + per))
}

/// The rules of first contact that the scenario does not have.
fn contacts(spec: &ScenarioSpec) -> Vec<Alternative> {
    let order = with_check(spec, Check::Contact);
    let rule = |name: &str, rule: &str| {
        let set = [format!("contact.rule={rule}")];
        alternative(name, set.into_iter().chain(order.clone()).collect())
    };
    let mut found = Vec::new();
    if spec.contact.rule != ContactSpec::Open {
        found.push(rule("first contact open", "\"open\""));
    }
    if !matches!(spec.contact.rule, ContactSpec::Invitation { .. }) {
        found.push(rule(
            "first contact by invitation",
            "{ invitation = { pending-per-pair = 1 } }",
        ));
    }
    if spec.contact.rule != ContactSpec::Follow {
        found.push(rule(
            "first contact from those whom one follows",
            "\"follow\"",
        ));
    }
    if spec.contact.rule != ContactSpec::None {
        found.push(rule("no first contact", "\"none\""));
    }
    found
}

/// The limits of a real system in place of the scenario's own.
fn limits_of(preset: &Preset, spec: &ScenarioSpec) -> Alternative {
    let theirs = preset.limits();
    let inline = |value: Result<toml::Value, _>| {
        let value: Result<toml::Value, toml::ser::Error> = value;
        value.expect("a preset is what TOML can say").to_string()
    };
    let mut set = vec!["limits={}".to_owned()];
    for (name, layer) in &theirs.limits {
        let layer = inline(toml::Value::try_from(layer));
        set.push(format!("{}={layer}", join_key(&["limits", name])));
    }
    let charging = inline(toml::Value::try_from(&theirs.limits_charging));
    set.push(format!("limits-charging={charging}"));
    set.extend(with_check(spec, Check::RateLimit));
    alternative(format!("the limits of {}", preset.name), set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn of(text: &str) -> Vec<Alternative> {
        let scenario = Scenario::from_toml(text).unwrap();
        alternatives(&scenario.spec)
    }

    const BASE: &str = "schema = 1\nname = \"a\"\n[run]\nduration = \"1h\"\n[pds]\naccounts = { equal = { each = 5 } }\n[senders.people]\nclass = \"ham\"\ncount = 5\narrivals = { poisson = { rate = \"1/h\" } }\n";

    #[test]
    fn rates_and_counts_are_halved_exactly() {
        let cases = [
            ("100/1h", "\"50/1h\""),
            ("3/1h", "\"3/2h\""),
            ("5/s", "\"5/2s\""),
            ("0.5/s", "\"0.5/2s\""),
        ];
        for (rate, half) in cases {
            assert_eq!(half_rate(rate).as_deref(), Some(half));
        }
        let limits = "[limits.a]\nalgorithm = { token-bucket = { burst = 9, refill = \"100/1h\" } }\nkey = \"pair\"\n[limits.b]\nalgorithm = { sliding-log = { limit = 1, window = \"60s\" } }\nkey = \"pair\"\n";
        let found = of(&[BASE, limits].concat());
        let halves: Vec<&Alternative> = found
            .iter()
            .filter(|found| found.name.starts_with("half"))
            .collect();
        assert_eq!(halves.len(), 1, "one message cannot be halved");
        assert_eq!(
            halves[0].set,
            [
                "limits.a.algorithm.token-bucket.burst=4",
                // 100/1h is 1/36s, half of it 1/72s.
                "limits.a.algorithm.token-bucket.refill=\"1/1m12s\""
            ]
        );
    }

    #[test]
    fn what_the_pipeline_leaves_out_is_added_where_it_is_needed() {
        let found = of(&format!("{BASE}[pipeline]\norder = [\"token\"]\n"));
        let contact = found
            .iter()
            .find(|found| found.name == "no first contact")
            .unwrap();
        assert_eq!(
            contact.set,
            [
                "contact.rule=\"none\"",
                "pipeline.order=[\"token\", \"contact\"]"
            ]
        );
        let follow = found.iter().find(|found| {
            let set = found.set.first();
            set.is_some_and(|set| set == "contact.rule=\"follow\"")
        });
        assert!(follow.is_some());
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert!(!names.contains(&"first contact open"));
        assert!(names.contains(&"the limits of proof-of-concept"));
    }
}
