//! `[inbox.*]`: what kind of queue feeds the workers of every PDS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::des::{Overflow, StationSpec};

/// The kind of inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InboxSpec {
    /// Workers in parallel behind one queue, first in first out.
    Station(StationSpec),
    /// No queue: the checks run inside the request.
    Sync(SyncSpec),
}

/// A synchronous inbox has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SyncSpec {}

impl Default for InboxSpec {
    /// One worker and a queue without bound.
    fn default() -> Self {
        Self::Station(StationSpec {
            workers: 1,
            capacity: None,
            overflow: Overflow::Reject,
        })
    }
}
