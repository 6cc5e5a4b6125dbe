//! Exhausting a labeler's caps: many cheap identities get themselves labelled, one message each, so
//! that the labels of the spammers who matter wait behind theirs.
//!
//! Observes nothing; knows the published caps. Bait that asks for b labels per unit of time of a
//! labeler that publishes c < b leaves (b - c) t labels waiting after time t, so a label that is
//! ready then comes (b - c) t / c later: a spammer of rate s delivers s (b - c) t / c more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "label-cap-exhaust",
    does: "sends bait, one message from each of many cheap identities in turn, so that a labeler's caps are used up by their labels",
    observes: "nothing; knows the published caps",
    defence: "labels by urgency or by host instead of first come first served, limits keyed by sender-pds, a cost for identities",
};

/// Parameters of bait: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LabelCapExhaustSpec {}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct LabelCapExhaust {
    turn: u32,
}

impl LabelCapExhaust {
    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let identity = self.turn;
        self.turn = (self.turn + 1) % opportunity.identities;
        Move::Send { identity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Time;

    #[test]
    fn every_identity_is_used_once_before_any_is_used_twice() {
        let mut bait = LabelCapExhaust::default();
        let used: Vec<u32> = (0..5)
            .map(|_| {
                let opportunity = Opportunity {
                    now: Time::ZERO,
                    identity: 2,
                    identities: 4,
                    accounts: 9,
                };
                match bait.decide(opportunity) {
                    Move::Send { identity } => identity,
                    other => panic!("bait is sent: {other:?}"),
                }
            })
            .collect();
        assert_eq!(used, [0, 1, 2, 3, 0]);
    }
}
