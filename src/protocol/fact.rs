//! Facts: everything worth measuring, told to observers as it happens.
//!
//! The model counts nothing itself. Metrics, the event log and the laws of the model are
//! observers; they are told facts and return nothing, so none of them can influence a run.

use super::{Account, Group, LabelerId, LayerSight, Message, Outcome, Pds, Refusal, Sight};
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
    /// What the outbound limits of the sender's PDS had left before they were asked; told to those
    /// who look into the message.
    OutboundInspected {
        /// The message.
        message: &'a Message,
        /// The layers.
        layers: &'a [LayerSight],
    },
    /// What the worker sees that is about to rule; told to those who look into the message.
    Inspected {
        /// The message, with `taken` set.
        message: &'a Message,
        /// What its checks look at.
        sight: &'a Sight,
    },
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
        /// Whether the ruling decides over the message.
        effect: Effect,
    },
    /// A PDS looked a DID up for the message.
    LookedUp {
        /// The message.
        message: &'a Message,
        /// Who asked whom, what it took.
        look_up: LookUp,
    },
    /// A PDS that remembers tokens let one pass.
    TokenUsed {
        /// The message that it came with.
        message: &'a Message,
        /// The token's issuer and `jti` as one pair of numbers.
        token: (u64, u64),
    },
    /// The worker is done with the message.
    Served(&'a Message),
    /// The worker of the message died during its service: its ruling is void.
    Crashed(&'a Message),
    /// A copy of a message that has its outcome already came to an end of its own. Copies come
    /// from deliveries that were made and not acknowledged.
    CopyFinished {
        /// The copy.
        message: &'a Message,
        /// What became of it.
        outcome: Outcome,
    },
    /// The sender's PDS will try again after the span told.
    RetryScheduled {
        /// The message, `attempts` so far.
        message: &'a Message,
        /// From now to the next attempt.
        after: Span,
    },
    /// An attempt did not reach its recipient's PDS.
    Failed {
        /// The message, the failed attempt included.
        message: &'a Message,
        /// Why.
        why: Failing,
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
    /// The recipient muted the sender of a message.
    Muted(&'a Message),
    /// The message was delivered to a recipient who has muted its sender: he does not see it.
    Hidden(&'a Message),
    /// The message is held as a contact request from now on.
    Held(&'a Message),
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
    /// A PDS went down.
    HostDown(Pds),
    /// A PDS came back.
    HostUp(Pds),
    /// Somebody intervened.
    Intervention {
        /// How many interventions came before.
        number: u32,
        /// The name of the action in a scenario.
        action: &'static str,
    },
    /// A label no longer counts: its labeler took it back, or its time is up.
    LabelEnded {
        /// Whose label.
        labeler: LabelerId,
        /// On whom.
        subject: Account,
        /// Ground truth about the subject, for the metrics.
        class: super::Class,
        /// How it ended.
        how: LabelEnd,
    },
    /// The PDS that first delivered a message of a spammer asked a labeler and heard of his label.
    LabelLearned {
        /// Which labeler.
        labeler: LabelerId,
        /// On whom.
        subject: Account,
        /// When the first message of the subject was delivered.
        first_delivered: Time,
    },
    /// A PDS that somebody asked about will know of the label that was just issued.
    LabelToReach {
        /// Whose label.
        labeler: LabelerId,
        /// On whom.
        subject: Account,
        /// Which PDS.
        pds: Pds,
        /// From when on; none where it never hears of it by itself.
        known: Option<Time>,
    },
    /// A spammer reported somebody who never wrote to him.
    ReportedFalsely {
        /// The spammer's group.
        group: Group,
        /// Who reports.
        reporter: Account,
        /// Whom.
        subject: Account,
    },
    /// The recipient came to read a message that a label had removed.
    CleanedUp(&'a Message),
    /// The clock of a PDS is ahead by so much; of the latest one, not of the true time. Told at the
    /// start, where clocks are off.
    Clock {
        /// Whose clock.
        pds: Pds,
        /// By how much.
        ahead: Span,
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
            | Self::Crashed(message)
            | Self::Read(message)
            | Self::Reported(message)
            | Self::Blocked(message)
            | Self::Muted(message)
            | Self::Hidden(message)
            | Self::Held(message)
            | Self::Accepted(message)
            | Self::CleanedUp(message)
            | Self::OutboundLimits { message, .. }
            | Self::OutboundInspected { message, .. }
            | Self::Inspected { message, .. }
            | Self::Taken { message, .. }
            | Self::LookedUp { message, .. }
            | Self::TokenUsed { message, .. }
            | Self::RetryScheduled { message, .. }
            | Self::Failed { message, .. }
            | Self::CopyFinished { message, .. }
            | Self::Finished { message, .. } => Some(message),
            Self::LabelIssued { .. }
            | Self::LabelEnded { .. }
            | Self::LabelLearned { .. }
            | Self::LabelToReach { .. }
            | Self::ReportedFalsely { .. }
            | Self::HostDown(_)
            | Self::HostUp(_)
            | Self::Intervention { .. }
            | Self::Clock { .. }
            | Self::EndOfWarmUp
            | Self::EndOfHorizon => None,
        }
    }
}

/// Why an attempt did not reach its recipient's PDS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// The PDS was down.
    HostDown,
    /// A partition lay between the two PDSes.
    CutOff,
}

impl Failing {
    /// The name used in the event log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HostDown => "pds-down",
            Self::CutOff => "partition",
        }
    }
}

/// Whether a ruling decides over the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It does.
    Decides,
    /// It does not: the worker dies before the end, or the message is a copy.
    Void,
}

/// Whether a label on the sender was known at the recipient's PDS when the worker looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelKnown {
    /// A label was known.
    Yes,
    /// No label was known.
    No,
}

/// A look-up of a DID: who asked whom, and what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookUp {
    /// Which end of the message asked.
    pub end: End,
    /// Who answers for the DID.
    pub directory: Directory,
    /// What the cache made of it.
    pub kind: LookUpKind,
    /// How long the message waited for it.
    pub waited: Span,
}

/// One of the two PDSes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The sender's PDS, which looks for the recipient's.
    Sender,
    /// The recipient's PDS, which looks for the sender's key.
    Recipient,
}

/// Who answers for a DID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    /// The public directory of did:plc.
    Plc,
    /// The host that a did:web names.
    Web,
}

/// What a cache makes of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookUpKind {
    /// Served from the cache.
    Cached,
    /// Served from the cache, which begins to fetch the document again.
    Refreshing,
    /// Waits for a fetch that was under way.
    Joined,
    /// Waits for a fetch of its own.
    Blocking,
    /// Waits for a fetch although the cache has a document: its key did not fit, or its PDS.
    Forced,
}

impl LookUpKind {
    /// Whether the look-up began a fetch.
    pub const fn fetches(self) -> bool {
        matches!(self, Self::Refreshing | Self::Blocking | Self::Forced)
    }

    /// Whether the message waited for a fetch.
    pub const fn blocks(self) -> bool {
        matches!(self, Self::Joined | Self::Blocking | Self::Forced)
    }
}

/// How a label ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelEnd {
    /// Its labeler took it back.
    Negated,
    /// Its time was up.
    Expired,
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

    /// Whether to be told what a worker sees when it takes this message.
    #[inline(always)]
    fn looks_into(&self, _: &Message) -> bool {
        false
    }

    /// The PDSes of which to be told from when on they know of a label on this account.
    fn asks_of_labels(&self, _: Account) -> Vec<Pds> {
        Vec::new()
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
    fn looks_into(&self, message: &Message) -> bool {
        self.0.looks_into(message) || self.1.looks_into(message)
    }

    fn asks_of_labels(&self, subject: Account) -> Vec<Pds> {
        let mut all = self.0.asks_of_labels(subject);
        all.extend(self.1.asks_of_labels(subject));
        all
    }

    #[inline(always)]
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        self.0.observe(now, fact);
        self.1.observe(now, fact);
    }
}

/// A borrowed observer, also one that is known at run time only (`&mut dyn Observer`): what is not
/// called for every message of a large run need not be compiled into a world of its own.
impl<O: Observer + ?Sized> Observer for &mut O {
    fn needs_order(&self) -> bool {
        (**self).needs_order()
    }

    #[inline(always)]
    fn looks_into(&self, message: &Message) -> bool {
        (**self).looks_into(message)
    }

    fn asks_of_labels(&self, subject: Account) -> Vec<Pds> {
        (**self).asks_of_labels(subject)
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
    fn looks_into(&self, message: &Message) -> bool {
        let looks = |observer: &O| observer.looks_into(message);
        self.as_ref().is_some_and(looks)
    }

    fn asks_of_labels(&self, subject: Account) -> Vec<Pds> {
        let asked = self
            .as_ref()
            .map(|observer| observer.asks_of_labels(subject));
        asked.unwrap_or_default()
    }

    #[inline(always)]
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Some(observer) = self {
            observer.observe(now, fact);
        }
    }
}
