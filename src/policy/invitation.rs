//! Invitations: how many requests of strangers are held, for how long, and which one goes where there
//! is no room.
//!
//! A place is taken when a request begins to be held, at the end of its service: several workers
//! cannot take the same place. Where the list of a pair is full, one of that pair goes; where the list
//! of a recipient is, one of his.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Span, UnitError};

/// `{ invitation = { ... } }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct InvitationSpec {
    /// Most requests of one sender held for one recipient; unlimited by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_per_pair: Option<u32>,
    /// Most requests held for one recipient; unlimited by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_per_recipient: Option<u32>,
    /// How long a request is held; for ever by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Span>,
    /// Which request goes where there is no room: the new one by default.
    #[serde(skip_serializing_if = "is_default")]
    pub overflow: RequestOverflow,
    /// What a label does to the requests that are held of its subject: it removes them by default.
    #[serde(skip_serializing_if = "is_default")]
    pub purge: Purge,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Which request goes where there is no room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RequestOverflow {
    /// The new one is refused.
    #[default]
    Reject,
    /// The one that is held longest is evicted.
    EvictOldest,
    /// The one that is held shortest is evicted.
    EvictNewest,
    /// Any one is evicted, all alike.
    EvictRandom,
    /// The oldest of the sender with most requests is evicted; of several such senders, of the one
    /// whose request is held longest.
    EvictHeaviest,
}

/// What a label does to the requests that are held of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purge {
    /// They are removed when the recipient's PDS learns of it, where that PDS acts on labels.
    #[default]
    Labelled,
    /// Nothing.
    Never,
}

/// Whether one more request may be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It may.
    Free,
    /// The sender has as many with the recipient as he may have.
    PairFull,
    /// The recipient has as many as he may have.
    RecipientFull,
}

/// How many requests are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Held {
    pub(super) of_pair: u32,
    pub(super) of_recipient: u32,
}

impl InvitationSpec {
    /// Whether one more may be held beside those that are.
    pub(super) fn room(&self, held: Held) -> Room {
        let is_full = |most: Option<u32>, held| most.is_some_and(|most| held >= most);
        if is_full(self.pending_per_pair, held.of_pair) {
            Room::PairFull
        } else if is_full(self.pending_per_recipient, held.of_recipient) {
            Room::RecipientFull
        } else {
            Room::Free
        }
    }

    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        let caps = [
            ("invitation.pending-per-pair", self.pending_per_pair),
            (
                "invitation.pending-per-recipient",
                self.pending_per_recipient,
            ),
        ];
        let nobody = caps.into_iter().filter(|(_, cap)| *cap == Some(0));
        let mut faults: Vec<_> = nobody
            .map(|(key, _)| {
                let fault = "0 pending requests let no stranger in".to_owned();
                let remedy = "write 1 or more, or rule = \"none\"".to_owned();
                (key, UnitError { fault, remedy })
            })
            .collect();
        if self.expiry.is_some_and(Span::is_zero) {
            let fault = "a request that expires after 0s is never seen".to_owned();
            let remedy = "write a span such as \"14d\", or rule = \"none\"".to_owned();
            faults.push(("invitation.expiry", UnitError { fault, remedy }));
        }
        let is_bounded = self.pending_per_pair.or(self.pending_per_recipient);
        if self.overflow != RequestOverflow::Reject && is_bounded.is_none() {
            let fault = "nothing is ever evicted from lists without a bound".to_owned();
            let remedy = "write pending-per-recipient = 100, or leave overflow out".to_owned();
            faults.push(("invitation.overflow", UnitError { fault, remedy }));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_can_hold_nothing_is_named_and_so_is_an_eviction_from_no_list() {
        let keys = |spec: InvitationSpec| -> Vec<&str> {
            spec.faults().iter().map(|(key, _)| *key).collect()
        };
        let none = InvitationSpec::default();
        assert!(keys(none).is_empty());
        let nobody = InvitationSpec {
            pending_per_pair: Some(0),
            expiry: Some(Span::ZERO),
            ..none
        };
        let expected = ["invitation.pending-per-pair", "invitation.expiry"];
        assert_eq!(keys(nobody), expected);
        let unbounded = InvitationSpec {
            overflow: RequestOverflow::EvictOldest,
            ..none
        };
        assert_eq!(keys(unbounded), ["invitation.overflow"]);
    }
}
