//! Which accounts the members of a group of senders are.

use super::{Topology, apportion};
use crate::protocol::{Account, Pds};
use crate::units::cast;

/// The members of a group on a contiguous range of PDSes: runs of consecutive accounts.
#[derive(Debug, Clone, Default)]
pub struct Membership {
    /// First account of each run.
    accounts: Vec<u32>,
    /// Number of members before each run, and in all.
    before: Vec<u32>,
}

impl Membership {
    /// Members from runs of `(first account, length)`; empty runs are dropped.
    ///
    /// # Panics
    /// If there are 2^32 members or more.
    pub fn from_runs(runs: impl IntoIterator<Item = (Account, u32)>) -> Self {
        let mut members = Self {
            accounts: Vec::new(),
            before: vec![0],
        };
        for (first, length) in runs.into_iter().filter(|(_, length)| *length > 0) {
            let total = members.count();
            if members.continues_with(first) {
                *members.before.last_mut().expect("never empty") = total + length;
            } else {
                members.accounts.push(first.0);
                members.before.push(total + length);
            }
        }
        members
    }

    fn continues_with(&self, first: Account) -> bool {
        let runs = self.accounts.len();
        runs > 0 && self.accounts[runs - 1] + self.before[runs] - self.before[runs - 1] == first.0
    }

    /// How many members.
    pub fn count(&self) -> u32 {
        *self.before.last().unwrap_or(&0)
    }

    /// The account of a member, counted from 0.
    pub fn account(&self, member: u32) -> Account {
        debug_assert!(member < self.count());
        if let [first] = self.accounts[..] {
            return Account(first + member);
        }
        let run = self.before.partition_point(|before| *before <= member) - 1;
        Account(self.accounts[run] + member - self.before[run])
    }

    /// Whether an account is a member.
    pub fn contains(&self, account: Account) -> bool {
        let Some(run) = self
            .accounts
            .partition_point(|first| *first <= account.0)
            .checked_sub(1)
        else {
            return false;
        };
        account.0 - self.accounts[run] < self.before[run + 1] - self.before[run]
    }
}

/// Assigns `counts[g]` members to each group `g`, spread over the PDSes by size.
///
/// Each group takes the next free accounts of every PDS, in proportion to what is still free
/// there, so that any counts that fit in total fit on every PDS. Returns, per group, the run of
/// accounts on each PDS.
///
/// # Panics
/// If the counts exceed the population.
pub fn assign_members(topology: &Topology, counts: &[u64]) -> Vec<Vec<(Account, u32)>> {
    let pdses = 0..cast::id_u32(topology.pds_count());
    let mut free: Vec<u64> = pdses
        .map(|pds| u64::from(topology.size(Pds(pds))))
        .collect();
    let mut groups = Vec::with_capacity(counts.len());
    for count in counts {
        assert!(
            *count <= free.iter().sum::<u64>(),
            "more members than accounts"
        );
        let parts = apportion(*count, &free);
        let runs = (0..).zip(&parts).map(|(pds, part)| {
            let pds = Pds(pds);
            let taken = topology.size(pds) - cast::low_u32(free[pds.0 as usize]);
            (
                Account(topology.first_account(pds).0 + taken),
                cast::low_u32(*part),
            )
        });
        groups.push(runs.collect());
        for (left, part) in free.iter_mut().zip(&parts) {
            *left -= part;
        }
    }
    groups
}

/// Homes for `count` identities, added to the PDSes by size; in the order of the PDSes.
pub fn assign_identities(topology: &Topology, count: u64) -> Vec<Pds> {
    let sizes: Vec<u64> = (0..cast::id_u32(topology.pds_count()))
        .map(|pds| u64::from(topology.size(Pds(pds))))
        .collect();
    let weights = if sizes.iter().all(|size| *size == 0) {
        vec![1; sizes.len()]
    } else {
        sizes
    };
    (0..)
        .zip(apportion(count, &weights))
        .flat_map(|(pds, part)| std::iter::repeat_n(Pds(pds), cast::index(part)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_runs_of_accounts() {
        let members = Membership::from_runs([(Account(5), 2), (Account(9), 0), (Account(20), 3)]);
        let accounts: Vec<u32> = (0..members.count()).map(|m| members.account(m).0).collect();
        assert_eq!(accounts, [5, 6, 20, 21, 22]);
        assert!(members.contains(Account(6)) && members.contains(Account(22)));
        assert!(!members.contains(Account(7)) && !members.contains(Account(23)));
        assert!(!members.contains(Account(4)));
    }

    #[test]
    fn adjacent_runs_become_one() {
        let members = Membership::from_runs([(Account(0), 2), (Account(2), 3)]);
        assert_eq!((members.accounts.len(), members.count()), (1, 5));
    }

    #[test]
    fn groups_that_fill_the_population_exactly_fit_on_every_pds() {
        let topology = Topology::new(&[3, 0, 1, 7]);
        let groups = assign_members(&topology, &[5, 6]);
        let mut seen: Vec<u32> = groups
            .iter()
            .flat_map(|runs| Membership::from_runs(runs.iter().copied()).into_accounts())
            .collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..11).collect::<Vec<_>>());
    }

    #[test]
    fn identities_follow_the_sizes() {
        let topology = Topology::new(&[30, 10, 0]);
        let homes = assign_identities(&topology, 4);
        assert_eq!(homes, [Pds(0), Pds(0), Pds(0), Pds(1)]);
    }

    impl Membership {
        fn into_accounts(self) -> Vec<u32> {
            (0..self.count())
                .map(|member| self.account(member).0)
                .collect()
        }
    }
}
