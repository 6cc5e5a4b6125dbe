//! Which PDSes something happens to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rng::CounterKey;
use crate::units::{Share, UnitError};

/// A set of PDSes of the network, which are numbered from 0 in the order of `[pds] accounts`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PdsSet {
    /// Every PDS.
    #[default]
    All,
    /// Those with these numbers, from 0.
    List(Vec<u32>),
    /// Each with this chance; which ones follows from the seed and is the same in every replication.
    Share(Share),
}

impl PdsSet {
    /// What is wrong with the set in a network of `count` PDSes.
    pub fn fault(&self, count: usize) -> Option<UnitError> {
        let Self::List(numbers) = self else {
            return None;
        };
        let unknown = numbers.iter().find(|number| **number as usize >= count)?;
        Some(unknown_pds(*unknown, count))
    }

    /// Whether PDS number `pds` belongs to it; `key` draws for a share, `salt` names the set.
    pub fn contains(&self, pds: u32, key: CounterKey, salt: u64) -> bool {
        match self {
            Self::All => true,
            Self::List(numbers) => numbers.contains(&pds),
            Self::Share(share) => share.hits(key.draw(u64::from(pds), salt)),
        }
    }
}

/// A number beyond the last PDS.
pub fn unknown_pds(number: u32, count: usize) -> UnitError {
    UnitError {
        fault: format!("there is no PDS number {number}: there are {count}, numbered from 0"),
        remedy: format!("write a number below {count}"),
    }
}
