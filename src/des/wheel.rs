//! The near future of the calendar: a wheel of short slots of time.
//!
//! ```text
//! slot of an event = time >> shift;  held are the slots after the open one, up to a turn ahead
//! ```
//!
//! An event is put in front of the list of its slot. A slot is sorted when it is opened, that is
//! when its first event may be the next one; with one or two events per slot both cost a
//! constant, however many are pending. Whatever the wheel does not reach (the open slot itself,
//! what is more than a turn away) is not for it: see [`super::Calendar`]. The order of events is that
//! of their keys alone; slots and turns decide what it costs, never what it is.
//!
//! Source: R. Brown, "Calendar queues", Communications of the ACM 31 (1988); the open slot apart is
//! the bottom rung of W. T. Tang, R. S. M. Goh, I. L.-J. Thng, "Ladder queue", ACM TOMACS 15 (2005).

use crate::units::{Time, cast};

/// Events of the near future, in slots.
#[derive(Debug, Clone)]
pub(super) struct Wheel<E> {
    shape: Shape,
    /// The number of the slot that was opened last.
    open: u64,
    /// What is left of the open slot, the next event last.
    run: Vec<(u128, E)>,
    /// The first entry of the list of each slot.
    heads: Vec<u32>,
    /// One bit per slot: whether its list has entries.
    occupied: Vec<u64>,
    entries: Vec<Entry<E>>,
    /// The first of the unused entries.
    unused: u32,
    len: usize,
}

/// How long a slot is, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// log2 of the nanoseconds of a slot.
    shift: u32,
    /// log2 of the number of slots.
    bits: u32,
}

#[derive(Debug, Clone, Copy)]
struct Entry<E> {
    key: u128,
    event: E,
    next: u32,
}

/// The end of a list.
const END: u32 = u32::MAX;

const LEAST_BITS: u32 = 8;
const MOST_BITS: u32 = 16;
/// Slots of more than 2^40 ns, 18 minutes, serve nobody.
const MOST_SHIFT: u32 = 40;

impl Shape {
    /// One to two events per slot where events come every `gap_ns`, and a turn of one to four times the
    /// number of pending events.
    pub(super) fn of(gap_ns: u64, pending: usize) -> Self {
        let shift = gap_ns.saturating_mul(2).max(1).ilog2();
        let bits = pending.max(1).ilog2() + 1;
        Self {
            shift: shift.min(MOST_SHIFT),
            bits: bits.clamp(LEAST_BITS, MOST_BITS),
        }
    }

    /// Whether the difference to `ideal` is worth a rebuild.
    pub(super) fn is_far_from(self, ideal: Self) -> bool {
        self.shift.abs_diff(ideal.shift) > 1 || ideal.bits > self.bits || ideal.bits + 2 < self.bits
    }

    const fn slots(self) -> u64 {
        1 << self.bits
    }

    const fn slot(self, time: Time) -> u64 {
        time.ns() >> self.shift
    }

    /// The place of a slot on the wheel.
    fn place(self, slot: u64) -> usize {
        cast::index(slot & (self.slots() - 1))
    }
}

impl<E: Copy> Wheel<E> {
    /// An empty wheel at virtual time `clock`.
    pub(super) fn new(shape: Shape, clock: Time) -> Self {
        let slots = cast::index(shape.slots());
        Self {
            shape,
            open: shape.slot(clock).saturating_sub(1),
            run: Vec::new(),
            heads: vec![END; slots],
            occupied: vec![0; slots / WORD],
            entries: Vec::new(),
            unused: END,
            len: 0,
        }
    }

    pub(super) const fn shape(&self) -> Shape {
        self.shape
    }

    /// How many events it holds.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether an event of that time is for the wheel.
    #[inline]
    pub(super) const fn reaches(&self, time: Time) -> bool {
        let ahead = self.shape.slot(time).wrapping_sub(self.open);
        ahead > 0 && ahead < self.shape.slots()
    }

    /// Takes an event that the wheel reaches.
    #[inline]
    pub(super) fn push(&mut self, time: Time, key: u128, event: E) {
        debug_assert!(self.reaches(time));
        let place = self.shape.place(self.shape.slot(time));
        let entry = Entry {
            key,
            event,
            next: self.heads[place],
        };
        self.heads[place] = self.store(entry);
        self.occupied[place / WORD] |= 1 << (place % WORD);
        self.len += 1;
    }

    fn store(&mut self, entry: Entry<E>) -> u32 {
        let index = self.unused;
        if let Some(place) = self.entries.get_mut(index as usize) {
            self.unused = place.next;
            *place = entry;
            return index;
        }
        self.entries.push(entry);
        cast::id_u32(self.entries.len() - 1)
    }

    /// The smallest key, if it may be below `other`: a slot that begins later stays closed.
    #[inline]
    pub(super) fn first(&mut self, other: Option<u128>) -> Option<u128> {
        if self.run.is_empty() {
            self.open_next(other)?;
        }
        self.run.last().map(|(key, _)| *key)
    }

    /// The event with the smallest key, which [`Wheel::first`] has just told.
    pub(super) fn peek(&self) -> Option<E> {
        self.run.last().map(|(_, event)| *event)
    }

    /// Takes out the event with the smallest key, which [`Wheel::first`] has just told.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(u128, E)> {
        self.len -= 1;
        self.run.pop()
    }

    /// The clock has moved to `now` without the wheel, whose reach moves on with it.
    #[inline]
    pub(super) fn follow(&mut self, now: Time) {
        if self.run.is_empty() {
            self.open = self.open.max(self.shape.slot(now).saturating_sub(1));
        }
    }

    /// Takes everything out, in no order.
    pub(super) fn drain(&mut self) -> Vec<(u128, E)> {
        let mut all = std::mem::take(&mut self.run);
        for head in &self.heads {
            let mut index = *head;
            while let Some(entry) = self.entries.get(index as usize) {
                all.push((entry.key, entry.event));
                index = entry.next;
            }
        }
        all
    }

    fn open_next(&mut self, other: Option<u128>) -> Option<()> {
        if self.len == 0 {
            return None;
        }
        let slot = self.next_occupied();
        let starts = u128::from(slot << self.shape.shift) << 64;
        if other.is_some_and(|other| other < starts) {
            return None;
        }
        self.open(slot);
        Some(())
    }

    /// The first slot after the open one that has entries; there is one.
    fn next_occupied(&self) -> u64 {
        let first = self.shape.place(self.open + 1);
        let words = self.occupied.len();
        let mut word = first / WORD;
        let mut bits = self.occupied[word] & (u64::MAX << (first % WORD));
        // After a whole turn the first word's lower bits are looked at.
        while bits == 0 {
            word = (word + 1) % words;
            bits = self.occupied[word];
        }
        let place = word * WORD + bits.trailing_zeros() as usize;
        let ahead = (place as u64).wrapping_sub(first as u64) & (self.shape.slots() - 1);
        self.open + 1 + ahead
    }

    fn open(&mut self, slot: u64) {
        self.open = slot;
        let place = self.shape.place(slot);
        self.occupied[place / WORD] &= !(1 << (place % WORD));
        let mut index = std::mem::replace(&mut self.heads[place], END);
        while let Some(entry) = self.entries.get_mut(index as usize) {
            self.run.push((entry.key, entry.event));
            let next = std::mem::replace(&mut entry.next, self.unused);
            self.unused = std::mem::replace(&mut index, next);
        }
        if self.run.len() > 1 {
            self.run
                .sort_unstable_by_key(|(key, _)| std::cmp::Reverse(*key));
        }
    }
}

/// Bits of a word of `occupied`.
const WORD: usize = 64;
