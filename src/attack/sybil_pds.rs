//! Sybil PDS: a host of the attacker's own, which makes identities as it likes and mints their tokens.
//!
//! Accounts on one's own host cost nothing, so each sends only `messages` messages and the next
//! takes its place. No limit, label, block or quota that is keyed by the sender ever sees the same
//! sender twice; what is keyed by the sender's PDS sees them all: a bucket of burst b and rate r
//! on that key lets through at most b + r t, however many identities there are. When the group's
//! `count` is used up, the first one comes again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::{UnitError, cast};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "sybil-pds",
    does: "sends from a PDS of its own, `messages` messages from each of its identities, one identity after the other",
    observes: "nothing",
    defence: "a limit keyed by sender-pds: b + r t get through, whatever the number of identities; a block of the host; limits and labels keyed by the sender never see him twice",
};

/// Parameters of a hostile PDS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SybilPdsSpec {
    /// Messages of one identity before the next one takes its place.
    pub messages: u32,
}

impl Default for SybilPdsSpec {
    fn default() -> Self {
        Self { messages: 1 }
    }
}

impl SybilPdsSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        if self.messages > 0 {
            return Vec::new();
        }
        let fault = "identities that send 0 messages send nothing".to_owned();
        let remedy = "write 1 or more".to_owned();
        vec![("sybil-pds.messages", UnitError { fault, remedy })]
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy)]
pub struct SybilPds {
    messages: u64,
    sent: u64,
}

impl SybilPds {
    pub(super) fn new(spec: SybilPdsSpec) -> Self {
        Self {
            messages: u64::from(spec.messages),
            sent: 0,
        }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let turn = self.sent / self.messages % u64::from(opportunity.identities);
        self.sent += 1;
        Move::Send {
            identity: cast::low_u32(turn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::opportunity;

    #[test]
    fn each_identity_sends_its_messages_before_the_next_one_does() {
        let mut host = SybilPds::new(SybilPdsSpec { messages: 2 });
        let senders: Vec<Move> = (0..7).map(|_| host.decide(opportunity(0, 0, 3))).collect();
        let expected = [0, 0, 1, 1, 2, 2, 0].map(|identity| Move::Send { identity });
        assert_eq!(senders, expected);
    }
}
