//! Sleeper: accounts that are made early, keep quiet until they are trusted, and wake together.
//!
//! Until `wakes` an identity sends nothing, or at most at `pace`, as an honest account would; from
//! then on it sends whenever the demand says so. It waits for what policies give to old accounts: a
//! quota that grows with age is at its largest when it wakes, and a label needs something to see.
//! Against trust tiers with a quota of q0 for the young and q1 for the old, K messages per window
//! deliver min(K, q1) instead of min(K, q0): age alone buys q1 / q0.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::{Rate, Span, Time, UnitError};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "sleeper",
    does: "keeps its identities quiet, or at a low pace, until `wakes`, and then floods from all of them at once",
    observes: "the clock; knows that policies trust old accounts",
    defence: "limits that do not grow with age alone (a budget of new contacts, trust earned by replies), a limit keyed by sender-pds, quick labels",
};

/// Parameters of sleepers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SleeperSpec {
    /// When they wake, from the start of the run.
    pub wakes: Span,
    /// The most that one of them sends before; nothing by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Rate>,
}

impl SleeperSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        if !self.wakes.is_zero() {
            return Vec::new();
        }
        let fault = "who wakes at 0s has never slept".to_owned();
        let remedy = "write a later instant such as \"7d\", or use the attack \"flood\"".to_owned();
        vec![("sleeper.wakes", UnitError { fault, remedy })]
    }
}

/// When each identity may send again while it sleeps.
#[derive(Debug, Clone)]
pub struct Sleeper {
    wakes: Time,
    rest: Option<Span>,
    ready: Vec<Time>,
}

impl Sleeper {
    pub(super) fn new(spec: SleeperSpec, identities: u32) -> Self {
        Self {
            wakes: Time::ZERO + spec.wakes,
            rest: spec.pace.map(super::gap_of),
            ready: vec![Time::ZERO; identities as usize],
        }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let identity = opportunity.identity;
        let send = Move::Send { identity };
        if opportunity.now >= self.wakes {
            return send;
        }
        let ready = &mut self.ready[identity as usize];
        match self.rest {
            Some(rest) if opportunity.now >= *ready => {
                *ready = opportunity.now + rest;
                send
            }
            _ => Move::HoldBack,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::opportunity;

    /// Sends per 10 s of one identity with a demand of one per second and a waking after 30 s.
    fn sends(pace: Option<&str>) -> Vec<usize> {
        let spec = SleeperSpec {
            wakes: Span::from_s(30),
            pace: pace.map(|pace| pace.parse().expect("a rate")),
        };
        let mut sleeper = Sleeper::new(spec, 1);
        let sent: Vec<bool> = (0..50)
            .map(|s| sleeper.decide(opportunity(s * 1_000, 0, 1)) != Move::HoldBack)
            .collect();
        let in_tens = sent.chunks(10);
        in_tens
            .map(|ten| ten.iter().filter(|sent| **sent).count())
            .collect()
    }

    #[test]
    fn it_sends_nothing_or_at_its_pace_until_it_wakes() {
        assert_eq!(sends(None), [0, 0, 0, 10, 10]);
        assert_eq!(sends(Some("1/5s")), [2, 2, 2, 10, 10]);
    }
}
