//! Laying one tree over another: how `extends`, arms, factors and `--set` change a scenario.
//!
//! The later layer wins:
//! - plain tables merge key by key;
//! - a **tagged value** (`algorithm = { gcra = {...} }`, any distribution, ...) merges into the
//!   same tag only, another tag replaces it whole;
//! - arrays and scalars are replaced, also by a table and a table by them;
//! - `{}` given to a collection of named tables (`limits`, `senders`, ...) empties it.
//!
//! Which values are tagged is told by their key alone, listed in [`Grammar`]; the names in a
//! collection are the user's own and never count as such a key.

use super::{Node, Table, Value};

/// The keys that merge by a rule of their own.
#[derive(Debug, Clone, Copy)]
pub struct Grammar {
    /// Root tables whose keys are names chosen by the user.
    pub collections: &'static [&'static str],
    /// Root keys that hold a tagged value.
    pub tagged_roots: &'static [&'static str],
    /// Keys that hold a tagged value wherever they stand below the root.
    pub tagged_keys: &'static [&'static str],
    /// Tables every entry of which is a tagged value, as paths from the root.
    pub tagged_entries: &'static [&'static [&'static str]],
}

/// The keys of a scenario.
pub const SCENARIO: Grammar = Grammar {
    collections: &["senders", "limits", "labelers", "expect", "arm", "factor"],
    tagged_roots: &["inbox"],
    tagged_keys: &[
        "accounts",
        "after",
        "algorithm",
        "arrivals",
        "attack",
        "clock-offset",
        "delay",
        "emission",
        "did",
        "extra",
        "gap",
        "handle",
        "intake",
        "lag",
        "off",
        "on",
        "other",
        "outages",
        "propagation",
        "refusal",
        "retry",
        "rule",
        "sees",
        "side",
        "target",
    ],
    tagged_entries: &[&["pipeline", "cost"]],
};

impl Grammar {
    /// Whether the value at `path` is a tagged one.
    fn is_tagged(&self, path: &[String]) -> bool {
        let Some((key, above)) = path.split_last() else {
            return false;
        };
        if above.is_empty() {
            return self.tagged_roots.contains(&key.as_str());
        }
        let is_name = above.len() == 1 && self.collections.contains(&above[0].as_str());
        let listed = self.tagged_keys.contains(&key.as_str());
        (listed && !is_name) || self.tagged_entries.iter().any(|entry| above == *entry)
    }

    fn is_collection(&self, path: &[String]) -> bool {
        matches!(path, [key] if self.collections.contains(&key.as_str()))
    }
}

/// Lays `over` over `base`.
pub fn overlay(base: &mut Node, over: Node, grammar: &Grammar) {
    merge(base, over, grammar, &mut Vec::new());
}

fn merge(base: &mut Node, over: Node, grammar: &Grammar, path: &mut Vec<String>) {
    let (Value::Table(below), Value::Table(above)) = (&mut base.value, &over.value) else {
        *base = over;
        return;
    };
    let empties = above.is_empty() && grammar.is_collection(path);
    if empties || (grammar.is_tagged(path) && !same_tag(below, above)) {
        *base = over;
        return;
    }
    // A fault of the merged table is best mended in the later layer. An implied table of a
    // dotted key (`a.b = 1`) says nothing about `a` itself.
    if over.key_place != Some(over.place) {
        base.place = over.place;
        base.key_place = over.key_place;
    }
    let Value::Table(entries) = over.value else {
        return;
    };
    for (key, node) in entries {
        let Some(inner) = below.get_mut(&key) else {
            below.insert(key, node);
            continue;
        };
        path.push(key);
        merge(inner, node, grammar, path);
        path.pop();
    }
}

/// Whether both tables name the same single kind.
fn same_tag(below: &Table, above: &Table) -> bool {
    below.len() == 1 && above.len() == 1 && below.keys().eq(above.keys())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::testing::parsed;

    fn merged(base: &str, over: &str) -> String {
        let (mut base, _) = parsed(base);
        let (over, _) = parsed(over);
        overlay(&mut base, over, &SCENARIO);
        base.to_string()
    }

    #[test]
    fn plain_tables_merge_key_by_key_and_scalars_are_replaced() {
        assert_eq!(
            merged(
                "[run]\nseed = 1\nduration = \"1h\"",
                "run.seed = 2\n[pds]\ncount = 3"
            ),
            "{ pds = { count = 3 }, run = { duration = \"1h\", seed = 2 } }"
        );
        let pipeline = merged("pipeline.order = [\"a\", \"b\"]", "pipeline.order = []");
        assert_eq!(pipeline, "{ pipeline = { order = [] } }");
    }

    #[test]
    fn a_tagged_value_merges_into_the_same_tag_only() {
        let base = "[limits.a.algorithm.gcra]\nburst = 2\nrate = \"1/s\"";
        assert_eq!(
            merged(base, "limits.a.algorithm.gcra.burst = 9"),
            "{ limits = { a = { algorithm = { gcra = { burst = 9, rate = \"1/s\" } } } } }"
        );
        assert_eq!(
            merged(base, "limits.a.algorithm.concurrency.limit = 9"),
            "{ limits = { a = { algorithm = { concurrency = { limit = 9 } } } } }"
        );
    }

    #[test]
    fn the_inbox_is_a_tagged_value_itself() {
        let base = "[inbox.station]\nworkers = 2";
        assert_eq!(
            merged(base, "[inbox.station]\ncapacity = 9"),
            "{ inbox = { station = { capacity = 9, workers = 2 } } }"
        );
        assert_eq!(merged(base, "[inbox.sync]"), "{ inbox = { sync = {} } }");
    }

    #[test]
    fn distributions_are_tagged_wherever_they_stand() {
        let costs = merged(
            "pipeline.cost = { token = { constant = \"1us\" }, label = { constant = \"2us\" } }",
            "pipeline.cost.token = { exponential = { mean = \"3us\" } }",
        );
        assert_eq!(
            costs,
            "{ pipeline = { cost = { label = { constant = \"2us\" }, \
             token = { exponential = { mean = \"3us\" } } } } }"
        );
        let after = merged(
            "senders.a.report = { chance = 1, after = { constant = \"1s\" } }",
            "senders.a.report.after.exponential.mean = \"2s\"",
        );
        assert_eq!(
            after,
            "{ senders = { a = { report = { after = { exponential = { mean = \"2s\" } }, \
             chance = 1 } } } }"
        );
    }

    #[test]
    fn a_bare_word_and_a_table_replace_each_other() {
        let uniform = "senders.a.target = \"uniform\"";
        let fan_out = "senders.a.target = { fan-out = {} }";
        assert_eq!(
            merged(uniform, fan_out),
            "{ senders = { a = { target = { fan-out = {} } } } }"
        );
        assert_eq!(
            merged(fan_out, uniform),
            "{ senders = { a = { target = \"uniform\" } } }"
        );
    }

    #[test]
    fn an_empty_table_empties_a_collection_but_not_a_plain_table() {
        let base = "limits.a.key = \"pair\"\n[run]\nseed = 1";
        assert_eq!(
            merged(base, "limits = {}\nrun = {}"),
            "{ limits = {}, run = { seed = 1 } }"
        );
    }

    #[test]
    fn a_name_of_the_user_is_never_taken_for_a_tagged_key() {
        assert_eq!(
            merged(
                "senders.target.count = 1",
                "senders.target.class = \"spam\""
            ),
            "{ senders = { target = { class = \"spam\", count = 1 } } }"
        );
    }

    #[test]
    fn every_value_keeps_the_place_of_the_layer_that_wrote_it() {
        use crate::scenario::{Faults, Origin, Sources, parse};
        let mut sources = Sources::default();
        let mut faults = Faults::new();
        let texts = [
            "[run]\nseed = 1\nwarmup = \"2h\"",
            "\n[run]\nseed = 2",
            "run.seed = 3",
        ];
        let mut layers = texts.map(|text| {
            let name = format!("{}.toml", text.len());
            let id = sources.add(Origin::File, name, text.into());
            parse(id, &sources, &mut faults).root
        });
        let [base, over, dotted] = &mut layers;
        overlay(base, over.clone(), &SCENARIO);
        assert_eq!(sources.show(base.place_of("run.seed")), "15.toml:3:8");
        overlay(base, dotted.clone(), &SCENARIO);
        assert_eq!(sources.show(base.place_of("run.seed")), "12.toml:1:12");
        assert_eq!(sources.show(base.place_of("run.warmup")), "28.toml:3:10");
        assert_eq!(sources.show(base.place_of("run")), "15.toml:2:1");
    }
}
