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
    clock: Time,
    ties: u64,
    processed: u64,
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
        self.keys.push(key.0);
        self.events.push(event);
        self.sift_up(self.keys.len() - 1);
    }

    /// Takes out the event with the smallest key and moves the clock to it.
    pub fn pop(&mut self) -> Option<(Key, E)> {
        let last = self.keys.len().checked_sub(1)?;
        let (key, event) = (Key(self.keys[0]), self.events[0]);
        self.advance(key.time());
        let (last_key, last_event) = (self.keys[last], self.events[last]);
        self.keys.pop();
        self.events.pop();
        if last > 0 {
            self.sift_down(last_key, last_event);
        }
        Some((key, event))
    }

    /// The smallest pending key.
    pub fn next_key(&self) -> Option<Key> {
        self.keys.first().copied().map(Key)
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
        self.keys.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn advance(&mut self, time: Time) {
        assert!(time >= self.clock, "the calendar went backwards");
        self.ties += u64::from(time == self.clock && self.processed > 0);
        self.processed += 1;
        self.clock = time;
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
        let mut node = 0;
        loop {
            let first = node * ARITY + 1;
            let Some(smallest) = self.smallest_child(first) else {
                break;
            };
            if key <= self.keys[smallest] {
                break;
            }
            self.keys[node] = self.keys[smallest];
            self.events[node] = self.events[smallest];
            node = smallest;
        }
        self.keys[node] = key;
        self.events[node] = event;
    }

    fn smallest_child(&self, first: usize) -> Option<usize> {
        if let Some(four) = self.keys.get(first..first + ARITY) {
            let four: &[u128; ARITY] = four.try_into().expect("four children");
            let low = usize::from(four[1] < four[0]);
            let high = 2 + usize::from(four[3] < four[2]);
            return Some(first + if four[high] < four[low] { high } else { low });
        }
        let children = self.keys.get(first..)?;
        let mut smallest = 0;
        let mut least = *children.first()?;
        for (index, key) in children.iter().enumerate().take(ARITY).skip(1) {
            if *key < least {
                least = *key;
                smallest = index;
            }
        }
        Some(first + smallest)
    }
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
