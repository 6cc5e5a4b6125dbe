//! Compromised-contact: the spam comes from accounts of honest people, whom their contacts have
//! accepted long ago.
//!
//! The identities are members of an honest group, spread evenly over it: their PDS, their age and their
//! contacts are those of their owners, who go on writing themselves. From the group's `start` on each
//! of them sends as fast as its demand says, to whom its owner would write, or to whom the group's
//! `target` says. Rules of first contact let a message through where the owner is a contact; what
//! goes to strangers becomes a request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "compromised-contact",
    does: "sends from accounts of honest people (`of`), to those whom they would write to",
    observes: "the contacts of the accounts that it took over",
    defence: "limits per sender or pair on accepted contacts, reports and labels; rules of first contact do not see it",
};

/// Parameters of compromised contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CompromisedContactSpec {
    /// The honest group whose accounts are taken over.
    pub of: String,
    /// To whom they write.
    #[serde(default)]
    pub writes_to: WritesTo,
}

/// To whom accounts that were taken over write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WritesTo {
    /// To whom their owners do.
    #[default]
    Owners,
    /// To whom the spammers' own `target` says.
    Target,
}

/// Keeps nothing in mind.
#[derive(Debug, Clone, Copy)]
pub struct CompromisedContact;

impl CompromisedContact {
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
