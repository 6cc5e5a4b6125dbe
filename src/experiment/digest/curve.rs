//! Percentiles of a latency, from the buckets of its histogram.
//!
//! The largest of n values has percentile 100, which a logarithmic axis of what lies above cannot
//! show: it is drawn at the share of those below it, (n - 1) / n.

use crate::units::cast;

/// A row of `histograms.csv`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucketed<'r> {
    /// The arm.
    pub arm: &'r str,
    /// Ground truth.
    pub class: &'r str,
    /// `total` or a stage.
    pub stage: &'r str,
    /// The longest span of the bucket.
    pub value_s: f64,
    /// Messages in the bucket.
    pub count: u64,
}

/// One point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    /// Share of the messages that took at most so long, in percent.
    pub percentile: f64,
    /// How long.
    pub value_s: f64,
    /// Share of the messages that took longer, as the curve is drawn: never 0.
    pub above: f64,
}

/// The latency of a class in one stage of one arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The arm.
    pub arm: String,
    /// Ground truth.
    pub class: String,
    /// `total` or a stage.
    pub stage: String,
    /// Value and count of each bucket, sorted by value.
    buckets: Vec<(f64, u64)>,
}

/// All curves of a folder of results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curves(Vec<Curve>);

impl Curves {
    /// Adds one row; those of several replications are merged.
    pub fn add(&mut self, row: &Bucketed<'_>) {
        let fits = |c: &Curve| c.stage == row.stage && c.class == row.class && c.arm == row.arm;
        let place = self.0.iter().rposition(fits).unwrap_or_else(|| {
            self.0.push(Curve {
                arm: row.arm.to_owned(),
                class: row.class.to_owned(),
                stage: row.stage.to_owned(),
                buckets: Vec::new(),
            });
            self.0.len() - 1
        });
        let buckets = &mut self.0[place].buckets;
        let found = match buckets.last() {
            Some((last, _)) if *last < row.value_s => Err(buckets.len()),
            _ => buckets.binary_search_by(|(value, _)| value.total_cmp(&row.value_s)),
        };
        match found {
            Ok(bucket) => buckets[bucket].1 += row.count,
            Err(before) => buckets.insert(before, (row.value_s, row.count)),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The curve of a class and stage in an arm.
    pub fn find(&self, arm: &str, class: &str, stage: &str) -> Option<&Curve> {
        let fits = |c: &&Curve| c.stage == stage && c.class == class && c.arm == arm;
        self.0.iter().find(fits)
    }
}

impl Curve {
    /// At most about `most` points of the curve, evenly spread on the logarithm of the share that
    /// lies above; the first and the last bucket are among them. Percentile 0 is the shortest.
    pub fn ranks(&self, most: u32) -> Vec<Rank> {
        let all: u64 = self.buckets.iter().map(|(_, count)| count).sum();
        let number = cast::count_to_f64(all);
        let floor = 1.0 / number;
        let step = libm::log10(number.max(10.0)) / f64::from(most.max(1));
        let shortest = self.buckets.first().map(|(value_s, _)| Rank {
            percentile: 0.0,
            value_s: *value_s,
            above: 1.0,
        });
        let mut ranks: Vec<Rank> = shortest.into_iter().collect();
        let (mut below, mut next) = (0, 0.0);
        for (place, (value_s, count)) in self.buckets.iter().enumerate() {
            below += count;
            let share = cast::count_to_f64(below) / number;
            let above = (1.0 - share).max(floor);
            let depth = -libm::log10(above);
            let is_last = place + 1 == self.buckets.len();
            if depth >= next || is_last || place == 0 {
                next = depth + step;
                ranks.push(Rank {
                    percentile: share * 100.0,
                    value_s: *value_s,
                    above,
                });
            }
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(buckets: &[(f64, u64)]) -> Curves {
        let mut curves = Curves::default();
        for (value_s, count) in buckets {
            curves.add(&Bucketed {
                arm: "base",
                class: "ham",
                stage: "total",
                value_s: *value_s,
                count: *count,
            });
        }
        curves
    }

    #[test]
    fn percentiles_count_what_took_at_most_so_long() {
        let curves = curves(&[(1.0, 5), (2.0, 4), (8.0, 1)]);
        let ranks = curves.find("base", "ham", "total").unwrap().ranks(100);
        let shown: Vec<(f64, f64)> = ranks.iter().map(|r| (r.value_s, r.percentile)).collect();
        assert_eq!(shown, [(1.0, 0.0), (1.0, 50.0), (2.0, 90.0), (8.0, 100.0)]);
        // The largest of ten: nine tenths lie below it.
        assert!((ranks[3].above - 0.1).abs() < 1e-15);
    }

    #[test]
    fn replications_are_merged_and_points_are_thinned_evenly() {
        let one: Vec<(f64, u64)> = (1..=1_000).map(|n| (f64::from(n), 1)).collect();
        let twice: Vec<(f64, u64)> = one.iter().chain(&one).copied().collect();
        let curves = curves(&twice);
        let ranks = curves.find("base", "ham", "total").unwrap().ranks(40);
        assert!(ranks.len() <= 44, "{}", ranks.len());
        assert!((ranks[1].percentile - 0.1).abs() < 1e-12);
        let ends = [ranks[0].value_s, ranks[ranks.len() - 1].value_s];
        assert_eq!(ends.map(|value_s| value_s.to_string()), ["1", "1000"]);
        assert!(ranks.is_sorted_by(|a, b| a.value_s <= b.value_s && a.above >= b.above));
    }
}
