//! Real service-auth tokens: compact JWTs, signed and verified as the reference implementation
//! does.
//!
//! [`mint`] signs with ES256K (secp256k1, deterministic nonces of RFC 6979, low S, 64 bytes).
//! [`verify`] gives the verdict and the error name of the reference; [`is_strictly_signed`] asks
//! for what the protocol asks of signatures beyond it: low S, 64 bytes, plain base64url. The
//! simulation itself needs none of this: its tokens are claims, its costs are measured.
//!
//! Sources: <https://atproto.com/specs/cryptography>,
//! <https://atproto.com/specs/xrpc#inter-service-authentication-jwt>; `verifyJwt` of the package
//! @atproto/xrpc-server 0.10.21.

mod encoding;
mod key;
mod mint;
mod verify;

pub use key::{PublicKey, SigningKey};
pub use mint::{Claims, mint};
pub use verify::{Expected, Rejection, decoded, is_strictly_signed, verify};
