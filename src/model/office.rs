//! What concerns all parts of a divided run: labelers, the bounds of the run, and how far the parts may
//! go without hearing of each other.
//!
//! After a window every part has run all its events up to one bound. Then, in this order:
//!
//! 1. sends that were made go to the parts of their recipients;
//! 2. what was seen and reported reaches the labelers, which work up to the next event of any part;
//! 3. what they publish is copied to every part;
//! 4. the next window begins with that next event, and ends before the first instant at which a
//!    part could be surprised:
//!
//! ```text
//! bound = min( the labelers' next step that is known,
//!              next event of any part + the shortest time a labeler takes,
//!              the next attempt after one that failed (see `returns.rs`),
//!              sends that were made )
//! ```
//!
//! No time is rounded to a window: events keep their keys, and windows end at keys.

use super::apart::{Announcement, Apart};
use super::division::Indivisible;
use super::plan::Plan;
use super::returns::Returns;
use super::shard::{Order, Shard};
use super::world::{Status, World};
use crate::des::{Key, Table, distinct};
use crate::protocol::Partial;
use crate::units::{Span, Time, cast};

/// The part of a divided run that stands between the others.
#[derive(Debug)]
pub struct Office<'p, O> {
    world: World<'p, O>,
    /// The shortest time from what a labeler sees to what it publishes; none where it never does.
    quickest: Option<Span>,
    /// What is known of further attempts, where there are any.
    returns: Option<Returns>,
    /// For how long sends are made at a time.
    span: Span,
    /// Sends before it have been handed over; those before `made` have been made.
    written: Time,
    made: Time,
    /// The end of the last window.
    bound: Key,
    /// Where the first delivery of each spammer stands that is known so far.
    firsts: Table<u32, Key>,
    /// Different instants of events so far.
    instants: u64,
    own_instants: Vec<Time>,
}

/// Messages of a window, over all parts: as many as keep the windows few and the parts' state in the
/// caches of their cores.
const MESSAGES_PER_WINDOW: f64 = 4_096.0;

impl<'p, O: Partial> Office<'p, O> {
    pub(super) fn new(
        plan: &'p Plan,
        replication: u64,
        least_messages: f64,
        observer: O,
    ) -> Result<Self, Indivisible> {
        let mut world = World::idle(plan, replication, observer, |_| false);
        world.schedule_bounds();
        world.apart = Some(Box::new(Apart::new(None)));
        let quickest = world.quickest_labeler();
        let messages = cast::count_to_f64(plan.expected_messages().max(1));
        let window = |count: f64| {
            let ns = cast::count_to_f64(plan.horizon().ns()) * count / messages;
            Span::from_ns(cast::f64_to_ns(ns) + 1)
        };
        let is_thin = |span: Span| span.is_zero() || span < window(least_messages);
        if quickest.is_some_and(is_thin) {
            return Err(Indivisible::ThinWindows);
        }
        let span = window(MESSAGES_PER_WINDOW);
        Ok(Self {
            world,
            quickest,
            returns: Returns::new(plan),
            span,
            written: Time::ZERO,
            made: Time::ZERO + span,
            bound: Key::first_at(Time::ZERO),
            firsts: Table::default(),
            instants: 0,
            own_instants: Vec::new(),
        })
    }

    /// What shards begin with: nothing is run, the first sends are made.
    pub(super) fn first_order(&self) -> Order {
        Order {
            bound: self.bound,
            made: self.made,
        }
    }

    /// Does what is to be done between two windows; once the run is over nothing is left to do.
    pub fn between(&mut self, shards: &mut [&mut Shard<'p, O>]) -> Status {
        exchange(shards);
        self.move_on(shards);
        self.hear(shards);
        let next = self.next_event(shards);
        self.world.run_before(next, &mut self.own_instants);
        self.tell(shards);
        self.count_instants(shards, self.bound.time());
        if self.bound == Key::first_at(self.world.plan.horizon()) {
            self.end(shards);
            return Status::Over;
        }
        let order = self.next_order(next, shards);
        for shard in shards {
            shard.order = order;
        }
        Status::Running
    }

    /// Messages go on in other parts.
    fn move_on(&self, shards: &mut [&mut Shard<'p, O>]) {
        for from in 0..shards.len() {
            for moving in std::mem::take(&mut shards[from].apart().moving) {
                assert!(
                    moving.key >= self.bound,
                    "a part of the run was surprised by another"
                );
                let to = shards[from].part_of(moving.to());
                shards[to].world.take_over(&moving);
            }
        }
    }

    /// Notices go into the calendar, first deliveries are settled: the first by key is the first.
    fn hear(&mut self, shards: &mut [&mut Shard<'p, O>]) {
        for shard in shards {
            let apart = shard.apart();
            for first in apart.firsts.drain(..) {
                let known = self.firsts.get(first.subject);
                if known.is_none_or(|known| first.key < *known) {
                    self.firsts.insert(first.subject, first.key);
                    let (subject, place) = (first.subject, first.place);
                    self.world.first_deliveries.insert(subject, place);
                }
            }
            for notice in apart.notices.drain(..) {
                self.world.notify(&notice);
            }
        }
    }

    /// Where the next event of any part stands, at the latest that of the end of the run.
    fn next_event(&self, shards: &mut [&mut Shard<'p, O>]) -> Key {
        let pending = shards.iter_mut().filter_map(|shard| shard.next_key());
        let unwritten = Key::first_at(self.written);
        let end = Key::first_at(self.world.plan.horizon());
        pending.fold(unwritten.min(end), Key::min)
    }

    /// Every part copies what was published.
    fn tell(&mut self, shards: &mut [&mut Shard<'p, O>]) {
        let apart = self.world.apart.as_mut().expect("the office is a part");
        let news: Vec<Announcement> = apart.announcements.drain(..).collect();
        for announcement in &news {
            assert!(
                announcement.at() >= self.bound.time(),
                "a label took effect before parts that have gone further"
            );
            for shard in &mut *shards {
                shard.world.take_note(*announcement);
            }
        }
    }

    fn next_order(&mut self, next: Key, shards: &mut [&mut Shard<'p, O>]) -> Order {
        let horizon = self.world.plan.horizon();
        let label = self.quickest.map_or(Time::NEVER, |span| next.time() + span);
        let returns = self.returns.as_ref();
        let attempt = returns.map(|returns| returns.surprise(next.time(), shards));
        let surprise = attempt.map_or(label, |attempt| attempt.min(label));
        let step = self.world.calendar.next_key();
        let limit = Key::first_at(surprise.min(self.made).min(horizon));
        self.bound = step.map_or(limit, |step| step.min(limit));
        self.written = self.made;
        self.made = self.made.max(self.bound.time() + self.span).min(horizon);
        Order {
            bound: self.bound,
            made: self.made,
        }
    }

    fn count_instants(&mut self, shards: &[&mut Shard<'p, O>], end: Time) {
        let own = self.own_instants.partition_point(|time| *time < end);
        let lists = shards.iter().map(|shard| shard.instants());
        self.instants += distinct::count(lists.chain([&self.own_instants[..own]]));
        self.own_instants.drain(..own);
    }

    /// The run is over, here and in every part.
    fn end(&mut self, shards: &mut [&mut Shard<'p, O>]) {
        let now = self.world.plan.horizon();
        let after = Key::first_at(now + Span::from_ns(1));
        let Some((key, event)) = self.world.calendar.pop_before(after) else {
            unreachable!("the end of the horizon is the first event of its instant");
        };
        self.own_instants.push(key.time());
        self.world.dispatch(key, event);
        self.end_parts(shards, now);
    }

    /// Ends the run before its horizon: what is in flight is told.
    pub fn end_now(&mut self, shards: &mut [&mut Shard<'p, O>]) {
        let now = self.clock();
        self.world.end(now);
        self.end_parts(shards, now);
    }

    fn end_parts(&mut self, shards: &mut [&mut Shard<'p, O>], now: Time) {
        for shard in &mut *shards {
            shard.end(now);
        }
        self.count_instants(shards, Time::NEVER);
    }

    /// The instant up to which everything has happened.
    pub fn clock(&self) -> Time {
        self.bound.time()
    }

    /// Events so far.
    pub fn events(&self, shards: &[&mut Shard<'p, O>]) -> u64 {
        let of_shards: u64 = shards.iter().map(|shard| shard.events()).sum();
        self.own_events() + of_shards
    }

    pub(super) fn own_events(&self) -> u64 {
        self.world.events()
    }

    pub(super) fn into_parts(self) -> (World<'p, O>, u64) {
        (self.world, self.instants)
    }
}

/// Every part gets the sends that were made for it; emptied lists go back to be filled again.
fn exchange<O>(shards: &mut [&mut Shard<'_, O>]) {
    for from in 0..shards.len() {
        for to in 0..shards.len() {
            let sends = std::mem::take(&mut shards[from].outgoing[to]);
            shards[from].outgoing[to] = std::mem::replace(&mut shards[to].incoming[from], sends);
        }
    }
}
