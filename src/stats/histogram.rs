//! The distribution of spans in buckets of three significant digits, with an exact mean.
//!
//! Rule: spans up to 2,047 ns have a bucket each; above, 1,024 buckets share each power of two,
//! so that a span read back is at most 0.1 % too long. A quantile is that of the nearest rank:
//! the smallest recorded span with at least `ceil(q n)` spans up to it, given as the longest span
//! of its bucket. Source: G. Tene's `HdrHistogram`. Memory grows with the longest span, up to
//! about 450 KB.

use hdrhistogram::Histogram as Buckets;

use crate::units::{Share, Span, cast};

/// Spans counted in buckets.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    buckets: Buckets<u64>,
    /// Spans of 0, which have the first bucket to themselves: a message that nobody makes wait is
    /// the common case, and it is counted without a search for its bucket.
    zeros: u64,
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

const SIGNIFICANT_DIGITS: u8 = 3;

impl Default for Histogram {
    fn default() -> Self {
        let buckets = Buckets::new(SIGNIFICANT_DIGITS).expect("three digits are within range");
        Self {
            buckets,
            zeros: 0,
            sum_ns: 0,
        }
    }
}

impl Histogram {
    /// The histogram that has these buckets, each as a span in it with how many there are, and this
    /// exact sum.
    ///
    /// # Panics
    /// If the machine has no memory for it.
    pub fn of_buckets(counts: impl IntoIterator<Item = (Span, u64)>, sum_ns: u128) -> Self {
        let mut histogram = Self::default();
        for (span, count) in counts {
            if span.is_zero() {
                histogram.zeros += count;
            } else {
                let recorded = histogram.buckets.record_n(span.ns(), count);
                recorded.expect("a histogram that resizes takes any span");
            }
        }
        Self {
            sum_ns,
            ..histogram
        }
    }

    /// Counts one span.
    ///
    /// # Panics
    /// If the machine has no memory for a longer histogram.
    #[inline]
    pub fn record(&mut self, span: Span) {
        if span.is_zero() {
            self.zeros += 1;
            return;
        }
        self.buckets
            .record(span.ns())
            .expect("a histogram that resizes takes any span");
        self.sum_ns += u128::from(span.ns());
    }

    /// Counts all that `other` counted.
    ///
    /// # Panics
    /// If the machine has no memory for the longer of the two.
    pub fn merge(&mut self, other: &Self) {
        self.buckets
            .add(&other.buckets)
            .expect("a histogram that resizes takes any other");
        self.zeros += other.zeros;
        self.sum_ns += other.sum_ns;
    }

    /// How many spans were counted.
    pub fn count(&self) -> u64 {
        self.zeros + self.buckets.len()
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
        if rank <= self.zeros {
            return Some(Span::ZERO);
        }
        let mut counted = self.zeros;
        let bucket = self.buckets.iter_recorded().find(|bucket| {
            counted += bucket.count_at_value();
            counted >= rank
        });
        bucket.map(|bucket| {
            Span::from_ns(self.buckets.highest_equivalent(bucket.value_iterated_to()))
        })
    }

    /// All spans, in nanoseconds, in the histogram of the public library: for its own file formats.
    ///
    /// # Panics
    /// Never: it has room for 0.
    pub fn public(&self) -> Buckets<u64> {
        let mut all = self.buckets.clone();
        all.record_n(0, self.zeros).expect("0 is within range");
        all
    }

    /// The buckets that are not empty, from the shortest span to the longest.
    pub fn recorded(&self) -> impl Iterator<Item = Bucket> + '_ {
        let total = cast::count_to_f64(self.count());
        let mut counted = self.zeros;
        let zeros = (self.zeros > 0).then(|| Bucket {
            value: Span::ZERO,
            count: self.zeros,
            up_to: cast::count_to_f64(self.zeros) / total,
        });
        let others = self.buckets.iter_recorded().map(move |bucket| {
            counted += bucket.count_at_value();
            Bucket {
                value: Span::from_ns(self.buckets.highest_equivalent(bucket.value_iterated_to())),
                count: bucket.count_at_value(),
                up_to: cast::count_to_f64(counted) / total,
            }
        });
        zeros.into_iter().chain(others)
    }
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
        // The longest bucket ends one nanosecond short of what fits.
        assert!(quantile(&histogram, 1.0) >= Some(u64::MAX - 1));
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
        fn a_histogram_of_its_own_buckets_is_itself(
            spans in prop::collection::vec(0_u64..=u64::MAX, 0..40),
        ) {
            let whole = of(spans);
            let buckets = whole.recorded().map(|bucket| (bucket.value, bucket.count));
            prop_assert_eq!(&Histogram::of_buckets(buckets, whole.sum_ns()), &whole);
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
