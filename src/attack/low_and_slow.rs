//! Low and slow: every identity stays so far below every limit that no limit is about it.
//!
//! An identity sends at most at `rate`, a pace at which honest people write. No limit that lets
//! people write refuses it, so doubling or halving limits changes nothing: it delivers r E[lag]
//! messages before its label (and the first one), and the lag alone decides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::{Rate, Span, Time, UnitError};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "low-and-slow",
    does: "every identity sends at most at `rate`, as honest people do, whatever the demand",
    observes: "nothing; knows how often honest people write",
    defence: "labels: r E[lag] messages get through before one, and no limit that lets people write changes that; invitations",
};

/// Parameters of a slow campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LowAndSlowSpec {
    /// The most that one identity sends; 3 a day by default (guess).
    pub rate: Rate,
}

impl Default for LowAndSlowSpec {
    fn default() -> Self {
        Self {
            rate: "3/1d".parse().expect("a rate"),
        }
    }
}

impl LowAndSlowSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        super::no_gap("low-and-slow.rate", self.rate)
    }
}

/// When each identity may send again.
#[derive(Debug, Clone)]
pub struct LowAndSlow {
    rest: Span,
    ready: Vec<Time>,
}

impl LowAndSlow {
    pub(super) fn new(spec: LowAndSlowSpec, identities: u32) -> Self {
        Self {
            rest: super::gap_of(spec.rate),
            ready: vec![Time::ZERO; identities as usize],
        }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let identity = opportunity.identity;
        let ready = &mut self.ready[identity as usize];
        if opportunity.now < *ready {
            return Move::HoldBack;
        }
        *ready = opportunity.now + self.rest;
        Move::Send { identity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::opportunity;

    #[test]
    fn each_identity_keeps_its_own_pace() {
        // Two identities with a demand of one per second each, at most one per 4 s: 5 each in 20 s.
        let spec = LowAndSlowSpec {
            rate: "1/4s".parse().unwrap(),
        };
        let mut slow = LowAndSlow::new(spec, 2);
        let mut sent = [0, 0];
        for second in 0..20 {
            for identity in [0, 1] {
                let chosen = slow.decide(opportunity(second * 1_000, identity, 2));
                sent[identity as usize] += usize::from(chosen != Move::HoldBack);
            }
        }
        assert_eq!(sent, [5, 5]);
    }
}
