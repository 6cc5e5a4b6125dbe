//! Poisson arrivals, exponential service, c servers: M/M/c, Erlang's formulas, M/M/c/K.
//!
//! With `a = lambda / mu` and `rho = a / c`: `B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1))`,
//! `C = B / (1 - rho (1 - B))`, `Wq = C / (c mu - lambda)`. Source: Erlang (1917); Kleinrock,
//! "Queueing Systems" I, chapter 3.

use super::steps;

/// An unlimited queue before `servers` equal servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station {
    /// Customers per unit of time.
    pub arrival_rate: f64,
    /// Customers that one busy server completes per unit of time.
    pub service_rate: f64,
    /// How many servers, at least 1.
    pub servers: u32,
}

/// Erlang's B: the share refused by `servers` servers without a queue at the offered load.
pub fn erlang_b(servers: u32, offered: f64) -> f64 {
    steps(servers).fold(1.0, |blocked, k| {
        offered * blocked / (k + offered * blocked)
    })
}

/// Times are those of the stationary state, which needs a utilisation below 1; they are infinite
/// or meaningless otherwise.
impl Station {
    /// Offered load `lambda / mu`, in servers.
    pub fn offered(&self) -> f64 {
        self.arrival_rate / self.service_rate
    }

    /// Offered load per server.
    pub fn utilization(&self) -> f64 {
        self.offered() / f64::from(self.servers)
    }

    /// Erlang's C: the share of customers who wait.
    pub fn waiting_share(&self) -> f64 {
        let blocked = erlang_b(self.servers, self.offered());
        blocked / (1.0 - self.utilization() * (1.0 - blocked))
    }

    /// Mean wait before service.
    pub fn wait_mean(&self) -> f64 {
        self.waiting_share() / self.spare_rate()
    }

    /// Mean wait and service.
    pub fn sojourn_mean(&self) -> f64 {
        self.wait_mean() + 1.0 / self.service_rate
    }

    /// Mean number waiting.
    pub fn queue_length_mean(&self) -> f64 {
        self.arrival_rate * self.wait_mean()
    }

    /// Mean number waiting or in service.
    pub fn in_system_mean(&self) -> f64 {
        self.arrival_rate * self.sojourn_mean()
    }

    /// The share of customers who wait longer than `time`.
    pub fn wait_exceeds(&self, time: f64) -> f64 {
        self.waiting_share() * libm::exp(-self.spare_rate() * time)
    }

    /// The wait that a share `quantile` of the customers does not exceed.
    pub fn wait_quantile(&self, quantile: f64) -> f64 {
        let exponent = libm::log(self.waiting_share() / (1.0 - quantile));
        (exponent / self.spare_rate()).max(0.0)
    }

    /// The share of customers whose wait and service together exceed `time`.
    pub fn sojourn_exceeds(&self, time: f64) -> f64 {
        // The service and the conditional wait are exponential with these two rates.
        let (service, wait) = (self.service_rate, self.spare_rate());
        let served_late = libm::exp(-service * time);
        let difference = wait - service;
        let sum_late = if libm::fabs(difference) < 1e-12 * service {
            served_late * (1.0 + service * time)
        } else {
            (wait * served_late - service * libm::exp(-wait * time)) / difference
        };
        let waiting = self.waiting_share();
        (1.0 - waiting) * served_late + waiting * sum_late
    }

    /// The same station with room for `capacity` customers, waiting or in service.
    pub fn with_capacity(self, capacity: u32) -> LimitedStation {
        LimitedStation {
            station: self,
            capacity,
        }
    }

    /// `c mu - lambda`.
    fn spare_rate(&self) -> f64 {
        f64::from(self.servers) * self.service_rate - self.arrival_rate
    }
}

/// A station that refuses customers when full; stationary at any load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitedStation {
    station: Station,
    capacity: u32,
}

impl LimitedStation {
    /// The chances of 0, 1, ..., capacity customers: the birth-death balance
    /// `p(n) = p(n-1) a / min(n, c)`.
    pub fn state_chances(&self) -> Vec<f64> {
        let offered = self.station.offered();
        let servers = f64::from(self.station.servers);
        let mut weights = vec![1.0];
        let mut last = 1.0_f64;
        for n in steps(self.capacity) {
            last *= offered / n.min(servers);
            weights.push(last);
            if last > 1e200 {
                for weight in &mut weights {
                    *weight *= 1e-200;
                }
                last *= 1e-200;
            }
        }
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    }

    /// The share of customers refused.
    pub fn blocked(&self) -> f64 {
        self.state_chances()[self.capacity as usize]
    }

    /// Mean number waiting or in service.
    pub fn in_system_mean(&self) -> f64 {
        let chances = self.state_chances();
        let states = (0..=self.capacity).map(f64::from);
        chances
            .iter()
            .zip(states)
            .map(|(chance, n)| chance * n)
            .sum()
    }

    /// Customers admitted per unit of time.
    pub fn throughput(&self) -> f64 {
        self.station.arrival_rate * (1.0 - self.blocked())
    }

    /// Mean wait and service of those admitted.
    pub fn sojourn_mean(&self) -> f64 {
        self.in_system_mean() / self.throughput()
    }

    /// Mean wait of those admitted.
    pub fn wait_mean(&self) -> f64 {
        self.sojourn_mean() - 1.0 / self.station.service_rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(arrival_rate: f64, servers: u32) -> Station {
        Station {
            arrival_rate,
            service_rate: 1.0,
            servers,
        }
    }

    /// Equal to the digits printed.
    #[track_caller]
    fn assert_prints(found: f64, expected: &str) {
        let places = expected
            .split_once('.')
            .map_or(0, |(_, digits)| digits.len());
        assert_eq!(format!("{found:.places$}"), expected);
    }

    #[test]
    fn one_server_gives_the_reference_values() {
        let half = station(0.5, 1);
        assert_prints(half.wait_mean(), "1.000000");
        assert_prints(half.sojourn_mean(), "2.000000");
        for (time, share) in [
            (1.386_294_361, 0.5),
            (5.991_464_547, 0.05),
            (9.210_340_372, 0.01),
        ] {
            assert!((half.sojourn_exceeds(time) - share).abs() < 1e-9);
        }
        let busy = station(0.9, 1);
        assert_prints(busy.wait_mean(), "9.000000");
        assert!((busy.sojourn_exceeds(46.051_701_86) - 0.01).abs() < 1e-10);
        assert_prints(busy.wait_quantile(0.99), "44.998097");
    }

    #[test]
    fn several_servers_give_the_reference_values() {
        let two = station(1.0, 2);
        assert_prints(two.waiting_share(), "0.333333");
        assert_prints(two.wait_mean(), "0.333333");
        assert_prints(two.sojourn_mean(), "1.333333");
        let four = station(3.2, 4);
        assert_prints(four.waiting_share(), "0.596432");
        assert_prints(four.wait_mean(), "0.745541");
        assert_prints(four.in_system_mean(), "5.585730");
        assert_prints(four.wait_exceeds(1.0), "0.267994");
        let hundred = station(95.0, 100);
        assert_prints(hundred.waiting_share(), "0.506457");
        assert_prints(hundred.wait_mean(), "0.101291");
        assert_prints(hundred.queue_length_mean(), "9.622680");
    }

    #[test]
    fn a_limited_queue_gives_the_reference_values() {
        for (arrival_rate, capacity, blocked, in_system) in [
            (0.8, 5, "0.088819", "1.868332"),
            (1.0, 4, "0.200000", "2.000000"),
            (1.2, 10, "0.192586", "6.710709"),
            (2.0, 3, "0.533333", "2.266667"),
        ] {
            let limited = station(arrival_rate, 1).with_capacity(capacity);
            assert_prints(limited.blocked(), blocked);
            assert_prints(limited.in_system_mean(), in_system);
        }
    }

    #[test]
    fn a_token_that_waits_a_minute_is_expired_as_often_as_the_reference_says() {
        for (arrival_rate, expired) in [(0.9, "0.002231"), (0.95, "0.047298"), (0.99, "0.543324")] {
            assert_prints(station(arrival_rate, 1).wait_exceeds(60.0), expired);
        }
    }

    #[test]
    fn limits_meet_their_special_cases() {
        // No room to wait is Erlang B, much room is the unlimited queue.
        let three = station(2.0, 3);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        close(three.with_capacity(3).blocked(), erlang_b(3, 2.0));
        close(three.with_capacity(400).wait_mean(), three.wait_mean());
        close(
            station(900.0, 1).with_capacity(1_000).blocked(),
            1.0 - 1.0 / 900.0,
        );
        // Sojourn tail of M/M/2 where both rates agree: mu = c mu - lambda at lambda = 1.
        let two = station(1.0, 2);
        let near = station(1.0 - 1e-7, 2);
        assert!((two.sojourn_exceeds(2.0) - near.sojourn_exceeds(2.0)).abs() < 1e-6);
    }
}
