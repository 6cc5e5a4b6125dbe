//! What one spammer delivers before its label is known.
//!
//! With the label lag counted from the first delivery, the expected number of deliveries is the
//! sum over the admissions k of `P(lag > a(k))`, a(k) = time of the k-th admission since the
//! first. Everything else here follows from it for particular senders and labelers.

use crate::stats::special::normal_below;

/// Expected deliveries, given the times of the admissions since the first (0 included) and the
/// chance that the lag exceeds a time. The times may go on for ever: summing ends where the
/// chance is below 1e-15 (of a delivery, each).
pub fn delivered(
    admission_times: impl IntoIterator<Item = f64>,
    lag_exceeds: impl Fn(f64) -> f64,
) -> f64 {
    admission_times
        .into_iter()
        .map(lag_exceeds)
        .take_while(|&chance| chance > 1e-15)
        .sum()
}

/// Deliveries of a Poisson sender whom nothing limits, label after its first: `1 + s E[lag]`.
pub fn delivered_after_first(send_rate: f64, mean_lag: f64) -> f64 {
    1.0 + send_rate * mean_lag
}

/// Deliveries of a Poisson sender until the label after `threshold` reports, each message being
/// reported at once with the given chance: `k / q + s d`.
pub fn delivered_after_reports(
    threshold: u32,
    report_chance: f64,
    send_rate: f64,
    mean_lag: f64,
) -> f64 {
    f64::from(threshold) / report_chance + send_rate * mean_lag
}

/// Deliveries of a flood through windows of `limit` per `window`, from an edge on, under an
/// exponential lag: `N / (1 - e^(-W / mean))`.
pub fn flood_through_windows(limit: u32, window: f64, mean_lag: f64) -> f64 {
    f64::from(limit) / -libm::expm1(-window / mean_lag)
}

/// Fluid approximation of the deliveries through a full bucket of `burst` tokens, one more per
/// `token_gap`, with a send each `send_gap`, under an exponential lag.
pub fn bucket_fluid(burst: u32, token_gap: f64, send_gap: f64, mean_lag: f64) -> f64 {
    let emptied_at = f64::from(burst) / (1.0 / send_gap - 1.0 / token_gap);
    let still_unlabelled = libm::exp(-emptied_at / mean_lag);
    mean_lag / send_gap * (1.0 - still_unlabelled) + mean_lag / token_gap * still_unlabelled
}

/// Rate of a spammer who takes a new identity when labelled: deliveries per identity over the
/// cycle of a mean lag and the time that a new identity takes, plus, where the first send waits,
/// the wait for it (`1 / s` of a Poisson sender, 0 of one who sends at once).
pub fn rotation_rate(per_identity: f64, mean_lag: f64, renewal: f64, first_send: f64) -> f64 {
    per_identity / (first_send + mean_lag + renewal)
}

/// Share of spam that passes greylisting: retried, and not labelled within the delay.
pub fn passes_greylist(retry_chance: f64, lag_exceeds_delay: f64) -> f64 {
    retry_chance * lag_exceeds_delay
}

/// Reports of a Poisson sender's messages, each with a chance, after a lognormal delay.
///
/// They form a Poisson process with the mean
/// `s q (t F(t) - E[delay; delay <= t])` up to t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DelayedReports {
    /// Messages per unit of time, from time 0.
    pub send_rate: f64,
    /// Share of the messages that are ever reported.
    pub report_chance: f64,
    /// Median of the delay of a report.
    pub median_delay: f64,
    /// Standard deviation of the delay's logarithm.
    pub sigma: f64,
}

impl DelayedReports {
    /// Expected number of reports up to `time`.
    pub fn expected_until(&self, time: f64) -> f64 {
        if time <= 0.0 {
            return 0.0;
        }
        let z = libm::log(time / self.median_delay) / self.sigma;
        let mean_delay = self.median_delay * libm::exp(self.sigma * self.sigma / 2.0);
        let waited = time * normal_below(z) - mean_delay * normal_below(z - self.sigma);
        self.send_rate * self.report_chance * waited.max(0.0)
    }

    /// Mean time of the report that reaches `threshold`: the integral of the chance that fewer
    /// have come.
    pub fn mean_time_to(&self, threshold: u32) -> f64 {
        let fewer = |time: f64| {
            let mean = self.expected_until(time);
            let (mut term, mut sum) = (libm::exp(-mean), 0.0);
            for k in 1..=threshold {
                sum += term;
                term *= mean / f64::from(k);
            }
            sum
        };
        let mut end = self.median_delay;
        while fewer(end) > 1e-16 {
            end *= 2.0;
        }
        simpson(fewer, end)
    }
}

/// The integral from 0 to `end` by Simpson's rule, for functions without corners.
fn simpson(function: impl Fn(f64) -> f64, end: f64) -> f64 {
    let step = end / f64::from(2 * PARABOLAS);
    let at = |i: u32| function(step * f64::from(i));
    let panels = (0..PARABOLAS).map(|i| at(2 * i) + 4.0 * at(2 * i + 1) + at(2 * i + 2));
    panels.sum::<f64>() * step / 3.0
}

const PARABOLAS: u32 = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_close(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() < tolerance,
            "{found} for {expected}"
        );
    }

    /// Times at which a full bucket admits a send each `send_gap`, in exact milliseconds.
    fn bucket_admissions(burst: u64, token_gap: u64, send_gap: u64) -> impl Iterator<Item = f64> {
        // Tokens in units of a millisecond of growth.
        let full = burst * token_gap;
        let mut tokens = full;
        (0..100_000_u32).filter_map(move |send| {
            if send > 0 {
                tokens = full.min(tokens + send_gap);
            }
            let admitted = tokens >= token_gap;
            tokens -= if admitted { token_gap } else { 0 };
            let gap = f64::from(u32::try_from(send_gap).unwrap());
            admitted.then(|| f64::from(send) * gap)
        })
    }

    #[test]
    fn every_row_of_the_oracle_file_is_met() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/closed_forms/leakage_forms.csv"
        );
        let mut rows = csv::Reader::from_path(path).unwrap();
        let mut count = 0;
        for row in rows.records() {
            let row = row.unwrap();
            let whole = |column: usize| row[column].parse::<u64>().unwrap();
            let number = |column: usize| row[column].parse::<f64>().unwrap();
            let admissions = bucket_admissions(whole(2), whole(1), whole(0));
            let exact = delivered(admissions, |time| libm::exp(-time / number(3)));
            assert_close(exact, number(4), 1e-8);
            let burst = u32::try_from(whole(2)).unwrap();
            let fluid = bucket_fluid(burst, number(1), number(0), number(3));
            assert_close(fluid, number(5), 1e-8);
            count += 1;
        }
        assert_eq!(count, 3);
    }

    #[test]
    fn a_flood_through_ten_a_minute_gives_the_reference_values() {
        let each_minute = (0..).flat_map(|window: u32| [f64::from(window) * 60.0; 10]);
        // A label after exactly 3,600 s: sixty windows open before it.
        let certain = delivered(each_minute.clone(), |time| {
            f64::from(u8::from(time < 3_600.0))
        });
        assert_close(certain, 600.0, 1e-9);
        assert_close(flood_through_windows(10, 60.0, 3_600.0), 605.013_889, 5e-7);
        let summed = delivered(each_minute, |time| libm::exp(-time / 3_600.0));
        assert_close(summed, 605.013_889, 5e-7);
    }

    #[test]
    fn delayed_reports_give_the_reference_values() {
        let reports = DelayedReports {
            send_rate: 5.0,
            report_chance: 0.02,
            median_delay: 47.0,
            sigma: 1.777,
        };
        let minutes = reports.mean_time_to(3);
        assert_close(minutes, 72.272, 5e-4);
        assert_close(minutes * reports.send_rate, 361.36, 5e-3);
    }

    #[test]
    fn reports_without_delay_come_at_a_steady_rate() {
        let prompt = DelayedReports {
            send_rate: 2.0,
            report_chance: 0.5,
            median_delay: 1e-9,
            sigma: 0.1,
        };
        assert_close(prompt.expected_until(7.0), 7.0, 1e-6);
        // delivered_after_reports with no lag: 4 / 0.5 messages at 2 per unit of time.
        assert_close(delivered_after_reports(4, 0.5, 2.0, 0.0) / 2.0, 4.0, 1e-12);
    }

    #[test]
    fn an_unlimited_sender_delivers_its_first_and_what_the_lag_allows() {
        assert_close(delivered_after_first(2.0, 10.0), 21.0, 1e-12);
        assert_close(delivered_after_reports(3, 0.1, 2.0, 10.0), 50.0, 1e-12);
    }

    #[test]
    fn rotation_and_greylisting_are_their_products() {
        // 21 deliveries per identity; cycles of 10 + 5, or 0.5 more where the first send waits.
        assert_close(rotation_rate(21.0, 10.0, 5.0, 0.0), 1.4, 1e-12);
        assert_close(rotation_rate(21.0, 10.0, 5.0, 0.5), 21.0 / 15.5, 1e-12);
        assert_close(passes_greylist(0.3, 0.5), 0.15, 1e-12);
    }
}
