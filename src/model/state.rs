//! The state of one replication, divided among its logical processes.

use super::pending::Pending;
use crate::attack::Attack;
use crate::des::{Docket, Key, Origin, Rank, Station, Table};
use crate::labeler::{Answers, Connection, Desk, LabelBoard, Sight};
use crate::policy::limit::LimitSet;
use crate::policy::{Correspondence, Defences, Verdict};
use crate::population::{Demand, SendStream, Targets};
use crate::protocol::{Fact, Message, Outcome};
use crate::units::Time;

/// A logical process schedules events under its own origin and counts them.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) origin: Origin,
    sequence: u64,
}

impl Process {
    pub(super) fn new(index: u32) -> Self {
        Self {
            origin: Origin::new(index),
            sequence: 0,
        }
    }

    /// The number of the next event that this process schedules.
    pub(super) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// The key of the next event that this process schedules.
    pub(super) fn key(&mut self, time: Time, rank: Rank) -> Key {
        Key::new(time, rank, self.origin, self.next())
    }
}

/// One PDS: its inbox, its defences as a recipient's PDS, its limits as a sender's.
#[derive(Debug, Clone)]
pub(super) struct PdsState {
    pub(super) process: Process,
    pub(super) inbox: Inbox,
    pub(super) defences: Defences,
    pub(super) outbound: LimitSet,
    /// Its limit on attempts that arrive, before they are in the inbox.
    pub(super) door: LimitSet,
    /// What its outbound limits know of who writes to whom; empty where none asks.
    pub(super) correspondence: Correspondence,
    /// Messages held as requests.
    pub(super) pending: Pending,
}

/// The queue in front of a PDS's workers.
#[derive(Debug, Clone)]
pub(super) enum Inbox {
    /// None: the checks run inside the request.
    Sync,
    Station(Station<u32>),
    Docket(Box<Docket<u32>>),
}

/// One stream of sends, with its next send.
#[derive(Debug, Clone)]
pub(super) struct StreamState {
    pub(super) process: Process,
    pub(super) sends: SendStream,
    pub(super) targets: Targets,
    pub(super) attack: Option<Attack>,
    pub(super) pending: Option<Demand>,
}

/// One labeler.
#[derive(Debug, Clone)]
pub(super) struct LabelerState {
    pub(super) process: Process,
    pub(super) sight: Sight,
    pub(super) board: LabelBoard,
    pub(super) desk: Desk,
    /// The connections of PDSes to its stream, where they break.
    pub(super) connections: Vec<Connection>,
    /// When PDSes that were cut off got what was published: by bulletin and PDS.
    pub(super) late: Table<(u64, u32), Time>,
    /// The answers that PDSes have at hand.
    pub(super) answers: Answers,
}

/// A message on its way, with what is known of its fate.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFlight {
    pub(super) message: Message,
    /// The ruling of the worker who has it; takes effect when the service ends.
    pub(super) verdict: Verdict,
    /// Whether it is held as a request.
    pub(super) held: Held,
}

impl InFlight {
    /// A message that is on its way, or waits for its sender's PDS.
    pub(super) fn under_way(message: &Message) -> Self {
        Self {
            message: *message,
            verdict: Verdict::Accept,
            held: Held::No,
        }
    }

    /// What is told of it when it comes to its end as `outcome`.
    pub(super) fn fact_of(&self, outcome: Outcome) -> Fact<'_> {
        let message = &self.message;
        match self.held {
            Held::Copy => Fact::CopyFinished { message, outcome },
            Held::Yes | Held::No => Fact::Finished { message, outcome },
        }
    }

    /// What is told of it when the run ends.
    pub(super) fn fact_of_end(&self) -> Fact<'_> {
        self.fact_of(match self.held {
            Held::Yes => Outcome::RequestPending,
            Held::No | Held::Copy => Outcome::InFlight,
        })
    }
}

/// Whether a message is held as a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Yes,
    No,
    /// It is a copy of a message that has its outcome already.
    Copy,
}
