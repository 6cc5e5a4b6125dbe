//! A hash table that forgets: every entry has an instant from which on it means no more than an
//! absent one.
//!
//! Sweeps come when the table has doubled since the last one, so their cost per insertion is
//! constant; no reader can notice when they come.

use std::hash::Hash;

use super::Table;
use crate::units::Time;

/// A table whose entries are forgotten.
#[derive(Debug, Clone)]
pub struct Forgetful<K, V> {
    entries: Table<K, (V, Time)>,
    sweep_at: usize,
}

/// Tables smaller than this are never swept.
const SMALLEST_SWEEP: usize = 1_024;

impl<K, V> Default for Forgetful<K, V> {
    fn default() -> Self {
        Self {
            entries: Table::default(),
            sweep_at: SMALLEST_SWEEP,
        }
    }
}

impl<K: Copy + Eq + Hash + Ord, V> Forgetful<K, V> {
    /// The value of `key`, unless it is forgotten by `now`.
    pub fn get(&self, key: K, now: Time) -> Option<&V> {
        let (value, until) = self.entries.get(key)?;
        (now <= *until).then_some(value)
    }

    /// The value of `key` to be changed, unless it is forgotten by `now`.
    pub fn get_mut(&mut self, key: K, now: Time) -> Option<&mut V> {
        let (value, until) = self.entries.get_mut(key)?;
        (now <= *until).then_some(value)
    }

    /// Sets the value of `key`, which counts up to and with `until`.
    pub fn insert(&mut self, now: Time, key: K, value: V, until: Time) {
        self.entries.insert(key, (value, until));
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, (_, until)| now <= *until);
            self.sweep_at = SMALLEST_SWEEP.max(2 * self.entries.len());
        }
    }

    /// Removes `key`.
    pub fn remove(&mut self, key: K) {
        self.entries.remove(key);
    }

    /// How many entries it holds, forgotten ones included that no sweep has met.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_counts_up_to_its_last_instant() {
        let mut table = Forgetful::default();
        let at = Time::from_ns;
        table.insert(at(0), 1_u32, 'a', at(10));
        assert_eq!(table.get(1, at(10)), Some(&'a'));
        assert_eq!(table.get(1, at(11)), None);
        assert!(table.get_mut(1, at(11)).is_none());
    }

    #[test]
    fn what_is_forgotten_takes_no_memory_for_long() {
        let mut table = Forgetful::default();
        for second in 0..100_000_u64 {
            let now = Time::from_ns(second);
            table.insert(now, second, (), Time::from_ns(second + 10));
        }
        assert!(table.len() <= SMALLEST_SWEEP, "{}", table.len());
    }
}
