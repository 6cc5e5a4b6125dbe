//! The pending events: a wheel for the near future, a heap for everything else.
//!
//! Most events lie within some hundred others from now (arrivals after a delay, ends of service):
//! the [`Wheel`] takes and gives them at a constant cost. What lies nearer than the wheel's slots
//! resolve, or farther than it reaches, goes into a 4-ary [`Heap`], which is right for any distances
//! at all; a scenario that the wheel does not suit is as fast as the heap alone. Now and then the
//! length of the slots follows the pace of events. Keys are compared as plain integers; the order is
//! theirs, wherever an event was kept. Measured in `docs/PERFORMANCE.md`.

use super::Key;
use super::heap::Heap;
use super::wheel::{Shape, Wheel};
use crate::units::Time;

/// Pending events, taken out in the order of their keys.
#[derive(Debug, Clone)]
pub struct Calendar<E> {
    wheel: Wheel<E>,
    heap: Heap<E>,
    clock: Time,
    ties: u64,
    processed: u64,
    /// The clock when the wheel was last looked at.
    tuned: Time,
}

/// Where the event with the smallest key is, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    InWheel,
    InHeap,
}

/// Events between two looks at the shape of the wheel.
const TUNE_EVERY: u64 = 1 << 12;
/// Events come every millisecond until more is known.
const FIRST_GAP_NS: u64 = 1_000_000;

impl<E: Copy> Default for Calendar<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> Calendar<E> {
    /// An empty calendar at virtual time 0.
    pub fn new() -> Self {
        Self {
            wheel: Wheel::new(Shape::of(FIRST_GAP_NS, 0), Time::ZERO),
            heap: Heap::new(),
            clock: Time::ZERO,
            ties: 0,
            processed: 0,
            tuned: Time::ZERO,
        }
    }

    /// Schedules an event.
    ///
    /// # Panics
    /// If the event lies in the past: the model would have rewritten history.
    #[inline]
    pub fn push(&mut self, key: Key, event: E) {
        let time = key.time();
        assert!(time >= self.clock, "an event was scheduled in the past");
        if self.wheel.reaches(time) {
            self.wheel.push(time, key.0, event);
        } else {
            self.heap.push(key.0, event);
        }
    }

    /// Takes out the event with the smallest key and moves the clock to it.
    #[inline]
    pub fn pop(&mut self) -> Option<(Key, E)> {
        let next = self.find_next();
        let (key, event) = match next {
            Next::InWheel => self.wheel.take()?,
            Next::InHeap => self.heap.take()?,
        };
        let key = Key(key);
        self.advance(key.time());
        if next == Next::InHeap {
            self.wheel.follow(self.clock);
        }
        Some((key, event))
    }

    /// The same, of those before `bound`.
    #[inline]
    pub fn pop_before(&mut self, bound: Key) -> Option<(Key, E)> {
        if self.next_key()? < bound {
            self.pop()
        } else {
            None
        }
    }

    /// Where the event that is taken out next stands.
    #[inline]
    pub fn next_key(&mut self) -> Option<Key> {
        let far = self.heap.first();
        let near = self.wheel.first(far);
        let first = match (near, far) {
            (Some(near), Some(far)) => Some(near.min(far)),
            (near, far) => near.or(far),
        };
        first.map(Key)
    }

    /// The event that is taken out next.
    pub fn peek(&mut self) -> Option<E> {
        match self.find_next() {
            Next::InWheel => self.wheel.peek(),
            Next::InHeap => self.heap.peek(),
        }
    }

    #[inline(always)]
    fn find_next(&mut self) -> Next {
        let far = self.heap.first();
        let near = self.wheel.first(far);
        if near.is_some_and(|near| far.is_none_or(|far| near < far)) {
            Next::InWheel
        } else {
            Next::InHeap
        }
    }

    /// The instant of the last event that was taken out.
    pub fn clock(&self) -> Time {
        self.clock
    }

    /// How many events were taken out at the instant of the one before them.
    pub fn ties(&self) -> u64 {
        self.ties
    }

    /// How many events were taken out.
    pub fn processed(&self) -> u64 {
        self.processed
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.wheel.len() + self.heap.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn advance(&mut self, time: Time) {
        assert!(time >= self.clock, "the calendar went backwards");
        self.ties += u64::from(time == self.clock && self.processed > 0);
        self.processed += 1;
        self.clock = time;
        if self.processed.is_multiple_of(TUNE_EVERY) {
            self.tune();
        }
    }

    /// Fits the slots to the pace of the last events and to the number of those that are pending.
    #[cold]
    fn tune(&mut self) {
        let gap_ns = self.clock.since(self.tuned).ns() / TUNE_EVERY;
        self.tuned = self.clock;
        let ideal = Shape::of(gap_ns, self.len());
        if self.wheel.shape().is_far_from(ideal) {
            let held = self.wheel.drain();
            self.wheel = Wheel::new(ideal, self.clock);
            for (key, event) in held {
                self.push(Key(key), event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Origin, Rank};
    use super::*;

    fn key(ns: u64, origin: u32, sequence: u64) -> Key {
        Key::new(
            Time::from_ns(ns),
            Rank::Other,
            Origin::new(origin),
            sequence,
        )
    }

    proptest! {
        #[test]
        fn events_come_out_as_a_sorted_list_gives_them(
            times in prop::collection::vec((0_u64..50, 0_u32..4), 1..400)
        ) {
            // Half is pushed first, then each pop is followed by a push that is not in the past.
            let mut calendar = Calendar::new();
            let mut pending = std::collections::BTreeSet::new();
            let half = times.len() / 2;
            for (sequence, (ns, origin)) in (0..).zip(&times[..half]) {
                calendar.push(key(*ns, *origin, sequence), sequence);
                pending.insert((key(*ns, *origin, sequence), sequence));
            }
            for (sequence, (ns, origin)) in (1_000..).zip(&times[half..]) {
                let expected = pending.pop_first();
                prop_assert_eq!(calendar.pop(), expected);
                let later = key(calendar.clock().ns() + ns, *origin, sequence);
                calendar.push(later, sequence);
                pending.insert((later, sequence));
            }
            while let Some(expected) = pending.pop_first() {
                prop_assert_eq!(calendar.pop(), Some(expected));
            }
            prop_assert_eq!(calendar.pop(), None);
        }
    }

    /// Delays of nine orders of magnitude, so that slots, the heap and rebuilds all take part; many
    /// events share an instant.
    #[test]
    fn a_long_run_of_uneven_delays_keeps_the_order_of_a_sorted_list() {
        let (mut calendar, mut pending) = (Calendar::new(), std::collections::BTreeSet::new());
        for step in 0..60_000_u64 {
            let draw = (step + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let draw = (draw ^ draw >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
            // 1 to 2^30 ns; in the second half of the run a thousandth of that.
            let octave = (draw & 31).min(30) + if step < 30_000 { 10 } else { 0 };
            let later = calendar.clock().ns() + (draw >> 24 >> (40 - octave.min(40)));
            let next = (key(later, 3, step), step);
            calendar.push(next.0, step);
            pending.insert(next);
            if step % 16 != 0 || step < 3_000 {
                assert_eq!(calendar.pop(), pending.pop_first());
            }
        }
        assert_eq!(calendar.len(), pending.len());
        while let Some(expected) = pending.pop_first() {
            assert_eq!(calendar.pop(), Some(expected));
        }
        assert!(calendar.pop().is_none() && calendar.is_empty());
    }

    #[test]
    fn events_of_one_instant_count_as_ties() {
        let mut calendar = Calendar::new();
        for sequence in 0..3 {
            calendar.push(key(7, 0, sequence), ());
        }
        calendar.push(key(8, 0, 9), ());
        while calendar.pop().is_some() {}
        assert_eq!((calendar.ties(), calendar.processed()), (2, 4));
    }

    #[test]
    #[should_panic(expected = "in the past")]
    fn the_past_cannot_be_scheduled() {
        let mut calendar = Calendar::new();
        calendar.push(key(5, 0, 0), ());
        calendar.pop();
        calendar.push(key(4, 0, 1), ());
    }
}
