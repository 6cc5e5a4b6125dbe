//! Limit starve: uses up a budget that strangers share, so that honest senders are refused.
//!
//! A limit keyed by the recipient or by the PDS counts everybody together. The campaign spends that
//! budget: its identities take turns, so that no limit per sender refuses them first, and all
//! write to the group's `target`, or to `victims` accounts in turn. It need not get through: what
//! it wants is that others do not. A limit cannot tell them apart, so an honest message is refused as
//! often as one of the flood: with Poisson demands h and s the loss of the limit at h + s.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::rng::Permutation;
use crate::units::{UnitError, cast};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "limit-starve",
    does: "uses up a budget keyed by recipient or PDS from many identities in turn, so that honest senders are refused",
    observes: "the public list of accounts; knows that the budget is shared",
    defence: "limits keyed by sender or sender-pds before the shared one, budgets apart for accepted contacts; a larger shared budget only costs it more",
};

/// Parameters of a campaign against a shared budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LimitStarveSpec {
    /// How many accounts it starves, in turn; whom the group's `target` says by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub victims: Option<u32>,
}

impl LimitStarveSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        if self.victims != Some(0) {
            return Vec::new();
        }
        let fault = "there is nobody to starve".to_owned();
        let remedy = "write 1 or more, or leave it out".to_owned();
        vec![("limit-starve.victims", UnitError { fault, remedy })]
    }
}

/// Whose turn it is, to write and to be written to.
#[derive(Debug, Clone, Copy)]
pub struct LimitStarve {
    victims: Option<u64>,
    key: u64,
    sent: u64,
}

impl LimitStarve {
    pub(super) fn new(spec: LimitStarveSpec, key: u64) -> Self {
        Self {
            victims: spec.victims.map(u64::from),
            key,
            sent: 0,
        }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let identity = cast::low_u32(self.sent % u64::from(opportunity.identities));
        let accounts = u64::from(opportunity.accounts);
        let turn = self.sent;
        self.sent += 1;
        match self.victims {
            None => Move::Send { identity },
            Some(victims) => {
                let order = Permutation::new(accounts, self.key);
                let account = order.image(turn % victims.min(accounts));
                Move::SendTo {
                    identity,
                    account: cast::low_u32(account),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::opportunity;

    #[test]
    fn senders_and_victims_take_turns() {
        let mut starve = LimitStarve::new(LimitStarveSpec { victims: Some(2) }, 3);
        let moves: Vec<(u32, u32)> = (0..6)
            .map(|_| match starve.decide(opportunity(0, 0, 3)) {
                Move::SendTo { identity, account } => (identity, account),
                other => panic!("it always sends: {other:?}"),
            })
            .collect();
        let senders: Vec<u32> = moves.iter().map(|pair| pair.0).collect();
        assert_eq!(senders, [0, 1, 2, 0, 1, 2]);
        let (first, second) = (moves[0].1, moves[1].1);
        assert_ne!(first, second);
        let victims: Vec<u32> = moves.iter().map(|pair| pair.1).collect();
        assert_eq!(victims, [first, second, first, second, first, second]);
    }
}
