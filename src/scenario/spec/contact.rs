//! `[contact]`: first contact.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::ContactSpec;
use crate::units::Share;

/// First contact.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ContactTable {
    /// Who may write to whom without being a contact.
    pub rule: ContactSpec,
    /// Under rule "follow": the chance that a recipient follows an account that is not one of his
    /// contacts, for each pair by itself.
    #[serde(skip_serializing_if = "is_zero")]
    pub follow_chance: Share,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_zero(share: &Share) -> bool {
    *share == Share::ZERO
}
