//! The verifier of service-auth tokens.
//!
//! The reference implementation checks, in this order: `now > exp` without leeway, `aud`, `lxm`,
//! `iss`, and last the signature. It knows no `iat`, no upper bound on `exp` and no memory of
//! `jti`. Source: `verifyJwt` of the package @atproto/xrpc-server 0.10.

use crate::protocol::{Defect, Token, TokenRefusal};
use crate::units::Time;

/// Judges a token at `now`, the clock of the verifier; none means valid.
///
/// A token is still valid at the very instant of its `exp`.
pub fn judge(token: &Token, now: Time) -> Option<TokenRefusal> {
    if now > token.expires {
        return Some(TokenRefusal::Expired);
    }
    token.defect.map(|defect| match defect {
        Defect::Audience => TokenRefusal::Audience,
        Defect::Lexicon => TokenRefusal::Lexicon,
        Defect::Issuer => TokenRefusal::Issuer,
        Defect::Signature => TokenRefusal::Signature,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRES: Time = Time::from_ns(60);

    fn at(ns: u64, defect: Option<Defect>) -> Option<TokenRefusal> {
        judge(
            &Token {
                expires: EXPIRES,
                defect,
            },
            Time::from_ns(ns),
        )
    }

    #[test]
    fn a_token_is_valid_up_to_and_at_its_expiry() {
        assert_eq!(at(59, None), None);
        assert_eq!(at(60, None), None);
        assert_eq!(at(61, None), Some(TokenRefusal::Expired));
    }

    #[test]
    fn expiry_is_looked_at_before_every_other_claim() {
        assert_eq!(at(61, Some(Defect::Signature)), Some(TokenRefusal::Expired));
        assert_eq!(
            at(60, Some(Defect::Signature)),
            Some(TokenRefusal::Signature)
        );
        assert_eq!(at(0, Some(Defect::Audience)), Some(TokenRefusal::Audience));
        assert_eq!(at(0, Some(Defect::Lexicon)), Some(TokenRefusal::Lexicon));
        assert_eq!(at(0, Some(Defect::Issuer)), Some(TokenRefusal::Issuer));
    }
}
