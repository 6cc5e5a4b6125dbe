//! The pending events: a 4-ary heap over `u128` keys.
//!
//! Keys are compared as plain integers. Keys and events lie in two arrays: the four children of a node then share one cache line, and
//! sifting touches an event only when it moves. With open-loop arrivals merged, only messages in
//! flight are pending, and a small heap beats a ladder or calendar queue (see
//! `benches/README.md`).

use super::Key;
use crate::units::Time;

/// Pending events, taken out in the order of their keys.
#[derive(Debug, Clone)]
pub struct Calendar<E> {
    keys: Vec<u128>,
    events: Vec<E>,
    root: Root,
    clock: Time,
    ties: u64,
    processed: u64,
}

/// What the root of the heap holds.
///
/// The event that was taken out last stays at the root until it is known what comes next: most
/// events schedule one more, which then takes that place and is sifted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    /// The next event, or nothing in an empty heap.
    Pending,
    /// The event that was taken out last.
    TakenOut,
}

impl<E: Copy> Default for Calendar<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> Calendar<E> {
    /// An empty calendar at virtual time 0.
    pub fn new() -> Self {
        Self {
            keys: Vec::new(),
            events: Vec::new(),
            root: Root::Pending,
            clock: Time::ZERO,
            ties: 0,
            processed: 0,
        }
    }

    /// Schedules an event.
    ///
    /// # Panics
    /// If the event lies in the past: the model would have rewritten history.
    pub fn push(&mut self, key: Key, event: E) {
        assert!(
            key.time() >= self.clock,
            "an event was scheduled in the past"
        );
        if self.root == Root::TakenOut {
            self.root = Root::Pending;
            return self.sift_down(key.0, event);
        }
        self.keys.push(key.0);
        self.events.push(event);
        self.sift_up(self.keys.len() - 1);
    }

    /// Takes out the event with the smallest key and moves the clock to it.
    pub fn pop(&mut self) -> Option<(Key, E)> {
        if self.root == Root::TakenOut {
            self.drop_root();
        }
        let (key, event) = (Key(*self.keys.first()?), *self.events.first()?);
        self.root = Root::TakenOut;
        self.advance(key.time());
        Some((key, event))
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
        self.keys.len() - usize::from(self.root == Root::TakenOut)
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn advance(&mut self, time: Time) {
        assert!(time >= self.clock, "the calendar went backwards");
        self.ties += u64::from(time == self.clock && self.processed > 0);
        self.processed += 1;
        self.clock = time;
    }

    /// Fills the root, whose event was taken out, with the last one.
    fn drop_root(&mut self) {
        self.root = Root::Pending;
        if let (Some(key), Some(event)) = (self.keys.pop(), self.events.pop())
            && !self.keys.is_empty()
        {
            self.sift_down(key, event);
        }
    }

    fn sift_up(&mut self, mut node: usize) {
        let (key, event) = (self.keys[node], self.events[node]);
        while node > 0 {
            let parent = (node - 1) / ARITY;
            if self.keys[parent] <= key {
                break;
            }
            self.keys[node] = self.keys[parent];
            self.events[node] = self.events[parent];
            node = parent;
        }
        self.keys[node] = key;
        self.events[node] = event;
    }

    /// Puts `(key, event)` at the root and restores the order below it.
    fn sift_down(&mut self, key: u128, event: E) {
        let (keys, events) = (self.keys.as_mut_slice(), self.events.as_mut_slice());
        let mut node = 0;
        while let Some((child, least)) = smallest_child(keys, node * ARITY + 1) {
            if key <= least {
                break;
            }
            keys[node] = least;
            events[node] = events[child];
            node = child;
        }
        keys[node] = key;
        events[node] = event;
    }
}

/// The place and the key of the smallest of the children, the first of which is at `first`.
#[inline]
fn smallest_child(keys: &[u128], first: usize) -> Option<(usize, u128)> {
    let children = keys.get(first..)?;
    if let Some(four) = children.first_chunk::<ARITY>() {
        let low = smaller((0, four[0]), (1, four[1]));
        let high = smaller((2, four[2]), (3, four[3]));
        let (child, least) = smaller(low, high);
        return Some((first + child, least));
    }
    let places = children.iter().copied().enumerate();
    let (child, least) = places.reduce(smaller)?;
    Some((first + child, least))
}

#[inline]
fn smaller(a: (usize, u128), b: (usize, u128)) -> (usize, u128) {
    if b.1 < a.1 { b } else { a }
}

const ARITY: usize = 4;

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
