//! Where messages ended, stage by stage along their way, as exact counts that add up.

use std::collections::BTreeMap;

use crate::experiment::rows::OutcomeRow;

/// A stage of the way, with the outcomes that end a message there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: &'static str,
    /// The outcomes: a name, or the beginning of names where it ends with a dot.
    outcomes: &'static [&'static str],
}

const fn stage(name: &'static str, outcomes: &'static [&'static str]) -> Stage {
    Stage { name, outcomes }
}

/// The stages in the order in which a message meets them; what reaches the inbox comes last.
///
/// The order of the checks is that of the proof of concept, whatever the scenario's own order.
pub const STAGES: [Stage; 14] = [
    stage("sender's PDS", &["refused.sender-pds."]),
    stage("transit", &["lost", "gave-up", "refused.not-here"]),
    stage(
        "inbox door",
        &["refused.ingress", "refused.too-large", "refused.inbox-full"],
    ),
    stage("token", &["refused.token."]),
    stage("DID", &["refused.did"]),
    stage("host", &["refused.host", "refused.host."]),
    stage("label", &["refused.label", "refused.label."]),
    stage("block", &["refused.block", "refused.block."]),
    stage(
        "contact",
        &["refused.contact", "refused.contact.", "request."],
    ),
    stage("rate limit", &["refused.limit.", "refused.rate-limit."]),
    stage("duplicate", &["refused.duplicate", "refused.dedup."]),
    stage("other", &[]),
    stage("in flight", &["in-flight"]),
    stage("delivered", &["delivered"]),
];

/// The place of `other` among the stages.
const OTHER: usize = 11;

impl Stage {
    fn takes(&self, outcome: &str) -> bool {
        self.outcomes
            .iter()
            .any(|name| *name == outcome || (name.ends_with('.') && outcome.starts_with(name)))
    }

    /// The place of the stage at which `outcome` ends a message.
    fn of(outcome: &str) -> usize {
        let found = STAGES.iter().position(|stage| stage.takes(outcome));
        found.unwrap_or(OTHER)
    }
}

/// How the messages of one class ended in one arm, all replications together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The arm.
    pub arm: String,
    /// Ground truth: ham or spam.
    pub class: &'static str,
    /// Messages that ended at each of [`STAGES`].
    pub counts: [u64; STAGES.len()],
}

impl Flow {
    /// All messages.
    pub fn sent(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Messages that came past all stages before the one at `place`.
    pub fn before(&self, place: usize) -> u64 {
        self.counts[place..].iter().sum()
    }
}

/// One flow per arm and class, sorted by both.
pub fn flows(rows: &[OutcomeRow]) -> Vec<Flow> {
    let mut flows: BTreeMap<(&str, &'static str), [u64; STAGES.len()]> = BTreeMap::new();
    for row in rows {
        let counts = flows.entry((&row.arm, row.class)).or_default();
        counts[Stage::of(&row.outcome)] += row.count;
    }
    let flows = flows.into_iter();
    let flow = |((arm, class), counts): ((&str, _), _)| Flow {
        arm: arm.to_owned(),
        class,
        counts,
    };
    flows.map(flow).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Outcome;

    fn row(outcome: &str, count: u64) -> OutcomeRow {
        OutcomeRow {
            arm: "base".to_owned(),
            replication: 1,
            class: "spam",
            group: "wave".to_owned(),
            outcome: outcome.to_owned(),
            count,
        }
    }

    #[test]
    fn every_outcome_of_the_model_has_a_stage_of_its_own() {
        let layers = ["pair".to_owned()];
        for outcome in Outcome::all(1) {
            let name = outcome.name(&layers);
            assert_ne!(Stage::of(&name), OTHER, "{name}");
        }
        assert_eq!(STAGES[OTHER].name, "other");
    }

    #[test]
    fn nothing_is_lost_on_the_way() {
        let rows = [
            row("refused.label", 7),
            row("refused.limit.pair", 2),
            row("refused.limit.all", 1),
            row("delivered", 90),
        ];
        let [flow] = <[Flow; 1]>::try_from(flows(&rows)).unwrap();
        assert_eq!(flow.sent(), 100);
        let place = |name: &str| STAGES.iter().position(|s| s.name == name).unwrap();
        assert_eq!(flow.counts[place("label")], 7);
        assert_eq!(flow.counts[place("rate limit")], 3);
        assert_eq!(flow.before(place("rate limit")), 93);
    }
}
