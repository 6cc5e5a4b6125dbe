//! The real token of a message: minted with the sender's key, verified with the key in the sender's
//! DID document.
//!
//! The model knows a token by its claims that matter; here it becomes the text that would travel.
//! Keys and DIDs are made from the seed of the run and the number of the account, so that a
//! replay shows the same tokens. Times are UNIX seconds: `epoch` + the minting PDS's clock. Keys do
//! not rotate here.

use serde_json::{Value, json};

use super::Seen;
use crate::experiment::{Arm, sha256_hex};
use crate::protocol::service_auth::{
    Claims, Expected, PublicKey, Rejection, SigningKey, mint, verify,
};
use crate::protocol::{Account, Defect, Message, Pds, SEND_MESSAGE};
use crate::scenario::Audience;
use crate::trace::{Life, Step};
use crate::units::Time;

/// Somebody with a DID and a key.
#[derive(Debug, Clone)]
pub struct Party {
    /// `did:plc:...`.
    pub did: String,
    /// The key that signs his tokens.
    pub key: SigningKey,
    /// The host of his PDS.
    pub host: String,
}

/// A token and everything about it that can be shown.
#[derive(Debug, Clone)]
pub struct Minted {
    /// The compact JWT.
    pub token: String,
    /// Its header, decoded.
    pub header: Value,
    /// Its claims, decoded.
    pub claims: Value,
    /// The sender's DID document.
    pub document: Value,
    /// What the recipient's PDS makes of it: when a worker took the message, or when it left where
    /// none has yet.
    pub verdict: Result<(), Rejection>,
}

impl Party {
    /// An account of a run with this seed, who lives on a PDS.
    ///
    /// # Panics
    /// Never: one of endless hashes is a key.
    pub fn of(seed: u64, account: Account, pds: Pds) -> Self {
        let name = format!("pdsim {seed} {}", account.0);
        let keys = (0_u64..).filter_map(|try_number| {
            SigningKey::of_bytes(&bytes(&sha256_hex(
                format!("{name} key {try_number}").as_bytes(),
            )))
        });
        Self {
            did: format!(
                "did:plc:{}",
                base32(&sha256_hex(format!("{name} did").as_bytes()))
            ),
            key: keys
                .into_iter()
                .next()
                .expect("one of endless hashes is a key"),
            host: host(pds),
        }
    }

    /// The DID document: the key that verifies, and the PDS.
    pub fn document(&self) -> Value {
        let key = self.key.public().did_key();
        json!({
            "id": self.did,
            "verificationMethod": [{
                "id": format!("{}#atproto", self.did),
                "type": "Multikey",
                "controller": self.did,
                "publicKeyMultibase": key.trim_start_matches("did:key:"),
            }],
            "service": [{
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": format!("https://{}", self.host),
            }],
        })
    }
}

fn host(pds: Pds) -> String {
    format!("pds{}.example", pds.0)
}

/// 32 bytes from 64 hexadecimal digits.
fn bytes(hex: &str) -> [u8; 32] {
    std::array::from_fn(|place| {
        u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).expect("hexadecimal digits")
    })
}

/// 24 letters of base32 as did:plc has them, one for each hexadecimal digit pair.
fn base32(hex: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    bytes(hex)[..24].iter().map(letter).collect()
}

/// The token of a message's last attempt.
pub fn minted(arm: &Arm, seen: &Seen, life: &Life) -> Minted {
    let message = &life.message;
    let spec = &arm.scenario().spec;
    let seed_of_run = spec.run.seed;
    let sender = Party::of(seed_of_run, message.sender, message.sender_pds);
    let recipient = Party::of(seed_of_run, message.recipient, message.recipient_pds);
    let audience = match spec.auth.audience {
        Audience::Recipient => recipient.did.clone(),
        Audience::Pds => format!("did:web:{}", recipient.host),
    };
    let text = Text {
        seconds: |time: Time| spec.run.epoch + time.ns() / 1_000_000_000,
        sent: message.sent + seen.ahead(message.sender_pds),
        message,
    };
    let token = text.minted(&sender, &audience, seed_of_run);
    let clock = taken(life) + seen.ahead(message.recipient_pds);
    let expected = Expected {
        audience: Some(&audience),
        method: Some(SEND_MESSAGE),
        now_ms: spec.run.epoch * 1_000 + clock.ns() / 1_000_000,
    };
    let document = sender.document();
    let verdict = verify(&token, &expected, |issuer, _| key_in(&document, issuer)).map(|_| ());
    Minted {
        header: part(&token, 0),
        claims: part(&token, 1),
        document,
        verdict,
        token,
    }
}

/// When a worker took the message last; when it left where none has yet.
fn taken(life: &Life) -> Time {
    let mut steps = life.steps.iter().rev();
    let taken = steps.find(|(_, step)| matches!(step, Step::Taken { .. }));
    taken.map_or(life.message.sent, |(at, _)| *at)
}

/// The key that a DID document names for its own DID.
fn key_in(document: &Value, issuer: &str) -> Option<PublicKey> {
    let key = document["verificationMethod"][0]["publicKeyMultibase"].as_str()?;
    let is_own = document["id"] == issuer;
    PublicKey::of_did_key(&format!("did:key:{key}")).filter(|_| is_own)
}

/// What a token says of a message.
struct Text<'m, S> {
    seconds: S,
    sent: Time,
    message: &'m Message,
}

impl<S: Fn(Time) -> u64> Text<'_, S> {
    fn minted(&self, sender: &Party, audience: &str, seed: u64) -> String {
        let message = self.message;
        let name = format!("pdsim {seed} {} {}", message.id, message.attempts);
        let jti = sha256_hex(format!("{name} jti").as_bytes());
        let defect = message.token.defect;
        let claims = Claims {
            iat: (self.seconds)(self.sent),
            iss: match defect {
                Some(Defect::Issuer) => "nobody",
                _ => &sender.did,
            },
            aud: match defect {
                Some(Defect::Audience) => "did:web:elsewhere.example",
                _ => audience,
            },
            exp: (self.seconds)(message.token.expires),
            lxm: match defect {
                Some(Defect::Lexicon) => "com.example.other",
                _ => SEND_MESSAGE,
            },
            jti: &jti[..32],
        };
        match defect {
            // Signed by somebody who does not have the sender's key.
            Some(Defect::Signature | Defect::OldKey) => {
                let stranger = Party::of(!seed, message.sender, message.sender_pds);
                mint(&claims, &stranger.key)
            }
            _ => mint(&claims, &sender.key),
        }
    }
}

/// A part of a token, decoded.
fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap_or_default();
    crate::protocol::service_auth::decoded(part).unwrap_or(Value::Null)
}
