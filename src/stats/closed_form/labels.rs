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

/// A Poisson sender whom nothing limits, labelled after its first delivery.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unlimited {
    /// Messages per unit of time.
    pub send_rate: f64,
    /// From the first delivery to the label being known.
    pub mean_lag: f64,
}

impl Unlimited {
    /// Expected deliveries: `1 + s E[lag]`.
    pub fn delivered(&self) -> f64 {
        1.0 + self.send_rate * self.mean_lag
    }
}

/// A Poisson sender labelled after reports, which come at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PromptReports {
    /// Reports that make the labeler act.
    pub threshold: u32,
    /// Share of the messages that are reported.
    pub report_chance: f64,
    /// Messages per unit of time.
    pub send_rate: f64,
    /// From the last of those reports to the label being known.
    pub mean_lag: f64,
}

impl PromptReports {
    /// Expected deliveries: `k / q + s d`.
    pub fn delivered(&self) -> f64 {
        f64::from(self.threshold) / self.report_chance + self.send_rate * self.mean_lag
    }
}

/// A flood through windows from an edge on, under an exponential lag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowFlood {
    /// Messages admitted per window.
    pub limit: u32,
    /// Length of a window.
    pub window: f64,
    /// Mean of the exponential lag.
    pub mean_lag: f64,
}

impl WindowFlood {
    /// Expected deliveries: `N / (1 - e^(-W / mean))`.
    pub fn delivered(&self) -> f64 {
        f64::from(self.limit) / -libm::expm1(-self.window / self.mean_lag)
    }
}

/// A steady flood through a full token bucket under an exponential lag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BucketFlood {
    /// Tokens of the full bucket.
    pub burst: u32,
    /// Time in which a token grows.
    pub token_gap: f64,
    /// Time between two sends, shorter than `token_gap`.
    pub send_gap: f64,
    /// Mean of the exponential lag.
    pub mean_lag: f64,
}

impl BucketFlood {
    /// Expected deliveries if messages and tokens were a fluid: at the rate of the sends until
    /// the bucket is empty, then at that of the tokens. [`delivered`] gives the exact sum.
    pub fn delivered_fluid(&self) -> f64 {
        let Self {
            token_gap,
            send_gap,
            mean_lag,
            ..
        } = *self;
        let emptied_at = f64::from(self.burst) / (1.0 / send_gap - 1.0 / token_gap);
        let unlabelled = libm::exp(-emptied_at / mean_lag);
        mean_lag / send_gap * (1.0 - unlabelled) + mean_lag / token_gap * unlabelled
    }
}

/// A spammer who takes a new identity when labelled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotation {
    /// Expected deliveries of one identity.
    pub per_identity: f64,
    /// From an identity's first delivery to its label being known.
    pub mean_lag: f64,
    /// Time that a new identity takes.
    pub renewal: f64,
    /// Mean wait for the first send of an identity: 0 of one who sends at once, `1 / s` of a
    /// Poisson sender.
    pub first_send: f64,
}

impl Rotation {
    /// Deliveries per unit of time: those of an identity over its cycle.
    pub fn rate(&self) -> f64 {
        self.per_identity / (self.first_send + self.mean_lag + self.renewal)
    }
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
            let flood = BucketFlood {
                burst,
                token_gap: number(1),
                send_gap: number(0),
                mean_lag: number(3),
            };
            assert_close(flood.delivered_fluid(), number(5), 1e-8);
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
        let flood = WindowFlood {
            limit: 10,
            window: 60.0,
            mean_lag: 3_600.0,
        };
        assert_close(flood.delivered(), 605.013_889, 5e-7);
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
        // Four at one per unit of time, as four over one half messages at two.
        assert_close(prompt.mean_time_to(4), 4.0, 1e-3);
        assert_close(prompt_reports(4, 0.0).delivered() / 2.0, 4.0, 1e-12);
    }

    fn prompt_reports(threshold: u32, mean_lag: f64) -> PromptReports {
        PromptReports {
            threshold,
            report_chance: 0.5,
            send_rate: 2.0,
            mean_lag,
        }
    }

    #[test]
    fn an_unlimited_sender_delivers_what_the_lag_allows() {
        let unlimited = Unlimited {
            send_rate: 2.0,
            mean_lag: 10.0,
        };
        assert_close(unlimited.delivered(), 21.0, 1e-12);
        assert_close(prompt_reports(3, 10.0).delivered(), 26.0, 1e-12);
    }

    #[test]
    fn rotation_and_greylisting_are_what_a_cycle_and_a_product_give() {
        let at_once = Rotation {
            per_identity: 21.0,
            mean_lag: 10.0,
            renewal: 5.0,
            first_send: 0.0,
        };
        assert_close(at_once.rate(), 1.4, 1e-12);
        let poisson = Rotation {
            first_send: 0.5,
            ..at_once
        };
        assert_close(poisson.rate(), 21.0 / 15.5, 1e-12);
        assert_close(passes_greylist(0.3, 0.5), 0.15, 1e-12);
    }
}
