//! Burst before label: each identity sends all it ever sends at one instant, before anybody can know.
//!
//! At the first send that its demand says, an identity sends `messages` messages together, and then
//! never again: a label, however quick, finds nothing left to stop. Only what is counted at once
//! helps: under a bucket of burst b keyed by the sender, min(K, b) of K messages get through, and
//! neither the lag of the labels nor the refill of the bucket changes that.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::UnitError;

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "burst-before-label",
    does: "each identity sends `messages` messages at one instant, its first, and then never again",
    observes: "nothing; knows that labels take time",
    defence: "a small burst in a limit keyed by sender or sender-pds: min(K, b) of K get through; no label is quick enough, but a clean-up may be",
};

/// Parameters of a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct BurstBeforeLabelSpec {
    /// Messages of one identity, all at its first instant.
    pub messages: u32,
}

impl Default for BurstBeforeLabelSpec {
    fn default() -> Self {
        Self { messages: 100 }
    }
}

impl BurstBeforeLabelSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        if self.messages > 0 {
            return Vec::new();
        }
        let fault = "a burst of 0 messages sends nothing".to_owned();
        let remedy = "write 1 or more".to_owned();
        vec![("burst-before-label.messages", UnitError { fault, remedy })]
    }
}

/// What each identity has sent.
#[derive(Debug, Clone)]
pub struct BurstBeforeLabel {
    messages: u32,
    sent: Vec<u32>,
}

impl BurstBeforeLabel {
    pub(super) fn new(spec: BurstBeforeLabelSpec, identities: u32) -> Self {
        Self {
            messages: spec.messages,
            sent: vec![0; identities as usize],
        }
    }

    /// The demand comes in volleys of `messages`; only the first one of an identity is sent.
    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let identity = opportunity.identity;
        let sent = &mut self.sent[identity as usize];
        if *sent == self.messages {
            return Move::HoldBack;
        }
        *sent += 1;
        Move::Send { identity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::opportunity;

    #[test]
    fn an_identity_that_has_fired_is_silent() {
        let mut burst = BurstBeforeLabel::new(BurstBeforeLabelSpec { messages: 2 }, 2);
        let moves: Vec<bool> = [0, 0, 0, 1, 1, 0, 1]
            .map(|identity| burst.decide(opportunity(0, identity, 2)) != Move::HoldBack)
            .to_vec();
        assert_eq!(moves, [true, true, false, true, true, false, false]);
    }
}
