//! Snowshoe: the load is spread over many identities, each of which stays just under a limit.
//!
//! The attacker knows a limit from the documentation of the policy (`under`) and sends from one
//! identity at most once in `(1 + margin) / under`. A send that is due goes out as the identity
//! that has rested longest; where that one may not send yet, it is held back. With enough demand
//! the campaign delivers identities x under / (1 + margin): linear in the number of identities.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::{Rate, Share, Span, Time, UnitError, cast};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "snowshoe",
    does: "spreads the load over its identities, each paced evenly just under a known limit",
    observes: "the documented limit (`under`)",
    defence: "a limit keyed by sender-pds, a cost for identities, labels; a limit per sender never refuses it",
};

/// Parameters of a snowshoe campaign.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SnowshoeSpec {
    /// The limit that no identity may exceed.
    pub under: Rate,
    /// How far below it each identity stays.
    #[serde(default = "default_margin")]
    pub margin: Share,
}

fn default_margin() -> Share {
    Share::new(0.05).expect("a share")
}

impl SnowshoeSpec {
    pub(super) fn faults(&self) -> Vec<(&'static str, UnitError)> {
        if self.rest().is_zero() {
            let fault = format!("`{}` leaves no time between two sends", self.under);
            let remedy = "write the limit of the policy, such as \"10/60s\"".to_owned();
            return vec![("snowshoe.under", UnitError { fault, remedy })];
        }
        Vec::new()
    }

    /// Time between two sends of one identity.
    fn rest(&self) -> Span {
        Span::from_ns(cast::f64_to_ns(
            self.under.gap_ns() * (1.0 + self.margin.value()),
        ))
    }
}

/// Who may send again when. Identities take turns, so the next one has rested longest.
#[derive(Debug, Clone)]
pub struct Snowshoe {
    rest: Span,
    ready: Vec<Time>,
    turn: u32,
}

impl Snowshoe {
    pub(super) fn new(spec: &SnowshoeSpec, identities: u32) -> Self {
        Self {
            rest: spec.rest(),
            ready: vec![Time::ZERO; identities as usize],
            turn: 0,
        }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let identity = self.turn;
        let ready = &mut self.ready[identity as usize];
        if opportunity.now < *ready {
            return Move::HoldBack;
        }
        *ready = opportunity.now + self.rest;
        self.turn = (self.turn + 1) % opportunity.identities;
        Move::Send { identity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_identity_rests_and_the_campaign_grows_with_their_number() {
        // 10 per 60 s with a margin of 0 is one send per 6 s and identity; demand of 10 per second
        // for 60 s. From t = 0: 3 identities send in each of 10 rounds.
        let spec = SnowshoeSpec {
            under: "10/60s".parse().unwrap(),
            margin: Share::ZERO,
        };
        for identities in [1, 3, 6] {
            let mut snowshoe = Snowshoe::new(&spec, identities);
            let sent = (0..600)
                .filter(|tick| {
                    let now = Time::ZERO + Span::from_ms(100 * tick);
                    let opportunity = Opportunity {
                        now,
                        identity: 0,
                        identities,
                        accounts: 9,
                    };
                    snowshoe.decide(opportunity) != Move::HoldBack
                })
                .count();
            assert_eq!(sent, 10 * identities as usize);
        }
    }
}
