//! Which account lives on which PDS.
//!
//! Accounts are numbered so that those of one PDS are contiguous: a PDS needs two integers, an
//! account none. Behind them come the accounts of a trace and the identities of spammers, which
//! carry their PDS explicitly.

use crate::protocol::{Account, Pds};
use crate::units::cast;

/// The accounts of the network and where they live.
#[derive(Debug, Clone)]
pub struct Topology {
    /// First account of each PDS, and one past the last.
    first: Vec<u32>,
    /// The PDS of every account after the population, in order.
    explicit: Vec<Pds>,
    /// How many of the explicit ones people may write to: the accounts of a trace.
    addressable: u32,
    /// For each block of accounts the PDS of its first one: where a search begins.
    guide: Vec<u32>,
    shift: u32,
}

/// Blocks of the guide: enough that a block seldom spans more than one PDS, few enough for cache.
const GUIDE_BLOCKS: u32 = 4_096;

impl Topology {
    /// A network with `sizes[i]` accounts on PDS `i`.
    ///
    /// # Panics
    /// If there are 2^32 accounts or more.
    pub fn new(sizes: &[u64]) -> Self {
        let mut first = vec![0_u32];
        let mut total = 0_u64;
        for size in sizes {
            total += size;
            first.push(u32::try_from(total).expect("more than 2^32 accounts"));
        }
        let population = first[sizes.len()];
        let mut shift = 0;
        while population >> shift > GUIDE_BLOCKS {
            shift += 1;
        }
        let guide = (0..=population >> shift)
            .map(|block| search(&first, block << shift))
            .collect();
        Self {
            first,
            explicit: Vec::new(),
            addressable: 0,
            guide,
            shift,
        }
    }

    /// Adds the accounts of a trace, which people may write to.
    ///
    /// # Panics
    /// If identities were added before.
    pub fn add_addressable(&mut self, homes: &[Pds]) -> Account {
        assert!(
            self.explicit.len() == self.addressable as usize,
            "trace accounts come first"
        );
        self.addressable += cast::id_u32(homes.len());
        self.add_identities(homes)
    }

    /// Adds identities that nobody writes to; returns the first one.
    pub fn add_identities(&mut self, homes: &[Pds]) -> Account {
        let first = self.population() + cast::id_u32(self.explicit.len());
        self.explicit.extend_from_slice(homes);
        Account(first)
    }

    /// Adds a PDS without accounts of the population and returns it.
    pub fn add_pds(&mut self) -> Pds {
        self.first.push(self.population());
        Pds(cast::id_u32(self.first.len() - 2))
    }

    /// Number of PDSes.
    pub fn pds_count(&self) -> usize {
        self.first.len() - 1
    }

    /// Accounts of the population, without those of a trace and of spammers.
    pub fn population(&self) -> u32 {
        self.first[self.first.len() - 1]
    }

    /// Accounts that people may write to: the population and the trace's.
    pub fn addressable(&self) -> u32 {
        self.population() + self.addressable
    }

    /// All accounts, spammers' identities included.
    pub fn accounts(&self) -> u32 {
        self.population() + cast::id_u32(self.explicit.len())
    }

    /// Accounts of the population on a PDS.
    pub fn size(&self, pds: Pds) -> u32 {
        self.first[pds.0 as usize + 1] - self.first[pds.0 as usize]
    }

    /// Accounts on a PDS that people may write to.
    pub fn addressable_on(&self, pds: Pds) -> u32 {
        let of_trace = self.explicit[..self.addressable as usize]
            .iter()
            .filter(|home| **home == pds);
        self.size(pds) + cast::id_u32(of_trace.count())
    }

    /// The first account of the population on a PDS.
    pub fn first_account(&self, pds: Pds) -> Account {
        Account(self.first[pds.0 as usize])
    }

    /// Where an account lives.
    pub fn pds_of(&self, account: Account) -> Pds {
        let Some(beyond) = account.0.checked_sub(self.population()) else {
            let mut pds = self.guide[(account.0 >> self.shift) as usize];
            while self.first[pds as usize + 1] <= account.0 {
                pds += 1;
            }
            return Pds(pds);
        };
        self.explicit[beyond as usize]
    }
}

/// The PDS whose accounts include `account`, or the number of PDSes past the last account.
fn search(first: &[u32], account: u32) -> u32 {
    cast::id_u32(first.partition_point(|start| *start <= account) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_is_found_on_its_pds_even_between_empty_ones() {
        let sizes = [3, 0, 0, 50_000, 1, 0, 2];
        let topology = Topology::new(&sizes);
        let mut account = 0;
        for (pds, size) in (0..).zip(sizes) {
            for _ in 0..size {
                assert_eq!(topology.pds_of(Account(account)), Pds(pds));
                account += 1;
            }
        }
        assert_eq!(topology.population(), account);
        assert_eq!(
            (topology.size(Pds(3)), topology.first_account(Pds(3))),
            (50_000, Account(3))
        );
    }

    #[test]
    fn trace_accounts_are_addressable_and_identities_are_not() {
        let mut topology = Topology::new(&[2]);
        assert_eq!(topology.add_addressable(&[Pds(0), Pds(0)]), Account(2));
        let own = topology.add_pds();
        assert_eq!(topology.add_identities(&[own]), Account(4));
        assert_eq!((topology.addressable(), topology.accounts()), (4, 5));
        assert_eq!(topology.pds_of(Account(4)), own);
        assert_eq!(topology.size(own), 0);
    }
}
