//! The root of all randomness of a run: (seed, replication), and what is derived from it.
//!
//! Two kinds of random numbers exist. A [`Stream`] is a `ChaCha8` generator for what happens in a
//! fixed order, such as the gaps of one group of senders. A [`Counter`] is a keyed hash for what
//! may or may not happen, such as the human reaction to a message: it has no state, so that what
//! one message draws cannot shift what another draws.

use super::{Counter, CounterKey, Purpose, Stream};

/// Names the random numbers of one replication of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The seed of the scenario.
    pub seed: u64,
    /// The replication, from 0.
    pub replication: u64,
}

impl Seed {
    /// The stream of `entity` for `purpose`.
    ///
    /// The four numbers are the four words of the `ChaCha` key, so no two streams of any run share
    /// one. A stream costs about 120 ns to open: open it once, at the start.
    ///
    /// # Panics
    /// For the entity `u64::MAX`, which is reserved for the keys of the counters.
    pub fn stream(self, purpose: Purpose, entity: u64) -> Stream {
        assert!(
            entity != COUNTER_ENTITY,
            "the last entity is reserved for the counters' keys"
        );
        Stream::keyed([self.seed, self.replication, purpose.code(), entity])
    }

    /// The stateless draws for one purpose; costs as much as a stream to open.
    pub fn counter_for(self, purpose: Purpose) -> CounterKey {
        let key = [self.seed, self.replication, purpose.code(), COUNTER_ENTITY];
        CounterKey::from_stream(&mut Stream::keyed(key))
    }

    /// The stateless draws for every purpose; costs some microseconds to open, once per run.
    pub fn counter(self) -> Counter {
        Counter::new(self)
    }

    /// One stateless draw. Convenient, but it opens the key anew each time: on a hot path keep
    /// the [`Counter`] or the [`CounterKey`], which give the same number in about 4 ns.
    pub fn draw(self, purpose: Purpose, identity: u64, ordinal: u64) -> u64 {
        self.counter_for(purpose).draw(identity, ordinal)
    }
}

/// The entity whose stream keys the counters; no stream may be opened for it.
const COUNTER_ENTITY: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed {
        seed: 20_251_101,
        replication: 3,
    };

    fn first(seed: Seed, purpose: Purpose, entity: u64) -> [u64; 4] {
        let mut stream = seed.stream(purpose, entity);
        std::array::from_fn(|_| stream.next_u64())
    }

    #[test]
    fn the_same_name_gives_the_same_stream() {
        assert_eq!(
            first(SEED, Purpose::Delay, 7),
            first(SEED, Purpose::Delay, 7)
        );
    }

    #[test]
    fn changing_any_part_of_the_name_changes_every_number() {
        let base = first(SEED, Purpose::Delay, 7);
        let others = [
            first(SEED, Purpose::Loss, 7),
            first(SEED, Purpose::Delay, 8),
            first(Seed { seed: 1, ..SEED }, Purpose::Delay, 7),
            first(
                Seed {
                    replication: 4,
                    ..SEED
                },
                Purpose::Delay,
                7,
            ),
        ];
        for other in others {
            assert!(base.iter().all(|draw| !other.contains(draw)));
        }
    }

    #[test]
    fn the_one_off_draw_equals_the_draw_of_the_opened_counter() {
        let counter = SEED.counter();
        for purpose in Purpose::ALL {
            assert_eq!(
                SEED.draw(purpose, 11, 2),
                counter.draw(purpose, 11, 2),
                "{purpose:?}"
            );
        }
    }

    #[test]
    #[should_panic(expected = "reserved")]
    fn the_entity_of_the_counters_has_no_stream() {
        let _ = SEED.stream(Purpose::Test, COUNTER_ENTITY);
    }
}
