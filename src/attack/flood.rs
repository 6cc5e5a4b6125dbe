//! Flood: every identity sends as fast as its demand says, whatever becomes of the messages.
//!
//! Observes nothing. A limit of burst b and rate r on the sender lets through at most b + r t by
//! time t, whatever the rate of the flood.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "flood",
    does: "every identity sends as fast as `arrivals` says, whatever becomes of the messages",
    observes: "nothing",
    defence: "any rate limit keyed by sender: at most b + r t get through, whatever the rate",
};

/// Parameters of a flood: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FloodSpec {}

/// A flood keeps nothing in mind.
#[derive(Debug, Clone, Copy)]
pub struct Flood;

impl Flood {
    #[allow(
        clippy::unused_self,
        reason = "every attack decides by the same signature"
    )]
    pub(super) fn decide(self, opportunity: Opportunity) -> Move {
        Move::Send {
            identity: opportunity.identity,
        }
    }
}
