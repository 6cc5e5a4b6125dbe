//! Everything about a scenario that does not change from one replication to the next: laws as
//! tables, who lives where, who belongs to which group, which streams of sends there are.

mod auth;
mod campaigns;
mod compromise;
mod failures;
mod groups;
mod inbox;
mod interventions;
mod labelers;
mod streams;

use std::sync::Arc;

pub(super) use auth::{AuthPlan, Issuer, Judgement, Memory};
pub use groups::GroupPlan;
pub(super) use labelers::{LabelerPlans, Takedown};
pub(super) use streams::StreamPlan;

use self::campaigns::CampaignPlan;
use self::failures::FailurePlan;
use self::inbox::InboxPlan;
use self::interventions::InterventionPlan;

use crate::policy::limit::{AlgorithmSpec, LimitSet, Place};
use crate::policy::{ContactRefusal, ContactSpec, HostList, Pipeline};
use crate::population::{TargetSpec, Topology};
use crate::protocol::{Account, Check, Class, Group, Pds};
use crate::rng::{Law, Purpose, Seed};
use crate::scenario::{Scenario, ScenarioSpec, SendersSpec, TraceClass, TraceFile};
use crate::units::{Share, Span, Time, cast};

/// The immutable part of a run.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of one memory or look-up, apart from the others, whether a run can do without"
)]
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
    pub(super) auth: AuthPlan,
    pub(super) inbox: InboxPlan,
    pub(super) pipeline: Pipeline,
    pub(super) costs: [Option<Law>; Check::ALL.len()],
    pub(super) extra: Option<Law>,
    pub(super) contact: ContactSpec,
    /// What a sender hears whom the rule of first contact refuses.
    pub(super) contact_refusal: ContactRefusal,
    pub(super) following: Following,
    /// Limits on what arrives, empty; every PDS gets a copy.
    pub(super) inbound: LimitSet,
    /// Limits on what leaves, empty; every PDS gets a copy.
    pub(super) outbound: LimitSet,
    /// The limit at the door, empty; every PDS gets a copy.
    pub(super) door: LimitSet,
    /// Whether anything can be turned away there.
    pub(super) has_doors: bool,
    layer_names: Vec<String>,
    pub(super) labelers: LabelerPlans,
    /// Whether some attack reports honest senders.
    pub(super) reports_falsely: bool,
    /// What campaigns listen to.
    pub(super) campaigns: CampaignPlan,
    /// Whether some limit asks for the age of accounts.
    pub(super) uses_account_age: bool,
    /// Whether some limit counts what is in hand, and so must hear when it no longer is.
    pub(super) counts_in_hand: bool,
    /// Whether it matters who wrote to whom: for a rule of first contact, or for what a limit at the
    /// recipient's PDS asks for a reply.
    pub(super) remembers_writing: bool,
    /// Whether a limit at the sender's PDS must tell first contacts or replies apart.
    pub(super) remembers_correspondence: bool,
    pub(super) contact_mean: Option<f64>,
    /// Which hosts fail, and when.
    pub(super) failures: FailurePlan,
    /// Whether some retry policy has a budget.
    pub(super) has_budgets: bool,
    pub(super) interventions: Vec<InterventionPlan>,
    /// The plan after each change of a policy: all the same but for the policies.
    pub(super) changes: Vec<Plan>,
    /// The limits that are the same as before the change that made this plan.
    pub(super) unchanged_layers: Vec<String>,
}

/// Whom people follow beside their contacts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Following {
    /// The chance that somebody who has them as a contact is followed back.
    pub(super) back: Share,
    /// The chance of anybody else.
    pub(super) beside: Share,
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
    /// The message of every row, where the trace names messages.
    pub(super) identities: Option<Vec<u64>>,
}

impl Plan {
    /// Builds the plan of a scenario.
    ///
    /// # Panics
    /// If there are 2^32 accounts or more.
    pub fn new(scenario: &Scenario) -> Self {
        let mut plan = Self::with(&scenario.spec, scenario);
        let mut before = &scenario.spec;
        for after in &scenario.changes {
            let mut change = Self::with(after, scenario);
            change.unchanged_layers = interventions::unchanged_layers(before, after);
            plan.remember_also(&change);
            plan.changes.push(change);
            before = after;
        }
        let mut changes = std::mem::take(&mut plan.changes);
        for change in &mut changes {
            change.remember_also(&plan);
        }
        plan.changes = changes;
        plan
    }

    /// Remembers what another policy asks for: what a later policy needs to know happened before it.
    fn remember_also(&mut self, other: &Self) {
        self.counts_in_hand |= other.counts_in_hand;
        self.remembers_writing |= other.remembers_writing;
        self.remembers_correspondence |= other.remembers_correspondence;
    }

    /// The plan of a scenario with the policies of `spec`.
    fn with(spec: &ScenarioSpec, scenario: &Scenario) -> Self {
        let mut topology = Topology::new(&scenario.sizes());
        let honest_pdses = topology.pds_count();
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
        groups::share_budgets(&mut groups);
        let interventions = interventions::plan(scenario, &groups, &topology);
        let blocked = blocked_hosts(spec, &groups, &topology);
        let limits =
            |place| LimitSet::new(&spec.limits, &spec.limits_charging, place, spec.run.epoch);
        let (inbound, outbound) = (limits(Place::Recipient), limits(Place::Sender));
        let has_strangers = spec.contact.rule != ContactSpec::Open;
        let has_outbound = !outbound.is_empty();
        Self {
            door: spec.ingress.build(spec.run.epoch),
            has_doors: has_doors(spec, &groups),
            has_budgets: groups.iter().any(|group| group.retry.budget().is_some()),
            failures: FailurePlan::new(&spec.network, scenario.sizes().len(), spec.run.seed),
            interventions,
            changes: Vec::new(),
            unchanged_layers: Vec::new(),
            seed: spec.run.seed,
            horizon: horizon(spec, scenario.trace.as_ref()),
            warm_up: Time::ZERO + spec.run.warmup.fixed().unwrap_or(Span::ZERO),
            labelers: LabelerPlans::new(spec, honest_pdses, topology.pds_count()),
            reports_falsely: streams.iter().any(StreamPlan::reports_falsely),
            campaigns: CampaignPlan::new(spec, &inbound, &streams),
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
            auth: AuthPlan::new(spec),
            inbox: InboxPlan::new(&spec.inbox),
            pipeline: Pipeline::new(&spec.pipeline, spec.contact.rule)
                .with(HostList::new(blocked, spec.host.since), spec.dedup),
            costs: Check::ALL.map(|check| spec.pipeline.cost.of(check).map(Law::new)),
            extra: spec.pipeline.extra.as_ref().map(Law::new),
            contact: spec.contact.rule,
            contact_refusal: spec.contact.refusal,
            following: Following {
                back: spec.contact.follow_back,
                beside: spec.contact.follow_chance,
            },
            layer_names: [inbound.names(), outbound.names()].concat(),
            inbound,
            outbound,
            counts_in_hand: limits_by(spec, |rule| matches!(rule, AlgorithmSpec::Concurrency(_))),
            uses_account_age: limits_by(spec, |rule| matches!(rule, AlgorithmSpec::TrustTiers(_))),
            remembers_writing: has_strangers || prices_replies(spec, Place::Recipient),
            remembers_correspondence: (has_strangers && has_outbound)
                || prices_replies(spec, Place::Sender),
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

    /// The labelers of a table of the scenario, by its place in the order of their names.
    pub fn labelers_of_table(&self, place: usize) -> std::ops::Range<u16> {
        self.labelers.of_table(place)
    }

    /// How many of the layers look at what arrives.
    pub fn inbound_layers(&self) -> usize {
        self.inbound.names().len()
    }

    /// Whether anything fails, is retried or is done to the network in this scenario.
    pub fn has_failures(&self) -> bool {
        self.failures.any()
            || !self.interventions.is_empty()
            || self.groups.iter().any(|group| group.retry.reacts())
    }

    /// Workers of every inbox; none for a synchronous one.
    pub fn workers(&self) -> Option<u32> {
        self.inbox.spec.workers()
    }

    /// How many messages the run is expected to create, for a progress bar.
    pub fn expected_messages(&self) -> u64 {
        let answers = self.messages_per_opener();
        let streams: f64 = self
            .streams
            .iter()
            .map(|stream| {
                let group = &self.groups[usize::from(stream.group.0)];
                let is_answered = stream.class == Class::Ham && group.is_answered;
                let length = if is_answered { answers } else { 1.0 };
                stream.expected_messages(self.horizon) * length
            })
            .sum();
        let rows = self
            .trace
            .as_ref()
            .map_or(0, |trace| trace.times.len() as u64);
        cast::f64_floor(streams) + rows
    }

    /// Mean length of a conversation among people whose habits are mixed evenly, all delivered.
    fn messages_per_opener(&self) -> f64 {
        let accounts = f64::from(self.topology.addressable().max(1));
        let answering = self.groups.iter().filter_map(|group| {
            let reply = group.reactions.reply.as_ref()?;
            Some(reply.chance().value() * f64::from(group.members.count()) / accounts)
        });
        1.0 / (1.0 - answering.sum::<f64>())
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

/// Whether some layer has an algorithm of a kind.
fn limits_by(spec: &ScenarioSpec, is_meant: impl Fn(&AlgorithmSpec) -> bool) -> bool {
    spec.limits.values().any(|layer| is_meant(&layer.algorithm))
}

/// Whether anything can be turned away at the door of a PDS.
fn has_doors(spec: &ScenarioSpec, groups: &[GroupPlan]) -> bool {
    let mut groups = groups.iter();
    spec.ingress.limit.is_some() || groups.any(|group| group.oversize > Share::ZERO)
}

/// Whether a layer at `place` names what a reply costs.
fn prices_replies(spec: &ScenarioSpec, place: Place) -> bool {
    let mut layers = spec.limits.values();
    layers.any(|layer| layer.at == place && layer.cost_reply.is_some())
}

/// The PDSes on the block list: those named, and the own ones of the groups named.
fn blocked_hosts(spec: &ScenarioSpec, groups: &[GroupPlan], topology: &Topology) -> Vec<Pds> {
    let named = spec.host.blocked.iter().map(|pds| Pds(*pds));
    let own = groups
        .iter()
        .filter(|group| spec.host.blocked_groups.contains(&group.name))
        .filter(|group| group.members.count() > 0)
        .map(|group| topology.pds_of(group.members.account(0)));
    named.chain(own).collect()
}

fn contact_mean(spec: &ScenarioSpec) -> Option<f64> {
    spec.senders
        .values()
        .find_map(|senders| match senders.target {
            TargetSpec::Contacts { mean, .. } => Some(mean),
            _ => None,
        })
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
        identities: rows
            .message
            .as_ref()
            .map(|names| names.iter().map(|name| name_key(name)).collect()),
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
