//! The checks of an inbox worker, by name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One step of the pipeline that decides over a message.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Is the service-auth token valid?
    Token,
    /// Does a labeler call the sender a spammer?
    Label,
    /// Has the recipient blocked the sender?
    Block,
    /// Is the sender an accepted contact?
    Contact,
    /// Is the message within the rate limits?
    RateLimit,
    /// Does this PDS refuse the sender's whole PDS?
    Host,
    /// Was the message accepted here before?
    Dedup,
}

impl Check {
    /// The checks of the proof of concept, in its order.
    pub const PROOF_OF_CONCEPT: [Self; 5] = [
        Self::Token,
        Self::Label,
        Self::Block,
        Self::Contact,
        Self::RateLimit,
    ];

    /// All checks, in the order of their index.
    pub const ALL: [Self; 7] = [
        Self::Token,
        Self::Label,
        Self::Block,
        Self::Contact,
        Self::RateLimit,
        Self::Host,
        Self::Dedup,
    ];

    /// The name used in scenario files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Label => "label",
            Self::Block => "block",
            Self::Contact => "contact",
            Self::RateLimit => "rate-limit",
            Self::Host => "host",
            Self::Dedup => "dedup",
        }
    }
}
