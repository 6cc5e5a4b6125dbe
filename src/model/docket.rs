//! A docket inbox: arrivals, wakes and starts around the loop of [`crate::des::Docket`].

use super::event::Event;
use super::state::Inbox;
use super::world::World;
use crate::des::Rank;
use crate::protocol::{Fact, Observer, Pds};
use crate::units::Time;

impl<O: Observer> World<'_, O> {
    /// A message enters the docket inbox of its recipient's PDS.
    pub(super) fn enter_docket(&mut self, now: Time, index: u32) {
        self.flights[index].message.queued = true;
        let message = &self.flights[index].message;
        let pds = message.recipient_pds;
        self.observer.observe(now, &Fact::Entered(message));
        if self.plan.campaigns.any_answers {
            let message = self.flights[index].message;
            self.answer_entry(now, &message);
        }
        let mut read = std::mem::take(&mut self.read);
        let alarm = self.docket(pds).enter(now, index, &mut read);
        self.looked(now, pds, read, alarm);
    }

    /// The loop of a PDS's worker asked to be woken.
    pub(super) fn wake_docket(&mut self, now: Time, pds: Pds) {
        let mut read = std::mem::take(&mut self.read);
        let alarm = self.docket(pds).wake(now, &mut read);
        self.looked(now, pds, read, alarm);
    }

    /// The worker of a PDS that was down looks for work again.
    pub(super) fn resume_docket(&mut self, now: Time, pds: Pds) {
        let mut read = std::mem::take(&mut self.read);
        let alarm = self.docket(pds).resume(now, &mut read);
        self.looked(now, pds, read, alarm);
    }

    /// The worker has read some messages and told when it looks next.
    fn looked(&mut self, now: Time, pds: Pds, mut read: Vec<u32>, alarm: Option<Time>) {
        for index in read.drain(..) {
            self.begin(now, index);
        }
        self.read = read;
        self.set_alarm(pds, alarm);
    }

    pub(super) fn set_alarm(&mut self, pds: Pds, alarm: Option<Time>) {
        if let Some(at) = alarm {
            self.schedule_at_pds(pds, at, Event::Wake { pds });
        }
    }

    /// A message that was read is taken once the overhead of starting is over.
    fn begin(&mut self, now: Time, index: u32) {
        // What was lost with its worker is not in the queue until it is read again.
        if !self.flights[index].message.queued {
            self.enter_again(now, index);
        }
        let overhead = self.plan.inbox.start_overhead;
        if overhead.is_zero() {
            return self.take(now, index, Rank::Other);
        }
        let pds = self.flights[index].message.recipient_pds;
        self.schedule_at_pds(pds, now + overhead, Event::Start { message: index });
    }

    pub(super) fn docket(&mut self, pds: Pds) -> &mut crate::des::Docket<u32> {
        match &mut self.pdses[pds.0 as usize].inbox {
            Inbox::Docket(docket) => docket,
            Inbox::Sync | Inbox::Station(_) => {
                unreachable!("only the worker of a docket inbox is woken")
            }
        }
    }
}
