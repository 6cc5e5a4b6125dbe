//! What a worker sees of a message when it takes it: everything that its checks look at, whether
//! they come to it or not.
//!
//! A run makes one only for an [`Observer`](super::Observer) that asks for it; it changes nothing.

use super::{Check, LabelerId, Pds};
use crate::units::{Span, Time};

/// The state of the checks at the instant at which a worker takes a message, before it is ruled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The checks in the order in which they run.
    pub order: Vec<Check>,
    /// Those that cannot be made at this instant.
    pub failing: Vec<Check>,
    /// The clock of the recipient's PDS, on which tokens are judged.
    pub clock: Time,
    /// How long after its `exp` a token is still taken.
    pub leeway: Span,
    /// The labels that were issued on the sender so far and that this PDS could hear of.
    pub labels: Vec<LabelSight>,
    /// Whether the recipient has blocked the sender.
    pub block: BlockSight,
    /// How the sender stands with the recipient.
    pub contact: ContactSight,
    /// Whether the sender's whole PDS is refused.
    pub host: HostSight,
    /// Whether the same message was accepted before.
    pub copy: CopySight,
    /// The limit layers that would be asked, in their order.
    pub layers: Vec<LayerSight>,
}

/// A label on the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelSight {
    /// Whose label.
    pub labeler: LabelerId,
    /// When it was issued.
    pub issued: Time,
    /// From when on this PDS knows of it; none where it asks message by message, or never hears.
    pub known: Option<Time>,
    /// Until when it counts here.
    pub until: Time,
}

/// Whether the recipient has blocked the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockSight {
    /// He has not.
    None,
    /// He has.
    Blocked,
}

/// How the sender stands with the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactSight {
    /// Everybody may write to everybody.
    Open,
    /// They have each other as contacts from before the run.
    Known,
    /// The recipient accepted the sender's request.
    Accepted,
    /// The recipient has written to the sender.
    Wrote,
    /// A stranger, with so many requests held.
    Stranger {
        /// Of this sender for this recipient.
        of_pair: u32,
        /// For this recipient.
        of_recipient: u32,
    },
}

/// Whether the sender's whole PDS is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostSight {
    /// It is not.
    Welcome,
    /// It is on the block list.
    Refused(Pds),
}

/// Whether the same message was accepted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopySight {
    /// It was not, or nobody remembers.
    New,
    /// It was.
    Seen,
}

/// What a limit layer has left for the key of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerSight {
    /// The layer, by its index among all of the scenario.
    pub layer: u8,
    /// How many more messages like this one it would let pass at this instant, this one included;
    /// at most [`MOST_ROOM`].
    pub room: u64,
    /// How many it would let pass for a key that it has never seen.
    pub whole: u64,
    /// From when on it would let this message pass; none where time alone does not help.
    pub from: Option<Time>,
}

/// More room is not counted.
pub const MOST_ROOM: u64 = 100_000;

impl Sight {
    /// The label, of those known here at `now`, that was known first.
    pub fn known_label(&self, now: Time) -> Option<&LabelSight> {
        let known = |label: &&LabelSight| {
            label.known.is_some_and(|known| known <= now) && label.until > now
        };
        self.labels
            .iter()
            .filter(known)
            .min_by_key(|label| label.known)
    }
}
