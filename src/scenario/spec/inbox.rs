//! `[inbox.*]`: what kind of queue feeds the workers of every PDS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::des::{DocketSpec, StationSpec};
use crate::units::{Share, UnitError};

/// The kind of inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InboxSpec {
    /// Workers in parallel behind one queue, first in first out unless its discipline says
    /// otherwise.
    Station(StationSpec),
    /// No queue: the checks run inside the request.
    Sync(SyncSpec),
    /// The worker loop of a task queue on Redis streams: bistable under bursts.
    Docket(DocketSpec),
}

/// A synchronous inbox has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SyncSpec {}

impl Default for InboxSpec {
    /// One worker and a queue without bound.
    fn default() -> Self {
        Self::Station(StationSpec::default())
    }
}

/// How likely the worker of a message dies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crashes {
    /// During the service.
    pub in_service: Share,
    /// After it, before the acknowledgment.
    pub before_ack: Share,
}

impl InboxSpec {
    /// How likely the worker of a message dies; none where workers never do.
    pub fn crashes(&self) -> Option<Crashes> {
        let (in_service, before_ack) = match self {
            Self::Station(spec) => (spec.crash, spec.crash_before_ack),
            Self::Docket(spec) => (spec.crash, spec.crash_before_ack),
            Self::Sync(_) => return None,
        };
        let crashes = Crashes {
            in_service,
            before_ack,
        };
        (in_service > Share::ZERO || before_ack > Share::ZERO).then_some(crashes)
    }

    /// Messages that can be in service at once; none for a synchronous inbox, which has no bound.
    pub fn workers(&self) -> Option<u32> {
        match self {
            Self::Station(spec) => Some(spec.workers),
            Self::Docket(spec) => Some(spec.concurrency),
            Self::Sync(_) => None,
        }
    }

    /// What is wrong with the parameters: the key below `inbox` and the error.
    pub(in crate::scenario) fn faults(&self) -> (&'static str, Vec<(&'static str, UnitError)>) {
        match self {
            Self::Station(spec) => ("inbox.station", spec.faults()),
            Self::Docket(spec) => ("inbox.docket", spec.faults()),
            Self::Sync(_) => ("inbox.sync", Vec::new()),
        }
    }
}
