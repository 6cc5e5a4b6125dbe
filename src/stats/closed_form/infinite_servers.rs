//! A daily rhythm seen through infinitely many servers (Mt/M/inf).
//!
//! Arrivals at rate `mean (1 + A sin(w t))` keep `mean / mu (1 + A' sin(w t - phase))` busy with
//! `A' = A / sqrt(1 + (w / mu)^2)`; the peak lags by `atan(w / mu) / w`. Source: Eick, Massey and
//! Whitt, "Mt/G/inf queues with sinusoidal arrival rates", Manag. Sci. 39 (1993).

/// A sinusoidal arrival rate and the service that follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rhythm {
    /// Mean arrivals per unit of time.
    pub arrival_rate: f64,
    /// Relative amplitude of the arrivals, from 0 to 1.
    pub amplitude: f64,
    /// `2 pi` over the period.
    pub angular_rate: f64,
    /// Customers that one server completes per unit of time.
    pub service_rate: f64,
}

impl Rhythm {
    /// Mean number in service.
    pub fn busy_mean(&self) -> f64 {
        self.arrival_rate / self.service_rate
    }

    /// Amplitude of the number in service, in customers.
    pub fn busy_amplitude(&self) -> f64 {
        let ratio = self.angular_rate / self.service_rate;
        self.amplitude * self.busy_mean() / libm::sqrt(1.0 + ratio * ratio)
    }

    /// How long the peak of the number in service comes after that of the arrivals.
    pub fn lag(&self) -> f64 {
        libm::atan(self.angular_rate / self.service_rate) / self.angular_rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_at_the_pace_of_the_rhythm_damps_by_the_root_of_2_and_lags_an_eighth() {
        let rhythm = Rhythm {
            arrival_rate: 10.0,
            amplitude: 0.5,
            angular_rate: 2.0,
            service_rate: 2.0,
        };
        assert!((rhythm.busy_mean() - 5.0).abs() < 1e-12);
        assert!((rhythm.busy_amplitude() - 2.5 / libm::sqrt(2.0)).abs() < 1e-12);
        let period = std::f64::consts::PI;
        assert!((rhythm.lag() - period / 8.0).abs() < 1e-12);
    }

    #[test]
    fn the_number_in_service_satisfies_its_differential_equation() {
        // d/dt busy = arrivals - mu busy, by a central difference at several instants.
        let rhythm = Rhythm {
            arrival_rate: 3.0,
            amplitude: 0.8,
            angular_rate: 0.7,
            service_rate: 0.4,
        };
        let w = rhythm.angular_rate;
        let busy = |t: f64| {
            rhythm.busy_mean() + rhythm.busy_amplitude() * libm::sin(w * (t - rhythm.lag()))
        };
        for t in [0.0, 1.0, 2.5, 7.0] {
            let slope = (busy(t + 1e-4) - busy(t - 1e-4)) / 2e-4;
            let arrivals = rhythm.arrival_rate * (1.0 + rhythm.amplitude * libm::sin(w * t));
            assert!((slope - (arrivals - rhythm.service_rate * busy(t))).abs() < 1e-6);
        }
    }
}
