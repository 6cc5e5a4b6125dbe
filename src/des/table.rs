//! A hash table for integer keys whose iteration order cannot be seen.
//!
//! It wraps the standard `HashMap` with a fixed multiply-fold hash: one 64 x 64 -> 128 bit product,
//! its halves xored. The only ways to look at more than one entry give results that do not depend
//! on the order of the entries: [`Table::retain`] with a predicate on each entry alone, and
//! [`Table::nth_rank`], an order statistic. No other file may name `HashMap`.

#![allow(
    clippy::disallowed_types,
    reason = "this is the one file that owns HashMap: it hides the order"
)]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use crate::units::cast;

/// A map from small integer keys (`u32`, `u64`, pairs of them) to values.
#[derive(Debug, Clone)]
pub struct Table<K, V> {
    entries: HashMap<K, V, BuildHasherDefault<Fold>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            entries: HashMap::default(),
        }
    }
}

impl<K: Copy + Eq + Hash + Ord, V> Table<K, V> {
    /// An empty table; it allocates nothing until the first insertion.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of `key`.
    pub fn get(&self, key: K) -> Option<&V> {
        self.entries.get(&key)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.entries.get_mut(&key)
    }

    /// The value of `key`, made by `fresh` where there is none.
    pub fn get_or_insert_with(&mut self, key: K, fresh: impl FnOnce() -> V) -> &mut V {
        self.entries.entry(key).or_insert_with(fresh)
    }

    /// Whether `key` is present.
    pub fn contains(&self, key: K) -> bool {
        self.entries.contains_key(&key)
    }

    /// Sets the value of `key` and returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.entries.insert(key, value)
    }

    /// Looks `key` up once: `known` gets the value it has, `unknown` may give it one.
    #[inline]
    pub fn visit<R>(
        &mut self,
        key: K,
        known: impl FnOnce(&mut V) -> R,
        unknown: impl FnOnce() -> (R, Option<V>),
    ) -> R {
        match self.entries.entry(key) {
            Entry::Occupied(mut entry) => known(entry.get_mut()),
            Entry::Vacant(entry) => {
                let (result, value) = unknown();
                if let Some(value) = value {
                    entry.insert(value);
                }
                result
            }
        }
    }

    /// Removes `key` and returns its value.
    pub fn remove(&mut self, key: K) -> Option<V> {
        self.entries.remove(&key)
    }

    /// Keeps the entries for which `keep` holds. `keep` sees one entry at a time, in no order; being
    /// an `Fn`, it cannot remember what it saw.
    pub fn retain(&mut self, keep: impl Fn(K, &V) -> bool) {
        self.entries.retain(|key, value| keep(*key, value));
    }

    /// Takes in the entries of `other` that it lacks.
    pub fn unite(&mut self, other: Self) {
        for (key, value) in other.entries {
            self.entries.entry(key).or_insert(value);
        }
    }

    /// How many keys `belong`.
    pub fn count(&self, belongs: impl Fn(K) -> bool) -> u64 {
        self.entries.keys().filter(|key| belongs(**key)).count() as u64
    }

    /// How many keys are in `other` too.
    pub fn common<W>(&self, other: &Table<K, W>) -> u64 {
        let keys = self.entries.keys();
        keys.filter(|key| other.entries.contains_key(key)).count() as u64
    }

    /// The `n`-th smallest (from 0) pair of rank and key; ranks that tie are ordered by key, so the
    /// result does not depend on the order of the entries. `None` where there are not so many.
    pub fn nth_rank<R: Ord>(&self, n: usize, rank: impl Fn(&V) -> R) -> Option<(R, K)> {
        if n >= self.len() {
            return None;
        }
        let mut ranks: Vec<(R, K)> = self
            .entries
            .iter()
            .map(|(key, value)| (rank(value), *key))
            .collect();
        ranks.select_nth_unstable(n);
        ranks.into_iter().nth(n)
    }
}

/// The multiply-fold hash of integer keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fold(u64);

/// Odd, with about half of its bits set: the fractional bits of the golden ratio and of pi.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
const START: u64 = 0x243f_6a88_85a3_08d3;

fn fold(word: u64) -> u64 {
    let product = u128::from(word ^ START) * u128::from(MULTIPLIER);
    cast::low_u64(product >> 64) ^ cast::low_u64(product & u128::from(u64::MAX))
}

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        fold(self.0)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, word: u32) {
        // Two of them fill the word, so a pair of ids costs one product.
        self.0 = self.0.rotate_left(32) ^ u64::from(word);
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = if self.0 == 0 {
            word
        } else {
            fold(self.0) ^ word
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_found_and_what_was_not_is_not() {
        let mut table = Table::new();
        for key in 0..10_000_u64 {
            assert_eq!(table.insert(key << 32, key), None);
        }
        assert_eq!(table.len(), 10_000);
        assert!((0..10_000).all(|key| table.get(key << 32) == Some(&key)));
        assert_eq!(table.get(1), None);
        assert_eq!(table.remove(5 << 32), Some(5));
        assert!(!table.contains(5 << 32));
    }

    #[test]
    fn a_visit_changes_what_is_known_and_inserts_what_is_given() {
        let mut table = Table::new();
        let mut visit = |key: u64, given: Option<u64>| {
            table.visit(
                key,
                |value| {
                    *value += 1;
                    "known"
                },
                || ("unknown", given),
            )
        };
        let answers = [visit(7, None), visit(7, Some(3)), visit(7, Some(9))];
        assert_eq!(answers, ["unknown", "unknown", "known"]);
        assert_eq!((table.len(), table.get(7)), (1, Some(&4)));
    }

    #[test]
    fn retain_keeps_exactly_the_entries_of_the_predicate() {
        let mut table = Table::new();
        for key in 0..1_000_u32 {
            table.insert((key, 7_u32), key);
        }
        table.retain(|_, value| value % 10 == 3);
        assert_eq!(table.len(), 100);
        assert!(table.contains((13, 7)) && !table.contains((14, 7)));
    }

    #[test]
    fn a_united_table_has_the_entries_of_both_and_keeps_its_own() {
        let table = |entries: &[(u32, u32)]| {
            let mut table = Table::new();
            for (key, value) in entries {
                table.insert(*key, *value);
            }
            table
        };
        let (mut one, other) = (table(&[(1, 10), (2, 20)]), table(&[(2, 21), (3, 31)]));
        assert_eq!(one.common(&other), 1);
        one.unite(other);
        let values = [1, 2, 3, 4].map(|key| one.get(key).copied());
        assert_eq!(values, [Some(10), Some(20), Some(31), None]);
    }

    #[test]
    fn the_nth_rank_is_that_of_the_sorted_entries_whatever_the_order_of_insertion() {
        let rank = |value: &u64| value / 10;
        let mut up = Table::new();
        let mut down = Table::new();
        for key in 0..500_u64 {
            up.insert(key, key * 37 % 501);
            down.insert(499 - key, (499 - key) * 37 % 501);
        }
        let mut sorted: Vec<_> = (0..500_u64).map(|k| (k * 37 % 501 / 10, k)).collect();
        sorted.sort_unstable();
        for n in [0, 1, 77, 499] {
            assert_eq!(up.nth_rank(n, rank), Some(sorted[n]));
            assert_eq!(down.nth_rank(n, rank), Some(sorted[n]));
        }
        assert_eq!(up.nth_rank(500, rank), None);
    }

    #[test]
    fn hashes_of_neighbouring_keys_spread_over_the_low_and_the_high_bits() {
        // 4,096 keys into 4,096 cells: a random function leaves 4096/e = 1507 empty, sd 31.
        for shift in [0, 52] {
            let mut seen = vec![false; 4_096];
            for key in 0..4_096_u64 {
                let mut hasher = Fold::default();
                key.hash(&mut hasher);
                seen[cast::index(hasher.finish() >> shift & 0xfff)] = true;
            }
            let empty = seen.iter().filter(|hit| !**hit).count();
            assert!(empty < 2_000, "{empty} empty cells at shift {shift}");
        }
    }
}
