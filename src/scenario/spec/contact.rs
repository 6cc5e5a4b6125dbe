//! `[contact]`: first contact.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::ContactSpec;

/// First contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ContactTable {
    /// Who may write to whom without being a contact.
    pub rule: ContactSpec,
}
