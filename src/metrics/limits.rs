//! How often each limit layer itself refused, of the attempts it was asked about.

use super::tally::share;
use super::{Shape, Value};
use crate::protocol::Fact;

#[derive(Debug)]
pub(super) struct Limits {
    asked: Vec<u64>,
    refused: Vec<u64>,
}

impl Limits {
    pub(super) fn new(layers: usize) -> Self {
        Self {
            asked: vec![0; layers],
            refused: vec![0; layers],
        }
    }

    #[inline(always)]
    pub(super) fn observe(&mut self, fact: &Fact<'_>) {
        if let Fact::Taken { asked, refused, .. } | Fact::OutboundLimits { asked, refused, .. } =
            fact
        {
            count(&mut self.asked, *asked);
            count(&mut self.refused, *refused);
        }
    }

    /// Takes in what another part of the run has counted.
    pub(super) fn merge(&mut self, other: &Self) {
        let asked = self.asked.iter_mut().zip(&other.asked);
        asked.for_each(|(count, other)| *count += other);
        let refused = self.refused.iter_mut().zip(&other.refused);
        refused.for_each(|(count, other)| *count += other);
    }

    pub(super) fn report(&self, shape: &Shape, values: &mut Vec<Value>) {
        for ((layer, asked), refused) in shape.layers.iter().zip(&self.asked).zip(&self.refused) {
            values.push(share(&format!("limit.{layer}.reject"), *refused, *asked));
        }
    }
}

/// Adds one to the count of every bit that is set.
fn count(counts: &mut [u64], mut mask: u64) {
    while mask != 0 {
        counts[mask.trailing_zeros() as usize] += 1;
        mask &= mask - 1;
    }
}
