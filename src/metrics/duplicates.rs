//! Messages that were delivered more than once.

use super::registry::Unit;
use super::{Measure, Part, Shape, Value};
use crate::protocol::{Fact, Outcome};
use crate::units::cast;

/// Copies that reached somebody.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    delivered: u64,
}

impl Duplicates {
    #[inline(always)]
    pub(super) fn observe(&mut self, fact: &Fact<'_>) {
        if let Fact::CopyFinished {
            outcome: Outcome::Delivered | Outcome::RequestPending,
            ..
        } = fact
        {
            self.delivered += 1;
        }
    }

    /// Takes in what another part of the run has counted.
    pub(super) fn merge(&mut self, other: &Self) {
        self.delivered += other.delivered;
    }

    pub(super) fn report(&self, shape: &Shape, values: &mut Vec<Value>) {
        if shape.copies == Part::Present {
            values.push(Value {
                name: "duplicates".to_owned(),
                unit: Unit::One,
                measure: Measure::Plain(Some(cast::count_to_f64(self.delivered))),
            });
        }
    }
}
