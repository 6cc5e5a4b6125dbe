//! A 4-ary heap over `u128` keys: the part of the calendar that takes any event at any distance.
//!
//! Keys and events lie in two arrays: the four children of a node then share one cache line, and
//! sifting touches an event only when it moves.

/// Events under keys, smallest key first.
#[derive(Debug, Clone)]
pub(super) struct Heap<E> {
    keys: Vec<u128>,
    events: Vec<E>,
    root: Root,
}

/// What the root of the heap holds.
///
/// The event that was taken out last stays at the root until it is known what comes next: an event
/// that schedules another one gives it that place, which is then sifted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    /// The next event, or nothing in an empty heap.
    Pending,
    /// The event that was taken out last.
    TakenOut,
}

impl<E: Copy> Heap<E> {
    pub(super) const fn new() -> Self {
        Self {
            keys: Vec::new(),
            events: Vec::new(),
            root: Root::Pending,
        }
    }

    pub(super) fn push(&mut self, key: u128, event: E) {
        if self.root == Root::TakenOut {
            self.root = Root::Pending;
            return self.sift_down(key, event);
        }
        self.keys.push(key);
        self.events.push(event);
        self.sift_up(self.keys.len() - 1);
    }

    /// The smallest key.
    #[inline]
    pub(super) fn first(&mut self) -> Option<u128> {
        if self.root == Root::TakenOut {
            self.drop_root();
        }
        self.keys.first().copied()
    }

    /// The event with the smallest key, which [`Heap::first`] has just told.
    pub(super) fn peek(&self) -> Option<E> {
        self.events.first().copied()
    }

    /// Takes out the event with the smallest key, which [`Heap::first`] has just told.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(u128, E)> {
        debug_assert!(self.root == Root::Pending);
        let taken = (*self.keys.first()?, *self.events.first()?);
        self.root = Root::TakenOut;
        Some(taken)
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len() - usize::from(self.root == Root::TakenOut)
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
    use super::*;

    #[test]
    fn an_event_may_take_the_place_of_the_one_taken_out() {
        let mut heap = Heap::new();
        for key in [5, 3, 9, 7, 1] {
            heap.push(key, key);
        }
        assert_eq!((heap.first(), heap.take()), (Some(1), Some((1, 1))));
        heap.push(8, 8);
        let mut rest = Vec::new();
        while heap.first().is_some() {
            rest.extend(heap.take().map(|(key, _)| key));
        }
        assert_eq!((rest, heap.len()), (vec![3, 5, 7, 8, 9], 0));
    }
}
