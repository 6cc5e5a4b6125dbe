//! `[contact]`: first contact.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::{ContactRefusal, ContactSpec};
use crate::units::Share;

/// First contact.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ContactTable {
    /// Who may write to whom without being a contact.
    pub rule: ContactSpec,
    /// What the sender hears of a refusal by the rule: that it is one by default, where the inbox
    /// answers after the checks. A queue has answered 202 before.
    #[serde(skip_serializing_if = "is_told")]
    pub refusal: ContactRefusal,
    /// Under rule "follow": the chance that an account follows back somebody who has it as a contact;
    /// always by default (guess).
    #[serde(skip_serializing_if = "is_certain")]
    pub follow_back: Share,
    /// Under rule "follow": the chance that an account follows another one that is no contact of
    /// either side, for each pair by itself; never by default (guess).
    #[serde(skip_serializing_if = "is_zero")]
    pub follow_chance: Share,
}

impl Default for ContactTable {
    fn default() -> Self {
        Self {
            rule: ContactSpec::Open,
            refusal: ContactRefusal::Reject,
            follow_back: Share::ONE,
            follow_chance: Share::ZERO,
        }
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_told(refusal: &ContactRefusal) -> bool {
    *refusal == ContactRefusal::Reject
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_certain(share: &Share) -> bool {
    *share == Share::ONE
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_zero(share: &Share) -> bool {
    *share == Share::ZERO
}
