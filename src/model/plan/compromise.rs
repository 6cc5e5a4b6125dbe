//! Accounts that were taken over: which ones, and what they share with their owners.

use std::collections::BTreeMap;

use crate::attack::{AttackSpec, WritesTo};
use crate::population::Membership;
use crate::protocol::Account;
use crate::scenario::{ScenarioSpec, SendersSpec};

/// The group with what it has from the owners of its accounts; none for a group with its own.
pub(super) fn as_owned(senders: &SendersSpec, spec: &ScenarioSpec) -> Option<SendersSpec> {
    let attack = senders.attack.as_ref().and_then(AttackSpec::compromised)?;
    let owners = &spec.senders[&attack.of];
    let mut owned = senders.clone();
    owned.age = senders.age.clone().or_else(|| owners.age.clone());
    if attack.writes_to == WritesTo::Owners {
        owned.target = owners.target;
    }
    Some(owned)
}

/// The accounts of a group that took over those of others: spread evenly over their group.
pub(super) fn runs(
    senders: &SendersSpec,
    honest: &BTreeMap<&str, Membership>,
) -> Option<Vec<(Account, u32)>> {
    let attack = senders.attack.as_ref().and_then(AttackSpec::compromised)?;
    let owners = &honest[attack.of.as_str()];
    let (all, taken) = (u64::from(owners.count()), u64::from(senders.count));
    let accounts = (0..taken).map(|k| {
        let place = u32::try_from(k * all / taken).expect("below the number of owners");
        (owners.account(place), 1)
    });
    Some(accounts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::CompromisedContactSpec;

    #[test]
    fn accounts_are_taken_over_evenly() {
        let scenario = crate::scenario::Scenario::from_toml(
            r#"
            schema = 1
            name = "x"
            [run]
            duration = "1h"
            [pds]
            accounts = { list = [6, 4] }
            [senders.people]
            class = "ham"
            count = 10
            arrivals = { poisson = { rate = "1/1h" } }
            "#,
        );
        let mut senders = scenario.unwrap().spec.senders["people"].clone();
        let spec = CompromisedContactSpec {
            of: "people".to_owned(),
            writes_to: WritesTo::Owners,
        };
        senders.attack = Some(AttackSpec::CompromisedContact(spec));
        senders.count = 4;
        let members = Membership::from_runs([(Account(0), 10)]);
        let honest = BTreeMap::from([("people", members)]);
        // Every 2.5th of ten: 0, 2, 5, 7.
        let taken: Vec<u32> = runs(&senders, &honest)
            .unwrap()
            .iter()
            .map(|run| run.0.0)
            .collect();
        assert_eq!(taken, [0, 2, 5, 7]);
    }
}
