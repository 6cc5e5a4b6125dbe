//! Different instants in several ascending lists, for counting events that share one.

use crate::units::Time;

/// Puts every instant of two strictly ascending lists into `union`, once and in order.
pub fn unite(first: &[Time], second: &[Time], union: &mut Vec<Time>) {
    union.clear();
    union.reserve(first.len() + second.len());
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (first.get(i), second.get(j)) {
        union.push(*a.min(b));
        // Both move on where they are equal; without a branch, for which of them is smaller cannot
        // be guessed.
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    union.extend_from_slice(&first[i..]);
    union.extend_from_slice(&second[j..]);
}

/// How many different instants there are in strictly ascending lists.
pub fn count<'t>(lists: impl Iterator<Item = &'t [Time]>) -> u64 {
    let mut lists = lists.filter(|list| !list.is_empty());
    let mut all = lists.next().unwrap_or(&[]).to_vec();
    let mut union = Vec::new();
    for list in lists {
        unite(&all, list, &mut union);
        std::mem::swap(&mut all, &mut union);
    }
    all.len() as u64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_union_is_that_of_the_sets(
            lists in prop::collection::vec(prop::collection::btree_set(0_u64..60, 0..40), 0..5)
        ) {
            let ascending: Vec<Vec<Time>> = lists
                .iter()
                .map(|set| set.iter().map(|ns| Time::from_ns(*ns)).collect())
                .collect();
            let all: BTreeSet<u64> = lists.iter().flatten().copied().collect();
            let counted = count(ascending.iter().map(Vec::as_slice));
            prop_assert_eq!(counted, all.len() as u64);
        }
    }
}
