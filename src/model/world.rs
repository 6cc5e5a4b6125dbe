//! One replication in progress: the run loop and the stores that the event routines share.

use super::answers::SentAnswer;
use super::apart::Apart;
use super::auth::AuthState;
use super::event::Event;
use super::failures::Hosts;
use super::intervene::Hand;
use super::pending::Pending;
use super::phase::Phase;
use super::plan::Plan;
use super::state::{InFlight, Inbox, LabelerState, PdsState, Process, StreamState};
use crate::attack::{Attack, AttackSpec, Campaign};
use crate::des::{Calendar, Docket, Key, Origin, Rank, Slab, Station, Table};
use crate::labeler::{Answers, Connection, Desk, LabelBoard, Propagation, Sight};
use crate::policy::limit::Request;
use crate::policy::{BlockList, ContactBook, Correspondence, Defences, Seen};
use crate::population::{ContactGraph, SendStream, TargetSpec, Targets};
use crate::protocol::{Account, Fact, Message, Observer, Pds};
use crate::rng::{Counter, Purpose, Seed};
use crate::scenario::InboxSpec;
use crate::units::{Share, Time, cast};

/// One replication in progress, telling its facts to `O`.
#[derive(Debug)]
pub struct World<'p, O> {
    /// The plan with the policies that hold now.
    pub(super) plan: &'p Plan,
    /// The plan that the run began with.
    pub(super) root: &'p Plan,
    pub(super) counter: Counter,
    pub(super) calendar: Calendar<Event>,
    pub(super) flights: Slab<InFlight>,
    /// Copies of delivered messages that somebody is going to react to.
    pub(super) exposures: Slab<Message>,
    /// What limits admitted and count as in hand: by the message that a worker has.
    pub(super) in_service: Table<u32, Request>,
    /// The same for attempts in transit.
    pub(super) in_transit: Slab<Request>,
    pub(super) pdses: Vec<PdsState>,
    pub(super) streams: Vec<StreamState>,
    pub(super) labelers: Vec<LabelerState>,
    pub(super) trace: Process,
    pub(super) trace_row: usize,
    pub(super) hosts: Hosts,
    pub(super) hand: Hand,
    /// Where and when the first message of each spammer was delivered, for the lag of labels.
    pub(super) first_deliveries: Table<u32, (Pds, Time)>,
    pub(super) auth: AuthState,
    /// Answers on their way to campaigns that listen to them.
    pub(super) answers: Slab<SentAnswer>,
    pub(super) graph: Option<ContactGraph>,
    /// Recipients and senders whom they have muted.
    pub(super) muted: Table<(u32, u32), ()>,
    /// How often messages that lost a worker, or a check, have run; only those are here.
    pub(super) runs: Table<u32, u32>,
    /// What the worker of a docket inbox has just read; empty between events.
    pub(super) read: Vec<u32>,
    pub(super) observer: O,
    /// Whether sends may be made before their time (see `send_demand`).
    pub(super) sends_ahead: bool,
    /// What the other parts must hear, where the run is divided.
    pub(super) apart: Option<Box<Apart>>,
    is_over: bool,
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The asked-for events were processed; there are more.
    Running,
    /// The horizon was reached.
    Over,
}

/// The run itself is the first logical process.
const RUN: u32 = 0;

impl<'p, O: Observer> World<'p, O> {
    /// Replication number `replication` (from 1) of a plan at virtual time 0.
    pub fn new(plan: &'p Plan, replication: u64, observer: O) -> Self {
        let mut world = Self::idle(plan, replication, observer, |_| true);
        world.schedule_start();
        world.tell_clocks();
        world
    }

    /// The same with nothing scheduled; only the streams for which `sends` holds ever send.
    pub(super) fn idle(
        plan: &'p Plan,
        replication: u64,
        observer: O,
        sends: impl Fn(u32) -> bool,
    ) -> Self {
        let seed = Seed {
            seed: plan.seed,
            replication,
        };
        let counter = seed.counter();
        let pdses = cast::id_u32(plan.pds_count());
        let streams = cast::id_u32(plan.streams.len());
        let labelers = u32::from(plan.labelers.count());
        let first_stream = RUN + 1 + pdses;
        let first_labeler = first_stream + streams;
        let mut world = Self {
            plan,
            root: plan,
            calendar: Calendar::new(),
            flights: Slab::default(),
            exposures: Slab::default(),
            in_service: Table::default(),
            in_transit: Slab::default(),
            pdses: (0..pdses)
                .map(|pds| pds_state(plan, RUN + 1 + pds))
                .collect(),
            streams: Vec::new(),
            labelers: (0..plan.labelers.count())
                .map(|l| labeler_state(plan, l, first_labeler + u32::from(l)))
                .collect(),
            trace: Process::new(first_labeler + labelers),
            trace_row: 0,
            hosts: Hosts::new(plan.pds_count()),
            hand: Hand::new(first_labeler + labelers + 1),
            first_deliveries: Table::default(),
            muted: Table::default(),
            runs: Table::default(),
            read: Vec::new(),
            graph: plan
                .contact_mean
                .map(|mean| contact_graph(plan, mean, &counter)),
            auth: AuthState::new(plan, &counter),
            answers: Slab::default(),
            counter,
            sends_ahead: !plan.remembers_writing
                && plan.outbound.is_empty()
                && plan.loss == Share::ZERO
                && !plan.failures.any()
                && plan.interventions.is_empty()
                && plan.labelers.takedown.is_none()
                && !plan.reports_falsely
                && plan.campaigns.hear_nothing()
                && plan.auth.is_orderless()
                && !observer.needs_order(),
            observer,
            apart: None,
            is_over: false,
        };
        world.streams = (0..streams)
            .map(|s| world.stream_state(seed, s, first_stream + s, sends(s)))
            .collect();
        world
    }

    /// Processes up to `events` events.
    pub fn step(&mut self, events: u64) -> Status {
        for _ in 0..events {
            if self.is_over {
                return Status::Over;
            }
            let Some((key, event)) = self.calendar.pop() else {
                unreachable!("the end of the horizon is always pending");
            };
            self.dispatch(key, event);
        }
        if self.is_over {
            Status::Over
        } else {
            Status::Running
        }
    }

    /// Processes all events before `bound` in a part of a divided run; `instants` gets the instant of
    /// each, once.
    pub(super) fn run_before(&mut self, bound: Key, instants: &mut Vec<Time>) {
        while let Some((key, event)) = self.calendar.pop_before(bound) {
            if let Some(apart) = &mut self.apart {
                apart.current = key;
            }
            self.dispatch(key, event);
            if instants.last() != Some(&key.time()) {
                instants.push(key.time());
            }
        }
    }

    /// Which phase of a message's life the next event belongs to; none once the run is over.
    pub fn next_phase(&mut self) -> Option<Phase> {
        let event = self.calendar.peek().filter(|_| !self.is_over)?;
        Some(Phase::of(event))
    }

    /// Runs to the horizon and returns the observer.
    pub fn run(mut self) -> O {
        while self.step(u64::MAX) == Status::Running {}
        self.observer
    }

    /// Ends the run before its horizon: what is in flight is told.
    pub fn end_now(&mut self) {
        self.end(self.calendar.clock());
    }

    /// The observer, once the run is over or was given up.
    pub fn into_observer(self) -> O {
        self.observer
    }

    /// The virtual clock.
    pub fn clock(&self) -> Time {
        self.calendar.clock()
    }

    /// Events processed so far.
    pub fn events(&self) -> u64 {
        self.calendar.processed()
    }

    /// Events so far that shared their instant with the one before them.
    pub fn ties(&self) -> u64 {
        self.calendar.ties()
    }

    /// Keys that each limit layer, by its index, forgot for want of room so far, over all PDSes.
    pub fn evicted_keys(&self) -> Vec<u64> {
        let inbound = self.plan.inbound_layers();
        let of_layer = |layer: usize| {
            let of_pds = |pds: &PdsState| match layer.checked_sub(inbound) {
                None => pds.defences.limits.evicted(layer),
                Some(outbound) => pds.outbound.evicted(outbound),
            };
            self.pdses.iter().map(of_pds).sum()
        };
        (0..self.plan.layer_names().len()).map(of_layer).collect()
    }

    pub(super) fn dispatch(&mut self, key: Key, event: Event) {
        let now = key.time();
        if self.hosts.any_down() && self.has_to_wait(event) {
            return;
        }
        match event {
            Event::EndOfHorizon => self.end(now),
            Event::EndOfWarmUp => self.observer.observe(now, &Fact::EndOfWarmUp),
            Event::Demand { stream } => self.send_demand(stream),
            Event::Write { draft } => self.write_at_last(now, draft),
            Event::TraceRow => self.send_trace_row(now),
            Event::Arrival { message } => self.arrive(now, message),
            Event::Wake { pds } => self.wake_docket(now, pds),
            Event::Start { message } => self.take(now, message, Rank::Other),
            Event::Crash { message } => self.crash(now, message),
            Event::EndOfService { message } => self.end_service(now, message),
            Event::Release { message } => self.deliver(now, message),
            Event::HandedOver { request } => self.hand_over(request),
            Event::Failure { message } => self.learn_failure(now, message),
            Event::Resend { message } => self.resend(now, message),
            Event::Answer { answer } => self.hear_answer(answer),
            Event::RequestExpiry { message } => self.expire_request(now, message),
            Event::Purge { keeper, sender } => self.purge_as_planned(now, keeper, Account(sender)),
            Event::Reaction { kind, exposure } => self.react(now, kind, exposure),
            Event::Sighting { labeler, exposure } => self.see(now, labeler, exposure),
            Event::Report { labeler, exposure } => self.hear_report(now, labeler, exposure),
            Event::HostDown { pds } => self.take_down(now, Pds(pds)),
            Event::HostUp { pds } => self.bring_up(now, Pds(pds)),
            Event::HostAlternates { pds } => self.alternate(now, pds),
            Event::Intervention { index } => self.intervene_as_planned(now, index),
            Event::LabelIssue { labeler, subject } => {
                self.conclude(now, labeler, Account(subject));
            }
            Event::Label {
                step,
                labeler,
                subject,
            } => self.work_on_label(now, step, labeler, Account(subject)),
        }
    }

    /// Schedules what belongs to the run as a whole.
    pub(super) fn schedule_bounds(&mut self) {
        let run = Origin::new(RUN);
        let end = Key::new(self.plan.horizon, Rank::EndOfHorizon, run, 0);
        self.calendar.push(end, Event::EndOfHorizon);
        if self.plan.warm_up > Time::ZERO {
            let warm = Key::new(self.plan.warm_up, Rank::EndOfWarmUp, run, 1);
            self.calendar.push(warm, Event::EndOfWarmUp);
        }
    }

    fn schedule_start(&mut self) {
        self.schedule_bounds();
        for stream in 0..cast::id_u32(self.streams.len()) {
            self.schedule_demand(stream);
        }
        self.schedule_trace_row();
        self.schedule_outages();
        self.schedule_interventions();
    }

    fn tell_clocks(&mut self) {
        for (pds, ahead) in (0..).zip(&self.auth.clocks) {
            let (pds, ahead) = (Pds(pds), *ahead);
            self.observer
                .observe(Time::ZERO, &Fact::Clock { pds, ahead });
        }
    }

    /// What is in flight is told, not dropped.
    pub(super) fn end(&mut self, now: Time) {
        let mut left: Vec<InFlight> = self.flights.drain();
        left.sort_by_key(|flight| flight.message.id);
        for flight in &left {
            self.observer.observe(now, &flight.fact_of_end());
        }
        self.observer.observe(now, &Fact::EndOfHorizon);
        self.is_over = true;
    }

    /// A stream that has members, or is as good as empty: what it keeps for each of them is kept in
    /// one part of a divided run.
    fn stream_state(&self, seed: Seed, index: u32, origin: u32, sends: bool) -> StreamState {
        let plan = &self.plan.streams[index as usize];
        let (senders, members) = if sends {
            (plan.senders, plan.members.count())
        } else {
            (0, 0)
        };
        let key = self.counter.draw(Purpose::Attack, plan.entity, 0);
        let graph = match plan.target {
            TargetSpec::Contacts { mean, .. } => {
                Some(contact_graph(self.plan, mean, &self.counter))
            }
            _ => None,
        };
        let draws = seed.stream(Purpose::Arrivals, plan.entity);
        let burst = plan.attack.as_ref().map_or(0, AttackSpec::opening_burst);
        let volley = plan.attack.as_ref().map_or(1, AttackSpec::volley);
        let (laws, active) = (&plan.laws, plan.active);
        let mut sends = SendStream::new(&plan.arrivals, laws, senders, draws, active)
            .with_opening(burst)
            .in_volleys(volley);
        let campaign = Campaign {
            senders: plan.senders,
            identities: members,
            key,
            epoch_s: active.epoch_s,
        };
        let pending = sends.next_demand();
        StreamState {
            process: Process::new(origin),
            sends,
            targets: Targets::new(plan.target, members, graph, key),
            attack: plan
                .attack
                .as_ref()
                .map(|attack| Attack::new(attack, campaign)),
            pending,
        }
    }
}

fn contact_graph(plan: &Plan, mean: f64, counter: &Counter) -> ContactGraph {
    let (degrees, contacts) = (counter.key(Purpose::Degree), counter.key(Purpose::Contacts));
    ContactGraph::new(plan.topology.addressable(), mean, degrees, contacts)
}

fn pds_state(plan: &Plan, origin: u32) -> PdsState {
    PdsState {
        process: Process::new(origin),
        inbox: match &plan.inbox.spec {
            InboxSpec::Station(spec) => Inbox::Station(Station::new(spec)),
            InboxSpec::Docket(spec) => Inbox::Docket(Box::new(Docket::new(*spec))),
            InboxSpec::Sync(_) => Inbox::Sync,
        },
        defences: Defences {
            blocks: BlockList::default(),
            contacts: ContactBook::default(),
            limits: plan.inbound.clone(),
            seen: Seen::default(),
        },
        outbound: plan.outbound.clone(),
        door: plan.door.clone(),
        correspondence: Correspondence::default(),
        pending: Pending::default(),
    }
}

fn labeler_state(plan: &Plan, labeler: u16, origin: u32) -> LabelerState {
    let bylaws = plan.labelers.bylaws(labeler);
    let connections = match bylaws.propagation {
        Propagation::Stream {
            breaks: Some(_), ..
        } => plan.pds_count(),
        _ => 0,
    };
    LabelerState {
        process: Process::new(origin),
        sight: Sight::new(bylaws.sees),
        board: LabelBoard::default(),
        desk: Desk::new(bylaws),
        connections: vec![Connection::default(); connections],
        late: Table::default(),
        answers: Answers::default(),
    }
}
