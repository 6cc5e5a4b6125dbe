//! Every kind of event. The list is closed: the run loop matches it in full.

/// What happens next; indices point into the world's stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The run ends.
    EndOfHorizon,
    /// Facts count from now on.
    EndOfWarmUp,
    /// The pending send of a stream is due.
    Demand { stream: u32 },
    /// A send that was made in another part of a divided run is due.
    Write { draft: u32 },
    /// The next row of the trace is due.
    TraceRow,
    /// An attempt reaches the recipient's PDS.
    Arrival { message: u32 },
    /// The worker of a docket inbox looks for work.
    Wake { pds: crate::protocol::Pds },
    /// A message that the worker of a docket inbox has read is taken.
    Start { message: u32 },
    /// A worker dies with a message in service.
    Crash { message: u32 },
    /// A worker is done.
    EndOfService { message: u32 },
    /// A limit that shapes traffic lets a message pass.
    Release { message: u32 },
    /// An attempt that a limit of the sender's PDS counts is out of its hands.
    HandedOver { request: u32 },
    /// The sender's PDS learns that an attempt failed for now.
    Failure { message: u32 },
    /// The sender's PDS tries again.
    Resend { message: u32 },
    /// The answer to an attempt reaches a campaign that listens.
    Answer { answer: u32 },
    /// A request is answered by nobody in time.
    RequestExpiry { message: u32 },
    /// A label on the sender of requests takes effect at the PDS that keeps them.
    Purge { keeper: u32, sender: u32 },
    /// A human reacts to a message.
    Reaction { kind: ReactionKind, exposure: u32 },
    /// A labeler sees a delivered message.
    Sighting { labeler: u16, exposure: u32 },
    /// A labeler receives a report.
    Report { labeler: u16, exposure: u32 },
    /// A PDS goes down.
    HostDown { pds: u32 },
    /// A PDS comes back.
    HostUp { pds: u32 },
    /// A PDS with outages at random goes down or comes back.
    HostAlternates { pds: u32 },
    /// An intervention of the scenario is due.
    Intervention { index: u32 },
    /// A labeler whose lag is one law comes to its verdict.
    LabelIssue { labeler: u16, subject: u32 },
    /// A labeler goes on with its work.
    Label {
        step: LabelStep,
        labeler: u16,
        subject: u32,
    },
}

/// What a labeler does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LabelStep {
    /// It takes a batch in.
    Intake,
    /// A moderator is done with a case.
    Handled,
    /// A label that its caps held back is issued.
    Issue,
    /// An appeal was successful.
    Appeal,
    /// A negation that its caps held back is published.
    Negate,
    /// A label's own time is up.
    Expiry,
}

/// What a human does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReactionKind {
    Read,
    Report,
    Block,
    Reply,
    Accept,
    Reject,
    Mute,
    /// A report of a message that is held as a request.
    ReportRequest,
}

impl ReactionKind {
    /// Whether it is a reaction to a message in the inbox, and not to a request.
    pub(super) fn is_about_delivery(self) -> bool {
        matches!(
            self,
            Self::Read | Self::Report | Self::Block | Self::Mute | Self::Reply
        )
    }
}
