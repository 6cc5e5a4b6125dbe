//! The interventions of a scenario with their accounts found.

use super::{GroupPlan, Plan};
use crate::model::Action;
use crate::population::Topology;
use crate::protocol::{Account, Class, Pds};
use crate::scenario::{ActionSpec, LabelSpec, Scenario, SendSpec, Who};
use crate::units::Time;

/// One intervention.
#[derive(Debug)]
pub(in crate::model) struct InterventionPlan {
    pub(in crate::model) at: Time,
    pub(in crate::model) action: Action,
}

/// The interventions in the order of the file.
///
/// # Panics
/// If the scenario was not validated.
pub(super) fn plan(
    scenario: &Scenario,
    groups: &[GroupPlan],
    topology: &Topology,
) -> Vec<InterventionPlan> {
    let order = scenario.policy_order();
    let finder = Finder {
        scenario,
        groups,
        topology,
    };
    let all = scenario.spec.intervene.iter().enumerate();
    all.map(|(index, spec)| {
        let actions = spec.actions();
        let (_, action) = actions.first().expect("validated: one action each");
        let change = order.iter().position(|place| *place == index);
        InterventionPlan {
            at: Time::ZERO + spec.at,
            action: finder.action(*action, change),
        }
    })
    .collect()
}

/// The names of the layers whose limits are the same in both scenarios.
pub(super) fn unchanged_layers(
    before: &crate::scenario::ScenarioSpec,
    after: &crate::scenario::ScenarioSpec,
) -> Vec<String> {
    let limits = before.limits.iter();
    let same = limits.filter(|(name, layer)| after.limits.get(*name) == Some(*layer));
    same.map(|(name, _)| name.clone()).collect()
}

struct Finder<'s> {
    scenario: &'s Scenario,
    groups: &'s [GroupPlan],
    topology: &'s Topology,
}

impl Finder<'_> {
    fn action(&self, spec: ActionSpec<'_>, change: Option<usize>) -> Action {
        let pair =
            |pair: &crate::scenario::PairSpec| (self.account(&pair.who), self.account(&pair.whom));
        match spec {
            ActionSpec::Send(send) => self.send(send),
            ActionSpec::Block(spec) => {
                let (who, whom) = pair(spec);
                Action::Block { who, whom }
            }
            ActionSpec::Accept(spec) => {
                let (who, whom) = pair(spec);
                Action::Accept { who, whom }
            }
            ActionSpec::Reject(spec) => {
                let (who, whom) = pair(spec);
                Action::Reject { who, whom }
            }
            ActionSpec::Label(spec) => Action::Label {
                account: self.account(&spec.account),
                labelers: self.labelers(spec),
            },
            ActionSpec::Unlabel(spec) => Action::Unlabel {
                account: self.account(&spec.account),
                labelers: self.labelers(spec),
            },
            ActionSpec::Down(host) => Action::Down { pds: Pds(host.pds) },
            ActionSpec::Up(host) => Action::Up { pds: Pds(host.pds) },
            ActionSpec::Set(_) => Action::Policy {
                change: change.expect("a change of a policy is in the order of changes"),
            },
        }
    }

    fn send(&self, spec: &SendSpec) -> Action {
        let of_group = match self.scenario.who(&spec.from) {
            Some(Who::Member { group, .. }) => self.scenario.spec.senders[group].class,
            _ => Class::Ham,
        };
        Action::Send {
            from: self.account(&spec.from),
            to: self.account(&spec.to),
            class: spec.class.unwrap_or(of_group),
            count: spec.count,
            defect: spec.token,
        }
    }

    /// Accounts of a trace are numbered behind the population, in the order of their ids.
    fn account(&self, name: &str) -> Account {
        let who = self.scenario.who(name);
        match who.expect("validated: every account that is named exists") {
            Who::Member { group, ordinal } => {
                let mut groups = self.groups.iter();
                let group = groups.find(|plan| plan.name == group);
                let group = group.expect("every group has its plan");
                group.members.account(ordinal)
            }
            Who::OfTrace(place) => Account(self.topology.population() + place),
        }
    }

    fn labelers(&self, spec: &LabelSpec) -> usize {
        let mut names = self.scenario.spec.labelers.keys();
        let place = match &spec.labeler {
            Some(wanted) => names.position(|name| name == wanted),
            None => Some(0),
        };
        place.expect("validated: the labeler exists")
    }
}

impl Plan {
    /// How many changes of policies interventions make.
    pub fn policy_changes(&self) -> usize {
        self.changes.len()
    }
}
