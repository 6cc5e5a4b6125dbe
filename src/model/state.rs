//! The state of one replication, divided among its logical processes.

use crate::attack::Attack;
use crate::des::{Origin, Station, Table};
use crate::labeler::{LabelBoard, Sight};
use crate::policy::limit::LimitSet;
use crate::policy::{Defences, Verdict};
use crate::population::{Demand, SendStream, Targets};
use crate::protocol::Message;

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
}

/// One PDS: its inbox, its defences as a recipient's PDS, its limits as a sender's.
#[derive(Debug, Clone)]
pub(super) struct PdsState {
    pub(super) process: Process,
    /// None for an inbox that runs its checks inside the request.
    pub(super) station: Option<Station<u32>>,
    pub(super) defences: Defences,
    pub(super) outbound: LimitSet,
    /// Messages held as requests, by (recipient, sender), oldest first.
    pub(super) requests: Table<(u32, u32), Vec<u32>>,
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
    /// A message that leaves its sender's PDS.
    pub(super) fn new(message: &Message) -> Self {
        Self {
            message: *message,
            verdict: Verdict::Accept,
            held: Held::No,
        }
    }
}

/// Whether a message is held as a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Yes,
    No,
}
