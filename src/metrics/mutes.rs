//! Spam that reaches an inbox whose owner has muted its sender: delivered, and never seen.

use super::tally::share;
use super::{Part, Shape, Value};
use crate::protocol::{Class, Fact, Outcome};

#[derive(Debug, Default)]
pub(super) struct Mutes {
    hidden: u64,
    delivered: u64,
}

impl Mutes {
    /// Nothing hidden so far; none where nobody mutes.
    pub(super) fn of(shape: &Shape) -> Option<Self> {
        (shape.mutes == Part::Present).then(Self::default)
    }

    pub(super) fn observe(&mut self, fact: &Fact<'_>) {
        match fact {
            Fact::Hidden(message) => self.hidden += u64::from(message.class == Class::Spam),
            Fact::Finished {
                message,
                outcome: Outcome::Delivered,
            } => self.delivered += u64::from(message.class == Class::Spam),
            _ => {}
        }
    }

    /// Takes in what another part of the run has counted.
    pub(super) fn merge(&mut self, other: &Self) {
        self.hidden += other.hidden;
        self.delivered += other.delivered;
    }

    pub(super) fn report(&self, values: &mut Vec<Value>) {
        values.push(share("spam.muted", self.hidden, self.delivered));
    }
}
