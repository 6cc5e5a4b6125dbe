//! Who wrote to whom: what writing and hearing mean for the rule of first contact and for limits that
//! tell replies and first contacts apart.

use super::world::World;
use crate::policy::limit::Kind;
use crate::policy::{Basis, ContactSpec, Standing};
use crate::protocol::{Account, Message, Observer};
use crate::rng::Purpose;
use crate::units::{Share, Time};

impl<O: Observer> World<'_, O> {
    /// Somebody writes. He accepts messages from the recipient from now on, and requests of his that
    /// are held.
    pub(super) fn note_writing(&mut self, now: Time, message: &Message) {
        if self.is_forged(message) {
            return;
        }
        let pair = (message.sender, message.recipient);
        if self.plan.remembers_correspondence {
            let keeper = self.keeper(message.sender);
            self.pdses[keeper]
                .correspondence
                .write(pair.0, pair.1, message.id);
        }
        if self.plan.remembers_writing {
            self.accept_contact(now, message.sender_pds, pair, Basis::Wrote);
        }
    }

    /// Whether an account follows another one: it has it as a contact, or follows it back, or happens
    /// to follow it beside them.
    pub(super) fn follows(&self, who: Account, whom: Account) -> bool {
        let lists = |a, b| self.graph.as_ref().is_some_and(|graph| graph.lists(a, b));
        if lists(who, whom) {
            return true;
        }
        let following = self.plan.following;
        let chance = if lists(whom, who) {
            following.back
        } else {
            following.beside
        };
        let draw = |purpose| {
            self.counter
                .draw(purpose, u64::from(who.0), u64::from(whom.0))
        };
        chance > Share::ZERO && chance.hits(draw(Purpose::Follow))
    }

    /// A message has reached its recipient, at once or as a request.
    pub(super) fn note_hearing(&mut self, message: &Message) {
        if self.plan.remembers_correspondence {
            let keeper = self.keeper(message.recipient);
            self.pdses[keeper]
                .correspondence
                .hear(message.recipient, message.sender);
        }
    }

    /// What the sender's PDS takes an attempt for, whatever the recipient's PDS makes of it.
    pub(super) fn view_at_sender(&self, message: &Message) -> (Standing, Kind) {
        if !self.plan.remembers_correspondence {
            return (Standing::Accepted, Kind::Fresh);
        }
        let (sender, recipient) = (message.sender, message.recipient);
        let own = &self.pdses[self.keeper(sender)].correspondence;
        let kind = if own.has_heard(sender, recipient) {
            Kind::Reply
        } else {
            Kind::Fresh
        };
        let is_open = self.plan.contact == ContactSpec::Open;
        let standing = if !is_open && own.opens(sender, recipient, message.id) {
            self.acquaintance(sender, recipient)
        } else {
            Standing::Accepted
        };
        (standing, kind)
    }
}
