//! Requests: a stranger's message is held until somebody answers, its time is up, it must make room
//! for another one, or a label on its sender becomes known.
//!
//! A request takes its place at the end of its service. What has happened to its pair since a worker
//! took it counts then: a pair that was accepted meanwhile needs no request, and one that was blocked
//! has its answer.

use super::event::Event;
use super::labels::Showing;
use super::state::Held;
use super::world::World;
use crate::des::Rank;
use crate::policy::{ContactSpec, InvitationSpec, Purge, Room, Verdict};
use crate::protocol::{Account, Check, Fact, Message, Observer, Outcome, Refusal};
use crate::rng::Purpose;
use crate::units::{Time, cast};

impl<O: Observer> World<'_, O> {
    /// A stranger's message becomes a request, unless the answer is known already.
    pub(super) fn hold(&mut self, now: Time, index: u32) {
        let message = self.flights[index].message;
        let settled = self.settle(now, &message);
        if self.plan.campaigns.any_answers {
            self.answer_verdict(now, &message, settled);
        }
        match settled {
            Verdict::Accept => self.deliver(now, index),
            Verdict::Refuse(refusal) => {
                self.turn_request_away(now, index, Outcome::Refused(refusal));
            }
            _ => self.keep_request(now, index),
        }
    }

    /// What becomes of a request at the end of its service; makes room for it where it is held.
    fn settle(&mut self, now: Time, message: &Message) -> Verdict {
        let keeper = self.keeper(message.recipient);
        let own = &self.pdses[keeper].defences;
        if own.contacts.accepts(message.recipient, message.sender) {
            return Verdict::Accept;
        }
        let looks_at_blocks = self.plan.pipeline.contains(Check::Block);
        if looks_at_blocks && own.blocks.blocks(message.recipient, message.sender) {
            return Verdict::Refuse(Refusal::Block);
        }
        if self.make_room(now, message) {
            Verdict::Hold
        } else {
            Verdict::Refuse(Refusal::Contact)
        }
    }

    /// The message has a place among the requests of its recipient.
    fn keep_request(&mut self, now: Time, index: u32) {
        self.flights[index].held = Held::Yes;
        let message = self.flights[index].message;
        let (recipient, sender) = (message.recipient, message.sender);
        let keeper = self.keeper(recipient);
        let pds = &mut self.pdses[keeper];
        pds.defences.contacts.hold(recipient, sender);
        pds.pending.add(index, recipient, sender);
        if let ContactSpec::Invitation(InvitationSpec {
            expiry: Some(expiry),
            ..
        }) = self.plan.contact
        {
            let event = Event::RequestExpiry { message: index };
            self.schedule_at_pds(message.recipient_pds, now + expiry, event);
        }
        self.observer.observe(now, &Fact::Held(&message));
        self.note_hearing(&message);
        self.show_to_labelers(now, &message, Showing::Request);
        self.ask_about_request(now, &message);
        if self.purges() {
            self.purge(now, Rank::EndOfService, keeper, sender);
        }
    }

    /// Makes room for a request where there is none; false where the rule keeps what is held.
    fn make_room(&mut self, now: Time, message: &Message) -> bool {
        let ContactSpec::Invitation(spec) = self.plan.contact else {
            // The rule was another one when the message was taken; this one has no bounds.
            return true;
        };
        let pair = (message.recipient, message.sender);
        let keeper = self.keeper(message.recipient);
        let draw = self.draw_for(Purpose::Eviction, message.id, 0);
        loop {
            let pds = &self.pdses[keeper];
            let room = pds.defences.contacts.room(&spec, pair.0, pair.1);
            let pending = &pds.pending;
            let victim = match room {
                Room::Free => return true,
                Room::PairFull => pending.victim_of_pair(spec.overflow, pair, draw),
                Room::RecipientFull => pending.victim_of_recipient(spec.overflow, pair.0, draw),
            };
            let Some(victim) = victim else { return false };
            self.end_request(now, victim, Outcome::RequestEvicted);
        }
    }

    /// A request comes to an end other than its delivery.
    pub(super) fn end_request(&mut self, now: Time, index: u32, outcome: Outcome) {
        self.release_request(index);
        self.turn_request_away(now, index, outcome);
    }

    /// The message is no request, or no longer one: a place that a limit counts for its pair is free.
    fn turn_request_away(&mut self, now: Time, index: u32, outcome: Outcome) {
        let message = self.flights[index].message;
        let (recipient, sender) = (message.recipient, message.sender);
        let keeper = self.keeper(recipient);
        if !self.pdses[keeper].pending.is_held_of(recipient, sender) {
            let parties = self.parties(sender, recipient);
            let here = &mut self.pdses[message.recipient_pds.0 as usize].defences;
            here.limits.contact_answered(&parties);
        }
        self.finish(now, index, outcome);
    }

    /// A message gives its place among the requests up.
    fn release_request(&mut self, index: u32) {
        let message = self.flights[index].message;
        let (recipient, sender) = (message.recipient, message.sender);
        let keeper = self.keeper(recipient);
        let state = &mut self.pdses[keeper];
        state.pending.remove(index, recipient, sender);
        state.defences.contacts.release(recipient, sender);
        self.flights[index].held = Held::No;
    }

    /// Takes the held requests of a pair out, oldest first.
    pub(super) fn take_requests(&mut self, recipient: Account, sender: Account) -> Vec<u32> {
        let keeper = self.keeper(recipient);
        let held = self.pdses[keeper].pending.of_pair(recipient, sender);
        for index in &held {
            self.release_request(*index);
        }
        held
    }

    /// Whether the recipient has a request of the sender before him.
    pub(super) fn has_request(&self, message: &Message) -> bool {
        let (recipient, sender) = (message.recipient, message.sender);
        let pending = &self.pdses[self.keeper(recipient)].pending;
        pending.is_held_of(recipient, sender)
    }

    /// Nobody answered a request in time.
    pub(super) fn expire_request(&mut self, now: Time, index: u32) {
        let message = self.flights[index].message;
        // The place of a message that was answered may have been given to another one since; only
        // a request whose own time is up expires.
        let ContactSpec::Invitation(InvitationSpec {
            expiry: Some(expiry),
            ..
        }) = self.plan.contact
        else {
            return;
        };
        let keeper = self.keeper(message.recipient);
        if message.served + expiry == now && self.pdses[keeper].pending.holds(index) {
            self.end_request(now, index, Outcome::RequestExpired);
        }
    }

    /// Whether labels remove requests.
    fn purges(&self) -> bool {
        let is_wanted = matches!(
            self.plan.contact,
            ContactSpec::Invitation(InvitationSpec {
                purge: Purge::Labelled,
                ..
            })
        );
        is_wanted
            && !self.labelers.is_empty()
            && self.plan.labelers.refuses
            && self.plan.pipeline.contains(Check::Label)
    }

    /// A label was issued: requests of its subject go when their PDSes learn of it.
    pub(super) fn purge_everywhere(&mut self, now: Time, subject: Account) {
        if !self.purges() {
            return;
        }
        for keeper in 0..self.pdses.len() {
            self.purge(now, Rank::TakesEffect, keeper, subject);
        }
    }

    /// A PDS has just been told of a label.
    pub(super) fn purge_here(&mut self, now: Time, rank: Rank, keeper: usize, subject: Account) {
        if self.purges() {
            self.purge(now, rank, keeper, subject);
        }
    }

    /// Removes the requests of a sender whose label is known where they lie, and comes back when the
    /// next label becomes known.
    fn purge(&mut self, now: Time, rank: Rank, keeper: usize, sender: Account) {
        let mut next: Option<Time> = None;
        for index in self.pdses[keeper].pending.of_sender(sender) {
            let recipient = self.flights[index].message.recipient;
            let pds = self.home(recipient, now);
            if self.is_labelled(now, rank, sender, pds) {
                self.end_request(now, index, Outcome::RequestPurged);
            } else if let Some(due) = self.label_due(now, rank, sender, pds) {
                next = Some(next.map_or(due, |next| next.min(due)));
            }
        }
        let Some(due) = next else { return };
        let process = &mut self.pdses[keeper].process;
        let key = process.key(due, Rank::TakesEffect);
        let event = Event::Purge {
            keeper: cast::id_u32(keeper),
            sender: sender.0,
        };
        self.calendar.push(key, event);
    }

    /// A label takes effect at a PDS that holds requests.
    pub(super) fn purge_as_planned(&mut self, now: Time, keeper: u32, sender: Account) {
        // What takes effect at this instant is in effect.
        let keeper = cast::index(u64::from(keeper));
        self.purge_here(now, Rank::Arrival, keeper, sender);
    }
}
