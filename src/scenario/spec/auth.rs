//! `[auth]`: service-auth tokens.
//!
//! Source of the defaults: `com.atproto.server.getServiceAuth` of the reference implementation
//! mints tokens of 60 s.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::Span;

/// How tokens are minted and addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AuthSpec {
    /// From minting to expiry; at most 3600s.
    pub lifetime: Span,
    /// Whom `aud` names.
    pub audience: Audience,
    /// Times in tokens are rounded down to it; exact by default, "1s" as real ones are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Span>,
}

/// Whom the `aud` of a token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// The recipient's DID.
    #[default]
    Recipient,
    /// The DID of the recipient's PDS.
    Pds,
}

impl Default for AuthSpec {
    fn default() -> Self {
        Self {
            lifetime: Span::from_s(60),
            audience: Audience::Recipient,
            resolution: None,
        }
    }
}
