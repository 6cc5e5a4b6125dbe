//! One replication in progress: the run loop and the stores that the event routines share.

use super::event::Event;
use super::phase::Phase;
use super::plan::Plan;
use super::state::{InFlight, LabelerState, PdsState, Process, StreamState};
use crate::attack::Attack;
use crate::des::{Calendar, Key, Origin, Rank, Slab, Station, Table};
use crate::labeler::{LabelBoard, Sight};
use crate::policy::limit::Request;
use crate::policy::{BlockList, ContactBook, ContactSpec, Defences};
use crate::population::{ContactGraph, SendStream, TargetSpec, Targets};
use crate::protocol::{Account, Fact, Message, Observer, Outcome, Pds};
use crate::rng::{Counter, Purpose, Seed};
use crate::scenario::InboxSpec;
use crate::units::{Share, Time, cast};

/// One replication in progress, telling its facts to `O`.
#[derive(Debug)]
pub struct World<'p, O> {
    pub(super) plan: &'p Plan,
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
    /// Where and when the first message of each spammer was delivered, for the lag of labels.
    pub(super) first_deliveries: Table<u32, (Pds, Time)>,
    pub(super) graph: Option<ContactGraph>,
    pub(super) observer: O,
    /// Whether sends may be made before their time (see `send_demand`).
    pub(super) sends_ahead: bool,
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
        let seed = Seed {
            seed: plan.seed,
            replication,
        };
        let counter = seed.counter();
        let pdses = cast::id_u32(plan.pds_count());
        let streams = cast::id_u32(plan.streams.len());
        let labelers = cast::id_u32(plan.labelers.len());
        let first_stream = RUN + 1 + pdses;
        let first_labeler = first_stream + streams;
        let mut world = Self {
            plan,
            calendar: Calendar::new(),
            flights: Slab::default(),
            exposures: Slab::default(),
            in_service: Table::default(),
            in_transit: Slab::default(),
            pdses: (0..pdses)
                .map(|pds| pds_state(plan, RUN + 1 + pds))
                .collect(),
            streams: Vec::new(),
            labelers: (0..labelers)
                .map(|l| labeler_state(plan, l, first_labeler + l))
                .collect(),
            trace: Process::new(first_labeler + labelers),
            trace_row: 0,
            first_deliveries: Table::default(),
            graph: plan
                .contact_mean
                .map(|mean| contact_graph(plan, mean, &counter)),
            counter,
            sends_ahead: plan.contact == ContactSpec::Open
                && plan.outbound.is_empty()
                && plan.loss == Share::ZERO
                && !observer.needs_order(),
            observer,
            is_over: false,
        };
        world.streams = (0..streams)
            .map(|s| world.stream_state(seed, s, first_stream + s))
            .collect();
        world.schedule_start();
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

    /// Which phase of a message's life the next event belongs to; none once the run is over.
    pub fn next_phase(&mut self) -> Option<Phase> {
        let event = self.calendar.peek().filter(|_| !self.is_over)?;
        Some(Phase::of(&event))
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

    fn dispatch(&mut self, key: Key, event: Event) {
        let now = key.time();
        match event {
            Event::EndOfHorizon => self.end(now),
            Event::EndOfWarmUp => self.observer.observe(now, &Fact::EndOfWarmUp),
            Event::Demand { stream } => self.send_demand(stream),
            Event::TraceRow => self.send_trace_row(now),
            Event::Arrival { message } => self.arrive(now, message),
            Event::EndOfService { message } => self.end_service(now, message),
            Event::Release { message } => self.deliver(now, message),
            Event::HandedOver { request } => self.hand_over(request),
            Event::Failure { message } => self.learn_failure(now, message),
            Event::Resend { message } => self.resend(now, message),
            Event::RequestExpiry { message } => self.expire_request(now, message),
            Event::Reaction { kind, exposure } => self.react(now, kind, exposure),
            Event::Sighting { labeler, exposure } => self.see(now, labeler, exposure),
            Event::Report { labeler, exposure } => self.hear_report(now, labeler, exposure),
            Event::LabelIssue { labeler, subject } => {
                self.issue_label(now, labeler, Account(subject));
            }
        }
    }

    fn schedule_start(&mut self) {
        let run = Origin::new(RUN);
        let end = Key::new(self.plan.horizon, Rank::EndOfHorizon, run, 0);
        self.calendar.push(end, Event::EndOfHorizon);
        if self.plan.warm_up > Time::ZERO {
            let warm = Key::new(self.plan.warm_up, Rank::EndOfWarmUp, run, 1);
            self.calendar.push(warm, Event::EndOfWarmUp);
        }
        for stream in 0..cast::id_u32(self.streams.len()) {
            self.schedule_demand(stream);
        }
        self.schedule_trace_row();
    }

    /// What is in flight is told, not dropped.
    fn end(&mut self, now: Time) {
        let mut left: Vec<InFlight> = self.flights.drain();
        left.sort_by_key(|flight| flight.message.id);
        for flight in &left {
            let outcome = match flight.held {
                super::state::Held::Yes => Outcome::RequestPending,
                super::state::Held::No => Outcome::InFlight,
            };
            self.observer.observe(
                now,
                &Fact::Finished {
                    message: &flight.message,
                    outcome,
                },
            );
        }
        self.observer.observe(now, &Fact::EndOfHorizon);
        self.is_over = true;
    }

    fn stream_state(&self, seed: Seed, index: u32, origin: u32) -> StreamState {
        let plan = &self.plan.streams[index as usize];
        let members = plan.members.count();
        let key = self.counter.draw(Purpose::Attack, plan.entity, 0);
        let graph = match plan.target {
            TargetSpec::Contacts { mean, .. } => {
                Some(contact_graph(self.plan, mean, &self.counter))
            }
            _ => None,
        };
        let draws = seed.stream(Purpose::Arrivals, plan.entity);
        let mut sends = SendStream::new(&plan.arrivals, &plan.laws, members, draws, plan.active);
        let pending = sends.next_demand();
        StreamState {
            process: Process::new(origin),
            sends,
            targets: Targets::new(plan.target, members, graph, key),
            attack: plan
                .attack
                .as_ref()
                .map(|attack| Attack::new(attack, members, key)),
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
        station: match &plan.inbox {
            InboxSpec::Station(spec) => Some(Station::new(spec)),
            InboxSpec::Sync(_) => None,
        },
        defences: Defences {
            blocks: BlockList::default(),
            contacts: ContactBook::default(),
            limits: plan.inbound.clone(),
        },
        outbound: plan.outbound.clone(),
        requests: Table::default(),
    }
}

fn labeler_state(plan: &Plan, index: u32, origin: u32) -> LabelerState {
    LabelerState {
        process: Process::new(origin),
        sight: Sight::new(plan.labelers[index as usize].sees),
        board: LabelBoard::default(),
    }
}
