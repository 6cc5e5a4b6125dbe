//! Everything about a scenario that does not change from one replication to the next: laws as
//! tables, who lives where, who belongs to which group, which streams of sends there are.

mod groups;
mod streams;

use std::sync::Arc;

pub use groups::GroupPlan;
pub(super) use streams::StreamPlan;

use crate::labeler::{Propagation, PropagationSpec, SightSpec};
use crate::policy::limit::{AlgorithmSpec, LimitSet, Place};
use crate::policy::{ContactSpec, Pipeline};
use crate::population::{TargetSpec, Topology};
use crate::protocol::{Account, Check, Class, Group, Pds};
use crate::rng::{Law, Purpose, Seed};
use crate::scenario::{InboxSpec, Scenario, ScenarioSpec, SendersSpec, TraceClass, TraceFile};
use crate::units::{Share, Span, Time, cast};

/// The immutable part of a run.
#[derive(Debug)]
pub struct Plan {
    pub(super) seed: u64,
    pub(super) horizon: Time,
    pub(super) warm_up: Time,
    pub(super) topology: Topology,
    pub(super) groups: Vec<GroupPlan>,
    /// By class: whether anybody may react to a delivered message of it.
    pub(super) reacts_to_delivered: [bool; Class::ALL.len()],
    pub(super) streams: Vec<StreamPlan>,
    pub(super) trace: Option<TracePlan>,
    pub(super) delay: Law,
    pub(super) loss: Share,
    pub(super) timeout: Span,
    pub(super) token_lifetime: Span,
    pub(super) token_resolution: Option<Span>,
    pub(super) inbox: InboxSpec,
    pub(super) pipeline: Pipeline,
    pub(super) costs: [Option<Law>; Check::ALL.len()],
    pub(super) extra: Option<Law>,
    pub(super) contact: ContactSpec,
    /// Limits on what arrives, empty; every PDS gets a copy.
    pub(super) inbound: LimitSet,
    /// Limits on what leaves, empty; every PDS gets a copy.
    pub(super) outbound: LimitSet,
    layer_names: Vec<String>,
    pub(super) labelers: Vec<LabelerPlan>,
    /// Whether some limit asks for the age of accounts.
    pub(super) uses_account_age: bool,
    /// Whether some limit counts what is in hand, and so must hear when it no longer is.
    pub(super) counts_in_hand: bool,
    pub(super) contact_mean: Option<f64>,
}

/// A labeler's laws.
#[derive(Debug)]
pub(super) struct LabelerPlan {
    pub(super) key: u64,
    pub(super) sees: SightSpec,
    pub(super) lag: Law,
    pub(super) propagation: Propagation,
}

/// A trace with its accounts placed.
#[derive(Debug)]
pub(super) struct TracePlan {
    pub(super) group: Group,
    pub(super) times: Vec<Time>,
    pub(super) senders: Vec<Account>,
    pub(super) recipients: Vec<Account>,
    pub(super) classes: Vec<Class>,
    pub(super) extra: Option<Vec<Option<Span>>>,
}

impl Plan {
    /// Builds the plan of a scenario.
    ///
    /// # Panics
    /// If there are 2^32 accounts or more.
    pub fn new(scenario: &Scenario) -> Self {
        let spec = &scenario.spec;
        let mut topology = Topology::new(&scenario.sizes());
        let trace = scenario
            .trace
            .as_ref()
            .map(|rows| place_trace(rows, spec, &mut topology));
        let (groups, streams) = streams::plan(spec, &mut topology);
        let trace_group = Group(u16::try_from(groups.len()).expect("groups are few"));
        let mut groups = groups;
        let trace = trace.map(|mut plan| {
            plan.group = trace_group;
            groups.push(GroupPlan::of_trace(spec));
            plan
        });
        let limits =
            |place| LimitSet::new(&spec.limits, &spec.limits_charging, place, spec.run.epoch);
        let (inbound, outbound) = (limits(Place::Recipient), limits(Place::Sender));
        Self {
            seed: spec.run.seed,
            horizon: horizon(spec, scenario.trace.as_ref()),
            warm_up: Time::ZERO + spec.run.warmup,
            topology,
            reacts_to_delivered: groups::reacts_to_delivered(&groups),
            groups,
            streams,
            trace,
            delay: Law::new(&spec.network.delay),
            loss: spec.network.loss,
            timeout: spec.network.timeout,
            token_lifetime: spec.auth.lifetime,
            token_resolution: spec.auth.resolution,
            inbox: spec.inbox.clone(),
            pipeline: Pipeline::new(&spec.pipeline, spec.contact.rule),
            costs: Check::ALL.map(|check| spec.pipeline.cost.of(check).map(Law::new)),
            extra: spec.pipeline.extra.as_ref().map(Law::new),
            contact: spec.contact.rule,
            layer_names: [inbound.names(), outbound.names()].concat(),
            inbound,
            outbound,
            labelers: labelers(spec),
            counts_in_hand: spec
                .limits
                .values()
                .any(|layer| matches!(layer.algorithm, AlgorithmSpec::Concurrency(_))),
            uses_account_age: spec
                .limits
                .values()
                .any(|layer| matches!(layer.algorithm, AlgorithmSpec::TrustTiers(_))),
            contact_mean: contact_mean(spec),
        }
    }

    /// The end of the run.
    pub fn horizon(&self) -> Time {
        self.horizon
    }

    /// From when on messages count.
    pub fn warm_up(&self) -> Time {
        self.warm_up
    }

    /// Number of PDSes.
    pub fn pds_count(&self) -> usize {
        self.topology.pds_count()
    }

    /// Who lives where.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// The groups of senders, by index.
    pub fn groups(&self) -> &[GroupPlan] {
        &self.groups
    }

    /// The names of the limit layers, by index: those on what arrives in the order in which they
    /// are asked, then those on what leaves.
    pub fn layer_names(&self) -> &[String] {
        &self.layer_names
    }

    /// How many of the layers look at what arrives.
    pub fn inbound_layers(&self) -> usize {
        self.inbound.names().len()
    }

    /// Workers of every inbox; none for a synchronous one.
    pub fn workers(&self) -> Option<u32> {
        match &self.inbox {
            InboxSpec::Station(station) => Some(station.workers),
            InboxSpec::Sync(_) => None,
        }
    }

    /// How many messages the run is expected to create, for a progress bar.
    pub fn expected_messages(&self) -> u64 {
        let streams: f64 = self
            .streams
            .iter()
            .map(|s| s.expected_messages(self.horizon))
            .sum();
        let rows = self
            .trace
            .as_ref()
            .map_or(0, |trace| trace.times.len() as u64);
        cast::f64_floor(streams) + rows
    }
}

/// A key that names an entity by its text, so that adding another one shifts nothing (FNV-1a).
pub(super) fn name_key(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn horizon(spec: &ScenarioSpec, trace: Option<&TraceFile>) -> Time {
    let last_row = trace.and_then(|rows| rows.at.last()).copied();
    match (spec.run.duration, last_row) {
        (Some(duration), _) => Time::ZERO + duration,
        (None, Some(last)) => last + Span::from_ns(1),
        (None, None) => Time::ZERO,
    }
}

fn contact_mean(spec: &ScenarioSpec) -> Option<f64> {
    spec.senders
        .values()
        .find_map(|senders| match senders.target {
            TargetSpec::Contacts { mean, .. } => Some(mean),
            _ => None,
        })
}

fn labelers(spec: &ScenarioSpec) -> Vec<LabelerPlan> {
    let plan = |(name, labeler): (&String, &crate::labeler::LabelerSpec)| LabelerPlan {
        key: name_key(name),
        sees: labeler.sees,
        lag: Law::new(&labeler.lag),
        propagation: match &labeler.propagation {
            PropagationSpec::Stream { delay } => Propagation::Stream(delay.as_ref().map(Law::new)),
            PropagationSpec::Poll(every) => Propagation::Poll(*every),
            PropagationSpec::None => Propagation::None,
        },
    };
    spec.labelers.iter().map(plan).collect()
}

/// Gives every id of a trace an account and a home.
///
/// The home follows from the id and the seed, weighted by the size of the PDSes; the number of
/// the account follows from the order of the ids as texts. Neither depends on who comes first.
fn place_trace(rows: &TraceFile, spec: &ScenarioSpec, topology: &mut Topology) -> TracePlan {
    let key = Seed {
        seed: spec.run.seed,
        replication: 0,
    }
    .counter_for(Purpose::Placement);
    let mut order: Vec<usize> = (0..rows.names.len()).collect();
    order.sort_by(|a, b| rows.names[*a].cmp(&rows.names[*b]));
    let homes: Vec<Pds> = order
        .iter()
        .map(|index| home(topology, key.draw(name_key(&rows.names[*index]), 0)))
        .collect();
    let first = topology.add_addressable(&homes);
    let mut accounts = vec![Account(0); rows.names.len()];
    for (place, index) in (first.0..).zip(order) {
        accounts[index] = Account(place);
    }
    let place = |ids: &[u32]| ids.iter().map(|id| accounts[*id as usize]).collect();
    TracePlan {
        group: Group(0),
        times: rows.at.clone(),
        senders: place(&rows.sender),
        recipients: place(&rows.recipient),
        classes: rows.class.iter().map(|class| class_of(*class)).collect(),
        extra: rows.extra.clone(),
    }
}

fn class_of(class: TraceClass) -> Class {
    match class {
        TraceClass::Ham => Class::Ham,
        TraceClass::Spam => Class::Spam,
    }
}

/// A PDS in proportion to its accounts; any of them where none has accounts.
fn home(topology: &Topology, draw: u64) -> Pds {
    use crate::rng::uniform;
    match topology.population() {
        0 => Pds(cast::low_u32(uniform::index(
            draw,
            topology.pds_count() as u64,
        ))),
        population => {
            let account = uniform::index(draw, u64::from(population));
            topology.pds_of(Account(cast::low_u32(account)))
        }
    }
}

/// Reactions, retry and the like of a group, as laws.
pub(super) fn law(distribution: Option<&crate::rng::Distribution>) -> Option<Law> {
    distribution.map(Law::new)
}

/// A law shared by several streams.
pub(super) fn shared_law(distribution: &crate::rng::Distribution) -> Arc<Law> {
    Arc::new(Law::new(distribution))
}

/// The groups of senders in the order of their names.
pub(super) fn by_name(spec: &ScenarioSpec) -> impl Iterator<Item = (&String, &SendersSpec)> {
    spec.senders.iter()
}
