//! The groups of senders: who they are and how their members behave as recipients.

use super::auth::Credentials;
use super::law;
use crate::attack::AttackSpec;
use crate::network::Retry;
use crate::population::{Membership, Reaction, ReactionSpec};
use crate::protocol::{Class, Defect};
use crate::rng::Law;
use crate::scenario::{ScenarioSpec, SendersSpec};
use crate::units::{Share, cast};

/// One group of senders.
#[derive(Debug)]
pub struct GroupPlan {
    /// The name in the scenario file, or `trace`.
    pub name: String,
    /// Ground truth; none for a trace, whose rows carry their own.
    pub class: Option<Class>,
    /// Its members.
    pub members: Membership,
    pub(in crate::model) retry: Retry,
    /// Groups with the same policy share the retry budget of a PDS: the first group with it.
    pub(in crate::model) retry_pool: u32,
    pub(in crate::model) defect: Option<Defect>,
    pub(in crate::model) credentials: Credentials,
    /// Whether people answer its messages.
    pub(in crate::model) is_answered: bool,
    pub(in crate::model) age: Option<Law>,
    /// How many of its messages are larger than an inbox takes.
    pub(in crate::model) oversize: Share,
    pub(in crate::model) reactions: Reactions,
}

/// What members of a group do as recipients.
#[derive(Debug, Default)]
pub struct Reactions {
    pub(in crate::model) read: Option<Reaction>,
    pub(in crate::model) reply: Option<Reaction>,
    pub(in crate::model) report: Option<Reaction>,
    pub(in crate::model) false_report: Option<Reaction>,
    pub(in crate::model) block: Option<Reaction>,
    pub(in crate::model) mute: Option<Reaction>,
    pub(in crate::model) report_request: Option<Reaction>,
    pub(in crate::model) accept: Option<Reaction>,
    pub(in crate::model) reject: Option<Reaction>,
}

impl Reactions {
    fn new(spec: &SendersSpec) -> Self {
        let reaction = |spec: &Option<ReactionSpec>| {
            spec.as_ref()
                .map(|spec| Reaction::new(spec, law(spec.after.as_ref())))
        };
        Self {
            read: reaction(&spec.read),
            reply: reaction(&spec.reply),
            report: reaction(&spec.report),
            false_report: reaction(&spec.false_report),
            block: reaction(&spec.block),
            mute: reaction(&spec.mute),
            report_request: reaction(&spec.report_request),
            accept: reaction(&spec.accept),
            reject: reaction(&spec.reject),
        }
    }

    /// Whether anybody of the group ever reacts.
    pub(in crate::model) fn any(&self) -> bool {
        let all = [
            &self.read,
            &self.reply,
            &self.report,
            &self.false_report,
            &self.block,
            &self.mute,
            &self.report_request,
            &self.accept,
            &self.reject,
        ];
        all.iter().any(|reaction| reaction.is_some())
    }
}

impl Reactions {
    /// What somebody of the group may do about a delivered message, as (read, report, block, reply,
    /// mute).
    pub(in crate::model) fn to_delivered(&self, class: Class) -> [Option<&Reaction>; 5] {
        match class {
            Class::Ham => [
                self.read.as_ref(),
                self.false_report.as_ref(),
                None,
                self.reply.as_ref(),
                None,
            ],
            Class::Spam => [
                self.read.as_ref(),
                self.report.as_ref(),
                self.block.as_ref(),
                None,
                self.mute.as_ref(),
            ],
        }
    }
}

/// Whether anybody at all may react to a delivered message of each class.
pub(in crate::model) fn reacts_to_delivered(groups: &[GroupPlan]) -> [bool; Class::ALL.len()] {
    Class::ALL.map(|class| {
        let mut reactions = groups
            .iter()
            .flat_map(|group| group.reactions.to_delivered(class));
        reactions.any(|reaction| reaction.is_some())
    })
}

impl GroupPlan {
    pub(super) fn new(
        name: &str,
        spec: &SendersSpec,
        scenario: &ScenarioSpec,
        members: Membership,
    ) -> Self {
        Self {
            name: name.to_owned(),
            class: Some(spec.class),
            members,
            retry: retry_of(spec, scenario),
            retry_pool: 0,
            defect: match spec.attack {
                Some(AttackSpec::BadSignature(_)) => Some(Defect::Signature),
                _ => spec.token,
            },
            credentials: Credentials::new(spec),
            age: law(spec.age.as_ref()),
            oversize: spec.oversize.unwrap_or(Share::ZERO),
            is_answered: !spec.no_reply,
            reactions: Reactions::new(spec),
        }
    }

    /// The group of a trace: no habits but the network's retry.
    pub(super) fn of_trace(scenario: &ScenarioSpec) -> Self {
        Self {
            name: "trace".to_owned(),
            class: None,
            members: Membership::default(),
            retry: Retry::new(scenario.network.retry),
            retry_pool: 0,
            defect: None,
            credentials: Credentials::default(),
            age: None,
            oversize: Share::ZERO,
            is_answered: true,
            reactions: Reactions::default(),
        }
    }
}

/// What a group's PDSes do about failures: what its attack insists on, else what is written.
fn retry_of(spec: &SendersSpec, scenario: &ScenarioSpec) -> Retry {
    let insistence = spec.attack.as_ref().and_then(AttackSpec::insistence);
    insistence.map_or_else(
        || Retry::new(spec.retry.unwrap_or(scenario.network.retry)),
        |insistence| Retry::steadily(insistence.tries, insistence.every),
    )
}

/// Lets groups with the same policy share the budget of a PDS.
pub(super) fn share_budgets(groups: &mut [GroupPlan]) {
    for index in 0..groups.len() {
        let retry = groups[index].retry;
        let first = groups.iter().position(|group| group.retry == retry);
        groups[index].retry_pool = cast::id_u32(first.expect("a group is like itself"));
    }
}
