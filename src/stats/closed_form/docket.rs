//! The throughput of a docket inbox that is kept full and therefore blind between its wakes.
//!
//! Such an inbox starts up to C checks per wake and wakes once per check interval D: C / D where
//! every check ends within D, `C / (D ceil(s / D))` for checks of a constant time s. One that is
//! not full starts work as it comes and loses no throughput.

/// A docket inbox: how many checks it runs at a time, and how often it looks when full.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Docket {
    /// Most checks in hand.
    pub concurrency: u32,
    /// Time between two looks when full.
    pub check_interval: f64,
}

impl Docket {
    /// Checks per unit of time when kept full, for checks of the constant time `check_time`.
    pub fn blind_throughput(&self, check_time: f64) -> f64 {
        let intervals = libm::ceil(check_time / self.check_interval).max(1.0);
        f64::from(self.concurrency) / (self.check_interval * intervals)
    }

    /// Whether Poisson arrivals keep it full by themselves: mean check time times the rate is
    /// above the concurrency.
    pub fn is_overrun(&self, arrival_rate: f64, mean_check_time: f64) -> bool {
        arrival_rate * mean_check_time > f64::from(self.concurrency)
    }

    /// Whether it returns from the blind state at this rate of arrivals.
    pub fn recovers(&self, arrival_rate: f64, check_time: f64) -> bool {
        arrival_rate < self.blind_throughput(check_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Docket = Docket {
        concurrency: 10,
        check_interval: 0.25,
    };

    #[test]
    fn ten_per_quarter_second_are_forty_per_second() {
        assert!((DEFAULT.blind_throughput(0.02) - 40.0).abs() < 1e-12);
        assert!((DEFAULT.blind_throughput(0.25) - 40.0).abs() < 1e-12);
        assert!((DEFAULT.blind_throughput(0.26) - 20.0).abs() < 1e-12);
        assert!((DEFAULT.blind_throughput(0.0) - 40.0).abs() < 1e-12);
    }

    #[test]
    fn short_checks_survive_high_rates_until_a_burst_flips_the_inbox() {
        // 95 per second of 2 ms checks keep 0.19 of 10 slots busy, yet above 40 it stays blind.
        assert!(!DEFAULT.is_overrun(95.0, 0.002));
        assert!(!DEFAULT.recovers(95.0, 0.002));
        assert!(DEFAULT.recovers(30.0, 0.002));
        assert!(DEFAULT.is_overrun(95.0, 0.2));
    }
}
