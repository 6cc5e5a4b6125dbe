//! How many accounts each PDS holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{apportion_real, concentration};
use crate::units::UnitError;

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
        /// Exponent; 0 is equal, the real network lies above 1. This or `hhi`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        s: Option<f64>,
        /// Herfindahl-Hirschman index, the sum of the squared shares: from 1/count, all alike,
        /// towards 1, one holds all. Where `s` is written too, as below an arm, this counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hhi: Option<f64>,
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
            Self::Zipf { total, s, hhi } => {
                let of_index = hhi.map(|hhi| concentration::exponent(count, hhi));
                let s = of_index.or(*s).unwrap_or(0.0);
                apportion_real(*total, &concentration::weights(count, s))
            }
            Self::List(list) => list.clone(),
            Self::File(_) => file.to_vec(),
        }
    }

    /// What is wrong with the wanted index on `count` PDSes.
    pub fn fault_of_index(&self, count: usize) -> Option<(&'static str, UnitError)> {
        let Self::Zipf { hhi: Some(hhi), .. } = self else {
            return None;
        };
        let possible = concentration::possible(count);
        (!possible.contains(hhi)).then(|| {
            let fault = format!("{count} PDSes cannot have the index {hhi}");
            let remedy = format!(
                "write an index from 1/{count} = {} to below 1",
                possible.start()
            );
            ("zipf.hhi", UnitError { fault, remedy })
        })
    }

    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        match self {
            Self::Zipf {
                s: None, hhi: None, ..
            } => vec![(
                "zipf",
                UnitError {
                    fault: "a zipf law has an exponent, or an index from which it follows"
                        .to_owned(),
                    remedy: "write s = 1.1, or hhi = 0.2".to_owned(),
                },
            )],
            Self::Zipf { s: Some(s), .. } if !(0.0..=10.0).contains(s) => vec![(
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
    use crate::units::cast;

    #[test]
    fn zipf_counts_follow_the_power_law_and_add_up() {
        let sizes = AccountsSpec::Zipf {
            total: 20_000,
            s: Some(1.1),
            hhi: None,
        }
        .sizes(40, &[]);
        assert_eq!(sizes.iter().sum::<u64>(), 20_000);
        // Rank 1 over rank 2 is 2^1.1 = 2.1435.
        let ratio = cast::count_to_f64(sizes[0]) / cast::count_to_f64(sizes[1]);
        assert!((ratio - 2.1435).abs() < 0.001, "{ratio}");
    }

    #[test]
    fn an_exponent_of_zero_is_equal() {
        let equal = AccountsSpec::Zipf {
            total: 8,
            s: Some(0.0),
            hhi: None,
        };
        assert_eq!(equal.sizes(4, &[]), [2, 2, 2, 2]);
    }

    #[test]
    fn the_sizes_have_the_index_that_was_asked_for() {
        // Shares of whole accounts: a million of them keep the index to five digits.
        let sizes = AccountsSpec::Zipf {
            total: 1_000_000,
            s: None,
            hhi: Some(0.15),
        }
        .sizes(40, &[]);
        let shares = sizes.iter().map(|size| cast::count_to_f64(*size) / 1e6);
        let index: f64 = shares.map(|share| share * share).sum();
        assert!((index - 0.15).abs() < 1e-6, "{index}");
    }

    #[test]
    fn what_no_network_of_the_size_can_have_is_named() {
        let index = |hhi| AccountsSpec::Zipf {
            total: 10,
            s: None,
            hhi: Some(hhi),
        };
        assert!(index(0.05).fault_of_index(20).is_none());
        let keys = [0.04, 1.5].map(|hhi| index(hhi).fault_of_index(20).map(|(key, _)| key));
        assert_eq!(keys, [Some("zipf.hhi"), Some("zipf.hhi")]);
        let neither = AccountsSpec::Zipf {
            total: 10,
            s: None,
            hhi: None,
        };
        assert_eq!(neither.faults()[0].0, "zipf");
    }

    #[test]
    fn an_index_laid_over_an_exponent_counts() {
        let zipf = |s, hhi| AccountsSpec::Zipf {
            total: 100,
            s,
            hhi: Some(hhi),
        };
        // Two PDSes of index 0.68 hold 80 and 20: see `concentration`.
        assert_eq!(zipf(Some(9.0), 0.68).sizes(2, &[]), [80, 20]);
        assert_eq!(zipf(None, 0.68).sizes(2, &[]), [80, 20]);
    }
}
