//! The phases of a message's life, for those who ask where the time of a run goes.

use super::event::Event;

/// Which part of a message's life an event belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Deciding to write, the sender's PDS, retries.
    Sending,
    /// The door of the recipient's PDS; where a worker is free, being judged as well.
    Arriving,
    /// The end of a service: the verdict takes effect, the next message is taken and judged.
    Serving,
    /// Everything that follows: humans, labelers, requests, the ends of warm-up and run.
    Afterwards,
}

impl Phase {
    /// All phases, in the order of a message's life.
    pub const ALL: [Self; 4] = [
        Self::Sending,
        Self::Arriving,
        Self::Serving,
        Self::Afterwards,
    ];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Arriving => "arriving",
            Self::Serving => "serving",
            Self::Afterwards => "afterwards",
        }
    }

    pub(super) const fn of(event: Event) -> Self {
        match event {
            Event::Demand { .. }
            | Event::Write { .. }
            | Event::TraceRow
            | Event::HandedOver { .. }
            | Event::Failure { .. }
            | Event::Resend { .. } => Self::Sending,
            Event::Arrival { .. } => Self::Arriving,
            Event::EndOfService { .. } | Event::Release { .. } => Self::Serving,
            _ => Self::Afterwards,
        }
    }
}
