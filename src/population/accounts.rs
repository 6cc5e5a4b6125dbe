//! How many accounts each PDS holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::apportion_real;
use crate::units::{UnitError, cast};

/// Account counts per PDS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum AccountsSpec {
    /// The same number on every PDS.
    Equal {
        /// Accounts on each PDS.
        each: u64,
    },
    /// Rank r holds accounts in proportion to r^-s, by largest remainder.
    Zipf {
        /// Accounts on all PDSes together.
        total: u64,
        /// Exponent; 0 is equal, the real network lies above 1.
        s: f64,
    },
    /// One number per PDS.
    List(Vec<u64>),
    /// A CSV file with a column `accounts`, one row per PDS.
    File(String),
}

impl AccountsSpec {
    /// How many PDSes the spec itself names, if it does.
    pub fn pds_count(&self) -> Option<usize> {
        match self {
            Self::List(list) => Some(list.len()),
            Self::Equal { .. } | Self::Zipf { .. } | Self::File(_) => None,
        }
    }

    /// Accounts per PDS for `count` PDSes; `file` is the content of the named file.
    pub fn sizes(&self, count: usize, file: &[u64]) -> Vec<u64> {
        match self {
            Self::Equal { each } => vec![*each; count],
            Self::Zipf { total, s } => {
                let weights: Vec<f64> = (1..=count)
                    .map(|rank| libm::pow(cast::count_to_f64(rank as u64), -s))
                    .collect();
                apportion_real(*total, &weights)
            }
            Self::List(list) => list.clone(),
            Self::File(_) => file.to_vec(),
        }
    }

    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        match self {
            Self::Zipf { s, .. } if !(0.0..=10.0).contains(s) => vec![(
                "zipf.s",
                UnitError {
                    fault: format!("the exponent {s} is not between 0 and 10"),
                    remedy: "write an exponent such as 1.1".to_owned(),
                },
            )],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_counts_follow_the_power_law_and_add_up() {
        let sizes = AccountsSpec::Zipf {
            total: 20_000,
            s: 1.1,
        }
        .sizes(40, &[]);
        assert_eq!(sizes.iter().sum::<u64>(), 20_000);
        // Rank 1 over rank 2 is 2^1.1 = 2.1435.
        let ratio = cast::count_to_f64(sizes[0]) / cast::count_to_f64(sizes[1]);
        assert!((ratio - 2.1435).abs() < 0.001, "{ratio}");
    }

    #[test]
    fn an_exponent_of_zero_is_equal() {
        assert_eq!(
            AccountsSpec::Zipf { total: 8, s: 0.0 }.sizes(4, &[]),
            [2, 2, 2, 2]
        );
    }
}
