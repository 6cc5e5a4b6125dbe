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
