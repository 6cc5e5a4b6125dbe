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
    /// A request is answered by nobody in time.
    RequestExpiry { message: u32 },
    /// A human reacts to a message.
    Reaction { kind: ReactionKind, exposure: u32 },
    /// A labeler sees a delivered message.
    Sighting { labeler: u16, exposure: u32 },
    /// A labeler receives a report.
    Report { labeler: u16, exposure: u32 },
    /// A labeler issues a label.
    LabelIssue { labeler: u16, subject: u32 },
}

/// What a human does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReactionKind {
    Read,
    Report,
    Block,
    Accept,
    Reject,
}
