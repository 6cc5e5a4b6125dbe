//! The token that the interactive demo shows is a real one: another implementation makes the same
//! bytes, and the recipient's verifier takes it with the key in the sender's DID document alone.

use pdsim::experiment::session::{Minted, Party, Progress, Stage, minted};
use pdsim::protocol::service_auth::{PublicKey, Rejection, is_strictly_signed};
use pdsim::protocol::{Account, Outcome, Pds, Refusal, TokenRefusal};
use pdsim::tui::{self, Action};

use crate::tui_sessions::{files, played, session, wait};

/// The token of the first message sent by hand in a scenario, and how far the message came.
fn token_in(text: &str, actions: Vec<Action>) -> (Minted, Progress) {
    let files = files(text);
    let (state, _) = played(session(&files), actions, (80, 24));
    let arm = state.session.arm();
    let id = arm.plan().by_hand(0);
    let mut world = Stage::new(&arm, [id]);
    world.run_to(state.now, u64::MAX);
    let row = world.seen().row(id).expect("it was sent");
    let minted = minted(&arm, world.seen(), world.life(id).expect("it was sent"));
    (minted, row.progress)
}

fn token_after(actions: Vec<Action>) -> Minted {
    token_in(tui::SCENARIO, actions).0
}

#[test]
fn a_token_says_who_writes_to_whom_for_a_minute_and_verifies() {
    // Written 61.5 s after the beginning, 1,790,000,000 s after 1970; whole seconds in the token.
    let minted = token_after(vec![wait(61_500), Action::Send, wait(5_000)]);
    let alice = Party::of(1, Account(0), Pds(0));
    let claims = &minted.claims;
    assert_eq!(claims["iss"], alice.did);
    assert_eq!(claims["iat"], 1_790_000_061);
    assert_eq!(claims["exp"], 1_790_000_121);
    assert_eq!(claims["lxm"], "dev.pds.inbox.sendMessage");
    assert_eq!(minted.header["alg"], "ES256K");
    assert_eq!(minted.verdict, Ok(()));
    let key = minted.document["verificationMethod"][0]["publicKeyMultibase"].as_str();
    let key = PublicKey::of_did_key(&format!("did:key:{}", key.expect("a key")));
    assert!(is_strictly_signed(&minted.token, &key.expect("a key")));
    assert_eq!(minted.document["id"], alice.did);
    assert_eq!(alice.did.len(), "did:plc:".len() + 24);
}

/// The token that Python's `cryptography` 48 signs (RFC 6979, low S) with the key and the claims
/// that follow from seed, accounts and message: SHA-256 of `pdsim 1 0 key 0` as the key, of
/// `pdsim 1 8-0 1 jti` as the `jti`, 24 letters of base32 from `pdsim 1 0 did` as the DID.
#[test]
fn another_implementation_makes_the_same_token() {
    let token = [
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NksifQ",
        "eyJpYXQiOjE3OTAwMDAwMDAsImlzcyI6ImRpZDpwbGM6MnF1eG9zajNqcXpyM295bWFibGVtMnI0IiwiYXVkIjoiZGlkOnBsYzp3ZnZsaGhrbnB3cm9yNzJreDIzNXZpdHgiLCJleHAiOjE3OTAwMDAwNjAsImx4bSI6ImRldi5wZHMuaW5ib3guc2VuZE1lc3NhZ2UiLCJqdGkiOiIyOGVkY2M4ODcxNjRmNmE4ZmZiODUxYWZhZGZhNjZmNiJ9",
        "bQn5B66YuOejSoCme7rdRz7jNPWG0o6gcwqaMV0IE3Fr8vUYB0Z0BJWpvBoBCntc9ur4kp6H-FTFWXGD2dljaA",
    ];
    let minted = token_after(vec![Action::Send, wait(5_000)]);
    assert_eq!(minted.token.split('.').collect::<Vec<_>>(), token);
}

#[test]
fn a_forged_token_is_refused_by_the_real_verifier_as_by_the_simulated_one() {
    let minted = token_after(vec![Action::SendForged, wait(5_000)]);
    let refused = minted.verdict.expect_err("another's key");
    assert_eq!(refused.error(), Some("BadJwtSignature"));
    assert_eq!(refused, Rejection::Refused(TokenRefusal::Signature));
}

#[test]
fn a_token_that_is_too_long_on_the_way_is_refused_by_both() {
    let delay = "{ lognormal = { median = \"35ms\", sigma = 0.6, shift = \"5ms\" } }";
    assert!(tui::SCENARIO.contains(delay));
    for (on_the_way, refused) in [("60s", None), ("61s", Some("JwtExpired"))] {
        let constant = format!("{{ constant = \"{on_the_way}\" }}");
        let text = tui::SCENARIO.replace(delay, &constant);
        // Inside the request: taken when it arrives.
        let text = text.replace("[inbox.docket]", "[inbox.sync]");
        let (minted, outcome) = token_in(&text, vec![Action::Send, wait(70_000)]);
        let error = minted.verdict.err().and_then(Rejection::error);
        assert_eq!(error, refused, "{on_the_way}");
        let simulated = match refused {
            Some(_) => Progress::Over(Outcome::Refused(Refusal::Token(TokenRefusal::Expired))),
            None => Progress::Held,
        };
        assert_eq!(outcome, simulated, "{on_the_way}");
    }
}
