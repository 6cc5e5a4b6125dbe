//! One message on its way, with the instants of its last attempt.

use super::{Account, Class, Group, MessageId, Pds, Token};
use crate::units::{Span, Time};

/// A message between its creation and its terminal outcome.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// Identity, independent of every policy.
    pub id: MessageId,
    /// When its sender wrote it.
    pub created: Time,
    /// When the last attempt left the sender's PDS.
    pub sent: Time,
    /// When the last attempt reached the recipient's PDS.
    pub arrived: Time,
    /// When a worker took it.
    pub taken: Time,
    /// When its last service ended and the verdict took effect.
    pub served: Time,
    /// How long limits that reschedule made it wait for another turn, since it first arrived.
    pub rescheduled: Span,
    /// How long a limit that shapes traffic held it back after its service.
    pub shaped: Span,
    /// Service time on top of the checks, drawn at creation.
    pub extra: Span,
    /// The token of the last attempt.
    pub token: Token,
    /// Who wrote it.
    pub sender: Account,
    /// To whom.
    pub recipient: Account,
    /// Where the sender lives.
    pub sender_pds: Pds,
    /// Where the recipient lives.
    pub recipient_pds: Pds,
    /// The group of senders it comes from.
    pub group: Group,
    /// Ground truth; for metrics, humans and attackers only.
    pub class: Class,
    /// Whether it waits in the inbox for a worker.
    pub queued: bool,
    /// Attempts so far, the running one included.
    pub attempts: u16,
}

impl Message {
    /// Creation to end of service of the last attempt, or to the release by a limit that shaped it.
    pub fn latency(&self) -> Span {
        self.served.since(self.created) + self.shaped
    }

    /// Whether the last attempt came to the end of a service, so that its stages have lengths.
    pub fn is_served(&self) -> bool {
        self.sent <= self.arrived
            && self.arrived <= self.taken
            && self.taken <= self.served
            && self.served != Time::NEVER
            && self.rescheduled <= self.arrived.since(self.sent)
    }

    /// How long limits held the last attempt back.
    pub fn held_back(&self) -> Span {
        self.rescheduled + self.shaped
    }

    /// Inbox entry to being taken by a worker.
    pub fn wait(&self) -> Span {
        self.taken.since(self.arrived)
    }

    /// Inbox entry to end of service.
    pub fn sojourn(&self) -> Span {
        self.served.since(self.arrived)
    }
}
