//! Fairness among the PDSes that honest senders live on.
//!
//! With `x(i)` = delivered / sent of PDS i, Jain's index is `(sum x)^2 / (n sum x^2)`: 1 where all
//! are served alike, 1/n where one is served alone. Source: R. Jain, D. Chiu, W. Hawe, "A quantitative
//! measure of fairness and discrimination", DEC-TR-301, 1984.

use super::registry::Unit;
use super::{Measure, Shape, Value, place};
use crate::protocol::{Class, Fact, Outcome};
use crate::units::cast;

#[derive(Debug)]
pub(super) struct Fairness {
    accounts: Vec<u64>,
    sent: Vec<u64>,
    delivered: Vec<u64>,
}

impl Fairness {
    pub(super) fn new(shape: &Shape) -> Self {
        let none = vec![0; shape.accounts.len()];
        Self {
            accounts: shape.accounts.clone(),
            sent: none.clone(),
            delivered: none,
        }
    }

    #[inline(always)]
    pub(super) fn observe(&mut self, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) if message.class == Class::Ham => {
                self.sent[place(message.sender_pds)] += 1;
            }
            Fact::Finished {
                message,
                outcome: Outcome::Delivered,
            } if message.class == Class::Ham => {
                self.delivered[place(message.sender_pds)] += 1;
            }
            _ => {}
        }
    }

    /// Takes in what another part of the run has counted.
    pub(super) fn merge(&mut self, other: &Self) {
        let sent = self.sent.iter_mut().zip(&other.sent);
        sent.for_each(|(count, other)| *count += other);
        let delivered = self.delivered.iter_mut().zip(&other.delivered);
        delivered.for_each(|(count, other)| *count += other);
    }

    pub(super) fn report(&self, values: &mut Vec<Value>) {
        let shares: Vec<f64> = (0..self.sent.len())
            .filter_map(|pds| self.share(pds))
            .collect();
        if shares.len() < 2 {
            return;
        }
        let sum: f64 = shares.iter().sum();
        let squares: f64 = shares.iter().map(|x| x * x).sum();
        let count = cast::count_to_f64(shares.len() as u64);
        let jain = (squares > 0.0).then(|| sum * sum / (count * squares));
        push("fairness.jain", jain, values);
        push("fairness.gap", self.gap(), values);
    }

    /// Delivered share of the largest PDS minus that of all single-account PDSes together.
    fn gap(&self) -> Option<f64> {
        let largest =
            (0..self.accounts.len()).max_by_key(|pds| (self.accounts[*pds], usize::MAX - pds))?;
        let single = (0..self.accounts.len()).filter(|pds| self.accounts[*pds] == 1);
        let (mut sent, mut delivered) = (0, 0);
        for pds in single {
            sent += self.sent[pds];
            delivered += self.delivered[pds];
        }
        Some(self.share(largest)? - ratio(delivered, sent)?)
    }

    fn share(&self, pds: usize) -> Option<f64> {
        ratio(self.delivered[pds], self.sent[pds])
    }
}

fn ratio(numerator: u64, denominator: u64) -> Option<f64> {
    (denominator > 0).then(|| cast::count_to_f64(numerator) / cast::count_to_f64(denominator))
}

fn push(name: &str, value: Option<f64>, values: &mut Vec<Value>) {
    let measure = Measure::Plain(value);
    values.push(Value {
        name: name.to_owned(),
        unit: Unit::Ratio,
        measure,
    });
}
