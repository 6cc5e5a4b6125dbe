//! The plug-in point: a set of pending events, and the plain one over std's `BinaryHeap`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Events waiting for their time; time is integer nanoseconds, ties go by order of scheduling.
pub trait Pending<E> {
    /// An empty set.
    fn new() -> Self;
    /// Adds an event.
    fn schedule(&mut self, time_ns: u64, event: E);
    /// Takes the earliest event.
    fn next(&mut self) -> Option<(u64, E)>;
}

/// Events ordered by (time, order of scheduling) in std's heap.
pub struct StdHeap<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    sequence: u64,
}

struct Entry<E> {
    time_ns: u64,
    sequence: u64,
    event: E,
}

impl<E> Pending<E> for StdHeap<E> {
    fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            sequence: 0,
        }
    }

    fn schedule(&mut self, time_ns: u64, event: E) {
        self.sequence += 1;
        self.heap.push(Reverse(Entry {
            time_ns,
            sequence: self.sequence,
            event,
        }));
    }

    fn next(&mut self) -> Option<(u64, E)> {
        self.heap
            .pop()
            .map(|Reverse(entry)| (entry.time_ns, entry.event))
    }
}

impl<E> Entry<E> {
    fn key(&self) -> (u64, u64) {
        (self.time_ns, self.sequence)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}
