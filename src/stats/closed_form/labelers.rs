//! How late labels are: agreement of several labelers, cached answers, broken connections, batches.
//!
//! Sources: order statistics of exponentials (A. Renyi, "On the theory of order statistics", 1953);
//! the rest by renewal theory (D. R. Cox, "Renewal Theory", 1962).

use crate::stats::special::normal_below;

/// n labelers with independent exponential lags of one mean, k of whom must agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// How many must agree.
    pub needed: u32,
    /// How many there are.
    pub labelers: u32,
    /// Mean lag of each.
    pub mean_lag: f64,
}

impl Agreement {
    /// Mean of the k-th smallest of n: `m (1/n + 1/(n-1) + ... + 1/(n-k+1))`.
    pub fn mean(&self) -> f64 {
        let terms = (0..self.needed).map(|j| 1.0 / f64::from(self.labelers - j));
        self.mean_lag * terms.sum::<f64>()
    }
}

/// A Poisson sender to one PDS that asks a labeler about him and keeps each answer for a time,
/// labelled an exponential lag after his first message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CachedAnswer {
    /// Messages per unit of time.
    pub send_rate: f64,
    /// How long an answer is kept.
    pub time_to_live: f64,
    /// Mean of the lag.
    pub mean_lag: f64,
}

impl CachedAnswer {
    /// Mean time for which the answer at hand outlives the label.
    ///
    /// Questions are a renewal process of cycle `ttl + Exp(s)`. The label falls into a cycle with the
    /// chance of its exponential age, so with a = 1 / mean lag
    /// `E = (ttl - (1 - e^(-a ttl)) / a) / (1 - e^(-a ttl) s / (s + a))`.
    pub fn mean_rest(&self) -> f64 {
        let a = 1.0 / self.mean_lag;
        let survives = libm::exp(-a * self.time_to_live);
        let within = self.time_to_live - (1.0 - survives) / a;
        within / (1.0 - survives * self.send_rate / (self.send_rate + a))
    }

    /// Expected deliveries: `1 + s (E[lag] + E[rest])`.
    pub fn delivered(&self) -> f64 {
        1.0 + self.send_rate * (self.mean_lag + self.mean_rest())
    }
}

/// A connection that breaks at a constant rate and is out for a fixed time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrokenConnection {
    /// Breaks per unit of connected time.
    pub break_rate: f64,
    /// From the break to the reconnection.
    pub out: f64,
}

impl BrokenConnection {
    /// Mean delay of what is published at any time: `out^2 / (2 (1/rate + out))`.
    pub fn mean_delay(&self) -> f64 {
        self.out * self.out / (2.0 * (1.0 / self.break_rate + self.out))
    }
}

/// Mean time to the next of the batches every `period`, for something that happens an exponential
/// time after one of them: `period - E[T mod period]` with
/// `E[T mod period] = 1/r - period e^(-r period) / (1 - e^(-r period))`.
pub fn mean_wait_for_batch(rate: f64, period: f64) -> f64 {
    let none = libm::exp(-rate * period);
    period - (1.0 / rate - period * none / (1.0 - none))
}

/// The chance that a lognormal lag exceeds `time`.
pub fn lognormal_exceeds(median: f64, sigma: f64, time: f64) -> f64 {
    if time <= 0.0 {
        return 1.0;
    }
    normal_below(-libm::log(time / median) / sigma)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
    }

    #[test]
    fn the_second_of_three_comes_after_a_third_and_a_half() {
        let of = |needed| Agreement {
            needed,
            labelers: 3,
            mean_lag: 600.0,
        };
        assert_close(of(1).mean(), 200.0);
        assert_close(of(2).mean(), 500.0);
        assert_close(of(3).mean(), 1_100.0);
    }

    #[test]
    fn an_answer_outlives_the_label_by_half_its_life_at_most_rates() {
        let rest = |send_rate, mean_lag| {
            CachedAnswer {
                send_rate,
                time_to_live: 60.0,
                mean_lag,
            }
            .mean_rest()
        };
        // Asked again at once, and a label that is far away: uniform in the cycle.
        assert!((rest(1e9, 1e6) - 30.0).abs() < 1e-3);
        // Seldom asked: 60^2 / (2 (60 + 1/s)) with 1/s = 60.
        assert!((rest(1.0 / 60.0, 1e7) - 15.0).abs() < 1e-3);
    }

    #[test]
    fn batches_and_connections_are_renewal_processes() {
        // Rarely against the period: half of it. Often: nearly all of it.
        assert!((mean_wait_for_batch(1e-6, 60.0) - 30.0).abs() < 1e-3);
        assert!((mean_wait_for_batch(1e3, 60.0) - 59.999).abs() < 1e-6);
        let connection = BrokenConnection {
            break_rate: 0.01,
            out: 100.0,
        };
        assert_close(connection.mean_delay(), 25.0);
        assert_close(lognormal_exceeds(30.0, 0.7, 30.0), 0.5);
    }
}
