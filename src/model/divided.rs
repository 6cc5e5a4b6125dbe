//! A run in parts: the same events, under the same keys, as [`World`] has them in one place.
//!
//! Who runs the parts, and on which threads, is for others to say: between two calls of
//! [`Office::between`] every [`Shard`] runs one window, in any order or at the same time.
//!
//! [`World`]: super::World

use std::sync::Arc;

use super::division::{Division, Indivisible};
use super::office::Office;
use super::plan::Plan;
use super::shard::Shard;
use super::world::Status;
use crate::protocol::Partial;

/// One replication in parts, at virtual time 0.
#[derive(Debug)]
pub struct Divided<'p, O> {
    /// What concerns all.
    pub office: Office<'p, O>,
    /// The parts: two or more.
    pub shards: Vec<Shard<'p, O>>,
}

/// What a divided run gave.
#[derive(Debug)]
pub struct Whole<O> {
    /// What its observers saw, merged.
    pub observer: O,
    /// Events, as many as the run has that is not divided.
    pub events: u64,
    /// Events that shared their instant with the one before them.
    pub ties: u64,
    /// Keys that each limit layer, by its index, forgot for want of room.
    pub evicted: Vec<u64>,
}

impl<'p, O: Partial> Divided<'p, O> {
    /// Replication number `replication` (from 1) of a plan in at most `parts` parts; `fresh` makes
    /// the observer of each.
    ///
    /// # Errors
    /// Where the scenario forbids it, or would need windows of fewer than `least_messages`, on
    /// average, to be safe.
    pub fn new(
        plan: &'p Plan,
        replication: u64,
        parts: usize,
        least_messages: f64,
        fresh: impl Fn() -> O,
    ) -> Result<Self, Indivisible> {
        let division = Arc::new(Division::new(plan, parts, &fresh())?);
        let office = Office::new(plan, replication, least_messages, fresh())?;
        let order = office.first_order();
        let shard = |part| Shard::new(plan, replication, (part, &division), order, fresh());
        let shards = (0..division.parts()).map(shard).collect();
        Ok(Self { office, shards })
    }

    /// Runs to the horizon on the calling thread, one part after the other.
    pub fn run(mut self) -> Whole<O> {
        loop {
            let mut shards: Vec<&mut Shard<'p, O>> = self.shards.iter_mut().collect();
            for shard in &mut shards {
                shard.run_window();
            }
            if self.office.between(&mut shards) == Status::Over {
                return self.merge();
            }
        }
    }

    /// Puts together what the parts of a run have seen that is over.
    pub fn merge(self) -> Whole<O> {
        let events = {
            let of_shards: u64 = self.shards.iter().map(Shard::events).sum();
            of_shards + self.office.own_events()
        };
        let (office, instants) = self.office.into_parts();
        let mut evicted = office.evicted_keys();
        let mut observer = office.into_observer();
        for shard in self.shards {
            let of_shard = shard.world.evicted_keys();
            let layers = evicted.iter_mut().zip(of_shard);
            layers.for_each(|(sum, keys)| *sum += keys);
            observer.merge(shard.world.into_observer());
        }
        Whole {
            observer,
            events,
            // All events but the first of their instant.
            ties: events - instants,
            evicted,
        }
    }
}
