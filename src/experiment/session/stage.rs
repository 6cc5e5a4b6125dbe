//! A session in progress: the world up to an instant, and what was seen of it.

use super::{Seen, Session};
use crate::experiment::Arm;
use crate::model::{Status, World};
use crate::protocol::MessageId;
use crate::trace::{Chronicle, Life};
use crate::units::Time;

/// The world of a session up to an instant; time only goes forth here.
#[derive(Debug)]
pub struct Stage<'p> {
    world: World<'p, (Seen, Chronicle)>,
}

/// Messages sent by hand whose lives are written, whether anybody looks at them or not.
const MOST_LIVES: u64 = 200;

impl Session<'_> {
    /// The messages whose lives are worth writing: the last ones sent by hand, and one more.
    pub fn followed(&self, further: Option<MessageId>) -> Vec<MessageId> {
        let count = self.sent_by_hand();
        let by_hand = count.saturating_sub(MOST_LIVES)..count;
        let plan = self.arm.plan();
        let by_hand = by_hand.map(|ordinal| plan.by_hand(ordinal));
        by_hand.chain(further).collect()
    }
}

impl<'p> Stage<'p> {
    /// The beginning of an arm's run.
    pub fn new(arm: &'p Arm, followed: impl IntoIterator<Item = MessageId>) -> Self {
        let observer = (Seen::new(arm), Chronicle::new(followed));
        Self {
            world: World::new(arm.plan(), 1, observer),
        }
    }

    /// Goes to an instant, by at most `most` events; running where there is more to do.
    pub fn run_to(&mut self, now: Time, most: u64) -> Status {
        self.world.run_until(now, most)
    }

    /// The instant of the next event; none at the end.
    pub fn next_time(&mut self) -> Option<Time> {
        self.world.next_time()
    }

    /// The instant of the last event.
    pub fn clock(&self) -> Time {
        self.world.clock()
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.world.events()
    }

    /// What was seen so far.
    pub fn seen(&self) -> &Seen {
        &self.world.observer().0
    }

    /// The life of a message that is followed.
    pub fn life(&self, id: MessageId) -> Option<&Life> {
        self.world.observer().1.life(id)
    }
}
