//! The total order of events: (time, rank, origin, origin's sequence), packed into one `u128`.
//!
//! No event is ordered by when it was pushed, so the order does not depend on how the work is
//! divided among threads.

use crate::units::Time;

/// What comes first among events of one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The end of the horizon: nothing of its instant happens any more.
    EndOfHorizon,
    /// The end of the warm-up: facts of its instant are counted.
    EndOfWarmUp,
    /// Interventions from the scenario.
    Intervention,
    /// Ends of service: a worker that becomes free at the instant of an arrival serves it.
    EndOfService,
    /// Labels and policy changes taking effect: known to an arrival of the same instant.
    TakesEffect,
    /// Arrivals at an inbox.
    Arrival,
    /// Everything else.
    Other,
}

/// The logical process that scheduled an event: the run itself, a PDS, a group of senders, a
/// labeler or a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(u32);

impl Origin {
    /// How many logical processes a run can have.
    pub const MOST: u32 = 1 << ORIGIN_BITS;

    /// The `index`-th logical process of the run.
    ///
    /// # Panics
    /// If `index` is not below [`Origin::MOST`].
    pub fn new(index: u32) -> Self {
        assert!(
            index < Self::MOST,
            "more than {} logical processes",
            Self::MOST
        );
        Self(index)
    }
}

const ORIGIN_BITS: u32 = 24;
const SEQUENCE_BITS: u32 = 36;

/// Where an event stands in the total order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub(super) u128);

impl Key {
    /// The key of the event number `sequence` that `origin` schedules for `time`.
    ///
    /// # Panics
    /// If an origin schedules more than 2^36 events.
    pub fn new(time: Time, rank: Rank, origin: Origin, sequence: u64) -> Self {
        assert!(
            sequence < 1 << SEQUENCE_BITS,
            "an origin scheduled more than 2^36 events"
        );
        let order = (rank as u64) << (ORIGIN_BITS + SEQUENCE_BITS)
            | u64::from(origin.0) << SEQUENCE_BITS
            | sequence;
        Self(u128::from(time.ns()) << 64 | u128::from(order))
    }

    /// Where the first of all events of an instant stands: that of the lowest rank, scheduled by the
    /// first logical process.
    pub fn first_at(time: Time) -> Self {
        Self(u128::from(time.ns()) << 64)
    }

    /// When the event happens.
    pub fn time(self) -> Time {
        Time::from_ns(crate::units::cast::low_u64(self.0 >> 64))
    }

    /// Whether the event is an end of service, which comes before what takes effect at its
    /// instant.
    pub fn rank_is_before(self, rank: Rank) -> bool {
        let bits = crate::units::cast::low_u64(self.0 >> (ORIGIN_BITS + SEQUENCE_BITS)) & 0xF;
        bits < rank as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(ns: u64, rank: Rank, origin: u32, sequence: u64) -> Key {
        Key::new(Time::from_ns(ns), rank, Origin::new(origin), sequence)
    }

    #[test]
    fn time_goes_before_rank_before_origin_before_sequence() {
        let sorted = [
            key(1, Rank::Other, 9, 9),
            key(2, Rank::EndOfHorizon, 9, 9),
            key(2, Rank::EndOfService, 0, 0),
            key(2, Rank::TakesEffect, 0, 0),
            key(2, Rank::Arrival, 3, 9),
            key(2, Rank::Arrival, 4, 0),
            key(2, Rank::Arrival, 4, 1),
            key(2, Rank::Other, 0, 0),
        ];
        assert!(sorted.is_sorted());
        assert_eq!(sorted[1].time(), Time::from_ns(2));
    }

    #[test]
    fn ranks_are_read_back_from_the_key() {
        assert!(key(5, Rank::EndOfService, 1, 1).rank_is_before(Rank::TakesEffect));
        assert!(!key(5, Rank::Arrival, 1, 1).rank_is_before(Rank::TakesEffect));
    }

    #[test]
    #[should_panic(expected = "more than 2^36 events")]
    fn a_sequence_that_does_not_fit_is_refused() {
        key(0, Rank::Other, 0, 1 << 36);
    }
}
