//! What a spammer does next, from what a real one could observe.
//!
//! A group's `arrivals` are the demand of its campaign; the attack decides as whom and to whom
//! each send goes, or whether it is held back. One file per attack: a new one is its file and one
//! line in each list below.

mod bad_signature;
mod compromised_contact;
mod false_report;
mod fan_out;
mod flood;
mod label_cap_exhaust;
mod queue_starve;
mod replay;
mod request_stuffing;
mod retry_storm;
mod snowshoe;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use bad_signature::{BadSignature, BadSignatureSpec};
pub use compromised_contact::{CompromisedContact, CompromisedContactSpec, WritesTo};
pub use false_report::{FalseReport, FalseReportSpec};
pub use fan_out::{FanOut, FanOutSpec};
pub use flood::{Flood, FloodSpec};
pub use label_cap_exhaust::{LabelCapExhaust, LabelCapExhaustSpec};
pub use queue_starve::{QueueStarve, QueueStarveSpec};
pub use replay::{Afterwards, Replay, ReplaySpec};
pub use request_stuffing::{RequestStuffing, RequestStuffingSpec};
pub use retry_storm::{Insistence, RetryStorm, RetryStormSpec};
pub use snowshoe::{Snowshoe, SnowshoeSpec};

use crate::units::{Time, UnitError};

/// The strategy of a group of spammers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttackSpec {
    /// Every send at once, whatever becomes of it.
    Flood(FloodSpec),
    /// Every account once before any account twice.
    FanOut(FanOutSpec),
    /// Many identities, each just under the limit.
    Snowshoe(SnowshoeSpec),
    /// What fails for now again at once, over and over.
    RetryStorm(RetryStormSpec),
    /// Reports of honest senders who never wrote to the reporter.
    FalseReport(FalseReportSpec),
    /// Bait from many cheap identities, to use up what a labeler may publish.
    LabelCapExhaust(LabelCapExhaustSpec),
    /// A burst that fills a docket inbox, and just enough to keep it full.
    QueueStarve(QueueStarveSpec),
    /// One token per identity, again and again until it expires.
    Replay(ReplaySpec),
    /// In the name of accounts whose key it does not have.
    BadSignature(BadSignatureSpec),
    /// The places for requests of one recipient after the other are filled.
    RequestStuffing(RequestStuffingSpec),
    /// From accounts of honest people.
    CompromisedContact(CompromisedContactSpec),
}

/// An attack at run time.
#[derive(Debug, Clone)]
pub enum Attack {
    /// See [`FloodSpec`].
    Flood(Flood),
    /// See [`FanOutSpec`].
    FanOut(FanOut),
    /// See [`SnowshoeSpec`].
    Snowshoe(Snowshoe),
    /// See [`RetryStormSpec`].
    RetryStorm(RetryStorm),
    /// See [`FalseReportSpec`].
    FalseReport(FalseReport),
    /// See [`LabelCapExhaustSpec`].
    LabelCapExhaust(LabelCapExhaust),
    /// See [`QueueStarveSpec`].
    QueueStarve(QueueStarve),
    /// See [`ReplaySpec`].
    Replay(Replay),
    /// See [`BadSignatureSpec`].
    BadSignature(BadSignature),
    /// See [`RequestStuffingSpec`].
    RequestStuffing(RequestStuffing),
    /// See [`CompromisedContactSpec`].
    CompromisedContact(CompromisedContact),
}

/// What an attacker may reckon with when a send is due.
#[derive(Debug, Clone, Copy)]
pub struct Opportunity {
    /// Now.
    pub now: Time,
    /// The identity whose turn the demand says it is.
    pub identity: u32,
    /// How many identities the campaign has.
    pub identities: u32,
    /// How many accounts it may write to; the list of accounts is public.
    pub accounts: u32,
}

/// What an attacker does with an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Sends as the identity, to whom the group's `target` says.
    Send {
        /// As whom.
        identity: u32,
    },
    /// Sends as the identity to an account of the attack's own choice.
    SendTo {
        /// As whom.
        identity: u32,
        /// To the account with this number.
        account: u32,
    },
    /// Sends nothing, but reports somebody as the identity.
    Report {
        /// As whom.
        identity: u32,
        /// The account with this number.
        account: u32,
    },
    /// Sends as the identity, to whom the group's `target` says, and keeps the token.
    Capture {
        /// As whom.
        identity: u32,
    },
    /// Sends as the identity, with the token it keeps, to whom that token is addressed.
    Replay {
        /// As whom.
        identity: u32,
    },
    /// Sends in the name of an account whose key it does not have, to whom the group's `target`
    /// says.
    Forge {
        /// Which of the campaign's identities sends.
        identity: u32,
        /// The number of the account it claims to be.
        account: u32,
    },
    /// Sends nothing.
    HoldBack,
}

/// One attack: how it is called, what it observes, what should stop it.
#[derive(Debug, Clone, Copy)]
pub struct AttackEntry {
    /// The name in scenario files.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// What the attacker looks at.
    pub observes: &'static str,
    /// The defence that should catch it.
    pub defence: &'static str,
}

/// Every attack.
pub const REGISTRY: [AttackEntry; 11] = [
    flood::ENTRY,
    fan_out::ENTRY,
    snowshoe::ENTRY,
    replay::ENTRY,
    bad_signature::ENTRY,
    retry_storm::ENTRY,
    false_report::ENTRY,
    label_cap_exhaust::ENTRY,
    queue_starve::ENTRY,
    request_stuffing::ENTRY,
    compromised_contact::ENTRY,
];

impl Default for AttackSpec {
    fn default() -> Self {
        Self::Flood(FloodSpec {})
    }
}

impl AttackSpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        match self {
            Self::Flood(_)
            | Self::FanOut(_)
            | Self::Replay(_)
            | Self::LabelCapExhaust(_)
            | Self::CompromisedContact(_) => Vec::new(),
            Self::RequestStuffing(spec) => spec.faults(),
            Self::BadSignature(spec) => spec.faults(),
            Self::FalseReport(spec) => spec.faults(),
            Self::Snowshoe(spec) => spec.faults(),
            Self::RetryStorm(spec) => spec.faults(),
            Self::QueueStarve(spec) => spec.faults(),
        }
    }

    /// How the attacker's PDS insists on what failed, where the attack says so itself.
    pub fn insistence(&self) -> Option<Insistence> {
        match self {
            Self::RetryStorm(spec) => Some((*spec).into()),
            _ => None,
        }
    }

    /// The accounts that it took over, where it has no identities of its own.
    pub fn compromised(&self) -> Option<&CompromisedContactSpec> {
        match self {
            Self::CompromisedContact(spec) => Some(spec),
            _ => None,
        }
    }

    /// How many messages it sends together at its start, before the group's demand.
    pub fn opening_burst(&self) -> u32 {
        match self {
            Self::QueueStarve(spec) => spec.burst,
            _ => 0,
        }
    }
}

impl Attack {
    /// The attack that follows `spec`; `key` makes its choices its own.
    pub fn new(spec: &AttackSpec, identities: u32, key: u64) -> Self {
        match spec {
            AttackSpec::Flood(_) => Self::Flood(Flood),
            AttackSpec::FanOut(_) => Self::FanOut(FanOut::new(key)),
            AttackSpec::Snowshoe(spec) => Self::Snowshoe(Snowshoe::new(spec, identities)),
            AttackSpec::RetryStorm(_) => Self::RetryStorm(RetryStorm),
            AttackSpec::FalseReport(spec) => Self::FalseReport(FalseReport::new(*spec, key)),
            AttackSpec::LabelCapExhaust(_) => Self::LabelCapExhaust(LabelCapExhaust::default()),
            AttackSpec::QueueStarve(_) => Self::QueueStarve(QueueStarve),
            AttackSpec::Replay(spec) => Self::Replay(Replay::new(*spec, identities)),
            AttackSpec::BadSignature(spec) => Self::BadSignature(BadSignature::new(*spec, key)),
            AttackSpec::RequestStuffing(spec) => {
                Self::RequestStuffing(RequestStuffing::new(*spec, key))
            }
            AttackSpec::CompromisedContact(_) => Self::CompromisedContact(CompromisedContact),
        }
    }

    /// What the attacker does when a send is due.
    pub fn decide(&mut self, opportunity: Opportunity) -> Move {
        match self {
            Self::Flood(flood) => flood.decide(opportunity),
            Self::FanOut(fan_out) => fan_out.decide(opportunity),
            Self::Snowshoe(snowshoe) => snowshoe.decide(opportunity),
            Self::RetryStorm(storm) => storm.decide(opportunity),
            Self::FalseReport(reports) => reports.decide(opportunity),
            Self::LabelCapExhaust(bait) => bait.decide(opportunity),
            Self::QueueStarve(queue_starve) => queue_starve.decide(opportunity),
            Self::Replay(replay) => replay.decide(opportunity),
            Self::BadSignature(forgery) => forgery.decide(opportunity),
            Self::RequestStuffing(stuffing) => stuffing.decide(opportunity),
            Self::CompromisedContact(taken_over) => taken_over.decide(opportunity),
        }
    }

    /// The token that the identity was to keep is good until `expires`.
    pub fn keep(&mut self, identity: u32, expires: Time) {
        if let Self::Replay(replay) = self {
            replay.keep(identity, expires);
        }
    }
}
