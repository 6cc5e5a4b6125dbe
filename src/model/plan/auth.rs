//! Tokens, clocks and DIDs: what of `[auth]`, `[did]` and `[migration]` all replications share.

use super::Plan;
use crate::attack::AttackSpec;
use crate::network::did::{Changes, DidPlan, Ends, SenderDidSpec, WebHost};
use crate::policy::token::{IssueTime, Strictness};
use crate::protocol::Account;
use crate::rng::{Law, uniform};
use crate::scenario::{Audience, ClockDirection, ScenarioSpec, SendersSpec};
use crate::units::{Share, Span, cast};

/// How tokens are judged and DIDs resolved.
#[derive(Debug)]
pub(in crate::model) struct AuthPlan {
    pub(in crate::model) judgement: Judgement,
    pub(in crate::model) strictness: Strictness,
    pub(in crate::model) memory: Memory,
    pub(in crate::model) audience: Audience,
    pub(in crate::model) clock: Option<(Law, ClockDirection)>,
    pub(in crate::model) did: Option<DidPlan>,
    pub(in crate::model) rotation: Option<Rotation>,
    pub(in crate::model) migration: Option<Changes>,
}

/// Whether a token's claims say all there is to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Judgement {
    ByClaims,
    InFull,
}

/// Whether a PDS remembers the tokens it accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Memory {
    Kept,
    None,
}

/// How signing keys change.
#[derive(Debug)]
pub(in crate::model) struct Rotation {
    pub(in crate::model) changes: Changes,
    pub(in crate::model) curve_change: Share,
}

impl AuthPlan {
    pub(in crate::model) fn new(spec: &ScenarioSpec) -> Self {
        let auth = &spec.auth;
        let rotation = spec.did.as_ref().and_then(|did| did.rotation);
        Self {
            judgement: judgement(spec),
            strictness: Strictness {
                leeway: auth.leeway,
                max_lifetime: auth.max_lifetime,
                issue_time: if auth.check_iat {
                    IssueTime::Checked
                } else {
                    IssueTime::Ignored
                },
            },
            memory: if auth.check_jti {
                Memory::Kept
            } else {
                Memory::None
            },
            audience: auth.audience,
            clock: auth
                .clock_offset
                .as_ref()
                .map(|law| (Law::new(law), auth.clock_direction)),
            did: spec.did.as_ref().map(DidPlan::new),
            rotation: rotation.map(|rotation| Rotation {
                changes: Changes::new(rotation.rate),
                curve_change: rotation.curve_change,
            }),
            migration: spec.migration.map(|migration| Changes::new(migration.rate)),
        }
    }

    /// The resolution of DIDs, where `end` takes part in it.
    pub(in crate::model) fn did_at(&self, end: Ends) -> Option<&DidPlan> {
        self.did
            .as_ref()
            .filter(|did| did.ends == Ends::Both || did.ends == end)
    }

    /// Whether a sender's PDS must find out where the recipient lives.
    pub(in crate::model) fn finds_recipients(&self) -> bool {
        self.migration.is_some() || self.did_at(Ends::Sender).is_some()
    }

    /// Whether nothing here depends on the order in which messages are sent.
    pub(in crate::model) fn is_orderless(&self) -> bool {
        self.judgement == Judgement::ByClaims && !self.finds_recipients()
    }
}

fn judgement(spec: &ScenarioSpec) -> Judgement {
    let auth = &spec.auth;
    let asks_more = auth.check_iat
        || auth.check_jti
        || auth.max_lifetime.is_some()
        || !auth.leeway.is_zero()
        || auth.clock_offset.is_some();
    let replays = |senders: &SendersSpec| matches!(senders.attack, Some(AttackSpec::Replay(_)));
    if asks_more || spec.did.is_some() || spec.senders.values().any(replays) {
        Judgement::InFull
    } else {
        Judgement::ByClaims
    }
}

/// What a group's tokens and DIDs are like.
#[derive(Debug, Default)]
pub(in crate::model) struct Credentials {
    /// Lifetime of its tokens, where it has one of its own.
    pub(in crate::model) lifetime: Option<Span>,
    /// The host of its did:web.
    pub(in crate::model) host: Option<WebHost>,
    /// Whether it writes in the name of others.
    pub(in crate::model) issuer: Issuer,
}

/// In whose name a group writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::model) enum Issuer {
    #[default]
    Own,
    Forged,
}

impl Credentials {
    pub(in crate::model) fn new(senders: &SendersSpec) -> Self {
        let host = senders.did.as_ref().map(|did| match did {
            SenderDidSpec::Web { delay, answer } => WebHost {
                delay: Law::new(delay),
                answer: *answer,
            },
        });
        let forges = matches!(senders.attack, Some(AttackSpec::BadSignature(_)));
        Self {
            lifetime: senders.token_lifetime,
            host,
            issuer: if forges { Issuer::Forged } else { Issuer::Own },
        }
    }
}

impl Plan {
    /// To whom a kept token goes: the account that its `aud` names, or any on the PDS it names.
    pub(in crate::model) fn replayed_to(&self, recipient: Account, draw: u64) -> Account {
        let pds = self.topology.pds_of(recipient);
        let size = self.topology.size(pds);
        if self.auth.audience == Audience::Recipient || size == 0 {
            return recipient;
        }
        let place = cast::low_u32(uniform::index(draw, u64::from(size)));
        Account(self.topology.first_account(pds).0 + place)
    }
}
