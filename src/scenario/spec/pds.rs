//! `[pds]` and `[trace]`: the PDSes, their accounts, and messages from a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::population::AccountsSpec;

/// The PDSes of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PdsSpec {
    /// How many; by default as many as `accounts` names, else 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// How many accounts each holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<AccountsSpec>,
}

/// Messages from a file, instead of or beside groups of senders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TraceSpec {
    /// CSV with the columns `time_s` (or `unix_time`), `sender`, `recipient`, and where wanted
    /// `class`, `message`, `extra_s`.
    pub file: String,
}
