//! Poisson arrivals, any service, one server: M/G/1 after Pollaczek and Khinchine, and with
//! vacations.
//!
//! `Wq = lambda E[S^2] / (2 (1 - rho))`. A server that looks away for V whenever it finds nothing
//! adds `E[V^2] / (2 E[V])` (multiple vacations). Sources: Kleinrock I, chapter 5; Levy and
//! Yechiali (1975); Daley (1968) for the variance of the mean wait.

/// First two moments of a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeMoments {
    /// `E[X]`.
    pub mean: f64,
    /// `E[X^2]`.
    pub second: f64,
}

impl TimeMoments {
    /// From the mean and the squared coefficient of variation.
    pub fn with_cv2(mean: f64, cv2: f64) -> Self {
        Self {
            mean,
            second: mean * mean * (1.0 + cv2),
        }
    }

    /// Mean time left when looked at at random: `E[X^2] / (2 E[X])`.
    pub fn residual(&self) -> f64 {
        self.second / (2.0 * self.mean)
    }
}

/// Mean wait before one server; needs `arrival_rate * service.mean < 1`.
pub fn wait_mean(arrival_rate: f64, service: TimeMoments) -> f64 {
    arrival_rate * service.second / (2.0 * (1.0 - arrival_rate * service.mean))
}

/// One server that, once it found no work, looks again only after a vacation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PollingWorker {
    /// Customers per unit of time.
    pub arrival_rate: f64,
    /// Time to serve one.
    pub service: TimeMoments,
    /// Time between two looks.
    pub vacation: TimeMoments,
}

impl PollingWorker {
    /// Mean wait.
    pub fn wait_mean(&self) -> f64 {
        wait_mean(self.arrival_rate, self.service) + self.vacation.residual()
    }
}

/// Variance of the mean wait of `customers` in M/M/1 with a mean service of 1, for many of them:
/// how far a run may be off.
pub fn variance_of_mean_wait(utilization: f64, customers: u64) -> f64 {
    let rho = utilization;
    let numerator = rho * (2.0 + rho * (5.0 + rho * (-4.0 + rho)));
    let spare = (1.0 - rho) * (1.0 - rho);
    numerator / (spare * spare) / crate::units::cast::count_to_f64(customers)
}

/// A warm-up that forgets an empty start, in mean service times: `10 / (1 - sqrt rho)^2`.
pub fn warm_up(utilization: f64) -> f64 {
    let spare = 1.0 - libm::sqrt(utilization);
    10.0 / (spare * spare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 1e-6 * expected,
            "{found} for {expected}"
        );
    }

    #[test]
    fn the_wait_grows_with_the_variation_of_the_service() {
        // Constant, uniform from .5 to 1.5, Erlang-2, exponential, squared variation 4.
        let cases = [
            (0.0, 2.0),
            (1.0 / 12.0, 2.166_667),
            (0.5, 3.0),
            (1.0, 4.0),
            (4.0, 10.0),
        ];
        for (cv2, expected) in cases {
            assert_close(wait_mean(0.8, TimeMoments::with_cv2(1.0, cv2)), expected);
        }
    }

    #[test]
    fn a_polling_worker_waits_half_an_interval_more() {
        let worker = PollingWorker {
            arrival_rate: 0.5,
            service: TimeMoments::with_cv2(1.0, 1.0),
            vacation: TimeMoments::with_cv2(1.0, 0.0),
        };
        assert_close(worker.wait_mean(), 1.5);
    }

    #[test]
    fn a_million_customers_at_80_percent_leave_2_percent_of_error() {
        assert_close(variance_of_mean_wait(0.8, 1), 1_976.0);
        // Two standard errors of 0.0445 on a mean wait of 4.
        let error = 2.0 * libm::sqrt(variance_of_mean_wait(0.8, 1_000_000)) / 4.0;
        assert!((error - 0.022).abs() < 5e-4, "{error}");
    }

    #[test]
    fn the_warm_up_grows_towards_full_load() {
        assert_close(warm_up(0.25), 40.0);
        assert_close(warm_up(0.81), 1_000.0);
    }
}
