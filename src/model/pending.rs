//! The requests that one PDS holds for its recipients, in the order in which they came.
//!
//! Ordered maps, so that the oldest of a pair, of a recipient or of a sender is found in logarithmic
//! time however long the lists grow under an attack.

use std::collections::BTreeMap;

use crate::des::Table;
use crate::policy::RequestOverflow;
use crate::protocol::Account;
use crate::rng::uniform;
use crate::units::cast;

/// Held requests; each is named by the place of its message among those in flight.
#[derive(Debug, Clone, Default)]
pub(super) struct Pending {
    /// How many were ever held: the number of the next one.
    held: u64,
    /// By recipient, sender and number.
    of_pair: BTreeMap<(u32, u32, u64), u32>,
    /// By recipient and number, with the sender.
    of_recipient: BTreeMap<(u32, u64), (u32, u32)>,
    /// By sender and number.
    of_sender: BTreeMap<(u32, u64), u32>,
    /// The number of each message that is held.
    numbers: Table<u32, u64>,
}

impl Pending {
    /// A message is held from now on.
    pub(super) fn add(&mut self, index: u32, recipient: Account, sender: Account) {
        let number = self.held;
        self.held += 1;
        self.of_pair.insert((recipient.0, sender.0, number), index);
        self.of_recipient
            .insert((recipient.0, number), (index, sender.0));
        self.of_sender.insert((sender.0, number), index);
        self.numbers.insert(index, number);
    }

    /// A message is no longer held.
    ///
    /// # Panics
    /// If it was not held.
    pub(super) fn remove(&mut self, index: u32, recipient: Account, sender: Account) {
        let number = self.numbers.remove(index).expect("the message was held");
        self.of_pair.remove(&(recipient.0, sender.0, number));
        self.of_recipient.remove(&(recipient.0, number));
        self.of_sender.remove(&(sender.0, number));
    }

    /// Whether a message is held.
    pub(super) fn holds(&self, index: u32) -> bool {
        self.numbers.contains(index)
    }

    /// Whether anything is held of a pair.
    pub(super) fn is_held_of(&self, recipient: Account, sender: Account) -> bool {
        let numbers = (recipient.0, sender.0, 0)..=(recipient.0, sender.0, u64::MAX);
        self.of_pair.range(numbers).next().is_some()
    }

    /// What is held of a pair, oldest first.
    pub(super) fn of_pair(&self, recipient: Account, sender: Account) -> Vec<u32> {
        let numbers = (recipient.0, sender.0, 0)..=(recipient.0, sender.0, u64::MAX);
        self.of_pair
            .range(numbers)
            .map(|(_, index)| *index)
            .collect()
    }

    /// What is held of a sender, oldest first.
    pub(super) fn of_sender(&self, sender: Account) -> Vec<u32> {
        let numbers = (sender.0, 0)..=(sender.0, u64::MAX);
        let held = self.of_sender.range(numbers);
        held.map(|(_, index)| *index).collect()
    }

    /// The request that makes room in the full list of a pair; none where the rule evicts none.
    pub(super) fn victim_of_pair(
        &self,
        overflow: RequestOverflow,
        (recipient, sender): (Account, Account),
        draw: u64,
    ) -> Option<u32> {
        let held = self.of_pair(recipient, sender);
        chosen(overflow, &held, draw)
    }

    /// The request that makes room in the full list of a recipient.
    pub(super) fn victim_of_recipient(
        &self,
        overflow: RequestOverflow,
        recipient: Account,
        draw: u64,
    ) -> Option<u32> {
        if overflow == RequestOverflow::EvictHeaviest {
            return self.oldest_of_heaviest(recipient);
        }
        let numbers = (recipient.0, 0)..=(recipient.0, u64::MAX);
        let held = self.of_recipient.range(numbers);
        let held: Vec<u32> = held.map(|(_, (index, _))| *index).collect();
        chosen(overflow, &held, draw)
    }

    fn oldest_of_heaviest(&self, recipient: Account) -> Option<u32> {
        let everybody = (recipient.0, 0, 0)..=(recipient.0, u32::MAX, u64::MAX);
        // Of each sender: how many, and the number and place of the oldest.
        let mut senders: BTreeMap<u32, (u32, u64, u32)> = BTreeMap::new();
        for ((_, sender, number), index) in self.of_pair.range(everybody) {
            senders.entry(*sender).or_insert((0, *number, *index)).0 += 1;
        }
        let heaviest = senders
            .values()
            .max_by_key(|(count, oldest, _)| (*count, std::cmp::Reverse(*oldest)));
        heaviest.map(|(_, _, index)| *index)
    }
}

/// Which of `held`, oldest first, goes.
fn chosen(overflow: RequestOverflow, held: &[u32], draw: u64) -> Option<u32> {
    match overflow {
        RequestOverflow::Reject => None,
        RequestOverflow::EvictOldest | RequestOverflow::EvictHeaviest => held.first().copied(),
        RequestOverflow::EvictNewest => held.last().copied(),
        RequestOverflow::EvictRandom => {
            let place = uniform::index(draw, held.len() as u64);
            held.get(cast::index(place)).copied()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Account = Account(1);

    /// Ann has five requests: of 7, of 8 twice, of 9 twice, in this order: 7 8 9 9 8.
    fn five() -> Pending {
        let mut pending = Pending::default();
        for (index, sender) in [(10, 7), (11, 8), (12, 9), (13, 9), (14, 8)] {
            pending.add(index, ANN, Account(sender));
        }
        pending.add(15, Account(2), Account(8));
        pending
    }

    #[test]
    fn each_rule_evicts_the_one_that_it_names() {
        let pending = five();
        let of_ann = |overflow, draw| pending.victim_of_recipient(overflow, ANN, draw);
        assert_eq!(of_ann(RequestOverflow::Reject, 0), None);
        assert_eq!(of_ann(RequestOverflow::EvictOldest, 0), Some(10));
        assert_eq!(of_ann(RequestOverflow::EvictNewest, 0), Some(14));
        // 8 and 9 have two each; that of 8 is held longer.
        assert_eq!(of_ann(RequestOverflow::EvictHeaviest, 0), Some(11));
        let fifth = u64::MAX / 5;
        let random: Vec<_> = (0..5)
            .map(|k| of_ann(RequestOverflow::EvictRandom, k * fifth + 9).unwrap())
            .collect();
        assert_eq!(random, [10, 11, 12, 13, 14]);
        let of_pair = pending.victim_of_pair(RequestOverflow::EvictOldest, (ANN, Account(9)), 0);
        assert_eq!(of_pair, Some(12));
    }

    #[test]
    fn what_is_taken_out_is_gone_from_every_list() {
        let mut pending = five();
        pending.remove(11, ANN, Account(8));
        assert!(!pending.holds(11) && pending.holds(14));
        assert_eq!(pending.of_pair(ANN, Account(8)), [14]);
        assert_eq!(pending.of_sender(Account(8)), [14, 15]);
        let heaviest = pending.victim_of_recipient(RequestOverflow::EvictHeaviest, ANN, 0);
        assert_eq!(heaviest, Some(12));
    }
}
