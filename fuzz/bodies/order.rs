//! The calendar against a sorted list.

use std::collections::BTreeSet;

use pdsim::des::{Calendar, Key, Origin, Rank};
use pdsim::units::Time;

/// Each pair of bytes pushes an event after a delay of up to 2^60 ns, or takes one.
pub fn calendar(data: &[u8]) {
    let (mut calendar, mut sorted) = (Calendar::new(), BTreeSet::new());
    for (sequence, pair) in (0_u64..).zip(data.chunks_exact(2)) {
        let (what, size) = (pair[0], pair[1]);
        if what & 3 == 3 {
            assert_eq!(calendar.pop(), sorted.pop_first());
        } else {
            let delay = u64::from(size) << (what >> 2).min(52);
            let time = Time::from_ns(calendar.clock().ns().saturating_add(delay));
            let key = Key::new(
                time,
                Rank::Other,
                Origin::new(u32::from(size & 7)),
                sequence,
            );
            calendar.push(key, sequence);
            sorted.insert((key, sequence));
        }
        assert_eq!(calendar.len(), sorted.len());
    }
    while let Some(expected) = sorted.pop_first() {
        assert_eq!(calendar.pop(), Some(expected));
    }
    assert!(calendar.is_empty() && calendar.pop().is_none());
}
