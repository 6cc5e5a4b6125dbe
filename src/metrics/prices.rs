//! What spam costs those who send it, and what it earns them.
//!
//! ```text
//! spam.cost-per-read = sum over spam groups of identity-cost x identities used / spam read
//! spam.profit        = sum over spam groups of revenue-per-read x read - identity-cost x used
//! ```
//!
//! An identity is used once it wrote, or reported, something after the warm-up. Prices are in any
//! unit of money, the same for all groups.

use super::registry::Unit;
use super::{Measure, Shape, Value};
use crate::des::Table;
use crate::protocol::{Class, Fact, Group, Message};
use crate::units::{Time, cast};

/// The prices of a group of senders.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Price {
    /// Of an identity.
    pub identity: f64,
    /// Earned by a message that is read.
    pub read: f64,
}

/// What the spammers of each group used and reached.
#[derive(Debug)]
pub(super) struct Prices {
    used: Table<(u32, u32), ()>,
    identities: Vec<u64>,
    read: Vec<u64>,
}

impl Prices {
    /// Nothing used so far; none where the scenario names no price.
    pub(super) fn of(shape: &Shape) -> Option<Self> {
        let groups = shape.prices.len();
        (groups > 0).then(|| Self {
            used: Table::default(),
            identities: vec![0; groups],
            read: vec![0; groups],
        })
    }

    /// Follows a message that counts.
    pub(super) fn observe(&mut self, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) if message.class == Class::Spam => {
                self.uses(message.group, message.sender.0);
            }
            Fact::Read(message) => self.reads(message),
            _ => {}
        }
    }

    /// Follows what is about no message.
    pub(super) fn observe_state(&mut self, now: Time, fact: &Fact<'_>, warm_up: Time) {
        if let Fact::ReportedFalsely {
            group, reporter, ..
        } = fact
            && now >= warm_up
        {
            self.uses(*group, reporter.0);
        }
    }

    fn uses(&mut self, group: Group, identity: u32) {
        let first = self.used.insert((u32::from(group.0), identity), ());
        self.identities[usize::from(group.0)] += u64::from(first.is_none());
    }

    fn reads(&mut self, message: &Message) {
        let is_spam = message.class == Class::Spam;
        self.read[usize::from(message.group.0)] += u64::from(is_spam);
    }

    /// Takes in what another part of the run has counted.
    pub(super) fn merge(&mut self, other: Self) {
        self.used.unite(other.used);
        // Who wrote in several parts used one identity.
        let used = |group: usize| {
            self.used
                .count(|(of, _)| cast::index(u64::from(of)) == group)
        };
        self.identities = (0..self.identities.len()).map(used).collect();
        for (own, other) in self.read.iter_mut().zip(&other.read) {
            *own += other;
        }
    }

    pub(super) fn report(&self, shape: &Shape, values: &mut Vec<Value>) {
        let times = |counts: &[u64], price: fn(&Price) -> f64| -> f64 {
            let groups = counts.iter().zip(&shape.prices);
            groups
                .map(|(count, prices)| cast::count_to_f64(*count) * price(prices))
                .sum()
        };
        let cost = times(&self.identities, |price| price.identity);
        let revenue = times(&self.read, |price| price.read);
        let mut put = |name: &str, measure| {
            let name = name.to_owned();
            let unit = Unit::One;
            values.push(Value {
                name,
                unit,
                measure,
            });
        };
        put(
            "spam.cost-per-read",
            Measure::Ratio {
                numerator: cost,
                denominator: cast::count_to_f64(self.read.iter().sum()),
            },
        );
        put("spam.profit", Measure::Plain(Some(revenue - cost)));
    }
}
