//! One arm of an experiment: a scenario under a name, ready to be replicated.

use crate::attack::AttackSpec;
use crate::labeler::{Enforcement, PropagationSpec};
use crate::metrics::{Part, Price, Shape};
use crate::model::{GroupPlan, Plan};
use crate::policy::ContactSpec;
use crate::policy::limit::{AlgorithmSpec, Key, Place};
use crate::protocol::{Check, Pds};
use crate::scenario::{Scenario, ScenarioSpec, SendersSpec};
use crate::trace::{CountedBy, Laws, LimitedEnd, TokenCheck, WatchedLayer, WorstCases};
use crate::units::{Share, cast};

/// A scenario under a name, with its plan.
#[derive(Debug)]
pub struct Arm {
    name: String,
    scenario: Scenario,
    plan: Plan,
    shape: Shape,
    watched: Vec<WatchedLayer>,
}

impl Arm {
    /// The arm `name` of an experiment; the single arm of a run is called `base`.
    pub fn new(name: impl Into<String>, scenario: Scenario) -> Self {
        let plan = Plan::new(&scenario);
        let shape = shape(&scenario, &plan);
        let watched = watched(&scenario, &plan);
        Self {
            name: name.into(),
            scenario,
            plan,
            shape,
            watched,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scenario it runs.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Everything that its replications share.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the metrics know of it.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What checks the laws of the model in each of its replications.
    pub(super) fn laws(&self) -> (Laws, WorstCases) {
        let leeway = self.scenario.spec.auth.leeway;
        let laws = Laws::new(self.plan.pds_count(), self.token_check()).with_leeway(leeway);
        (laws, WorstCases::new(&self.watched))
    }

    /// The specs that hold at some time of the run.
    fn specs(&self) -> impl Iterator<Item = &ScenarioSpec> {
        std::iter::once(&self.scenario.spec).chain(&self.scenario.changes)
    }

    /// Whether its pipeline looks at tokens, all the time.
    pub(super) fn token_check(&self) -> TokenCheck {
        let looks = |spec: &ScenarioSpec| spec.pipeline.order.contains(&Check::Token);
        if self.specs().all(looks) {
            TokenCheck::InPipeline
        } else {
            TokenCheck::Absent
        }
    }
}

/// The limits whose worst case is watched: those that have one, and that no intervention changes.
fn watched(scenario: &Scenario, plan: &Plan) -> Vec<WatchedLayer> {
    let spec = &scenario.spec;
    let inbound = plan.inbound_layers();
    let layer = |(index, name): (usize, &String)| {
        let layer = &spec.limits[name];
        let changes = scenario.changes.iter();
        let stays = |change: &ScenarioSpec| change.limits.get(name) == Some(layer);
        let lets_in_later = matches!(layer.algorithm, AlgorithmSpec::LeakyQueue(_));
        if lets_in_later || !changes.into_iter().all(stays) {
            return None;
        }
        let algorithm = layer.algorithm.spec();
        let window = algorithm.natural_window()?;
        let most = algorithm.worst_case(window, &layer.setting(spec.run.epoch))?;
        let end = match layer.at {
            Place::Recipient => LimitedEnd::Recipient,
            Place::Sender => LimitedEnd::Sender,
        };
        let bit = index.checked_sub(inbound).unwrap_or(index);
        (most <= MOST_WATCHED && !window.is_zero()).then(|| WatchedLayer {
            name: name.clone(),
            index,
            bit: cast::id_u32(bit),
            end,
            counts: counted_by(layer.key),
            window,
            most,
        })
    };
    plan.layer_names()
        .iter()
        .enumerate()
        .filter_map(layer)
        .collect()
}

/// More instants of one key are not remembered: a limit of so many is not watched.
const MOST_WATCHED: u64 = 1 << 14;

const fn counted_by(key: Key) -> CountedBy {
    match key {
        Key::Sender => CountedBy::Sender,
        Key::SenderPds => CountedBy::SenderPds,
        Key::Recipient => CountedBy::Recipient,
        Key::Pair => CountedBy::Pair,
        Key::Pds => CountedBy::Pds,
    }
}

/// The checks of the proof of concept and what a pipeline has beyond them.
fn checks(order: &[Check]) -> Vec<Check> {
    let further = order
        .iter()
        .filter(|check| !Check::PROOF_OF_CONCEPT.contains(check));
    let first = Check::PROOF_OF_CONCEPT.iter();
    first.chain(further).copied().collect()
}

fn shape(scenario: &Scenario, plan: &Plan) -> Shape {
    let spec = &scenario.spec;
    let part = |is_there: bool| {
        if is_there {
            Part::Present
        } else {
            Part::Absent
        }
    };
    let subscribed =
        |labeler: &crate::labeler::LabelerSpec| labeler.propagation != PropagationSpec::None;
    Shape {
        warm_up: plan.warm_up(),
        horizon: plan.horizon(),
        accounts: (0..cast::id_u32(plan.pds_count()))
            .map(|pds| u64::from(plan.topology().addressable_on(Pds(pds))))
            .collect(),
        workers: plan.workers(),
        groups: plan
            .groups()
            .iter()
            .map(|group| group.name.clone())
            .collect(),
        layers: plan.layer_names().to_vec(),
        step: spec.output.time_series,
        reads: part(spec.senders.values().any(|senders| senders.read.is_some())),
        labels: part(spec.labelers.values().any(subscribed)),
        requests: part(
            std::iter::once(spec)
                .chain(&scenario.changes)
                .any(|spec| matches!(spec.contact.rule, ContactSpec::Invitation(_))),
        ),
        failures: part(plan.has_failures()),
        appeals: part(
            spec.labelers
                .values()
                .any(|labeler| labeler.appeal.is_some()),
        ),
        clean_up: part(!spec.labelers.is_empty() && spec.labels.acts(Enforcement::CleanUp)),
        checks: checks(&spec.pipeline.order),
        copies: part(
            spec.inbox
                .crashes()
                .is_some_and(|crashes| crashes.before_ack > Share::ZERO),
        ),
        dids: part(spec.did.is_some()),
        mutes: part(spec.senders.values().any(|senders| senders.mute.is_some())),
        prices: prices(spec, plan),
    }
}

/// The prices of every group, where some group has any. Nobody pays for accounts in whose name he
/// writes.
fn prices(spec: &ScenarioSpec, plan: &Plan) -> Vec<Price> {
    let has_price =
        |senders: &SendersSpec| senders.identity_cost.or(senders.revenue_per_read).is_some();
    if !spec.senders.values().any(has_price) {
        return Vec::new();
    }
    let price = |group: &GroupPlan| {
        let Some(senders) = spec.senders.get(&group.name) else {
            return Price::default();
        };
        let borrows = matches!(senders.attack, Some(AttackSpec::BadSignature(_)));
        let identity = senders.identity_cost.filter(|_| !borrows);
        Price {
            identity: identity.unwrap_or(0.0),
            read: senders.revenue_per_read.unwrap_or(0.0),
        }
    };
    plan.groups().iter().map(price).collect()
}
