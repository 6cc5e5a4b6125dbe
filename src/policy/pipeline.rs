//! The pipeline: the checks in the scenario's order, up to the first refusal.

mod look;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::contact::ContactRuling;
use super::limit::{self, LimitSet};
use super::{
    BlockList, CheckCosts, ContactBook, ContactSpec, DedupSpec, FailureMode, Failures, HostList,
    Seen, Standing, token,
};
use crate::protocol::{Account, Check, Pds, Refusal, Token};
use crate::rng::Distribution;
use crate::units::{Span, Time};

/// Which checks run, in which order, and what they cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PipelineSpec {
    /// The checks in order; an empty list delivers every message. By default that of the proof
    /// of concept: token, label, block, contact, rate-limit.
    pub order: Vec<Check>,
    /// Service time of each check that runs; a check that is not named costs nothing. Or the
    /// name of measured costs: "node" or "rust".
    pub cost: CheckCosts,
    /// Service time on top of the checks, once per message taken, refused or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<Distribution>,
    /// How often a check cannot be made, and what becomes of the message then; never by default.
    #[serde(skip_serializing_if = "Failures::is_empty")]
    pub failure: Failures,
}

impl Default for PipelineSpec {
    fn default() -> Self {
        Self {
            order: Check::PROOF_OF_CONCEPT.to_vec(),
            cost: CheckCosts::default(),
            extra: None,
            failure: Failures::new(),
        }
    }
}

/// All that a policy may know of a message. There is no way to tell ham from spam.
#[derive(Debug, Clone, Copy)]
pub struct Evidence {
    /// Whose message.
    pub sender: Account,
    /// The PDS it comes from.
    pub sender_pds: Pds,
    /// For whom.
    pub recipient: Account,
    /// The PDS that judges.
    pub recipient_pds: Pds,
    /// What tells the message from every other one; the same for its copies.
    pub identity: u64,
    /// The checks that cannot be made at this instant.
    pub failing: CheckSet,
    /// The token's claims.
    pub token: Token,
    /// Whether a label on the sender is known at this PDS.
    pub labelled: Labelled,
    /// Whether sender and recipient have each other as contacts from before the run.
    pub acquaintance: Standing,
    /// Age of the sender's account.
    pub account_age: Option<Span>,
}

impl Evidence {
    /// The message as rate limits see it.
    pub fn request(&self, now: Time, standing: Standing, kind: limit::Kind) -> limit::Request {
        limit::Request {
            now,
            parties: limit::Parties {
                sender: self.sender.0,
                sender_pds: self.sender_pds.0,
                recipient: self.recipient.0,
            },
            standing: match standing {
                Standing::Accepted => limit::Standing::Accepted,
                Standing::Stranger => limit::Standing::Request,
            },
            kind,
            cost: 1,
            recipients: 1,
            account_age: self.account_age,
        }
    }
}

/// Whether the sender carries a label that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labelled {
    /// A label is known.
    Yes,
    /// No label is known.
    No,
}

/// The state of one PDS that its pipeline reads and writes.
#[derive(Debug, Clone)]
pub struct Defences {
    /// Whom its recipients blocked.
    pub blocks: BlockList,
    /// Whom its recipients accepted, and what is held for them.
    pub contacts: ContactBook,
    /// Its rate limits on what arrives.
    pub limits: LimitSet,
    /// The messages it accepted, where it looks for duplicates.
    pub seen: Seen,
}

/// The checks that ran on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CheckSet(u8);

impl CheckSet {
    /// Adds a check.
    pub fn insert(&mut self, check: Check) {
        self.0 |= 1 << check as u8;
    }

    /// Whether a check is in the set.
    pub fn contains(self, check: Check) -> bool {
        self.0 & (1 << check as u8) != 0
    }
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Into the recipient's inbox.
    Accept,
    /// Held as a contact request.
    Hold,
    /// Turned away; of the refusals by a limit, the sender does not hear of these.
    Refuse(Refusal),
    /// Turned away by a limit that says so.
    Defer {
        /// The first refusing layer.
        layer: u8,
        /// The instant that the answer names.
        retry_at: Option<Time>,
    },
    /// A check could not be made: to be tried again later.
    Retry(Check),
    /// Turned away for now: what a check needs could not be had.
    Temporary(Refusal),
    /// Accepted, but not before the instant told: a limit shapes the traffic.
    Delay(Time),
    /// Turned away by a limit; the queue takes it again at the instant told.
    Reschedule {
        /// When.
        at: Time,
        /// The first refusing layer.
        layer: u8,
    },
}

/// The answer of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling {
    /// What becomes of the message.
    pub verdict: Verdict,
    /// The checks that ran; they cost service time.
    pub ran: CheckSet,
    /// Bit mask of the limit layers that were asked.
    pub asked: u64,
    /// Bit mask of the limit layers that themselves refused.
    pub refused: u64,
    /// As what the limits admitted the message; none where they were not asked or refused.
    pub admitted: Option<(Standing, limit::Kind)>,
}

/// Who judges tokens when the token check's turn comes.
pub trait TokenJudge {
    /// The verdict against a message, or none where its token is valid.
    fn judge(&mut self, now: Time, evidence: &Evidence) -> Option<Verdict>;
}

/// The judge of tokens whose claims say all there is to know.
#[derive(Debug, Clone, Copy)]
pub struct ByClaims;

impl TokenJudge for ByClaims {
    fn judge(&mut self, now: Time, evidence: &Evidence) -> Option<Verdict> {
        let refusal = token::judge(&evidence.token, now);
        refusal.map(|refusal| Verdict::Refuse(Refusal::Token(refusal)))
    }
}

/// The checks of a scenario, ready to rule.
#[derive(Debug, Clone)]
pub struct Pipeline {
    order: Vec<Check>,
    contact: ContactSpec,
    failures: Failures,
    hosts: HostList,
    dedup: DedupSpec,
}

impl Pipeline {
    /// A pipeline that follows `spec` under the rule of first contact `contact`.
    pub fn new(spec: &PipelineSpec, contact: ContactSpec) -> Self {
        Self {
            order: spec.order.clone(),
            contact,
            failures: spec.failure.clone(),
            hosts: HostList::default(),
            dedup: DedupSpec::default(),
        }
    }

    /// The same pipeline with a block list of hosts and a memory of accepted messages.
    #[must_use]
    pub fn with(mut self, hosts: HostList, dedup: DedupSpec) -> Self {
        (self.hosts, self.dedup) = (hosts, dedup);
        self
    }

    /// How often checks fail.
    pub fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Whether a check is part of the pipeline.
    pub fn contains(&self, check: Check) -> bool {
        self.order.contains(&check)
    }

    /// Rules over a message that a worker takes at `now`.
    pub fn rule(
        &self,
        now: Time,
        evidence: &Evidence,
        defences: &mut Defences,
        judge: &mut impl TokenJudge,
    ) -> Ruling {
        let mut ruling = Ruling {
            verdict: Verdict::Accept,
            ran: CheckSet::default(),
            asked: 0,
            refused: 0,
            admitted: None,
        };
        for check in &self.order {
            ruling.ran.insert(*check);
            if evidence.failing.contains(*check) {
                ruling.verdict = self.fail(*check).unwrap_or(ruling.verdict);
            } else if *check == Check::Token {
                ruling.verdict = judge.judge(now, evidence).unwrap_or(ruling.verdict);
            } else {
                self.apply(*check, now, evidence, defences, &mut ruling);
            }
            if matches!(
                ruling.verdict,
                Verdict::Refuse(_)
                    | Verdict::Temporary(_)
                    | Verdict::Defer { .. }
                    | Verdict::Reschedule { .. }
                    | Verdict::Retry(_)
            ) {
                return ruling;
            }
        }
        if ruling.ran.contains(Check::Dedup) {
            defences.seen.remember(now, evidence.identity, self.dedup);
        }
        ruling
    }

    /// What becomes of a message whose check cannot be made; nothing where the check fails open.
    fn fail(&self, check: Check) -> Option<Verdict> {
        match self.failures.get(&check)?.mode {
            FailureMode::Open => None,
            FailureMode::Closed => Some(Verdict::Refuse(Refusal::Unavailable(check))),
            FailureMode::Temporary => Some(Verdict::Retry(check)),
        }
    }

    fn apply(
        &self,
        check: Check,
        now: Time,
        evidence: &Evidence,
        defences: &mut Defences,
        ruling: &mut Ruling,
    ) {
        let pair = (evidence.recipient, evidence.sender);
        let refusal = match check {
            Check::Token => unreachable!("its judge was asked"),
            Check::Label => (evidence.labelled == Labelled::Yes).then_some(Refusal::Label),
            Check::Block => defences
                .blocks
                .blocks(pair.0, pair.1)
                .then_some(Refusal::Block),
            Check::Contact => {
                let standing = self.standing(evidence, &defences.contacts);
                match defences.contacts.rule(&self.contact, standing, pair) {
                    ContactRuling::Pass => None,
                    ContactRuling::Hold => {
                        ruling.verdict = Verdict::Hold;
                        None
                    }
                    ContactRuling::Refuse => Some(Refusal::Contact),
                }
            }
            Check::Host => {
                let (judge, sender) = (evidence.recipient_pds, evidence.sender_pds);
                let refuses = self.hosts.refuses(now, judge, sender);
                refuses.then_some(Refusal::Host)
            }
            Check::Dedup => {
                let known = defences.seen.knows(now, evidence.identity);
                known.then_some(Refusal::Duplicate)
            }
            Check::RateLimit => return self.limit(now, evidence, defences, ruling),
        };
        if let Some(refusal) = refusal {
            ruling.verdict = Verdict::Refuse(refusal);
        }
    }

    fn limit(&self, now: Time, evidence: &Evidence, defences: &mut Defences, ruling: &mut Ruling) {
        if defences.limits.is_empty() {
            return;
        }
        let standing = self.standing(evidence, &defences.contacts);
        let kind = if defences.contacts.wrote(evidence.recipient, evidence.sender) {
            limit::Kind::Reply
        } else {
            limit::Kind::Fresh
        };
        let request = evidence.request(now, standing, kind);
        let verdict = defences.limits.decide(&request);
        (ruling.asked, ruling.refused) = (verdict.asked, verdict.refused);
        let is_admitted = verdict.asked != 0 && verdict.refused == 0;
        ruling.admitted = is_admitted.then_some((standing, kind));
        match verdict.ruling {
            limit::Ruling::Refuse {
                layer,
                refusal,
                retry_at,
            } => {
                let layer = u8::try_from(layer).expect("at most 64 layers");
                ruling.verdict = match (refusal, retry_at) {
                    (limit::Refusal::Reschedule, Some(at)) => Verdict::Reschedule { at, layer },
                    (limit::Refusal::Reject | limit::Refusal::RetryAfter(_), retry_at) => {
                        Verdict::Defer { layer, retry_at }
                    }
                    _ => Verdict::Refuse(Refusal::Limit(layer)),
                };
            }
            limit::Ruling::Delay { until, .. } if ruling.verdict == Verdict::Accept => {
                ruling.verdict = Verdict::Delay(until);
            }
            limit::Ruling::Delay { .. } | limit::Ruling::Admit => {}
        }
    }

    fn standing(&self, evidence: &Evidence, contacts: &ContactBook) -> Standing {
        let accepted = self.contact == ContactSpec::Open
            || evidence.acquaintance == Standing::Accepted
            || contacts.accepts(evidence.recipient, evidence.sender);
        if accepted {
            Standing::Accepted
        } else {
            Standing::Stranger
        }
    }
}
