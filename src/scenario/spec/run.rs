//! `[run]`: how long, how often, from which seed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Share, Span};

/// Length, replications and seed of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RunSpec {
    /// Virtual time simulated; by default just past the last row of the trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
    /// Messages created before it are not counted.
    pub warmup: Span,
    /// Names all random numbers of the run.
    pub seed: u64,
    /// UNIX seconds of virtual time 0: aligns clock windows, diurnal profiles and traces.
    pub epoch: u64,
    /// Independent repetitions.
    pub replications: u32,
    /// Of every interval.
    pub confidence: Share,
}

impl Default for RunSpec {
    fn default() -> Self {
        Self {
            duration: None,
            warmup: Span::ZERO,
            seed: 0,
            epoch: 0,
            replications: 1,
            confidence: Share::new(0.95).expect("a share"),
        }
    }
}
