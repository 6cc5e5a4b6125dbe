//! The contact graph as a function: nothing is stored per account.
//!
//! The k-th contact of an account is the image of k under a permutation keyed by the account; its
//! degree is a Pareto variate of shape 2.5 (guess) with the given mean, drawn by hash. Memory is
//! constant in the number of accounts.

use crate::protocol::Account;
use crate::rng::{CounterKey, Permutation, uniform};
use crate::units::cast;

/// Shape of the degree's tail: finite variance, but a heavy tail (guess).
const SHAPE: f64 = 2.5;

/// Who knows whom.
#[derive(Debug, Clone)]
pub struct ContactGraph {
    accounts: u32,
    scale: f64,
    degrees: CounterKey,
    contacts: CounterKey,
}

impl ContactGraph {
    /// A graph over `accounts` accounts in which an account has `mean` contacts on average.
    ///
    /// # Panics
    /// If there are fewer than two accounts.
    pub fn new(accounts: u32, mean: f64, degrees: CounterKey, contacts: CounterKey) -> Self {
        assert!(accounts > 1, "a contact needs two accounts");
        Self {
            accounts,
            scale: mean * (SHAPE - 1.0) / SHAPE,
            degrees,
            contacts,
        }
    }

    /// How many contacts an account has: at least one, at most everybody else.
    ///
    /// The real variate is rounded up with the chance of its fraction, which keeps the mean.
    pub fn degree(&self, account: Account) -> u32 {
        let unit = uniform::unit(self.degrees.draw(u64::from(account.0), 0));
        let real = self.scale * libm::pow(unit, -1.0 / SHAPE);
        let rounding = uniform::unit(self.degrees.draw(u64::from(account.0), 1));
        let degree = cast::f64_floor(real + rounding).clamp(1, u64::from(self.accounts - 1));
        cast::low_u32(degree)
    }

    /// The `index`-th contact of an account; distinct for distinct indices.
    pub fn contact(&self, account: Account, index: u32) -> Account {
        let key = self.contacts.draw(u64::from(account.0), 0);
        let others = u64::from(self.accounts - u32::from(account.0 < self.accounts));
        let place = cast::low_u32(Permutation::new(others, key).image(u64::from(index)));
        Account(place + u32::from(place >= account.0))
    }

    /// Whether either of the two has the other as a contact.
    pub fn knows(&self, a: Account, b: Account) -> bool {
        self.lists(a, b) || self.lists(b, a)
    }

    /// Whether `a` has `b` as a contact.
    pub fn lists(&self, a: Account, b: Account) -> bool {
        (0..self.degree(a)).any(|index| self.contact(a, index) == b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Seed};

    fn graph(accounts: u32, mean: f64) -> ContactGraph {
        let seed = Seed {
            seed: 7,
            replication: 1,
        };
        let key = |purpose| seed.counter_for(purpose);
        ContactGraph::new(accounts, mean, key(Purpose::Degree), key(Purpose::Contacts))
    }

    #[test]
    fn contacts_are_distinct_and_never_the_account_itself() {
        let graph = graph(50, 12.0);
        for account in (0..50).map(Account) {
            let mut contacts: Vec<_> = (0..graph.degree(account))
                .map(|k| graph.contact(account, k))
                .collect();
            let count = contacts.len();
            assert!(!contacts.contains(&account));
            assert!(contacts.iter().all(|c| graph.knows(*c, account)));
            contacts.sort_unstable();
            contacts.dedup();
            assert_eq!(contacts.len(), count);
        }
    }

    #[test]
    fn the_mean_degree_is_the_one_asked_for() {
        // Pareto of shape 2.5 has sd = mean * 0.894: over 200,000 accounts 0.2 % of the mean, and
        // the tail converges slowly, so 1 % is about five of its errors.
        let graph = graph(1_000_000, 12.0);
        let total: u64 = (0..200_000)
            .map(|a| u64::from(graph.degree(Account(a))))
            .sum();
        let mean = cast::count_to_f64(total) / 200_000.0;
        assert!((mean - 12.0).abs() < 0.12, "{mean}");
    }
}
