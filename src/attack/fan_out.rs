//! Fan-out: the campaign writes to every account once before it writes to any account twice.
//!
//! Observes the public list of accounts. Limits keyed by pair never see a second message; limits
//! keyed by sender do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::rng::Permutation;
use crate::units::cast;

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "fan-out",
    does: "the campaign writes to every account once before it writes to any account twice",
    observes: "the public list of accounts",
    defence: "limits keyed by sender or sender-pds, or a budget of new contacts; a limit per pair never refuses it",
};

/// Parameters of a fan-out: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FanOutSpec {}

/// How far a fan-out has come.
#[derive(Debug, Clone, Copy)]
pub struct FanOut {
    key: u64,
    sent: u64,
}

impl FanOut {
    pub(super) fn new(key: u64) -> Self {
        Self { key, sent: 0 }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let accounts = u64::from(opportunity.accounts);
        let place = Permutation::new(accounts, self.key).image(self.sent % accounts);
        self.sent += 1;
        Move::SendTo {
            identity: opportunity.identity,
            account: cast::low_u32(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Time;

    #[test]
    fn nobody_hears_twice_before_everybody_heard_once() {
        let mut fan_out = FanOut::new(99);
        let opportunity = Opportunity {
            now: Time::ZERO,
            identity: 0,
            identities: 1,
            accounts: 40,
        };
        let mut reached: Vec<u32> = (0..40)
            .map(|_| match fan_out.decide(opportunity) {
                Move::SendTo { account, .. } => account,
                other => panic!("a fan-out always sends: {other:?}"),
            })
            .collect();
        assert!(!reached.is_sorted(), "the order is the campaign's own");
        reached.sort_unstable();
        assert_eq!(reached, (0..40).collect::<Vec<_>>());
    }
}
