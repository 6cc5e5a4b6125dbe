//! Workers that die: with a message in service, or after it and before they acknowledge.
//!
//! A message in service is given to a worker again; its ruling is void, but what the run charged
//! stays charged. A message whose verdict took effect and that was not acknowledged runs again as
//! a copy: the message keeps its outcome, and what becomes of the copy is told apart.

use super::event::Event;
use super::state::{Held, InFlight, Inbox};
use super::world::World;
use crate::des::{Key, Rank};
use crate::policy::Verdict;
use crate::protocol::{Check, Fact, Message, Observer};
use crate::rng::{Purpose, uniform};
use crate::units::{Share, Span, Time, cast};

/// The draws of one run of a message, told apart by their ordinal.
#[derive(Clone, Copy)]
enum Draw {
    Crash,
    Moment,
    Acknowledgment,
}

impl<O: Observer> World<'_, O> {
    /// The end of a service that begins now: its own, or that of its worker.
    pub(super) fn schedule_end(&mut self, now: Time, index: u32, service: Span) {
        let (at, event) = match self.crash_after(index, service) {
            Some(after) => (now + after, Event::Crash { message: index }),
            None => (now + service, Event::EndOfService { message: index }),
        };
        let pds = self.flights[index].message.recipient_pds;
        let process = &mut self.pdses[pds.0 as usize].process;
        let key = Key::new(at, Rank::EndOfService, process.origin, process.next());
        self.calendar.push(key, event);
    }

    /// When in its service the worker dies; uniform over the service.
    fn crash_after(&mut self, index: u32, service: Span) -> Option<Span> {
        let crashes = self.plan.inbox.crashes?;
        if !self.crashes_now(index, crashes.in_service, Draw::Crash) {
            return None;
        }
        let instant = uniform::unit(self.crash_draw(index, Draw::Moment));
        let ns = cast::count_to_f64(service.ns()) * instant;
        Some(Span::from_ns(cast::f64_to_ns(ns).min(service.ns())))
    }

    /// Whether the run of a message that begins now comes to its end.
    pub(super) fn will_crash(&self, index: u32) -> bool {
        let crashes = self.plan.inbox.crashes;
        crashes.is_some_and(|crashes| self.crashes_now(index, crashes.in_service, Draw::Crash))
    }

    fn crashes_now(&self, index: u32, chance: Share, draw: Draw) -> bool {
        chance > Share::ZERO && chance.hits(self.crash_draw(index, draw))
    }

    /// A draw that belongs to the message and to how often it has run.
    fn crash_draw(&self, index: u32, draw: Draw) -> u64 {
        let runs = self.runs.get(index).copied().unwrap_or(0);
        let ordinal = u64::from(runs) << 8 | draw as u64;
        self.draw_for(Purpose::Crash, self.flights[index].message.id, ordinal)
    }

    /// The worker of a message dies before its verdict takes effect.
    pub(super) fn crash(&mut self, now: Time, index: u32) {
        let message = self.flights[index].message;
        self.observer.observe(now, &Fact::Crashed(&message));
        let identity = self.identity(&message);
        let pds = message.recipient_pds.0 as usize;
        if let Some(request) = self.in_service.remove(index) {
            self.pdses[pds].defences.limits.release(&request);
        }
        if self.plan.pipeline.contains(Check::Dedup) {
            self.pdses[pds].defences.seen.forget(identity);
        }
        *self.runs.get_or_insert_with(index, || 0) += 1;
        self.redeliver(now, index);
    }

    /// The copy of a message whose worker dies now, before it acknowledges; none where it lives,
    /// or where the message goes on.
    pub(super) fn unacknowledged(&mut self, index: u32) -> Option<(InFlight, u32)> {
        let crashes = self.plan.inbox.crashes?;
        let flight = self.flights[index];
        let ends = matches!(
            flight.verdict,
            Verdict::Accept | Verdict::Hold | Verdict::Refuse(_) | Verdict::Defer { .. }
        );
        if !ends || !self.crashes_now(index, crashes.before_ack, Draw::Acknowledgment) {
            return None;
        }
        let runs = self.runs.get(index).copied().unwrap_or(0) + 1;
        let copy = InFlight {
            held: Held::Copy,
            ..flight
        };
        Some((copy, runs))
    }

    /// A copy comes into being and is delivered again.
    pub(super) fn run_again(&mut self, now: Time, (copy, runs): (InFlight, u32)) {
        let index = self.flights.insert(copy);
        self.runs.insert(index, runs);
        self.redeliver(now, index);
    }

    /// A message comes back to its queue: at once in a station, whose next worker takes it; when
    /// it is found idle in a docket.
    fn redeliver(&mut self, now: Time, index: u32) {
        let Message {
            recipient_pds: pds,
            taken,
            ..
        } = self.flights[index].message;
        let key = self.counter.key(Purpose::Crash);
        let entity = SWEEP_ENTITY | u64::from(pds.0);
        // Nothing is taken before the overhead is over.
        let read = Time::from_ns(taken.ns() - self.plan.inbox.start_overhead.ns());
        match &mut self.pdses[pds.0 as usize].inbox {
            Inbox::Sync => unreachable!("a synchronous inbox has no workers that die"),
            Inbox::Station(_) => {
                self.enter_again(now, index);
                self.take(now, index, Rank::EndOfService);
            }
            Inbox::Docket(docket) => {
                let draw = |sweep| uniform::unit(key.draw(entity, sweep));
                let alarm = docket.lose(now, index, read, draw);
                self.set_alarm(pds, alarm);
            }
        }
    }

    /// A message is in the queue again; the time since its first arrival counts as waiting.
    pub(super) fn enter_again(&mut self, now: Time, index: u32) {
        let message = &mut self.flights[index].message;
        message.rescheduled = message.rescheduled + now.since(message.arrived);
        message.arrived = now;
        message.queued = true;
        self.observer
            .observe(now, &Fact::Entered(&self.flights[index].message));
    }
}

/// Keeps the draws of sweeps apart from those of messages.
const SWEEP_ENTITY: u64 = 0x7377_6565_7000_0000;
