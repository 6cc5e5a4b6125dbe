//! The verifier of tokens gives the reference implementation's verdict on each of 62 tokens, and
//! looks keys up as often and in the same way.

use pdsim::policy::token::{
    Claim, Curve, Form, Key, KeyAnswer, KeySource, Keys, Presented, Ruled, Signer, Strictness,
    verify,
};
use pdsim::protocol::TokenRefusal;
use pdsim::units::Time;

use crate::support::repository_file;

/// The keys of the issuer, and the look-ups that were made.
struct Directory {
    cached: Option<Key>,
    forced: Option<Key>,
    asked: Vec<&'static str>,
}

impl Keys for Directory {
    fn key(&mut self, source: KeySource) -> KeyAnswer {
        let (name, key) = match source {
            KeySource::Cache => ("cache", self.cached),
            KeySource::Forced => ("forced", self.forced),
        };
        self.asked.push(name);
        key.map_or(KeyAnswer::Gone, KeyAnswer::Key)
    }
}

/// `k3` is the third key on the first curve.
fn key(name: &str) -> Option<Key> {
    let version = name.get(1..)?.parse().ok()?;
    let curve = match &name[..1] {
        "k" => Curve::First,
        _ => Curve::Second,
    };
    Some(Key { version, curve })
}

fn instant(text: &str, nanoseconds: f64) -> Time {
    let number: f64 = text.parse().expect("a number");
    Time::from_ns(pdsim::units::cast::f64_to_ns(number * nanoseconds))
}

fn signer(signed_by: &str, alg_curve: &str, cached: Option<Key>) -> Signer {
    let curve = match (alg_curve, cached.map(|key| key.curve)) {
        ("k256", _) | ("none", Some(Curve::Second)) => Curve::First,
        _ => Curve::Second,
    };
    match key(signed_by).filter(|key| key.curve == curve) {
        Some(key) => Signer::Issuer(key),
        None => Signer::Stranger(curve),
    }
}

fn error_of(ruled: Ruled) -> Option<&'static str> {
    Some(match ruled {
        Ruled::Valid => "",
        Ruled::NotAToken(Form::WrongType) => "BadJwtType",
        Ruled::NotAToken(_) => "BadJwt",
        Ruled::Refused(TokenRefusal::Expired) => "JwtExpired",
        Ruled::Refused(TokenRefusal::Audience) => "BadJwtAudience",
        Ruled::Refused(TokenRefusal::Lexicon) => "BadJwtLexiconMethod",
        Ruled::Refused(TokenRefusal::Issuer) => "BadJwtIss",
        Ruled::Refused(TokenRefusal::Signature) => "BadJwtSignature",
        _ => return None,
    })
}

#[test]
fn every_token_of_the_reference_gets_its_verdict_and_its_look_ups() {
    let text = repository_file("tests/data/service_auth/claims.csv");
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let mut judged = 0;
    for row in reader.records() {
        let row = row.expect("a row");
        let claim = |column: usize| match &row[column] {
            "holds" => Claim::Holds,
            _ => Claim::Fails,
        };
        let cached = key(&row[10]);
        let token = Presented {
            form: match &row[1] {
                "sound" => Form::Sound,
                "wrong-type" => Form::WrongType,
                _ => Form::Malformed,
            },
            expires: if row[3].is_empty() {
                Time::ZERO
            } else {
                instant(&row[3], 1e9)
            },
            issued: (!row[4].is_empty()).then(|| instant(&row[4], 1e9)),
            audience: claim(5),
            lexicon: claim(6),
            issuer: claim(7),
            signer: signer(&row[8], &row[9], cached),
        };
        let mut directory = Directory {
            cached,
            forced: key(&row[11]),
            asked: Vec::new(),
        };
        let now = instant(&row[2], 1e6);
        let ruled = verify(&token, now, &Strictness::default(), &mut directory);
        let expected = match &row[13] {
            "SyntaxError" => "BadJwt",
            error => error,
        };
        assert_eq!(error_of(ruled), Some(expected), "{}", &row[0]);
        assert_eq!(directory.asked.join(" "), &row[12], "{}", &row[0]);
        judged += 1;
    }
    assert_eq!(judged, 62);
}

/// The tokens themselves, with the keys and the verdicts of the reference.
#[test]
fn every_real_token_gets_the_error_name_of_the_reference_and_its_look_ups() {
    use pdsim::protocol::service_auth::{Expected, PublicKey, Rejection, verify};
    let text = repository_file("tests/data/service_auth/vectors.json");
    let all: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let vectors = all["vectors"].as_array().expect("a list");
    for vector in vectors {
        let id = vector["id"].as_str().expect("an id");
        let own = &vector["verify"];
        let expected = Expected {
            audience: own["own_aud"].as_str(),
            method: own["lxm"].as_str(),
            now_ms: own["now_ms"].as_u64().expect("a time"),
        };
        let mut asked = Vec::new();
        let judged = verify(
            vector["token"].as_str().expect("a text"),
            &expected,
            |issuer, force| {
                asked.push(serde_json::json!({"iss": issuer, "force": force}));
                let cached = &vector["keys_cached"];
                let fresh = &vector["keys_after_forced_refresh"];
                let book = if force && fresh.is_object() {
                    fresh
                } else {
                    cached
                };
                let did = issuer.split('#').next().unwrap_or_default();
                book[issuer]
                    .as_str()
                    .or(book[did].as_str())
                    .and_then(PublicKey::of_did_key)
            },
        );
        assert_eq!(
            serde_json::Value::from(asked),
            vector["key_lookups"],
            "{id}"
        );
        let told = &vector["expected"];
        match judged {
            Ok(claims) => assert_eq!(serde_json::Value::Object(claims), told["payload"], "{id}"),
            Err(Rejection::NotJson) => assert_eq!(told["error_class"], "SyntaxError", "{id}"),
            Err(rejection) => assert_eq!(rejection.error(), told["error"].as_str(), "{id}"),
        }
    }
    assert_eq!(vectors.len(), 62);
}

#[test]
fn a_minted_token_is_deterministic_strictly_signed_and_good_for_its_purpose_alone() {
    use pdsim::protocol::service_auth::{
        Expected, PublicKey, SigningKey, is_strictly_signed, mint, verify,
    };
    let mut bytes = [0; 32];
    bytes[31] = 1;
    let key = SigningKey::of_bytes(&bytes).expect("1 is a key");
    // The generator of secp256k1 is the public half of 1: 02 79be667e...
    let did = "did:key:zQ3shVc2UkAfJCdc1TR8E66J85h48P43r93q8jGPkPpjF9Ef9";
    assert_eq!(key.public().did_key(), did);
    assert_eq!(PublicKey::of_did_key(did), Some(key.public()));
    let expected = |now_ms| Expected {
        audience: Some("did:web:pds.example.com"),
        method: Some(pdsim::protocol::SEND_MESSAGE),
        now_ms,
    };
    for number in 0..20 {
        let jti = format!("{number:032x}");
        let token = mint(&claims(&jti), &key);
        assert_eq!(token, mint(&claims(&jti), &key));
        assert!(is_strictly_signed(&token, &key.public()), "{token}");
        let book = |_: &str, _: bool| Some(key.public());
        assert_eq!(
            verify(&token, &expected(1_790_000_060_000), book).expect("good")["jti"],
            jti
        );
        let late = verify(&token, &expected(1_790_000_060_001), book).expect_err("late");
        assert_eq!(late.error(), Some("JwtExpired"));
        let other = |_: &str, _: bool| {
            let mut bytes = [0; 32];
            bytes[31] = 2;
            SigningKey::of_bytes(&bytes).map(|key| key.public())
        };
        let forged = verify(&token, &expected(0), other).expect_err("another key");
        assert_eq!(forged.error(), Some("BadJwtSignature"));
    }
    assert!(SigningKey::of_bytes(&[0; 32]).is_none());
}

fn claims(jti: &str) -> pdsim::protocol::service_auth::Claims<'_> {
    pdsim::protocol::service_auth::Claims {
        iat: 1_790_000_000,
        iss: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
        aud: "did:web:pds.example.com",
        exp: 1_790_000_060,
        lxm: pdsim::protocol::SEND_MESSAGE,
        jti,
    }
}

/// The token that Python's `cryptography` 50 signs with the same key and claims (RFC 6979, low S),
/// and that `PyJWT` takes.
#[test]
fn a_minted_token_is_that_of_an_independent_implementation() {
    use pdsim::protocol::service_auth::{SigningKey, mint};
    let mut bytes = [0; 32];
    bytes[31] = 1;
    let key = SigningKey::of_bytes(&bytes).expect("1 is a key");
    let token = [
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NksifQ",
        "eyJpYXQiOjE3OTAwMDAwMDAsImlzcyI6ImRpZDpwbGM6YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhIiwiYXVkIjoiZGlkOndlYjpwZHMuZXhhbXBsZS5jb20iLCJleHAiOjE3OTAwMDAwNjAsImx4bSI6ImRldi5wZHMuaW5ib3guc2VuZE1lc3NhZ2UiLCJqdGkiOiI1OWQwNzdkYjBjMTFjYWVkZDE1ODcxZmIxYmEyZmI4NCJ9",
        "yR7oSEX6leTFvixgRGbNzkP7ftGaxDSbA7JYrn_SH4RxqRLEbGL_XjUDKyao0T2-8eN4zx-ODjJf6j45TKiKug",
    ];
    let minted = mint(&claims("59d077db0c11caedd15871fb1ba2fb84"), &key);
    assert_eq!(minted.split('.').collect::<Vec<_>>(), token);
}
