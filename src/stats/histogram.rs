//! The distribution of spans in buckets of three significant digits, with an exact mean.
//!
//! Rule: spans up to 2,047 ns have a bucket each; above, 1,024 buckets share each power of two,
//! so that a span read back is at most 0.1 % too long. A quantile is that of the nearest rank:
//! the smallest recorded span with at least `ceil(q n)` spans up to it, given as the longest span
//! of its bucket. Source of the buckets: G. Tene's `HdrHistogram`. Memory grows with the longest span, up to
//! about 450 KB.

use crate::units::{Share, Span, cast};

/// Spans counted in buckets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Counts by bucket, up to the longest one that is not empty.
    counts: Vec<u64>,
    count: u64,
    sum_ns: u128,
}

/// One bucket that is not empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// The longest span that falls into the bucket.
    pub value: Span,
    /// How many spans fell into it.
    pub count: u64,
    /// The share of all spans that are in this bucket or a shorter one.
    pub up_to: f64,
}

/// log2 of the buckets per power of two.
const BUCKET_BITS: u32 = 10;

impl Histogram {
    /// Counts one span.
    #[inline]
    pub fn record(&mut self, span: Span) {
        let bucket = bucket_of(span.ns());
        self.count += 1;
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
        let longer = self.counts.len().max(other.counts.len());
        self.counts.resize(longer, 0);
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.count += other.count;
        self.sum_ns += other.sum_ns;
    }

    /// How many spans were counted.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The exact sum in nanoseconds.
    pub const fn sum_ns(&self) -> u128 {
        self.sum_ns
    }

    /// The mean in seconds, from the exact sum; `None` of nothing.
    pub fn mean_s(&self) -> Option<f64> {
        (self.count() > 0)
            .then(|| cast::wide_to_f64(self.sum_ns) / cast::count_to_f64(self.count()) / 1e9)
    }

    /// The span of the nearest rank; `None` of nothing.
    pub fn quantile(&self, quantile: Share) -> Option<Span> {
        let rank = nearest_rank(quantile, self.count())?;
        let mut counted = 0;
        let bucket = self.counts.iter().position(|count| {
            counted += count;
            counted >= rank
        });
        bucket.map(longest_of)
    }

    /// The buckets that are not empty, from the shortest span to the longest.
    pub fn recorded(&self) -> impl Iterator<Item = Bucket> + '_ {
        let total = cast::count_to_f64(self.count());
        let mut counted = 0;
        let filled = self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        filled.map(move |(bucket, count)| {
            counted += count;
            Bucket {
                value: longest_of(bucket),
                count: *count,
                up_to: cast::count_to_f64(counted) / total,
            }
        })
    }
}

/// The bucket of a span: its leading 11 bits, and how many bits follow them.
#[inline]
fn bucket_of(ns: u64) -> usize {
    let bits_below = (u64::BITS - 1 - BUCKET_BITS).saturating_sub(ns.leading_zeros());
    cast::index((u64::from(bits_below) << BUCKET_BITS) + (ns >> bits_below))
}

/// The longest span of a bucket.
fn longest_of(bucket: usize) -> Span {
    let bits_below = (bucket >> BUCKET_BITS).saturating_sub(1);
    let leading = cast::count_to_u64(bucket - (bits_below << BUCKET_BITS));
    Span::from_ns((leading << bits_below) + ((1 << bits_below) - 1))
}

/// `ceil(q n)`, at least 1; `None` of nothing. A product that is a whole number but for the
/// rounding of q (0.07 times 100) is taken as that number.
fn nearest_rank(quantile: Share, count: u64) -> Option<u64> {
    let product = quantile.value() * cast::count_to_f64(count);
    let rank = libm::ceil(product * (1.0 - f64::EPSILON));
    (count > 0).then(|| cast::f64_floor(rank).clamp(1, count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(spans: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        for ns in spans {
            histogram.record(Span::from_ns(ns));
        }
        histogram
    }

    fn quantile(histogram: &Histogram, q: f64) -> Option<u64> {
        histogram.quantile(Share::new(q).unwrap()).map(Span::ns)
    }

    #[test]
    fn quantiles_are_those_of_the_nearest_rank() {
        let hundred = of(1..=100);
        for percent in 1..=100_u32 {
            let q = f64::from(percent) / 100.0;
            assert_eq!(quantile(&hundred, q), Some(u64::from(percent)));
        }
        assert_eq!(quantile(&hundred, 0.0), Some(1));
        assert_eq!(quantile(&hundred, 0.501), Some(51));
        assert_eq!(quantile(&of([]), 0.5), None);
        assert_eq!(quantile(&of([0]), 0.5), Some(0));
    }

    #[test]
    fn sums_are_exact_and_the_longest_span_fits() {
        let histogram = of([u64::MAX, u64::MAX, 0]);
        assert_eq!(histogram.sum_ns(), 2 * u128::from(u64::MAX));
        assert_eq!(quantile(&histogram, 1.0), Some(u64::MAX));
        assert_eq!(of([1_000_000_000, 2_000_000_000]).mean_s(), Some(1.5));
        assert_eq!(of([]).mean_s(), None);
    }

    #[test]
    fn the_recorded_buckets_add_up_to_the_whole() {
        let histogram = of([5, 5, 7, 1_000_000]);
        let buckets: Vec<Bucket> = histogram.recorded().collect();
        let counts: Vec<u64> = buckets.iter().map(|bucket| bucket.count).collect();
        let shares: Vec<f64> = buckets.iter().map(|bucket| bucket.up_to).collect();
        assert_eq!(counts, [2, 1, 1]);
        assert_eq!(shares, [0.5, 0.75, 1.0]);
        assert_eq!(buckets[0].value, Span::from_ns(5));
    }

    proptest! {
        #[test]
        fn the_buckets_are_those_of_hdr_histogram(
            spans in prop::collection::vec((0_u64..1 << 62, 0_u32..62), 1..80),
        ) {
            let spans = spans.into_iter().map(|(span, shift)| span >> shift);
            let mut theirs = hdrhistogram::Histogram::<u64>::new(3).unwrap();
            spans.clone().for_each(|span| theirs.record(span).unwrap());
            let expected: Vec<(u64, u64)> = theirs
                .iter_recorded()
                .map(|step| (theirs.highest_equivalent(step.value_iterated_to()), step.count_at_value()))
                .collect();
            let found: Vec<(u64, u64)> = of(spans)
                .recorded()
                .map(|bucket| (bucket.value.ns(), bucket.count))
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_quantile_is_the_sorted_sample_within_a_thousandth(
            mut spans in prop::collection::vec(0_u64..1 << 50, 1..80),
            q in 0.0..=1.0_f64,
        ) {
            let found = quantile(&of(spans.iter().copied()), q).unwrap();
            spans.sort_unstable();
            let rank = libm::ceil(q * cast::count_to_f64(cast::count_to_u64(spans.len())));
            let exact = spans[cast::index(cast::f64_floor(rank).max(1) - 1)];
            prop_assert!(found >= exact && found - exact <= exact / 1_000, "{found} {exact}");
        }

        #[test]
        fn merged_histograms_equal_the_histogram_of_all(
            a in prop::collection::vec(0_u64..1 << 60, 0..40),
            b in prop::collection::vec(0_u64..1 << 20, 0..40),
        ) {
            let whole = of(a.iter().chain(&b).copied());
            let mut merged = of(b);
            merged.merge(&of(a));
            prop_assert_eq!(merged.sum_ns(), whole.sum_ns());
            let buckets = |h: &Histogram| h.recorded().collect::<Vec<_>>();
            prop_assert_eq!(buckets(&merged), buckets(&whole));
        }
    }
}
