//! One part of a divided run: some PDSes, with what happens there; some streams, whose sends it makes
//! for all parts.
//!
//! In each window a shard
//!
//! 1. writes the messages that go to its PDSes, as far as they were made;
//! 2. runs its events up to the end of the window;
//! 3. makes further sends of its streams.
//!
//! Nothing that happens elsewhere in the window concerns it: see `office.rs`.

use std::sync::Arc;

use super::apart::Apart;
use super::division::Division;
use super::plan::Plan;
use super::send::{BATCH, Draft};
use super::world::World;
use crate::des::{Key, distinct};
use crate::population::Demand;
use crate::protocol::{Partial, Pds};
use crate::units::{Time, cast};

/// A send that was made, on its way to the part that has the recipient; or the sender's PDS, if that
/// is where it goes on.
#[derive(Debug)]
pub(super) struct Parcel {
    time: Time,
    draft: Draft,
    writing: Writing,
}

/// When a message is written.
#[derive(Debug, Clone, Copy)]
enum Writing {
    /// Before its time: where it leaves from has nothing to do with it.
    Ahead,
    /// In the order of events at its sender's PDS.
    WhenDue,
}

/// What a shard does next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    /// Events before it are run.
    pub(super) bound: Key,
    /// Sends before it are made.
    pub(super) made: Time,
}

/// One part of a divided run.
#[derive(Debug)]
pub struct Shard<'p, O> {
    pub(super) world: World<'p, O>,
    division: Arc<Division>,
    streams: Vec<u32>,
    /// Sends that have an event of their own where the run is not divided: one in so many.
    sends_per_event: u64,
    /// By part: sends for it.
    pub(super) outgoing: Vec<Vec<Parcel>>,
    /// By part: sends from it.
    pub(super) incoming: Vec<Vec<Parcel>>,
    pub(super) order: Order,
    instants: Instants,
}

/// When events were, each instant once and in order.
#[derive(Debug, Default)]
struct Instants {
    ran: Vec<Time>,
    /// Of sends that would have events of their own, and how many of those there were.
    sent: Vec<Time>,
    sends: u64,
    /// All before the end of the window.
    told: Vec<Time>,
}

impl<'p, O: Partial> Shard<'p, O> {
    pub(super) fn new(
        plan: &'p Plan,
        replication: u64,
        (part, division): (usize, &Arc<Division>),
        order: Order,
        observer: O,
    ) -> Self {
        let streams = division.streams_of(part);
        let mut world = World::idle(plan, replication, observer, |s| streams.contains(&s));
        world.apart = Some(Box::new(Apart::new(Some((part, Arc::clone(division))))));
        let mail = || (0..division.parts()).map(|_| Vec::new()).collect();
        Self {
            sends_per_event: if world.sends_ahead {
                u64::from(BATCH)
            } else {
                1
            },
            world,
            streams,
            division: Arc::clone(division),
            outgoing: mail(),
            incoming: mail(),
            order,
            instants: Instants::default(),
        }
    }

    /// Does what was ordered.
    pub fn run_window(&mut self) {
        self.write_what_came();
        let Order { bound, made } = self.order;
        self.world.run_before(bound, &mut self.instants.ran);
        self.make_sends(made);
        self.instants.tell(bound.time());
    }

    fn write_what_came(&mut self) {
        for parcels in &mut self.incoming {
            for parcel in parcels.drain(..) {
                match parcel.writing {
                    Writing::Ahead => self.world.write(parcel.time, &parcel.draft),
                    Writing::WhenDue => self.world.write_when_due(parcel.time, parcel.draft),
                }
            }
        }
    }

    fn make_sends(&mut self, until: Time) {
        let until = until.min(self.world.plan.horizon());
        let before = self.instants.sent.len();
        for place in 0..self.streams.len() {
            let stream = self.streams[place];
            while let Some(demand) = self.world.next_demand(stream, until) {
                self.make_send(stream, &demand);
            }
        }
        // What was there lies before all that was made now.
        self.instants.sent[before..].sort_unstable();
    }

    /// A send goes to its recipient's part and is written there, unless its sender's PDS is going to
    /// miss it: then it is written in the order of events, by an event that counts as such.
    fn make_send(&mut self, stream: u32, demand: &Demand) {
        let draft = self.world.draft(stream, demand);
        let is_missed = draft.is_some_and(|draft| self.world.will_be_missed(&draft));
        if !is_missed && demand.ordinal.is_multiple_of(self.sends_per_event) {
            self.instants.sent.push(demand.time);
            self.instants.sends += 1;
        }
        let Some(draft) = draft else { return };
        let (account, writing) = if is_missed {
            (draft.sender, Writing::WhenDue)
        } else {
            (draft.recipient, Writing::Ahead)
        };
        let pds = self.world.plan.topology().pds_of(account);
        self.outgoing[self.division.part_of(pds)].push(Parcel {
            time: demand.time,
            draft,
            writing,
        });
    }

    /// How many messages may be in its inboxes before further sends are handed over, at most.
    pub(super) fn messages(&self) -> u64 {
        let unwritten: usize = self.incoming.iter().map(Vec::len).sum();
        cast::count_to_u64(self.world.flights.len() + unwritten)
    }

    /// The part that has a PDS.
    pub(super) fn part_of(&self, pds: Pds) -> usize {
        self.division.part_of(pds)
    }

    /// Where its next event stands.
    pub(super) fn next_key(&mut self) -> Option<Key> {
        self.world.calendar.next_key()
    }

    /// What it has to tell.
    pub(super) fn apart(&mut self) -> &mut Apart {
        self.world.apart.as_mut().expect("a shard is a part")
    }

    /// The instants of its events, up to the end of the window, that were not told before.
    pub(super) fn instants(&self) -> &[Time] {
        &self.instants.told
    }

    /// Ends the run: what is in flight is told, and the last instants.
    pub(super) fn end(&mut self, now: Time) {
        self.world.end(now);
        self.instants.tell(Time::NEVER);
    }

    /// Events so far, with those that sends would have where the run is not divided.
    pub(super) fn events(&self) -> u64 {
        self.world.events() + self.instants.sends
    }
}

impl Instants {
    /// Tells all instants before `end`, and forgets them.
    fn tell(&mut self, end: Time) {
        self.sent.dedup();
        let ran = self.ran.partition_point(|time| *time < end);
        let sent = self.sent.partition_point(|time| *time < end);
        distinct::unite(&self.ran[..ran], &self.sent[..sent], &mut self.told);
        self.ran.drain(..ran);
        self.sent.drain(..sent);
    }
}
