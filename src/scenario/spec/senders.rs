//! `[senders.*]`: one group of senders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attack::AttackSpec;
use crate::network::RetrySpec;
use crate::network::did::SenderDidSpec;
use crate::population::{ArrivalsSpec, ReactionSpec, TargetSpec, Zone};
use crate::protocol::{Class, Defect};
use crate::rng::Distribution;
use crate::units::{Share, Span};

/// A group of senders with common habits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SendersSpec {
    /// Ground truth: "ham" or "spam"; no policy sees it.
    pub class: Class,
    /// How many: accounts of the population for ham, identities of their own for spam.
    pub count: u32,
    /// When they send.
    pub arrivals: ArrivalsSpec,
    /// By which clock their day goes, where `arrivals` follow one; UTC by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// To whom.
    #[serde(default)]
    pub target: TargetSpec,
    /// The strategy of spammers; flood where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attack: Option<AttackSpec>,
    /// Where spam identities live.
    #[serde(default)]
    pub on: Home,
    /// First instant of sending; the start of the run by default.
    #[serde(default)]
    pub start: Span,
    /// First instant without sending; the end of the run by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Span>,
    /// What their PDS does about a temporary failure; `[network] retry` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetrySpec>,
    /// A claim of their tokens that does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Defect>,
    /// Lifetime of their tokens instead of `[auth] lifetime`; without bound on a PDS of the
    /// group's own, which mints what it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_lifetime: Option<Span>,
    /// What DIDs spam identities have; did:plc by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<SenderDidSpec>,
    /// Age of their accounts at the start of the run; old by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Distribution>,
    /// As recipients: whether and when they read a delivered message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<ReactionSpec>,
    /// As recipients: whether and when they answer a delivered message that is no spam by a message
    /// of their own, which may be answered in turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReactionSpec>,
    /// Nobody answers their messages: they are bots that notify.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_reply: bool,
    /// As recipients: whether and when they report delivered spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReactionSpec>,
    /// As recipients: whether and when they report a delivered message that is no spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_report: Option<ReactionSpec>,
    /// As recipients: whether and when they block the sender of delivered spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<ReactionSpec>,
    /// As recipients: whether and when they mute the sender of delivered spam: what he gets
    /// delivered from then on they do not see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute: Option<ReactionSpec>,
    /// As recipients: whether and when they accept a request that is no spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<ReactionSpec>,
    /// As recipients: whether and when they reject a request that is spam, which blocks its
    /// sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject: Option<ReactionSpec>,
    /// As recipients: whether and when they report a request that is spam, if it is still held then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_request: Option<ReactionSpec>,
    /// As spammers: what an identity costs, in any unit of money. One that wrote, or reported,
    /// nothing cost nothing, nor does one in whose name others write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_cost: Option<f64>,
    /// As spammers: what they earn by a message that is read, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue_per_read: Option<f64>,
    /// Share of their messages whose body is larger than an inbox takes: refused at the door, and
    /// not sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oversize: Option<Share>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Where spam identities live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Home {
    /// On the PDSes of the network, by size.
    #[default]
    Network,
    /// On a PDS of the group's own.
    OwnPds,
}

impl SendersSpec {
    /// Where its spam identities live: on a PDS of their own where the attack needs one.
    pub fn home(&self) -> Home {
        let needs_own = self.attack.as_ref().is_some_and(AttackSpec::needs_own_pds);
        if needs_own { Home::OwnPds } else { self.on }
    }

    /// How many identities its attack has in reserve, beside `count`.
    pub fn spares(&self) -> u32 {
        self.attack.as_ref().map_or(0, AttackSpec::spares)
    }

    /// Every distribution of the group with its key below the group's.
    pub(in crate::scenario) fn distributions(&mut self) -> Vec<(&'static str, &mut Distribution)> {
        let mut all = Vec::new();
        if let ArrivalsSpec::Sessions { gap, .. } = &mut self.arrivals {
            all.push(("arrivals.sessions.gap", gap));
        }
        all.extend(self.age.as_mut().map(|age| ("age", age)));
        if let Some(SenderDidSpec::Web { delay, .. }) = &mut self.did {
            all.push(("did.web.delay", delay));
        }
        let reactions = [
            ("read.after", &mut self.read),
            ("reply.after", &mut self.reply),
            ("report.after", &mut self.report),
            ("false-report.after", &mut self.false_report),
            ("block.after", &mut self.block),
            ("mute.after", &mut self.mute),
            ("accept.after", &mut self.accept),
            ("reject.after", &mut self.reject),
            ("report-request.after", &mut self.report_request),
        ];
        for (key, reaction) in reactions {
            all.extend(
                reaction
                    .as_mut()
                    .and_then(|r| r.after.as_mut())
                    .map(|after| (key, after)),
            );
        }
        all
    }
}
