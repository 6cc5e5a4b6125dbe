//! Afterwards: a message is delivered, and humans react.

use super::event::{Event, ReactionKind};
use super::labels::Showing;
use super::state::{Held, InFlight};
use super::world::World;
use crate::policy::limit::Parties;
use crate::policy::{Basis, ContactSpec};
use crate::population::Reaction;
use crate::protocol::{Account, Class, Fact, Message, Observer, Outcome, Pds};
use crate::rng::Purpose;
use crate::units::Time;

impl<O: Observer> World<'_, O> {
    /// The message is in the recipient's inbox.
    pub(super) fn deliver(&mut self, now: Time, index: u32) {
        self.deliver_as(now, index, Showing::Delivery);
    }

    fn deliver_as(&mut self, now: Time, index: u32, showing: Showing) {
        let InFlight { message, held, .. } = self.flights[index];
        self.finish(now, index, Outcome::Delivered);
        if held == Held::Copy {
            return;
        }
        self.note_hearing(&message);
        self.answer_by_writing(&message);
        if !self.labelers.is_empty() {
            if message.class == Class::Spam {
                self.note_first_delivery(now, &message);
            }
            self.show_to_labelers(now, &message, showing);
        }
        if self.is_hidden(&message) {
            return self.observer.observe(now, &Fact::Hidden(&message));
        }
        self.ask_about_delivery(now, &message);
    }

    /// The PDS of somebody who was written to knows that his own first contact has its answer.
    fn answer_by_writing(&mut self, message: &Message) {
        if self.plan.contact != ContactSpec::Open && !self.plan.outbound.is_empty() {
            let parties = self.parties(message.recipient, message.sender);
            let pds = &mut self.pdses[message.recipient_pds.0 as usize];
            pds.outbound.contact_answered(&parties);
        }
    }

    /// Whether and when the recipient reacts to a delivered message.
    fn ask_about_delivery(&mut self, now: Time, message: &Message) {
        if !self.plan.reacts_to_delivered[message.class as usize] {
            return;
        }
        let Some(group) = self.group_of(message.recipient) else {
            return;
        };
        let reactions = &self.plan.groups[group].reactions;
        let [read, report, block, reply, mute] = reactions.to_delivered(message.class);
        self.ask(now, message, read, ReactionKind::Read);
        self.ask(now, message, report, ReactionKind::Report);
        self.ask(now, message, block, ReactionKind::Block);
        self.ask(now, message, mute, ReactionKind::Mute);
        if self.plan.groups[usize::from(message.group.0)].is_answered {
            self.ask(now, message, reply, ReactionKind::Reply);
        }
    }

    /// Whether and when the recipient answers a request.
    pub(super) fn ask_about_request(&mut self, now: Time, message: &Message) {
        let Some(group) = self.group_of(message.recipient) else {
            return;
        };
        let reactions = &self.plan.groups[group].reactions;
        match message.class {
            Class::Ham => self.ask(
                now,
                message,
                reactions.accept.as_ref(),
                ReactionKind::Accept,
            ),
            Class::Spam => {
                // Who reports and rejects at one instant reports first: then it is still there.
                let report = reactions.report_request.as_ref();
                self.ask(now, message, report, ReactionKind::ReportRequest);
                let reject = reactions.reject.as_ref();
                self.ask(now, message, reject, ReactionKind::Reject);
            }
        }
    }

    /// The group whose habits an account has as a recipient, if it has any.
    pub(super) fn group_of(&self, account: Account) -> Option<usize> {
        self.plan
            .groups
            .iter()
            .position(|group| group.reactions.any() && group.members.contains(account))
    }

    fn ask(
        &mut self,
        now: Time,
        message: &Message,
        reaction: Option<&Reaction>,
        kind: ReactionKind,
    ) {
        let Some(reaction) = reaction else { return };
        let (chance, delay) = purposes(kind);
        let draw = self.draw_for(chance, message.id, 0);
        let after = reaction.decide(draw, || self.draw_for(delay, message.id, 0));
        if let Some(after) = after {
            let exposure = self.exposures.insert(*message);
            let event = Event::Reaction { kind, exposure };
            self.schedule_at_pds(message.recipient_pds, now + after, event);
        }
    }

    /// A human reacts.
    pub(super) fn react(&mut self, now: Time, kind: ReactionKind, exposure: u32) {
        let message = self.exposures.remove(exposure);
        let pds = message.recipient_pds;
        if self.is_cleaned_up(now, &message) && kind.is_about_delivery() {
            if kind == ReactionKind::Read {
                self.observer.observe(now, &Fact::CleanedUp(&message));
            }
            return;
        }
        match kind {
            ReactionKind::Read => self.observer.observe(now, &Fact::Read(&message)),
            ReactionKind::Block => self.block(now, &message),
            ReactionKind::Mute => self.mute(now, &message),
            ReactionKind::Reply => self.reply(now, &message),
            // What is no longer held is not seen, and cannot be answered.
            ReactionKind::Accept | ReactionKind::Reject | ReactionKind::ReportRequest
                if !self.has_request(&message) => {}
            ReactionKind::Report | ReactionKind::ReportRequest => self.report(now, &message),
            ReactionKind::Accept => {
                let (recipient, sender) = (message.recipient, message.sender);
                self.accept_contact(now, pds, (recipient, sender), Basis::Agreed);
            }
            ReactionKind::Reject => {
                self.reject_requests(now, pds, (message.recipient, message.sender));
                self.block(now, &message);
            }
        }
    }

    fn report(&mut self, now: Time, message: &Message) {
        self.observer.observe(now, &Fact::Reported(message));
        let parties = self.parties(message.sender, message.recipient);
        let here = &mut self.pdses[message.recipient_pds.0 as usize].defences;
        here.limits.complaint(now, &parties);
        self.report_to_labelers(now, message);
    }

    /// What the sender gets delivered from now on the recipient does not see.
    fn mute(&mut self, now: Time, message: &Message) {
        let pair = (message.recipient.0, message.sender.0);
        if self.muted.insert(pair, ()).is_none() {
            self.observer.observe(now, &Fact::Muted(message));
        }
    }

    /// Whether the recipient has muted the sender.
    fn is_hidden(&self, message: &Message) -> bool {
        !self.muted.is_empty() && self.muted.contains((message.recipient.0, message.sender.0))
    }

    fn block(&mut self, now: Time, message: &Message) {
        let keeper = self.keeper(message.recipient);
        let defences = &mut self.pdses[keeper].defences;
        defences.blocks.block(message.recipient, message.sender);
        self.observer.observe(now, &Fact::Blocked(message));
    }

    /// `recipient`, who lives on `pds`, accepts messages of `sender`: what is held is delivered.
    pub(super) fn accept_contact(
        &mut self,
        now: Time,
        pds: Pds,
        (recipient, sender): (Account, Account),
        basis: Basis,
    ) {
        let parties = self.parties(sender, recipient);
        let keeper = self.keeper(recipient);
        let own = &mut self.pdses[keeper].defences;
        own.contacts.accept(recipient, sender, basis);
        let here = &mut self.pdses[pds.0 as usize].defences;
        here.limits.contact_answered(&parties);
        for index in self.take_requests(recipient, sender) {
            let message = self.flights[index].message;
            self.observer.observe(now, &Fact::Accepted(&message));
            self.deliver_as(now, index, Showing::Accepted);
        }
    }

    /// A message's parties as rate limits know them.
    pub(super) fn parties(&self, sender: Account, recipient: Account) -> Parties {
        Parties {
            sender: sender.0,
            sender_pds: self.plan.topology.pds_of(sender).0,
            recipient: recipient.0,
        }
    }

    /// `recipient`, who lives on `pds`, rejects what is held of `sender`.
    pub(super) fn reject_requests(
        &mut self,
        now: Time,
        pds: Pds,
        (recipient, sender): (Account, Account),
    ) {
        let parties = self.parties(sender, recipient);
        let defences = &mut self.pdses[pds.0 as usize].defences;
        defences.limits.contact_answered(&parties);
        for index in self.take_requests(recipient, sender) {
            self.finish(now, index, Outcome::RequestRejected);
        }
    }
}

/// The draws that decide whether and when.
fn purposes(kind: ReactionKind) -> (Purpose, Purpose) {
    match kind {
        ReactionKind::Read => (Purpose::Read, Purpose::ReadDelay),
        ReactionKind::Report => (Purpose::Report, Purpose::ReportDelay),
        ReactionKind::Block => (Purpose::Block, Purpose::BlockDelay),
        ReactionKind::Reply => (Purpose::Reply, Purpose::ReplyDelay),
        ReactionKind::Accept => (Purpose::Accept, Purpose::AcceptDelay),
        ReactionKind::Reject => (Purpose::Reject, Purpose::RejectDelay),
        ReactionKind::Mute => (Purpose::Mute, Purpose::MuteDelay),
        ReactionKind::ReportRequest => (Purpose::ReportRequest, Purpose::ReportRequestDelay),
    }
}
