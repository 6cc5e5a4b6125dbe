//! What a check needs to know beyond the message: which message it is, and whether the check can
//! be made at all.

use super::state::Inbox;
use super::world::World;
use crate::policy::CheckSet;
use crate::protocol::{Check, Message, Observer, Outcome, Refusal};
use crate::rng::Purpose;
use crate::units::Time;

impl<O: Observer> World<'_, O> {
    /// What tells a message from every other one: its own identity, or the name that a trace
    /// gives it, so that two rows can be attempts of one message.
    pub(super) fn identity(&self, message: &Message) -> u64 {
        let id = message.id;
        let named = self.plan.trace.as_ref().filter(|_| {
            // The trace is the stream after all others.
            id.stream() == self.plan.streams.len() as u64
        });
        let named = named.and_then(|trace| trace.identities.as_ref());
        named.map_or(id.number(), |names| {
            names[crate::units::cast::index(id.ordinal())]
        })
    }

    /// The checks that cannot be made on a message that is taken now.
    pub(super) fn failing(&self, index: u32) -> CheckSet {
        let mut failing = CheckSet::default();
        for (check, failure) in self.plan.pipeline.failures() {
            let message = &self.flights[index].message;
            let runs = self.runs.get(index).copied().unwrap_or(0);
            let ordinal = u64::from(runs) << 16 | u64::from(message.attempts) << 8 | *check as u64;
            if failure
                .chance
                .hits(self.draw_for(Purpose::CheckFailure, message.id, ordinal))
            {
                failing.insert(*check);
            }
        }
        failing
    }

    /// A check could not be made. A synchronous inbox answers 503; a queue tries again after a
    /// pause, as often as the scenario says.
    pub(super) fn try_check_again(&mut self, now: Time, index: u32, check: Check) {
        let refusal = Refusal::Unavailable(check);
        let pds = self.flights[index].message.recipient_pds;
        if matches!(self.pdses[pds.0 as usize].inbox, Inbox::Sync) {
            return self.turn_away(now, index, refusal);
        }
        let failure = self.plan.pipeline.failures()[&check];
        let runs = self.runs.get_or_insert_with(index, || 0);
        *runs += 1;
        if *runs >= u32::from(failure.tries) {
            return self.finish(now, index, Outcome::Refused(refusal));
        }
        self.reschedule(now, index, now + failure.pause);
    }
}
