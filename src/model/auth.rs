//! Tokens: minting by one PDS's clock, judging by another's, keys that are looked up.
//!
//! The reading of a PDS's clock is `now + ahead`, where one bias for all PDSes keeps every reading
//! at 0 or above; only differences of readings matter. A fetch that a signature needs keeps the
//! worker busy: its time is part of the service.

use super::plan::{Issuer, Judgement, Memory, Plan};
use super::send::draw_identity;
use super::world::World;
use crate::des::{Forgetful, Table};
use crate::network::did::{Answer, Ask, DidFailure, Ends, Freshness, Resolver, Source};
use crate::policy::token::{
    Claim, Curve, Form, Key, KeyAnswer, KeySource, Keys, Presented, Ruled, Signer, verify,
};
use crate::policy::{ByClaims, Evidence, Ruling, TokenJudge, Verdict};
use crate::protocol::{
    Account, Defect, Directory, End, Fact, LookUp, Message, Observer, Pds, Refusal, Token,
    TokenRefusal,
};
use crate::rng::{Counter, Purpose};
use crate::scenario::{Audience, ClockDirection};
use crate::units::{Span, Time};

/// What the PDSes know of tokens and DIDs in one replication.
#[derive(Debug, Default)]
pub(super) struct AuthState {
    /// How far each PDS's clock is ahead of the latest one; empty where all are right.
    pub(super) clocks: Vec<Span>,
    /// The DID cache of every PDS.
    pub(super) resolvers: Vec<Resolver>,
    /// The tokens that each PDS remembers, with the message that each came with.
    used: Vec<Forgetful<TokenName, u64>>,
    /// The token that an attacking identity keeps, by (stream, identity).
    pub(super) kept: Table<(u32, u32), Kept>,
    /// The messages in flight that carry a kept token.
    pub(super) replays: Table<u64, Kept>,
    /// The message whose token an identity is about to keep.
    pub(super) capturing: Option<(u64, u32)>,
}

/// Issuer and `jti`: the message and the attempt that a token was minted for.
type TokenName = (u64, u64);

/// A token that an attacker keeps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) token: Token,
    /// When it was minted.
    minted: Time,
    name: TokenName,
    /// Whom its `aud` names, or whose PDS.
    pub(super) recipient: Account,
}

impl AuthState {
    pub(super) fn new(plan: &Plan, counter: &Counter) -> Self {
        let count = plan.pds_count();
        let auth = &plan.auth;
        let mut plans = std::iter::once(plan).chain(&plan.changes);
        let remembers = plans.any(|plan| plan.auth.memory == Memory::Kept);
        let empty = |is_there: bool| if is_there { count } else { 0 };
        Self {
            clocks: clocks(plan, counter),
            resolvers: vec![Resolver::default(); empty(auth.did.is_some())],
            used: vec![Forgetful::default(); empty(remembers)],
            ..Self::default()
        }
    }

    /// What the clock of a PDS shows.
    pub(super) fn reading(&self, pds: Pds, now: Time) -> Time {
        now + self
            .clocks
            .get(pds.0 as usize)
            .copied()
            .unwrap_or(Span::ZERO)
    }

    /// A message has its outcome.
    pub(super) fn forget(&mut self, message: &Message) {
        if !self.replays.is_empty() {
            self.replays.remove(message.id.number());
        }
    }
}

/// How far each clock is ahead of the latest one, whole units of a token's resolution added.
fn clocks(plan: &Plan, counter: &Counter) -> Vec<Span> {
    let Some((law, direction)) = &plan.auth.clock else {
        return Vec::new();
    };
    let key = counter.key(Purpose::ClockOffset);
    let offset = |pds: u64| {
        let amount = i128::from(law.draw(key.draw(pds, 0)).ns());
        let is_behind = match direction {
            ClockDirection::Either => key.draw(pds, 1) >> 63 == 1,
            ClockDirection::Ahead => false,
            ClockDirection::Behind => true,
        };
        if is_behind { -amount } else { amount }
    };
    let offsets: Vec<i128> = (0..plan.pds_count() as u64).map(offset).collect();
    let latest = offsets.iter().copied().min().unwrap_or(0).min(0);
    let unit = i128::from(plan.token_resolution.map_or(1, Span::ns));
    let bias = latest.unsigned_abs().div_ceil(unit.unsigned_abs()) * unit.unsigned_abs();
    let ahead = |offset: &i128| {
        let sum = offset.saturating_add_unsigned(bias);
        Span::from_ns(u64::try_from(sum).expect("the bias covers the latest clock"))
    };
    offsets.iter().map(ahead).collect()
}

/// The key of an account as of an instant.
fn key_at(plan: &Plan, counter: &Counter, account: Account, time: Time) -> Key {
    let Some(rotation) = &plan.auth.rotation else {
        return FIRST_KEY;
    };
    let draws = counter.key(Purpose::KeyRotation);
    let version = rotation.changes.count(draws, account.0, time);
    key_number(plan, counter, account, version)
}

/// The key that an account has after so many changes.
fn key_number(plan: &Plan, counter: &Counter, account: Account, version: u32) -> Key {
    let draws = counter.key(Purpose::KeyRotation);
    let flips = |number: &u32| {
        let choice = crate::network::did::Changes::choice(draws, account.0, *number);
        let rotation = plan.auth.rotation.as_ref();
        rotation.is_some_and(|rotation| rotation.curve_change.hits(choice))
    };
    let curve = if (1..=version).filter(flips).count() % 2 == 0 {
        Curve::First
    } else {
        Curve::Second
    };
    Key { version, curve }
}

const FIRST_KEY: Key = Key {
    version: 0,
    curve: Curve::First,
};

impl<O: Observer> World<'_, O> {
    /// `exp` = the minting clock's reading + lifetime, rounded down as the scenario says; or the
    /// token that the attacker kept.
    pub(super) fn mint(&self, now: Time, message: &Message) -> Token {
        if !self.auth.replays.is_empty()
            && let Some(kept) = self.auth.replays.get(message.id.number())
        {
            return kept.token;
        }
        let reading = self.auth.reading(message.sender_pds, now);
        let issued = match self.plan.token_resolution {
            None => reading,
            Some(unit) => Time::from_ns(reading.ns() - reading.ns() % unit.ns()),
        };
        let group = &self.plan.groups[usize::from(message.group.0)];
        Token {
            expires: issued + lifetime_of(self.plan, message),
            defect: self.defect_by_hand(message).or(group.defect),
        }
    }

    /// An attacker keeps the token of the attempt that leaves, if he meant to.
    pub(super) fn capture(&mut self, message: &Message) {
        let number = message.id.number();
        let Some((_, identity)) = self.auth.capturing.filter(|(id, _)| *id == number) else {
            return;
        };
        self.auth.capturing = None;
        let kept = Kept {
            token: message.token,
            minted: message.sent,
            name: (number, u64::from(message.attempts)),
            recipient: message.recipient,
        };
        let stream = crate::units::cast::low_u32(message.id.stream());
        self.auth.kept.insert((stream, identity), kept);
        // The attacker reads `exp` by the clock that minted it.
        let ahead = self.auth.reading(message.sender_pds, Time::ZERO).ns();
        let expires = Time::from_ns(message.token.expires.ns().saturating_sub(ahead));
        if let Some(attack) = &mut self.streams[stream as usize].attack {
            attack.keep(identity, expires);
        }
    }

    /// Whether a message is in the name of somebody who never wrote it.
    pub(super) fn is_forged(&self, message: &Message) -> bool {
        let group = &self.plan.groups[usize::from(message.group.0)];
        group.credentials.issuer == Issuer::Forged
    }

    /// The pipeline's ruling, and how long the worker waits for look-ups.
    pub(super) fn rule(&mut self, now: Time, index: u32, evidence: &Evidence) -> (Ruling, Span) {
        let pds = evidence.recipient_pds.0 as usize;
        let plan = self.plan;
        if plan.auth.is_orderless() {
            let defences = &mut self.pdses[pds].defences;
            let ruling = plan.pipeline.rule(now, evidence, defences, &mut ByClaims);
            return (ruling, Span::ZERO);
        }
        let message = &self.flights[index].message.clone();
        self.bring_own_state(message);
        let mut judge = Judge {
            plan,
            counter: &self.counter,
            auth: &mut self.auth,
            message,
            start: now,
            waited: Span::ZERO,
            looked: [None; 2],
            used: None,
        };
        let defences = &mut self.pdses[pds].defences;
        let ruling = plan.pipeline.rule(now, evidence, defences, &mut judge);
        let (waited, looked, used) = (judge.waited, judge.looked, judge.used);
        self.bring_own_state(message);
        for look_up in looked.into_iter().flatten() {
            self.observer
                .observe(now, &Fact::LookedUp { message, look_up });
        }
        if let Some(token) = used {
            self.observer
                .observe(now, &Fact::TokenUsed { message, token });
        }
        (ruling, waited)
    }
}

/// How long a message's token is good for.
fn lifetime_of(plan: &Plan, message: &Message) -> Span {
    let group = &plan.groups[usize::from(message.group.0)];
    group.credentials.lifetime.unwrap_or(plan.token_lifetime)
}

/// The recipient's PDS as a judge of one token.
struct Judge<'w> {
    plan: &'w Plan,
    counter: &'w Counter,
    auth: &'w mut AuthState,
    message: &'w Message,
    start: Time,
    /// For look-ups, so far.
    waited: Span,
    looked: [Option<LookUp>; 2],
    /// The token that was accepted and is remembered.
    used: Option<TokenName>,
}

impl TokenJudge for Judge<'_> {
    fn judge(&mut self, now: Time, _: &Evidence) -> Option<Verdict> {
        let plan = self.plan;
        let clock = self.auth.reading(self.message.recipient_pds, now);
        let ruled = if plan.auth.judgement == Judgement::ByClaims {
            let refusal = crate::policy::token::judge(&self.message.token, clock);
            refusal.map_or(Ruled::Valid, Ruled::Refused)
        } else {
            verify(&self.presented(), clock, &plan.auth.strictness, self)
        };
        let did_failure = plan.auth.did.as_ref().map(|did| did.failure);
        match ruled {
            Ruled::Valid => self.remember(now),
            Ruled::Refused(refusal) => Some(Verdict::Refuse(Refusal::Token(refusal))),
            Ruled::Unresolved if did_failure == Some(DidFailure::Temporary) => {
                Some(Verdict::Temporary(Refusal::Did))
            }
            Ruled::NoSuchDid | Ruled::Unresolved => Some(Verdict::Refuse(Refusal::Did)),
            Ruled::NotAToken(_) => unreachable!("every message has a token"),
        }
    }
}

impl Judge<'_> {
    fn kept(&self) -> Option<Kept> {
        self.auth.replays.get(self.message.id.number()).copied()
    }

    /// The token as the verifier sees it.
    fn presented(&self) -> Presented {
        let message = self.message;
        let expires = message.token.expires;
        let fails = |defect| {
            if message.token.defect == Some(defect) {
                Claim::Fails
            } else {
                Claim::Holds
            }
        };
        let lifetime = lifetime_of(self.plan, message);
        Presented {
            form: Form::Sound,
            expires,
            issued: Some(Time::from_ns(expires.ns() - lifetime.ns())),
            audience: if self.is_elsewhere() {
                Claim::Fails
            } else {
                fails(Defect::Audience)
            },
            lexicon: fails(Defect::Lexicon),
            issuer: fails(Defect::Issuer),
            signer: self.signer(),
        }
    }

    /// Whether a kept token was minted for somebody else.
    fn is_elsewhere(&self) -> bool {
        let topology = &self.plan.topology;
        self.kept()
            .is_some_and(|kept| match self.plan.auth.audience {
                Audience::Recipient => kept.recipient != self.message.recipient,
                Audience::Pds => {
                    topology.pds_of(kept.recipient) != topology.pds_of(self.message.recipient)
                }
            })
    }

    fn signer(&self) -> Signer {
        let message = self.message;
        let minted = self.kept().map_or(message.sent, |kept| kept.minted);
        let key = key_at(self.plan, self.counter, message.sender, minted);
        match (message.token.defect, key.version) {
            (Some(Defect::Signature), _) | (Some(Defect::OldKey), 0) => Signer::Stranger(key.curve),
            (Some(Defect::OldKey), version) => Signer::Issuer(key_number(
                self.plan,
                self.counter,
                message.sender,
                version - 1,
            )),
            _ => Signer::Issuer(key),
        }
    }

    /// A token that came before is refused, where tokens are remembered. The same message taken
    /// again is no replay.
    fn remember(&mut self, now: Time) -> Option<Verdict> {
        let message = self.message;
        let number = message.id.number();
        let own = (number, u64::from(message.attempts));
        let name = self.kept().map_or(own, |kept| kept.name);
        if self.plan.auth.memory == Memory::None {
            return None;
        }
        let memory = self.auth.used.get_mut(message.recipient_pds.0 as usize)?;
        if memory.get(name, now).is_some_and(|first| *first != number) {
            return Some(Verdict::Refuse(Refusal::Token(TokenRefusal::Replay)));
        }
        let until = message.token.expires + self.plan.auth.strictness.leeway;
        memory.insert(now, name, number, until);
        self.used = Some(name);
        None
    }
}

impl Keys for Judge<'_> {
    fn key(&mut self, source: KeySource) -> KeyAnswer {
        let (plan, message) = (self.plan, self.message);
        let start = self.start + self.waited;
        let Some(did) = plan.auth.did_at(Ends::Recipient) else {
            return KeyAnswer::Key(key_at(plan, self.counter, message.sender, start));
        };
        let host = plan.groups[usize::from(message.group.0)]
            .credentials
            .host
            .as_ref();
        let (freshness, place) = match source {
            KeySource::Cache => (Freshness::Any, 0),
            KeySource::Forced => (Freshness::Forced, 1),
        };
        let ordinal = u64::from(message.attempts) << 2 | place;
        let identity = draw_identity(plan, message.id);
        let found = self.auth.resolvers[message.recipient_pds.0 as usize].look_up(
            did,
            Ask {
                now: start,
                account: message.sender.0,
                source: host.map_or(Source::Plc, Source::Web),
                freshness,
                draw: self.counter.draw(Purpose::DidLookup, identity, ordinal),
            },
        );
        let waited = found.ready.since(start);
        self.waited = self.waited + waited;
        self.looked[usize::from(place == 1)] = Some(LookUp {
            end: End::Recipient,
            directory: host.map_or(Directory::Plc, |_| Directory::Web),
            kind: found.kind,
            waited,
        });
        match found.answer {
            Answer::Document(as_of) => {
                KeyAnswer::Key(key_at(plan, self.counter, message.sender, as_of))
            }
            Answer::Gone => KeyAnswer::Gone,
            Answer::Unreachable if did.failure == DidFailure::Open => KeyAnswer::Waived,
            Answer::Unreachable => KeyAnswer::Unreachable,
        }
    }
}
