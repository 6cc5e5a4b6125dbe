//! The verifier of service-auth tokens.
//!
//! The reference implementation checks, in this order: form, type, `now > exp` without leeway,
//! `aud`, `lxm`, `iss`; then it looks the issuer's key up and verifies the signature. On a
//! mismatch it forces one look-up and verifies again if that brought another key; a signature of
//! another curve than the key's is refused without a second look. It knows no `iat`, no leeway,
//! no upper bound on `exp` and no memory of `jti`; a [`Strictness`] adds them: `iat` and the bound on `exp`
//! come right after `exp`, for they too need no look-up. Source: `verifyJwt` of the package
//! @atproto/xrpc-server 0.10.21, and 62 tokens that it judged (`tests/data/service_auth`).

use crate::protocol::{Defect, Token, TokenRefusal};
use crate::units::{Span, Time};

/// Judges a token at `now`, the clock of the verifier, where signatures need no look-up and
/// nothing is added to the reference; none means valid.
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
        // Without a directory every verifier knows of a revocation at once.
        Defect::Signature | Defect::OldKey => TokenRefusal::Signature,
    })
}

/// What a verifier asks beyond the reference implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Strictness {
    /// How far clocks may be apart.
    pub leeway: Span,
    /// How far ahead `exp` may lie, where that is bounded.
    pub max_lifetime: Option<Span>,
    /// Whether `iat` may lie ahead.
    pub issue_time: IssueTime,
}

/// Whether a verifier looks at `iat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IssueTime {
    /// It does not, as the reference.
    #[default]
    Ignored,
    /// It refuses a token that was issued in the future.
    Checked,
}

/// A token as it is presented, reduced to what the verdict depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// Whether it is a token at all.
    pub form: Form,
    /// `exp`, on the clock of the minting PDS.
    pub expires: Time,
    /// `iat`, on the same clock, where there is one.
    pub issued: Option<Time>,
    /// Whether `aud` names the verifier.
    pub audience: Claim,
    /// Whether `lxm` names the method.
    pub lexicon: Claim,
    /// Whether `iss` is a DID.
    pub issuer: Claim,
    /// The key that signed it.
    pub signer: Signer,
}

/// Whether a text is a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It is.
    Sound,
    /// It is not three parts of JSON with claims of the right types.
    Malformed,
    /// It is a token of another kind, such as an access token.
    WrongType,
}

/// Whether a claim holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It does.
    Holds,
    /// It does not.
    Fails,
}

/// A signing key: which one of its account, on which curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// How many keys the account had before.
    pub version: u32,
    /// The curve.
    pub curve: Curve,
}

/// The two curves of the protocol; which is which does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// The one the account began with.
    First,
    /// The other one.
    Second,
}

/// Who signed a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The issuer, with this key.
    Issuer(Key),
    /// Somebody else, with a key of this curve.
    Stranger(Curve),
}

impl Signer {
    const fn curve(self) -> Curve {
        match self {
            Self::Issuer(key) => key.curve,
            Self::Stranger(curve) => curve,
        }
    }
}

/// Where a verifier gets the issuer's key from.
pub trait Keys {
    /// The key by the cache, or by a forced look-up.
    fn key(&mut self, source: KeySource) -> KeyAnswer;
}

/// How a key is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// As the cache sees fit.
    Cache,
    /// Past the cache.
    Forced,
}

/// What a look-up brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAnswer {
    /// The key.
    Key(Key),
    /// There is no such DID.
    Gone,
    /// Nobody answered.
    Unreachable,
    /// Nobody answered, and the policy does without.
    Waived,
}

/// The verdict on a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruled {
    /// It is valid.
    Valid,
    /// It is no token, or one of another kind.
    NotAToken(Form),
    /// A claim or the signature does not hold.
    Refused(TokenRefusal),
    /// The issuer's DID does not exist.
    NoSuchDid,
    /// The issuer's DID could not be looked up.
    Unresolved,
}

/// Judges a token at `clock`, the reading of the verifier's clock.
pub fn verify(
    token: &Presented,
    clock: Time,
    strictness: &Strictness,
    keys: &mut impl Keys,
) -> Ruled {
    if token.form != Form::Sound {
        return Ruled::NotAToken(token.form);
    }
    let refusal = claims(token, clock, strictness);
    refusal.map_or_else(|| signature(token.signer, keys), Ruled::Refused)
}

/// What is wrong with the claims.
fn claims(token: &Presented, clock: Time, strictness: &Strictness) -> Option<TokenRefusal> {
    let leeway = strictness.leeway;
    let is_early = |issued: Time| issued > clock + leeway;
    let is_checked = strictness.issue_time == IssueTime::Checked;
    let is_too_long = |most: Span| token.expires > clock + most + leeway;
    if clock > token.expires + leeway {
        return Some(TokenRefusal::Expired);
    }
    if (is_checked && token.issued.is_some_and(is_early))
        || strictness.max_lifetime.is_some_and(is_too_long)
    {
        return Some(TokenRefusal::NotYetValid);
    }
    let in_order = [
        (token.audience, TokenRefusal::Audience),
        (token.lexicon, TokenRefusal::Lexicon),
        (token.issuer, TokenRefusal::Issuer),
    ];
    let failing = in_order.iter().find(|(claim, _)| *claim == Claim::Fails);
    failing.map(|(_, refusal)| *refusal)
}

/// The look-ups and the signature.
fn signature(signer: Signer, keys: &mut impl Keys) -> Ruled {
    let cached = match keys.key(KeySource::Cache) {
        KeyAnswer::Key(key) => key,
        other => return without_key(other),
    };
    if signer == Signer::Issuer(cached) {
        return Ruled::Valid;
    }
    if signer.curve() != cached.curve {
        return Ruled::Refused(TokenRefusal::Signature);
    }
    match keys.key(KeySource::Forced) {
        KeyAnswer::Key(key) if signer == Signer::Issuer(key) => Ruled::Valid,
        // A cached key that does not fit is no reason to do without.
        KeyAnswer::Key(_) | KeyAnswer::Waived => Ruled::Refused(TokenRefusal::Signature),
        other => without_key(other),
    }
}

fn without_key(answer: KeyAnswer) -> Ruled {
    match answer {
        KeyAnswer::Gone => Ruled::NoSuchDid,
        KeyAnswer::Unreachable => Ruled::Unresolved,
        KeyAnswer::Waived | KeyAnswer::Key(_) => Ruled::Valid,
    }
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

    /// A directory with this key, and how often it was asked.
    struct Book(KeyAnswer, u32);

    impl Keys for Book {
        fn key(&mut self, _: KeySource) -> KeyAnswer {
            self.1 += 1;
            self.0
        }
    }

    const KEY: Key = Key {
        version: 0,
        curve: Curve::First,
    };

    #[test]
    fn doing_without_a_key_never_overrules_one_that_does_not_fit() {
        let stranger = Signer::Stranger(Curve::First);
        assert_eq!(
            signature(stranger, &mut Book(KeyAnswer::Waived, 0)),
            Ruled::Valid
        );
        let mut book = Book(KeyAnswer::Key(KEY), 0);
        let refused = Ruled::Refused(TokenRefusal::Signature);
        assert_eq!(signature(stranger, &mut book), refused);
        assert_eq!(book.1, 2, "the cache, then past it");
        let other = Signer::Stranger(Curve::Second);
        assert_eq!(signature(other, &mut book), refused);
        assert_eq!(book.1, 3, "another curve is no reason to look again");
    }

    fn ruled(now: u64, strictness: &Strictness) -> Ruled {
        let token = Presented {
            form: Form::Sound,
            expires: EXPIRES,
            issued: Some(Time::from_ns(20)),
            audience: Claim::Holds,
            lexicon: Claim::Holds,
            issuer: Claim::Holds,
            signer: Signer::Issuer(KEY),
        };
        let mut book = Book(KeyAnswer::Key(KEY), 0);
        verify(&token, Time::from_ns(now), strictness, &mut book)
    }

    #[test]
    fn the_reference_takes_tokens_from_the_future_for_ever() {
        assert_eq!(ruled(0, &Strictness::default()), Ruled::Valid);
    }

    #[test]
    fn a_strict_verifier_refuses_them_but_for_its_leeway() {
        const EARLY: Ruled = Ruled::Refused(TokenRefusal::NotYetValid);
        let with = |leeway, max_lifetime, issue_time| Strictness {
            leeway: Span::from_ns(leeway),
            max_lifetime,
            issue_time,
        };
        let issue = with(5, None, IssueTime::Checked);
        assert_eq!(
            [ruled(14, &issue), ruled(15, &issue)],
            [EARLY, Ruled::Valid]
        );
        let bound = with(5, Some(Span::from_ns(40)), IssueTime::Ignored);
        assert_eq!(
            [ruled(14, &bound), ruled(15, &bound)],
            [EARLY, Ruled::Valid]
        );
        let expired = Ruled::Refused(TokenRefusal::Expired);
        assert_eq!(
            [ruled(65, &issue), ruled(66, &issue)],
            [Ruled::Valid, expired]
        );
    }
}
