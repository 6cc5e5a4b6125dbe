//! `[run]`: how long, how often, from which seed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReplicationsSpec, WarmupSpec};
use crate::units::{Share, Span};

/// Length, replications and seed of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RunSpec {
    /// Virtual time simulated; by default just past the last row of the trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
    /// Messages created before it are not counted; `"auto"` finds the span by MSER-5.
    pub warmup: WarmupSpec,
    /// Names all random numbers of the run.
    pub seed: u64,
    /// UNIX seconds of virtual time 0: aligns clock windows, diurnal profiles and traces.
    pub epoch: u64,
    /// Independent repetitions: a number, or as many as a precision needs.
    pub replications: ReplicationsSpec,
    /// Of every interval.
    pub confidence: Share,
    /// One long replication is cut into batches that stand for replications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steady_state: Option<SteadyStateSpec>,
}

/// The batches of one long replication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SteadyStateSpec {
    /// Into how many batches of equal length the time after the warm-up is cut.
    #[serde(default = "batches")]
    pub batches: u32,
}

/// Between the 10 and 30 beyond which intervals hardly improve (Schmeiser 1982).
const fn batches() -> u32 {
    20
}

impl Default for RunSpec {
    fn default() -> Self {
        Self {
            duration: None,
            warmup: WarmupSpec::default(),
            seed: 0,
            epoch: 0,
            replications: ReplicationsSpec::Fixed(1),
            confidence: Share::new(0.95).expect("a share"),
            steady_state: None,
        }
    }
}
