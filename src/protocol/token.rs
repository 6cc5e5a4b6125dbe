//! Service-auth tokens: the claims that matter for acceptance.
//!
//! `com.atproto.server.getServiceAuth` mints a JWT with `iss` (the sender's DID), `aud`, `lxm`
//! and `exp`; <https://atproto.com/specs/xrpc#inter-service-authentication-jwt>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::Time;

/// The claims of one token, as a verifier sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// `exp`: the last instant at which the token is valid.
    pub expires: Time,
    /// What is wrong with the other claims, if anything.
    pub defect: Option<Defect>,
}

/// A claim that does not hold.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Defect {
    /// `aud` names somebody else.
    Audience,
    /// `lxm` names another method.
    Lexicon,
    /// `iss` is not a DID that may write.
    Issuer,
    /// The signature does not belong to the issuer's key.
    Signature,
    /// Signed with the key that the issuer's last rotation revoked.
    OldKey,
}
