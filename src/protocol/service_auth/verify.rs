//! Verifying: the checks of the reference implementation, in its order.
//!
//! ```text
//! three parts -> header -> type -> claims -> exp -> aud -> lxm -> iss
//! -> look-up -> signature -> forced look-up if it does not fit -> signature, if the key is another
//! ```
//!
//! A token of another curve than the key's is refused without the forced look-up. The reference
//! takes signatures with high S or in DER and base64 of any dialect; a replay must therefore be told by
//! (`iss`, `jti`), never by the text of the token.

use serde_json::{Map, Value};

use super::PublicKey;
use super::encoding::{base64url, lenient_base64};
use crate::protocol::TokenRefusal;

/// What the verifier wants a token to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected<'e> {
    /// The `aud` that names the verifier; none where it does not look.
    pub audience: Option<&'e str>,
    /// The `lxm` of the method that was called; none where it does not look.
    pub method: Option<&'e str>,
    /// The verifier's clock, UNIX milliseconds.
    pub now_ms: u64,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// It is not three parts with a header and claims of the right types.
    Malformed,
    /// A part is not JSON: the reference fails on it and answers 500.
    NotJson,
    /// It is a token of another kind.
    Type,
    /// A claim or the signature does not hold.
    Refused(TokenRefusal),
    /// The issuer has no key.
    NoKey,
}

impl Rejection {
    /// The error name of the reference; none where it has no name of its own for it.
    pub const fn error(self) -> Option<&'static str> {
        match self {
            Self::Malformed => Some("BadJwt"),
            Self::Type => Some("BadJwtType"),
            Self::Refused(TokenRefusal::Expired) => Some("JwtExpired"),
            Self::Refused(TokenRefusal::Audience) => Some("BadJwtAudience"),
            Self::Refused(TokenRefusal::Lexicon) => Some("BadJwtLexiconMethod"),
            Self::Refused(TokenRefusal::Issuer) => Some("BadJwtIss"),
            Self::Refused(TokenRefusal::Signature) => Some("BadJwtSignature"),
            Self::NotJson
            | Self::NoKey
            | Self::Refused(TokenRefusal::NotYetValid | TokenRefusal::Replay) => None,
        }
    }
}

/// Types of tokens that are good for something else.
const OTHER_TYPES: [&str; 3] = ["at+jwt", "refresh+jwt", "dpop+jwt"];

/// Judges a token; its claims, if it is good. `key_of` looks the key of an issuer up, past the cache
/// where its second argument is true.
///
/// # Errors
/// Why the reference would refuse it.
pub fn verify(
    token: &str,
    expected: &Expected<'_>,
    mut key_of: impl FnMut(&str, bool) -> Option<PublicKey>,
) -> Result<Map<String, Value>, Rejection> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        return Err(Rejection::Malformed);
    };
    let algorithm = algorithm(&json(header)?)?;
    let Value::Object(claims) = json(payload)? else {
        return Err(Rejection::Malformed);
    };
    let issuer = check_claims(&claims, expected)?;
    let text = format!("{header}.{payload}");
    let signature = lenient_base64(signature);
    let refused = Rejection::Refused(TokenRefusal::Signature);
    let cached = key_of(issuer, false).ok_or(Rejection::NoKey)?;
    if cached.algorithm() != algorithm {
        // The reference's library throws, and nothing is looked up again.
        return Err(refused);
    }
    if cached.signed(text.as_bytes(), &signature) {
        return Ok(claims);
    }
    let fresh = second_look(issuer, &cached, &mut key_of)?;
    let fits = fresh
        .is_some_and(|key| key.algorithm() == algorithm && key.signed(text.as_bytes(), &signature));
    if fits { Ok(claims) } else { Err(refused) }
}

/// The header or the claims of a token, unverified: its first or second part.
pub fn decoded(part: &str) -> Option<Value> {
    json(part).ok()
}

/// The key past the cache, where it is another one.
fn second_look(
    issuer: &str,
    cached: &PublicKey,
    key_of: &mut impl FnMut(&str, bool) -> Option<PublicKey>,
) -> Result<Option<PublicKey>, Rejection> {
    let fresh = key_of(issuer, true).ok_or(Rejection::NoKey)?;
    Ok(Some(fresh).filter(|fresh| fresh != cached))
}

fn json(part: &str) -> Result<Value, Rejection> {
    serde_json::from_slice(&lenient_base64(part)).map_err(|_| Rejection::NotJson)
}

/// The `alg` of a header of the right type.
fn algorithm(header: &Value) -> Result<String, Rejection> {
    let algorithm = header["alg"].as_str().ok_or(Rejection::Malformed)?;
    if header["typ"]
        .as_str()
        .is_some_and(|typ| OTHER_TYPES.contains(&typ))
    {
        return Err(Rejection::Type);
    }
    Ok(algorithm.to_owned())
}

/// The issuer, if the claims hold.
fn check_claims<'c>(
    claims: &'c Map<String, Value>,
    expected: &Expected<'_>,
) -> Result<&'c str, Rejection> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let is_absent_or_text = |name: &str| {
        claims
            .get(name)
            .is_none_or(|value| value.is_string() || is_falsy(value))
    };
    let (Some(issuer), Some(audience)) = (text("iss"), text("aud")) else {
        return Err(Rejection::Malformed);
    };
    let expires = claims.get("exp").and_then(Value::as_f64);
    let expires = expires.ok_or(Rejection::Malformed)?;
    if !is_absent_or_text("lxm") || !is_absent_or_text("nonce") {
        return Err(Rejection::Malformed);
    }
    let holds = [
        (
            expires >= crate::units::cast::count_to_f64(expected.now_ms) / 1_000.0,
            TokenRefusal::Expired,
        ),
        (
            expected.audience.is_none_or(|own| own == audience),
            TokenRefusal::Audience,
        ),
        (
            expected.method.is_none_or(|own| text("lxm") == Some(own)),
            TokenRefusal::Lexicon,
        ),
        (is_issuer(issuer), TokenRefusal::Issuer),
    ];
    match holds.iter().find(|(holds, _)| !holds) {
        Some((_, refusal)) => Err(Rejection::Refused(*refusal)),
        None => Ok(issuer),
    }
}

/// What JavaScript takes for false: a claim like that counts as absent.
fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(_) | Value::Object(_) => false,
    }
}

/// Whether an `iss` is a DID, with at most one fragment that is not empty.
fn is_issuer(issuer: &str) -> bool {
    let (did, fragment) = match issuer.split_once('#') {
        None => (issuer, None),
        Some((did, fragment)) => (did, Some(fragment)),
    };
    let has_fragment = fragment.is_none_or(|name| !name.is_empty() && !name.contains('#'));
    has_fragment && is_did(did)
}

/// `did:method:identifier`; <https://atproto.com/specs/did>.
fn is_did(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (scheme, method, own) = (parts.next(), parts.next(), parts.next());
    let is_method = |method: &str| {
        !method.is_empty() && method.bytes().all(|symbol| symbol.is_ascii_lowercase())
    };
    let is_own = |own: &str| {
        let suits = |symbol: u8| symbol.is_ascii_alphanumeric() || b"._:%-".contains(&symbol);
        !own.is_empty() && own.bytes().all(suits) && !own.ends_with([':', '%'])
    };
    scheme == Some("did") && method.is_some_and(is_method) && own.is_some_and(is_own)
}

/// Whether the signature of a token is one that the protocol allows: of this key, 64 bytes, low S,
/// base64url without padding.
pub fn is_strictly_signed(token: &str, key: &PublicKey) -> bool {
    let Some((text, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let bytes = lenient_base64(signature);
    base64url(&bytes) == signature
        && bytes.len() == 64
        && key.is_low(&bytes)
        && key.signed(text.as_bytes(), &bytes)
}
