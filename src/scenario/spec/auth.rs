//! `[auth]`: service-auth tokens.
//!
//! Source of the defaults: `com.atproto.server.getServiceAuth` of the reference implementation
//! mints tokens of 60 s.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::network::did::DidSpec;
use crate::rng::Distribution;
use crate::units::Span;

/// How tokens are minted and addressed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AuthSpec {
    /// From minting to expiry; at most 3600s.
    pub lifetime: Span,
    /// Whom `aud` names.
    pub audience: Audience,
    /// Times in tokens are rounded down to it; exact by default, "1s" as real ones are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Span>,
    /// How far ahead of its clock a verifier lets `exp` lie; without bound by default, as the
    /// reference does. Beyond it a token is not valid yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lifetime: Option<Span>,
    /// How far clocks may be apart before a verifier minds; 0s as the reference does.
    #[serde(skip_serializing_if = "is_none_at_all")]
    pub leeway: Span,
    /// Whether a verifier refuses tokens whose `iat` lies ahead of its clock; the reference does
    /// not look.
    #[serde(skip_serializing_if = "is_off")]
    pub check_iat: bool,
    /// Whether a verifier remembers the tokens it accepted by issuer and `jti` and refuses them
    /// again; the reference does not.
    #[serde(skip_serializing_if = "is_off")]
    pub check_jti: bool,
    /// By how much the clock of each PDS is off, drawn once per PDS; all clocks are right by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_offset: Option<Distribution>,
    /// To which side clocks are off.
    #[serde(skip_serializing_if = "is_either")]
    pub clock_direction: ClockDirection,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_off(value: &bool) -> bool {
    !value
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_either(value: &ClockDirection) -> bool {
    *value == ClockDirection::Either
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_none_at_all(span: &Span) -> bool {
    span.is_zero()
}

/// To which side clocks are off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClockDirection {
    /// Each PDS to either side, equally likely.
    #[default]
    Either,
    /// All run ahead of the true time.
    Ahead,
    /// All run behind the true time.
    Behind,
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
            max_lifetime: None,
            leeway: Span::ZERO,
            check_iat: false,
            check_jti: false,
            clock_offset: None,
            clock_direction: ClockDirection::Either,
        }
    }
}

/// Every distribution of `[auth]` and `[did]` with its key.
pub(in crate::scenario) fn auth_laws<'s>(
    auth: &'s mut AuthSpec,
    did: Option<&'s mut DidSpec>,
) -> impl Iterator<Item = (String, &'s mut Distribution)> {
    let offset = auth.clock_offset.as_mut();
    let delay = did.map(|did| &mut did.plc.delay);
    let offset = offset.map(|law| ("auth.clock-offset".to_owned(), law));
    let delay = delay.map(|law| ("did.plc.delay".to_owned(), law));
    offset.into_iter().chain(delay)
}
