//! Whether arms share their random numbers, and arms that are one scenario under two names.

use serde::{Deserialize, Serialize};

use super::Arm;
use crate::scenario::{OutputSpec, ScenarioSpec};

/// Whose random numbers an arm has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Draws {
    /// Common random numbers: replication i of every arm draws the same.
    #[default]
    Common,
    /// Each arm its own.
    Independent,
}

/// The same arms, each with random numbers of its own: the place of the arm enters its seed.
pub fn independent(arms: Vec<Arm>) -> Vec<Arm> {
    let arms = arms.into_iter().zip(1..);
    arms.map(|(arm, place)| {
        let mut scenario = arm.scenario().clone();
        scenario.spec.run.seed = own_seed(scenario.spec.run.seed, place);
        Arm::new(arm.name(), scenario)
    })
    .collect()
}

/// The seed of the arm at `place` (from 1): the finalizer of splitmix64 over both, without the top
/// bit, so that TOML can write it.
pub fn own_seed(seed: u64, place: u64) -> u64 {
    let mut hash = seed.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 31)) >> 1
}

/// The names of two arms that are the same scenario, the earlier one first; `baseline` counts as
/// the earliest.
pub fn twins<'a>(
    arms: impl IntoIterator<Item = (&'a str, &'a ScenarioSpec)>,
    baseline: &str,
) -> Option<(&'a str, &'a str)> {
    let mut order: Vec<(&str, ScenarioSpec)> = arms
        .into_iter()
        .map(|(name, spec)| (name, essence(spec)))
        .collect();
    order.sort_by_key(|(name, _)| *name != baseline);
    order.iter().enumerate().find_map(|(later, (name, spec))| {
        let earlier = order[..later].iter().find(|(_, other)| other == spec);
        earlier.map(|(earlier, _)| (*earlier, *name))
    })
}

/// The spec without what no event hangs on.
fn essence(spec: &ScenarioSpec) -> ScenarioSpec {
    let mut spec = spec.clone();
    spec.name.clear();
    spec.title.clear();
    spec.expect.clear();
    spec.output = OutputSpec::default();
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn found<'a>(arms: &'a [Arm], baseline: &str) -> Option<(&'a str, &'a str)> {
        let specs = arms.iter().map(|arm| (arm.name(), &arm.scenario().spec));
        twins(specs, baseline)
    }

    const SENDERS: &str =
        "senders.a = { class = \"ham\", count = 2, arrivals = { regular = { every = \"1m\" } } }\n";

    fn arm(name: &str, keys: &str) -> Arm {
        let text =
            format!("schema = 1\nname = \"x\"\npds.accounts.equal.each = 2\n{SENDERS}{keys}");
        Arm::new(name, Scenario::from_toml(&text).unwrap())
    }

    #[test]
    fn arms_that_differ_in_words_only_are_twins() {
        let base = "run.duration = \"1h\"\n";
        let arms = [
            arm("a", "run.duration = \"60m\"\ntitle = \"t\"\n"),
            arm("b", "run.duration = \"2h\"\n"),
            arm("c", base),
        ];
        assert_eq!(found(&arms, "c"), Some(("c", "a")));
        assert_eq!(found(&arms, "b"), Some(("a", "c")));
        assert_eq!(found(&arms[..2], "b"), None);
    }

    #[test]
    fn independent_arms_have_seeds_of_their_own_that_toml_can_write() {
        let base = "run.duration = \"1h\"\nrun.seed = 7\n";
        let arms = independent(vec![arm("a", base), arm("b", base)]);
        let seeds: Vec<u64> = arms
            .iter()
            .map(|arm| arm.scenario().spec.run.seed)
            .collect();
        assert_ne!(seeds[0], seeds[1]);
        assert_ne!(seeds[0], 7);
        assert!(seeds.iter().all(|seed| i64::try_from(*seed).is_ok()));
        assert_eq!(found(&arms, "a"), None);
    }
}
