//! Running a world up to an instant, for somebody who looks on and intervenes.
//!
//! At the instant `now` everything before it has happened, and the interventions at it: they come
//! first among the events of an instant. One more intervention at `now` is then the very next
//! event, and changes nothing that was seen.

use super::world::{Status, World};
use crate::des::Rank;
use crate::protocol::Observer;
use crate::units::Time;

impl<O: Observer> World<'_, O> {
    /// Processes what happens before `now` and the interventions at it, at most `most` events;
    /// [`Status::Running`] where more of it is to come.
    pub fn run_until(&mut self, now: Time, most: u64) -> Status {
        for _ in 0..most {
            if !self.is_due(now) {
                return Status::Over;
            }
            self.step(1);
        }
        if self.is_due(now) {
            Status::Running
        } else {
            Status::Over
        }
    }

    /// The instant of the next event; none once the run is over.
    pub fn next_time(&mut self) -> Option<Time> {
        let is_over = self.next_phase().is_none();
        let key = self.calendar.next_key().filter(|_| !is_over);
        key.map(crate::des::Key::time)
    }

    /// Who was told everything so far.
    pub fn observer(&self) -> &O {
        &self.observer
    }

    fn is_due(&mut self, now: Time) -> bool {
        let is_over = self.next_phase().is_none();
        let next = self.calendar.next_key().filter(|_| !is_over);
        next.is_some_and(|key| {
            let is_first = key.rank_is_before(Rank::EndOfService);
            key.time() < now || (key.time() == now && is_first)
        })
    }
}
