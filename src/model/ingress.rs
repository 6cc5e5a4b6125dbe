//! Arriving: the door of the recipient's PDS.

use super::apart::Leg;
use super::door::Door;
use super::event::Event;
use super::state::Inbox;
use super::world::World;
use crate::attack::Answer;
use crate::des::{Discipline, Entry, Key, Rank};
use crate::policy::{ContactSpec, Standing, Verdict};
use crate::protocol::{Fact, Message, Observer, Outcome, Pds, Refusal};
use crate::rng::Purpose;
use crate::units::Time;

impl<O: Observer> World<'_, O> {
    /// An attempt reaches the recipient's PDS.
    pub(super) fn arrive(&mut self, now: Time, index: u32) {
        let flight = &mut self.flights[index];
        flight.message.arrived = now;
        flight.message.taken = Time::NEVER;
        let pds = flight.message.recipient_pds;
        // What a limit rescheduled is inside already.
        if self.hosts.is_down(pds) && flight.message.rescheduled.is_zero() {
            return self.find_nobody(now, index);
        }
        self.observer.observe(now, &Fact::Arrived(&flight.message));
        if self.has_left(now, &self.flights[index].message) {
            self.flights[index].verdict = Verdict::Refuse(Refusal::NotHere);
            return self.turn_away(now, index, Refusal::NotHere);
        }
        if self.knock(now, index) == Door::Closed {
            return;
        }
        let lane = self.lane(index);
        let entry = match &mut self.pdses[pds.0 as usize].inbox {
            Inbox::Sync => Entry::Starts,
            Inbox::Station(station) => station.enter(index, lane),
            Inbox::Docket(_) => return self.enter_docket(now, index),
        };
        if entry != Entry::Refused {
            self.flights[index].message.queued = true;
            self.observer
                .observe(now, &Fact::Entered(&self.flights[index].message));
            if self.plan.campaigns.any_answers && self.plan.workers().is_some() {
                let message = self.flights[index].message;
                self.answer_entry(now, &message);
            }
        }
        match entry {
            Entry::Starts => self.take(now, index, Rank::Arrival),
            Entry::Waits => {}
            // The sender of a rescheduled message was told 202 and does not hear.
            Entry::Refused if !self.flights[index].message.rescheduled.is_zero() => {
                self.finish(now, index, Outcome::Refused(Refusal::InboxFull));
            }
            Entry::Refused if self.plan.inbox.back_pressure.is_some() => {
                self.press_back(now, index);
            }
            Entry::Refused => self.turn_away(now, index, Refusal::InboxFull),
            Entry::Displaces(oldest) => self.displace(now, oldest),
        }
    }

    /// The lane in which a message waits, for the discipline of the queue.
    fn lane(&self, index: u32) -> u64 {
        let message = &self.flights[index].message;
        match self.plan.inbox.discipline {
            Discipline::Fifo => 0,
            Discipline::RoundRobin => u64::from(message.sender.0),
            Discipline::AcceptedFirst => {
                u64::from(self.standing_here(message) != Standing::Accepted)
            }
        }
    }

    /// How the sender stands with the recipient, as the recipient's PDS knows it.
    fn standing_here(&self, message: &Message) -> Standing {
        let contacts = &self.pdses[message.recipient_pds.0 as usize]
            .defences
            .contacts;
        if self.plan.contact == ContactSpec::Open
            || contacts.accepts(message.recipient, message.sender)
        {
            return Standing::Accepted;
        }
        self.acquaintance(message.sender, message.recipient)
    }

    /// The inbox is full and says when to come again.
    fn press_back(&mut self, now: Time, index: u32) {
        let retry_at = self.plan.inbox.back_pressure.map(|after| now + after);
        // The sender's PDS looks at the instant only.
        self.flights[index].verdict = Verdict::Defer { layer: 0, retry_at };
        self.turn_away(now, index, Refusal::InboxFull);
    }

    /// The oldest waiting message loses its place. Its sender was told 202 and does not hear.
    fn displace(&mut self, now: Time, oldest: u32) {
        self.flights[oldest].message.queued = false;
        self.observer
            .observe(now, &Fact::Displaced(&self.flights[oldest].message));
        self.finish(now, oldest, Outcome::Refused(Refusal::InboxFull));
    }

    /// The request is answered 503 or 429: the sender's PDS may try again.
    pub(super) fn turn_away(&mut self, now: Time, index: u32, refusal: Refusal) {
        let message = self.flights[index].message;
        if self.plan.campaigns.any_answers {
            self.answer(now, &message, Answer::Refused);
        }
        if !self.retry_of(&message).reacts() {
            return self.finish(now, index, Outcome::Refused(refusal));
        }
        let draw = self.draw_for(
            Purpose::ResponseDelay,
            message.id,
            u64::from(message.attempts),
        );
        let response = self.plan.delay.draw(draw);
        let process = &mut self.pdses[message.recipient_pds.0 as usize].process;
        let key = process.key(now + response, Rank::Other);
        if self.is_elsewhere(message.sender_pds) {
            let flight = self.flights.remove(index);
            return self.move_on(key, flight, Leg::Failure);
        }
        self.note_return(now + response);
        self.calendar.push(key, Event::Failure { message: index });
    }

    /// The message has its terminal outcome.
    pub(super) fn finish(&mut self, now: Time, index: u32, outcome: Outcome) {
        if !self.runs.is_empty() {
            self.runs.remove(index);
        }
        let flight = &self.flights[index];
        self.auth.forget(&flight.message);
        self.observer.observe(now, &flight.fact_of(outcome));
        self.flights.forget(index);
    }

    /// Schedules something that `pds` brings about.
    pub(super) fn schedule_at_pds(&mut self, pds: Pds, time: Time, event: Event) {
        let process = &mut self.pdses[pds.0 as usize].process;
        let key = Key::new(time, Rank::Other, process.origin, process.next());
        self.calendar.push(key, event);
    }
}
