//! Spans counted at the least cost while a run goes on; afterwards a [`Histogram`].
//!
//! The buckets are those of the histogram, found by a shift instead of a call:
//!
//! ```text
//! magnitude = log2(ns) - 10, 0 below 2,048 ns;   bucket = 1,024 magnitude + (ns >> magnitude)
//! ```

use super::Histogram;
use crate::units::{Span, cast};

/// Counts by bucket, up to the longest one that is not empty.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    counts: Vec<u64>,
    sum_ns: u128,
}

/// log2 of the buckets per power of two.
const BUCKET_BITS: u32 = 10;
/// The values that have a bucket each, less one.
const EXACT: u64 = (2 << BUCKET_BITS) - 1;

impl Recorder {
    /// Counts one span.
    #[inline]
    pub fn record(&mut self, span: Span) {
        let bucket = bucket_of(span.ns());
        self.sum_ns += u128::from(span.ns());
        match self.counts.get_mut(bucket) {
            Some(count) => *count += 1,
            None => self.record_longest(bucket),
        }
    }

    /// Counts a span beyond all those before it.
    #[cold]
    fn record_longest(&mut self, bucket: usize) {
        self.counts.resize(bucket, 0);
        self.counts.push(1);
    }

    /// Counts all that `other` counted.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        let counts = self.counts.iter_mut().zip(&other.counts);
        counts.for_each(|(count, other)| *count += other);
        self.sum_ns += other.sum_ns;
    }

    /// What was counted.
    pub fn finish(&self) -> Histogram {
        let counts = self.counts.iter().enumerate();
        let counted = counts.filter(|(_, count)| **count > 0);
        Histogram::of_buckets(
            counted.map(|(bucket, count)| (shortest_of(bucket), *count)),
            self.sum_ns,
        )
    }
}

#[inline]
fn bucket_of(ns: u64) -> usize {
    let magnitude = (ns | EXACT).ilog2() - BUCKET_BITS;
    cast::index((u64::from(magnitude) << BUCKET_BITS) + (ns >> magnitude))
}

/// The shortest span of a bucket.
fn shortest_of(bucket: usize) -> Span {
    let bucket = cast::count_to_u64(bucket);
    let magnitude = (bucket >> BUCKET_BITS).saturating_sub(1);
    Span::from_ns((bucket - (magnitude << BUCKET_BITS)) << magnitude)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_recorded_is_what_the_histogram_itself_counts(
            spans in prop::collection::vec((any::<u64>(), 0_u32..64), 0..60)
        ) {
            let (mut recorder, mut direct) = (Recorder::default(), Histogram::default());
            for (bits, shift) in spans {
                let span = Span::from_ns(bits >> shift >> 1);
                recorder.record(span);
                direct.record(span);
            }
            let recorded = recorder.finish();
            prop_assert_eq!(recorded.count(), direct.count());
            prop_assert_eq!(recorded.sum_ns(), direct.sum_ns());
            let buckets = |h: &Histogram| h.recorded().collect::<Vec<_>>();
            prop_assert_eq!(buckets(&recorded), buckets(&direct));
        }
    }

    #[test]
    fn two_recorders_merged_are_one_that_counted_everything() {
        let spans = [3, 70_000, 5_000_000, 12].map(Span::from_ns);
        let recorded = |spans: &[Span]| {
            let mut recorder = Recorder::default();
            for span in spans {
                recorder.record(*span);
            }
            recorder
        };
        let whole = recorded(&spans);
        for cut in 0..=spans.len() {
            let mut first = recorded(&spans[..cut]);
            first.merge(&recorded(&spans[cut..]));
            assert_eq!((&first.counts, first.sum_ns), (&whole.counts, whole.sum_ns));
        }
    }

    #[test]
    fn a_bucket_begins_where_the_one_before_it_ends() {
        // 2,047 is the last span with a bucket of its own; 2,048 and 2,049 share one.
        let places = [0, 1, 2_047, 2_048, 2_049, 2_050, 4_095, 4_096].map(bucket_of);
        assert_eq!(places, [0, 1, 2_047, 2_048, 2_048, 2_049, 3_071, 3_072]);
        for bucket in [0, 1, 2_047, 2_048, 3_071, 3_072, 40_000] {
            assert_eq!(bucket_of(shortest_of(bucket).ns()), bucket);
        }
    }
}
