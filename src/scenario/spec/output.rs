//! `[output]`: what is written beside the summary.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Share, Span};

/// What is written beside the summary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct OutputSpec {
    /// Length of one step of `time_series.csv`; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_series: Option<Span>,
    /// Which messages `events.ndjson` follows.
    pub events: EventsSpec,
    /// One histogram over all replications, or one each.
    pub histograms: HistogramsSpec,
}

/// Which messages the event log follows.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventsSpec {
    /// None: no event log.
    #[default]
    None,
    /// Every message.
    All,
    /// A share of the messages, each followed from creation to outcome.
    Sample(Share),
}

/// How histograms are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HistogramsSpec {
    /// One over all replications.
    #[default]
    Merged,
    /// One per replication.
    Each,
}
