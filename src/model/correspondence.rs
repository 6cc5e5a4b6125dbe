//! Who wrote to whom: what writing and hearing mean for the rule of first contact and for limits that
//! tell replies and first contacts apart.

use super::world::World;
use crate::policy::limit::Kind;
use crate::policy::{Basis, ContactSpec, Standing};
use crate::protocol::{Message, Observer};
use crate::units::{Time, cast};

impl<O: Observer> World<'_, O> {
    /// Somebody writes. He accepts messages from the recipient from now on, and requests of his that
    /// are held.
    pub(super) fn note_writing(&mut self, now: Time, message: &Message) {
        let pair = (message.sender, message.recipient);
        if self.plan.remembers_correspondence {
            let pds = cast::index(u64::from(message.sender_pds.0));
            self.pdses[pds]
                .correspondence
                .write(pair.0, pair.1, message.id);
        }
        if self.plan.remembers_writing {
            self.accept_contact(now, message.sender_pds, pair, Basis::Wrote);
        }
    }

    /// A message has reached its recipient, at once or as a request.
    pub(super) fn note_hearing(&mut self, message: &Message) {
        if self.plan.remembers_correspondence {
            let pds = cast::index(u64::from(message.recipient_pds.0));
            self.pdses[pds]
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
        let own = &self.pdses[cast::index(u64::from(message.sender_pds.0))].correspondence;
        let kind = match own.has_heard(sender, recipient) {
            true => Kind::Reply,
            false => Kind::Fresh,
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
