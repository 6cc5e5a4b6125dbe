//! What a spammer does next, from what a real one could observe.
//!
//! A group's `arrivals` are the demand of its campaign; the attack decides as whom and to whom
//! each send goes, or whether it is held back. One file per attack: a new one is its file and one
//! line in each list below.

mod adaptive;
mod bad_signature;
mod burst_before_label;
mod compromised_contact;
mod false_report;
mod fan_out;
mod flood;
mod label_cap_exhaust;
mod limit_starve;
mod low_and_slow;
mod queue_starve;
mod replay;
mod request_stuffing;
mod retry_storm;
mod rotate;
mod sleeper;
mod snowshoe;
mod sybil_pds;
mod window_gaming;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use adaptive::{Adaptive, AdaptiveSpec};
pub use bad_signature::{BadSignature, BadSignatureSpec};
pub use burst_before_label::{BurstBeforeLabel, BurstBeforeLabelSpec};
pub use compromised_contact::{CompromisedContact, CompromisedContactSpec, WritesTo};
pub use false_report::{FalseReport, FalseReportSpec};
pub use fan_out::{FanOut, FanOutSpec};
pub use flood::{Flood, FloodSpec};
pub use label_cap_exhaust::{LabelCapExhaust, LabelCapExhaustSpec};
pub use limit_starve::{LimitStarve, LimitStarveSpec};
pub use low_and_slow::{LowAndSlow, LowAndSlowSpec};
pub use queue_starve::{QueueStarve, QueueStarveSpec};
pub use replay::{Afterwards, Replay, ReplaySpec};
pub use request_stuffing::{RequestStuffing, RequestStuffingSpec};
pub use retry_storm::{Insistence, RetryStorm, RetryStormSpec};
pub use rotate::{Rotate, RotateSpec};
pub use sleeper::{Sleeper, SleeperSpec};
pub use snowshoe::{Snowshoe, SnowshoeSpec};
pub use sybil_pds::{SybilPds, SybilPdsSpec};
pub use window_gaming::{WindowGaming, WindowGamingSpec};

use crate::units::{Rate, Span, Time, UnitError, cast};

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
    /// A PDS of its own with identities that it throws away.
    SybilPds(SybilPdsSpec),
    /// Quiet until it is trusted.
    Sleeper(SleeperSpec),
    /// All at one instant, before anybody can know.
    BurstBeforeLabel(BurstBeforeLabelSpec),
    /// Far below every limit.
    LowAndSlow(LowAndSlowSpec),
    /// A new identity for every one that is labelled.
    Rotate(RotateSpec),
    /// Two windows' budgets across one edge.
    WindowGaming(WindowGamingSpec),
    /// A shared budget used up, so that others are refused.
    LimitStarve(LimitStarveSpec),
    /// As fast as the answers allow.
    Adaptive(AdaptiveSpec),
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
    /// See [`SybilPdsSpec`].
    SybilPds(SybilPds),
    /// See [`SleeperSpec`].
    Sleeper(Sleeper),
    /// See [`BurstBeforeLabelSpec`].
    BurstBeforeLabel(BurstBeforeLabel),
    /// See [`LowAndSlowSpec`].
    LowAndSlow(LowAndSlow),
    /// See [`RotateSpec`].
    Rotate(Rotate),
    /// See [`WindowGamingSpec`].
    WindowGaming(WindowGaming),
    /// See [`LimitStarveSpec`].
    LimitStarve(LimitStarve),
    /// See [`AdaptiveSpec`].
    Adaptive(Adaptive),
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
pub const REGISTRY: [AttackEntry; 19] = [
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
    sybil_pds::ENTRY,
    sleeper::ENTRY,
    burst_before_label::ENTRY,
    low_and_slow::ENTRY,
    rotate::ENTRY,
    window_gaming::ENTRY,
    limit_starve::ENTRY,
    adaptive::ENTRY,
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
            Self::SybilPds(spec) => spec.faults(),
            Self::Sleeper(spec) => spec.faults(),
            Self::BurstBeforeLabel(spec) => spec.faults(),
            Self::LowAndSlow(spec) => spec.faults(),
            Self::Rotate(spec) => spec.faults(),
            Self::WindowGaming(spec) => spec.faults(),
            Self::LimitStarve(spec) => spec.faults(),
            Self::Adaptive(spec) => spec.faults(),
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

    /// How many messages each point of the demand stands for.
    pub fn volley(&self) -> u32 {
        match self {
            Self::BurstBeforeLabel(spec) => spec.messages,
            _ => 1,
        }
    }

    /// How many identities it has in reserve, beside those whose demand it is.
    pub fn spares(&self) -> u32 {
        match self {
            Self::Rotate(spec) => spec.spare,
            _ => 0,
        }
    }

    /// What it listens to.
    pub fn hears(&self) -> Hears {
        match self {
            Self::Adaptive(_) | Self::RequestStuffing(_) => Hears::Answers,
            Self::Rotate(_) => Hears::Labels,
            _ => Hears::Nothing,
        }
    }

    /// Whether it cannot do without a PDS of its own.
    pub fn needs_own_pds(&self) -> bool {
        matches!(self, Self::SybilPds(_))
    }
}

/// What an attack listens to while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    /// Nothing.
    Nothing,
    /// The answers to its requests.
    Answers,
    /// The labels on its identities.
    Labels,
}

/// The answer to a request, as the sender sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Delivered, queued or held; or it looks so.
    LetIn,
    /// Turned away, and told so.
    Refused,
}

/// What an attack is given at its start.
#[derive(Debug, Clone, Copy)]
pub struct Campaign {
    /// How many identities send at a time: the demand is theirs.
    pub senders: u32,
    /// How many identities there are, those in reserve included.
    pub identities: u32,
    /// Makes its choices its own.
    pub key: u64,
    /// UNIX seconds of virtual time 0.
    pub epoch_s: u64,
}

impl Attack {
    /// The attack that follows `spec`.
    pub fn new(spec: &AttackSpec, campaign: Campaign) -> Self {
        let Campaign {
            identities, key, ..
        } = campaign;
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
                Self::RequestStuffing(RequestStuffing::new(*spec, identities, key))
            }
            AttackSpec::CompromisedContact(_) => Self::CompromisedContact(CompromisedContact),
            AttackSpec::SybilPds(spec) => Self::SybilPds(SybilPds::new(*spec)),
            AttackSpec::Sleeper(spec) => Self::Sleeper(Sleeper::new(*spec, identities)),
            AttackSpec::BurstBeforeLabel(spec) => {
                Self::BurstBeforeLabel(BurstBeforeLabel::new(*spec, identities))
            }
            AttackSpec::LowAndSlow(spec) => Self::LowAndSlow(LowAndSlow::new(*spec, identities)),
            AttackSpec::Rotate(spec) => {
                Self::Rotate(Rotate::new(*spec, campaign.senders, identities))
            }
            AttackSpec::WindowGaming(spec) => {
                Self::WindowGaming(WindowGaming::new(*spec, identities, campaign.epoch_s))
            }
            AttackSpec::LimitStarve(spec) => Self::LimitStarve(LimitStarve::new(*spec, key)),
            AttackSpec::Adaptive(spec) => Self::Adaptive(Adaptive::new(*spec, identities)),
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
            Self::SybilPds(host) => host.decide(opportunity),
            Self::Sleeper(sleeper) => sleeper.decide(opportunity),
            Self::BurstBeforeLabel(burst) => burst.decide(opportunity),
            Self::LowAndSlow(slow) => slow.decide(opportunity),
            Self::Rotate(rotate) => rotate.decide(opportunity),
            Self::WindowGaming(gaming) => gaming.decide(opportunity),
            Self::LimitStarve(starve) => starve.decide(opportunity),
            Self::Adaptive(adaptive) => adaptive.decide(opportunity),
        }
    }

    /// The token that the identity was to keep is good until `expires`.
    pub fn keep(&mut self, identity: u32, expires: Time) {
        if let Self::Replay(replay) = self {
            replay.keep(identity, expires);
        }
    }

    /// The answer to a request of an identity came.
    pub fn hear(&mut self, identity: u32, answer: Answer) {
        match self {
            Self::Adaptive(adaptive) => adaptive.hear(identity, answer),
            Self::RequestStuffing(stuffing) => stuffing.hear(identity, answer),
            _ => {}
        }
    }

    /// An identity was labelled.
    pub fn labelled(&mut self, identity: u32, now: Time) {
        if let Self::Rotate(rotate) = self {
            rotate.labelled(identity, now);
        }
    }
}

/// The time between two sends at a rate.
fn gap_of(rate: Rate) -> Span {
    Span::from_ns(cast::f64_to_ns(rate.gap_ns()))
}

/// The fault of a rate that leaves no time between two sends.
fn no_gap(key: &'static str, rate: Rate) -> Vec<(&'static str, UnitError)> {
    if !gap_of(rate).is_zero() {
        return Vec::new();
    }
    let fault = format!("`{rate}` leaves no time between two sends");
    let remedy = "write a lower rate, such as \"10/1h\"".to_owned();
    vec![(key, UnitError { fault, remedy })]
}

#[cfg(test)]
fn opportunity(now_ms: u64, identity: u32, identities: u32) -> Opportunity {
    Opportunity {
        now: Time::ZERO + Span::from_ms(now_ms),
        identity,
        identities,
        accounts: 9,
    }
}
