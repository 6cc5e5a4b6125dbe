//! To whom somebody writes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ContactGraph, Topology};
use crate::protocol::Account;
use crate::rng::{Permutation, uniform};
use crate::units::{Share, UnitError, cast};

/// Whom the senders of a group write to.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TargetSpec {
    /// Any account but the sender, each time anew.
    #[default]
    Uniform,
    /// One account, always the same for the whole group.
    One {
        /// Its number in the population.
        #[serde(default)]
        account: u32,
    },
    /// Every account once, in an order of the sender's own, and then again.
    FanOut {},
    /// The sender's contacts, and now and then somebody new.
    Contacts {
        /// Mean number of contacts of an account; heavy-tailed over the accounts.
        mean: f64,
        /// Share of messages to any other account instead.
        #[serde(default)]
        new: Share,
    },
}

impl TargetSpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        match self {
            Self::Contacts { mean, .. } if !(1.0..=1e5).contains(mean) => vec![(
                "contacts.mean",
                UnitError {
                    fault: format!("a mean of {mean} contacts is not possible"),
                    remedy: "write a mean from 1 to 100000".to_owned(),
                },
            )],
            _ => Vec::new(),
        }
    }
}

impl TargetSpec {
    /// Whether it needs the draw between a contact and somebody new.
    pub const fn asks_for_novelty(&self) -> bool {
        matches!(self, Self::Contacts { .. })
    }
}

/// The uniform draws that choose a recipient. Draws hang on the message, so that one which is not
/// made shifts no other.
#[derive(Debug, Clone, Copy)]
pub struct TargetDraws {
    /// Chooses among accounts or contacts.
    pub recipient: u64,
    /// Chooses between a contact and somebody new.
    pub novelty: u64,
}

/// Chooses recipients for one stream of sends.
#[derive(Debug, Clone)]
pub struct Targets {
    rule: TargetSpec,
    graph: Option<ContactGraph>,
    /// Messages so far of every member; only fan-out needs them.
    sent: Vec<u32>,
    fan_out_key: u64,
}

impl Targets {
    /// Targets for `members` senders; `graph` serves `contacts`, `key` orders `fan-out`.
    ///
    /// # Panics
    /// If the rule is `contacts` and there is no graph.
    pub fn new(rule: TargetSpec, members: u32, graph: Option<ContactGraph>, key: u64) -> Self {
        let counts = if matches!(rule, TargetSpec::FanOut {}) {
            members
        } else {
            0
        };
        assert!(
            graph.is_some() || !matches!(rule, TargetSpec::Contacts { .. }),
            "contacts need a graph"
        );
        Self {
            rule,
            graph,
            sent: vec![0; counts as usize],
            fan_out_key: key,
        }
    }

    /// The recipient of the next message of `sender`, the group's `member`.
    ///
    /// # Panics
    /// Never: that `contacts` have a graph was checked when this was built.
    pub fn choose(
        &mut self,
        topology: &Topology,
        sender: Account,
        member: u32,
        draws: TargetDraws,
    ) -> Account {
        let accounts = topology.addressable();
        match self.rule {
            TargetSpec::Uniform => anyone_but(sender, accounts, draws.recipient),
            TargetSpec::One { account } if Account(account) == sender => {
                Account((account + 1) % accounts)
            }
            TargetSpec::One { account } => Account(account),
            TargetSpec::FanOut {} => self.next_of_fan_out(sender, member, accounts),
            TargetSpec::Contacts { new, .. } if new.hits(draws.novelty) => {
                anyone_but(sender, accounts, draws.recipient)
            }
            TargetSpec::Contacts { .. } => {
                let graph = self.graph.as_ref().expect("checked when built");
                let contact = uniform::index(draws.recipient, u64::from(graph.degree(sender)));
                graph.contact(sender, cast::low_u32(contact))
            }
        }
    }

    fn next_of_fan_out(&mut self, sender: Account, member: u32, accounts: u32) -> Account {
        let others = others_than(sender, accounts);
        let order = Permutation::new(u64::from(others), self.fan_out_key ^ u64::from(sender.0));
        let sent = &mut self.sent[member as usize];
        let place = order.image(u64::from(*sent % others));
        *sent = sent.wrapping_add(1);
        skip(sender, cast::low_u32(place))
    }
}

/// Accounts that `sender` may write to; a sender who is nobody's recipient may write to all.
fn others_than(sender: Account, accounts: u32) -> u32 {
    accounts - u32::from(sender.0 < accounts)
}

/// The `index`-th account, `sender` left out.
fn skip(sender: Account, index: u32) -> Account {
    Account(index + u32::from(index >= sender.0))
}

/// Any account below `accounts` but `sender`, equally likely.
///
/// # Panics
/// If there is nobody else; the scenario is refused before.
pub(super) fn anyone_but(sender: Account, accounts: u32, draw: u64) -> Account {
    let others = others_than(sender, accounts);
    let index = cast::low_u32(uniform::index(draw, u64::from(others)));
    if others == accounts {
        Account(index)
    } else {
        skip(sender, index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_DRAWS: TargetDraws = TargetDraws {
        recipient: 0,
        novelty: 0,
    };

    #[test]
    fn uniform_targets_reach_everybody_but_the_sender() {
        let step = u64::MAX / 4;
        let reached: Vec<u32> = (0..4)
            .map(|i| anyone_but(Account(2), 5, i * step + 9).0)
            .collect();
        assert_eq!(reached, [0, 1, 3, 4]);
        // An identity outside the population reaches all.
        assert_eq!(anyone_but(Account(9), 5, u64::MAX), Account(4));
    }

    #[test]
    fn fan_out_reaches_everybody_once_before_anybody_twice() {
        let topology = Topology::new(&[7]);
        let mut targets = Targets::new(TargetSpec::FanOut {}, 1, None, 42);
        let mut round: Vec<u32> = (0..6)
            .map(|_| targets.choose(&topology, Account(3), 0, NO_DRAWS).0)
            .collect();
        let second = targets.choose(&topology, Account(3), 0, NO_DRAWS).0;
        assert_eq!(second, round[0]);
        round.sort_unstable();
        assert_eq!(round, [0, 1, 2, 4, 5, 6]);
    }

    #[test]
    fn nobody_writes_to_himself_under_one() {
        let topology = Topology::new(&[3]);
        let mut targets = Targets::new(TargetSpec::One { account: 2 }, 2, None, 0);
        assert_eq!(
            targets.choose(&topology, Account(1), 0, NO_DRAWS),
            Account(2)
        );
        assert_eq!(
            targets.choose(&topology, Account(2), 1, NO_DRAWS),
            Account(0)
        );
    }
}
