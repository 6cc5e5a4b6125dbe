//! Facts: everything worth measuring, told to observers as it happens.
//!
//! The model counts nothing itself. Metrics, the event log and the laws of the model are
//! observers; they are told facts and return nothing, so none of them can influence a run.

use super::{Account, LabelerId, Message, Outcome, Pds, Refusal};
use crate::units::{Span, Time};

/// Something that happened at the instant told beside it.
#[derive(Debug, Clone, Copy)]
pub enum Fact<'a> {
    /// A sender wrote a message.
    Created(&'a Message),
    /// The outbound limits of the sender's PDS were asked.
    OutboundLimits {
        /// The message they were asked about.
        message: &'a Message,
        /// Bit mask of the layers that were asked.
        asked: u64,
        /// Bit mask of the layers that themselves refused.
        refused: u64,
    },
    /// An attempt reached the recipient's PDS.
    Arrived(&'a Message),
    /// The inbox took the message in: it waits, or its service starts at this instant.
    Entered(&'a Message),
    /// The message lost its place in the queue to a newer one.
    Displaced(&'a Message),
    /// A worker took the message and ruled; the ruling takes effect when the service ends.
    Taken {
        /// The message, with `taken` set.
        message: &'a Message,
        /// Time the worker spends on it.
        service: Span,
        /// The refusal, or none.
        refusal: Option<Refusal>,
        /// Whether a label on the sender was known at this PDS.
        label: LabelKnown,
        /// Bit mask of the limit layers that were asked.
        asked: u64,
        /// Bit mask of the limit layers that themselves refused.
        refused: u64,
    },
    /// The worker is done with the message.
    Served(&'a Message),
    /// The sender's PDS will try again after the span told.
    RetryScheduled {
        /// The message, `attempts` so far.
        message: &'a Message,
        /// From now to the next attempt.
        after: Span,
    },
    /// The message has its terminal outcome.
    Finished {
        /// The message.
        message: &'a Message,
        /// What became of it.
        outcome: Outcome,
    },
    /// The recipient read a delivered message.
    Read(&'a Message),
    /// The recipient reported a delivered message.
    Reported(&'a Message),
    /// The recipient blocked the sender of a message.
    Blocked(&'a Message),
    /// The recipient accepted the contact request of a sender.
    Accepted(&'a Message),
    /// A labeler issued a label.
    LabelIssued {
        /// Which labeler.
        labeler: LabelerId,
        /// On whom.
        subject: Account,
        /// Ground truth about the subject, for the metrics.
        class: super::Class,
        /// When the first message of the subject was delivered.
        first_delivered: Option<Time>,
        /// When the PDS that first delivered learns of it, if it subscribes.
        known: Option<(Pds, Time)>,
    },
    /// From now on facts are counted.
    EndOfWarmUp,
    /// The run ends; what is in flight has been told as finished.
    EndOfHorizon,
}

impl Fact<'_> {
    /// The message that the fact is about, if it is about one.
    #[inline(always)]
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Created(message)
            | Self::Arrived(message)
            | Self::Entered(message)
            | Self::Displaced(message)
            | Self::Served(message)
            | Self::Read(message)
            | Self::Reported(message)
            | Self::Blocked(message)
            | Self::Accepted(message)
            | Self::OutboundLimits { message, .. }
            | Self::Taken { message, .. }
            | Self::RetryScheduled { message, .. }
            | Self::Finished { message, .. } => Some(message),
            Self::LabelIssued { .. } | Self::EndOfWarmUp | Self::EndOfHorizon => None,
        }
    }
}

/// Whether a label on the sender was known at the recipient's PDS when the worker looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelKnown {
    /// A label was known.
    Yes,
    /// No label was known.
    No,
}

/// A part of a delivered message's latency. The stages add up to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// In transit, last attempt.
    Network,
    /// Waiting in the inbox, for another turn, or for a limit that shapes traffic.
    Queue,
    /// In the hands of a worker.
    Service,
    /// Before the last attempt left the sender's PDS.
    Retry,
}

impl Stage {
    /// All stages, in the order of their index.
    pub const ALL: [Self; 4] = [Self::Network, Self::Queue, Self::Service, Self::Retry];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Queue => "queue",
            Self::Service => "service",
            Self::Retry => "retry",
        }
    }

    /// How long the message spent in this stage.
    #[inline]
    pub fn of(self, message: &Message) -> Span {
        match self {
            Self::Network => {
                let since_sent = message.arrived.since(message.sent);
                Span::from_ns(since_sent.ns() - message.rescheduled.ns())
            }
            Self::Queue => message.wait() + message.held_back(),
            Self::Service => message.served.since(message.taken),
            Self::Retry => message.sent.since(message.created),
        }
    }
}

/// Who is told every fact of a run, in the order of events.
pub trait Observer {
    /// Whether facts must come in the order of time. Without need, a message may be told as
    /// created before its time.
    fn needs_order(&self) -> bool {
        false
    }

    /// `fact` happened at `now`.
    fn observe(&mut self, now: Time, fact: &Fact<'_>);
}

/// Nobody listens.
impl Observer for () {
    #[inline(always)]
    fn observe(&mut self, _: Time, _: &Fact<'_>) {}
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn needs_order(&self) -> bool {
        self.0.needs_order() || self.1.needs_order()
    }

    #[inline(always)]
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        self.0.observe(now, fact);
        self.1.observe(now, fact);
    }
}

impl<O: Observer> Observer for &mut O {
    fn needs_order(&self) -> bool {
        (**self).needs_order()
    }

    #[inline(always)]
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        (**self).observe(now, fact);
    }
}

/// An observer that may be absent.
impl<O: Observer> Observer for Option<O> {
    fn needs_order(&self) -> bool {
        self.as_ref().is_some_and(Observer::needs_order)
    }

    #[inline(always)]
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Some(observer) = self {
            observer.observe(now, fact);
        }
    }
}
