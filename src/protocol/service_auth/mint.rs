//! Minting: claims into a signed compact JWT.

use k256::ecdsa::Signature;
use k256::ecdsa::signature::Signer as _;
use serde::Serialize;

use super::SigningKey;
use super::encoding::base64url;

/// What a service-auth token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims<'c> {
    /// When it was issued, UNIX seconds.
    pub iat: u64,
    /// The sender's DID.
    pub iss: &'c str,
    /// Whom it is for: the recipient's DID, or his PDS's.
    pub aud: &'c str,
    /// The last second at which it is valid, UNIX seconds.
    pub exp: u64,
    /// The one method that it is good for.
    pub lxm: &'c str,
    /// What tells it from all others of its issuer.
    pub jti: &'c str,
}

/// Signs the claims; the same claims and key always give the same token.
///
/// # Panics
/// Never: claims are what JSON can say.
pub fn mint(claims: &Claims<'_>, key: &SigningKey) -> String {
    let claims = serde_json::to_vec(claims).expect("claims are what JSON can say");
    let header = base64url(br#"{"typ":"JWT","alg":"ES256K"}"#);
    let signed = format!("{header}.{}", base64url(&claims));
    let signature: Signature = key.0.sign(signed.as_bytes());
    let signature = base64url(&signature.normalize_s().to_bytes());
    format!("{signed}.{signature}")
}
