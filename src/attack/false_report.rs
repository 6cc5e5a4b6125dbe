//! False reports: identities report honest senders who never wrote to them, until a labeler believes
//! it.
//!
//! Knows the documented threshold of a labeler and reports each victim by as many identities
//! (`per-victim`), then turns to the next victim, in an order of its own over all accounts. Below the
//! labeler's threshold it does nothing; at or above it, every `per-victim` reports cost one honest
//! sender his good name. Against a limit of L reports per reporter and window, n identities
//! reach at most n L / `per-victim` victims per window.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::rng::Permutation;
use crate::units::{UnitError, cast};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "false-report",
    does: "its identities report honest senders instead of writing: `per-victim` of them each victim, one victim after the other",
    observes: "the public list of accounts and the labeler's documented threshold",
    defence: "a threshold above the number of identities, a limit of reports per reporter, moderators who look before they label, appeals",
};

/// Parameters of a campaign of false reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FalseReportSpec {
    /// How many identities report each victim.
    #[serde(default = "default_per_victim")]
    pub per_victim: u32,
}

fn default_per_victim() -> u32 {
    3
}

impl FalseReportSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        if self.per_victim > 0 {
            return Vec::new();
        }
        let error = UnitError {
            fault: "0 reports per victim reach no threshold".to_owned(),
            remedy: "write the labeler's threshold, such as 3".to_owned(),
        };
        vec![("false-report.per-victim", error)]
    }
}

/// How far a campaign has come.
#[derive(Debug, Clone, Copy)]
pub struct FalseReport {
    per_victim: u64,
    key: u64,
    sent: u64,
}

impl FalseReport {
    pub(super) fn new(spec: FalseReportSpec, key: u64) -> Self {
        Self {
            per_victim: u64::from(spec.per_victim),
            key,
            sent: 0,
        }
    }

    /// Identities take turns, so that the reports of one victim come from different ones.
    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let accounts = u64::from(opportunity.accounts);
        let victim = self.sent / self.per_victim % accounts;
        let identity = self.sent % u64::from(opportunity.identities);
        self.sent += 1;
        Move::Report {
            identity: cast::low_u32(identity),
            account: cast::low_u32(Permutation::new(accounts, self.key).image(victim)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Time;

    #[test]
    fn each_victim_is_reported_by_different_identities_before_the_next_one_is() {
        let mut campaign = FalseReport::new(FalseReportSpec { per_victim: 3 }, 7);
        let reports: Vec<(u32, u32)> = (0..12)
            .map(|_| {
                let opportunity = Opportunity {
                    now: Time::ZERO,
                    identity: 0,
                    identities: 5,
                    accounts: 100,
                };
                match campaign.decide(opportunity) {
                    Move::Report { identity, account } => (identity, account),
                    other => panic!("it only reports: {other:?}"),
                }
            })
            .collect();
        let victims: std::collections::BTreeSet<u32> =
            reports.chunks(3).map(|three| three[0].1).collect();
        assert_eq!(victims.len(), 4);
        for three in reports.chunks(3) {
            assert!(three.iter().all(|report| report.1 == three[0].1));
            let mut identities: Vec<u32> = three.iter().map(|report| report.0).collect();
            identities.sort_unstable();
            identities.dedup();
            assert_eq!(identities.len(), 3, "{reports:?}");
        }
    }
}
