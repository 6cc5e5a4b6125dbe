//! First contact: who may write to whom, and what becomes of a stranger's message.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::invitation::{Held, InvitationSpec, RequestOverflow, Room};
use crate::des::Table;
use crate::protocol::Account;

/// The rule of first contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ContactSpec {
    /// Everybody may write to everybody: every pair is accepted.
    #[default]
    Open,
    /// A stranger's message is held as a request until the recipient accepts or writes himself.
    Invitation(InvitationSpec),
    /// Only those whom the recipient follows may write, and those he wrote to.
    Follow,
    /// Strangers are refused; a contact, or somebody the recipient wrote to, is not one.
    None,
}

/// What the sender of a message hears that the rule of first contact refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ContactRefusal {
    /// That it was refused, if the inbox answers after the checks.
    #[default]
    Reject,
    /// Nothing: it looks like a delivery.
    Silent,
}

/// How a sender stands with a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// An accepted contact.
    Accepted,
    /// A stranger.
    Stranger,
}

/// Why a recipient accepts the messages of a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// He accepted a request.
    Agreed,
    /// He wrote to him, which accepts too.
    Wrote,
}

/// What the contact check makes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContactRuling {
    Pass,
    Hold,
    Refuse,
}

/// The accepted pairs and the held requests of the recipients on one PDS.
#[derive(Debug, Clone, Default)]
pub struct ContactBook {
    accepted: Table<(u32, u32), Basis>,
    pending_of_pair: Table<(u32, u32), u32>,
    pending_of_recipient: Table<u32, u32>,
}

impl ContactBook {
    /// `recipient` accepts messages of `sender` from now on.
    pub fn accept(&mut self, recipient: Account, sender: Account, basis: Basis) {
        let pair = (recipient.0, sender.0);
        if self.accepted.get(pair) != Some(&Basis::Wrote) {
            self.accepted.insert(pair, basis);
        }
    }

    /// Whether `recipient` has written to `sender`, so that what `sender` writes is a reply.
    pub fn wrote(&self, recipient: Account, sender: Account) -> bool {
        self.accepted.get((recipient.0, sender.0)) == Some(&Basis::Wrote)
    }

    /// Whether `recipient` has accepted `sender`.
    pub fn accepts(&self, recipient: Account, sender: Account) -> bool {
        self.accepted.get((recipient.0, sender.0)).is_some()
    }

    /// How many requests of `sender` are held for `recipient`, and how many of anybody.
    pub fn pending(&self, recipient: Account, sender: Account) -> (u32, u32) {
        let of_pair = self.pending_of_pair.get((recipient.0, sender.0));
        let of_recipient = self.pending_of_recipient.get(recipient.0);
        (
            of_pair.copied().unwrap_or(0),
            of_recipient.copied().unwrap_or(0),
        )
    }

    /// One more request is held.
    pub fn hold(&mut self, recipient: Account, sender: Account) {
        *self
            .pending_of_pair
            .get_or_insert_with((recipient.0, sender.0), || 0) += 1;
        *self
            .pending_of_recipient
            .get_or_insert_with(recipient.0, || 0) += 1;
    }

    /// One request is no longer held.
    ///
    /// # Panics
    /// If none was held.
    pub fn release(&mut self, recipient: Account, sender: Account) {
        take_one(&mut self.pending_of_pair, (recipient.0, sender.0));
        take_one(&mut self.pending_of_recipient, recipient.0);
    }

    /// Whether a request of `sender` may be held for `recipient`, beside those that are.
    pub fn room(&self, spec: &InvitationSpec, recipient: Account, sender: Account) -> Room {
        let of_pair = self.pending_of_pair.get((recipient.0, sender.0));
        let of_recipient = self.pending_of_recipient.get(recipient.0);
        spec.room(Held {
            of_pair: of_pair.copied().unwrap_or(0),
            of_recipient: of_recipient.copied().unwrap_or(0),
        })
    }

    pub(super) fn rule(
        &self,
        spec: &ContactSpec,
        standing: Standing,
        (recipient, sender): (Account, Account),
    ) -> ContactRuling {
        match (spec, standing) {
            (ContactSpec::Open, _) | (_, Standing::Accepted) => ContactRuling::Pass,
            (ContactSpec::None | ContactSpec::Follow, Standing::Stranger) => ContactRuling::Refuse,
            (ContactSpec::Invitation(spec), Standing::Stranger) => {
                let is_turned_away = spec.overflow == RequestOverflow::Reject
                    && self.room(spec, recipient, sender) != Room::Free;
                if is_turned_away {
                    ContactRuling::Refuse
                } else {
                    ContactRuling::Hold
                }
            }
        }
    }
}

fn take_one<K: Copy + Ord + std::hash::Hash>(counts: &mut Table<K, u32>, key: K) {
    let count = counts
        .get_mut(key)
        .expect("a request that was held is released");
    *count -= 1;
    if *count == 0 {
        counts.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: (Account, Account) = (Account(1), Account(2));

    fn invitation(per_pair: u32, per_recipient: u32) -> ContactSpec {
        ContactSpec::Invitation(InvitationSpec {
            pending_per_pair: Some(per_pair),
            pending_per_recipient: Some(per_recipient),
            ..InvitationSpec::default()
        })
    }

    #[test]
    fn a_stranger_is_held_up_to_the_caps_and_refused_beyond() {
        let mut book = ContactBook::default();
        let spec = invitation(2, 3);
        let rule = |book: &ContactBook, pair| book.rule(&spec, Standing::Stranger, pair);
        book.hold(PAIR.0, PAIR.1);
        assert_eq!(rule(&book, PAIR), ContactRuling::Hold);
        book.hold(PAIR.0, PAIR.1);
        assert_eq!(rule(&book, PAIR), ContactRuling::Refuse);
        assert_eq!(rule(&book, (Account(1), Account(9))), ContactRuling::Hold);
        book.hold(Account(1), Account(9));
        assert_eq!(rule(&book, (Account(1), Account(8))), ContactRuling::Refuse);
        book.release(PAIR.0, PAIR.1);
        assert_eq!(rule(&book, PAIR), ContactRuling::Hold);
    }

    #[test]
    fn writing_makes_a_reply_of_what_comes_back_and_agreeing_does_not() {
        let mut book = ContactBook::default();
        book.accept(PAIR.0, PAIR.1, Basis::Agreed);
        assert!(book.accepts(PAIR.0, PAIR.1) && !book.wrote(PAIR.0, PAIR.1));
        book.accept(PAIR.0, PAIR.1, Basis::Wrote);
        book.accept(PAIR.0, PAIR.1, Basis::Agreed);
        assert!(book.wrote(PAIR.0, PAIR.1));
        assert!(!book.accepts(PAIR.1, PAIR.0));
    }

    #[test]
    fn open_lets_everybody_pass_and_none_only_the_accepted() {
        let book = ContactBook::default();
        assert_eq!(
            book.rule(&ContactSpec::Open, Standing::Stranger, PAIR),
            ContactRuling::Pass
        );
        assert_eq!(
            book.rule(&ContactSpec::None, Standing::Stranger, PAIR),
            ContactRuling::Refuse
        );
        assert_eq!(
            book.rule(&ContactSpec::None, Standing::Accepted, PAIR),
            ContactRuling::Pass
        );
    }
}
