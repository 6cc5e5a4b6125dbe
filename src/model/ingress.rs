//! Arriving: the door of the recipient's PDS.

use super::event::Event;
use super::world::World;
use crate::des::{Entry, Key, Rank};
use crate::protocol::{Fact, Observer, Outcome, Pds, Refusal};
use crate::rng::Purpose;
use crate::units::Time;

impl<O: Observer> World<'_, O> {
    /// An attempt reaches the recipient's PDS.
    pub(super) fn arrive(&mut self, now: Time, index: u32) {
        let flight = &mut self.flights[index];
        flight.message.arrived = now;
        flight.message.taken = Time::NEVER;
        let pds = flight.message.recipient_pds;
        self.observer.observe(now, &Fact::Arrived(&flight.message));
        let entry = match &mut self.pdses[pds.0 as usize].station {
            None => Entry::Starts,
            Some(station) => station.enter(index),
        };
        if entry != Entry::Refused {
            self.flights[index].message.queued = true;
            self.observer
                .observe(now, &Fact::Entered(&self.flights[index].message));
        }
        match entry {
            Entry::Starts => self.take(now, index, Rank::Arrival),
            Entry::Waits => {}
            // The sender of a rescheduled message was told 202 and does not hear.
            Entry::Refused if !self.flights[index].message.rescheduled.is_zero() => {
                self.finish(now, index, Outcome::Refused(Refusal::InboxFull));
            }
            Entry::Refused => self.turn_away(now, index, Refusal::InboxFull),
            Entry::Displaces(oldest) => self.displace(now, oldest),
        }
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
        if !self.retry_of(&message).reacts() {
            return self.finish(now, index, Outcome::Refused(refusal));
        }
        let draw = self.draw_for(
            Purpose::ResponseDelay,
            message.id,
            u64::from(message.attempts),
        );
        let response = self.plan.delay.draw(draw);
        self.schedule_at_pds(
            message.recipient_pds,
            now + response,
            Event::Failure { message: index },
        );
    }

    /// The message has its terminal outcome.
    pub(super) fn finish(&mut self, now: Time, index: u32, outcome: Outcome) {
        let message = &self.flights[index].message;
        self.observer
            .observe(now, &Fact::Finished { message, outcome });
        self.flights.forget(index);
    }

    /// Schedules something that `pds` brings about.
    pub(super) fn schedule_at_pds(&mut self, pds: Pds, time: Time, event: Event) {
        let process = &mut self.pdses[pds.0 as usize].process;
        let key = Key::new(time, Rank::Other, process.origin, process.next());
        self.calendar.push(key, event);
    }
}
