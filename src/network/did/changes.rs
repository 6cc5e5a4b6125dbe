//! What changes about an account as time goes by, as a function of time: its signing key, its PDS.
//!
//! The changes of one account are a Poisson process whose gaps hang on the account alone. Nothing
//! is stored: to know the state at an instant, its gaps are added up. That is cheap because such
//! changes are rare, and it lets anybody ask for any instant, past or future.

use crate::rng::{CounterKey, Distribution, Exponential, Law};
use crate::units::{Rate, Span, Time, cast};

/// The changes of every account.
#[derive(Debug, Clone)]
pub struct Changes {
    gap: Law,
}

impl Changes {
    /// Changes at `rate` per account.
    pub fn new(rate: Rate) -> Self {
        let mean = Span::from_ns(cast::f64_to_ns(rate.gap_ns()).max(1));
        Self {
            gap: Law::new(&Distribution::Exponential(Exponential {
                mean,
                shift: Span::ZERO,
            })),
        }
    }

    /// How often `account` has changed up to and with `time`.
    pub fn count(&self, draws: CounterKey, account: u32, time: Time) -> u32 {
        let mut at = Time::ZERO;
        let mut count = 0;
        loop {
            at = at
                + self
                    .gap
                    .draw(draws.draw(u64::from(account), 2 * u64::from(count)));
            if at > time {
                return count;
            }
            count += 1;
        }
    }

    /// The draw that decides how the change number `number` (from 1) of `account` goes.
    pub fn choice(draws: CounterKey, account: u32, number: u32) -> u64 {
        draws.draw(u64::from(account), 2 * u64::from(number) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Seed};

    #[test]
    fn changes_are_as_many_as_their_rate_says_and_never_become_fewer() {
        let changes = Changes::new("1/10s".parse().unwrap());
        let seed = Seed {
            seed: 4,
            replication: 1,
        };
        let draws = seed.counter_for(Purpose::Test);
        let at = |s: u64| Time::ZERO + Span::from_s(s);
        let mut total = 0;
        for account in 0..2_000 {
            let counts = [0, 5, 50, 100].map(|s| changes.count(draws, account, at(s)));
            assert!(counts.is_sorted());
            total += counts[3];
        }
        // Poisson of mean 10 for each of 2,000: sd of the sum 141.
        assert!((i64::from(total) - 20_000).abs() < 636, "{total}");
    }
}
