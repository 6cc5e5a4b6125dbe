//! Replay: one token per identity, sent again and again until it expires.
//!
//! The attacker has the token of an account: his own, or one that leaked from a log or a device.
//! He reads its `exp` and its `aud`: where that names an account, every copy goes to that account;
//! where it names a PDS, to any account there. With a memory of tokens at the recipient's PDS
//! one copy is accepted, without it rate x lifetime of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::Time;

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "replay",
    does: "each identity sends with one token again and again, to the account or the PDS that its `aud` names, until it expires",
    observes: "`exp` and `aud` of the token, by its own clock",
    defence: "a memory of tokens (`check-jti`): one copy is accepted; else rate x lifetime, which `max-lifetime` bounds",
};

/// Parameters of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReplaySpec {
    /// What an identity does when its token has expired.
    #[serde(default)]
    pub afterwards: Afterwards,
}

/// What an identity does when its token has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Afterwards {
    /// It stops: the token had leaked, and there is no other.
    #[default]
    Stop,
    /// It has a new one minted: the account is its own.
    Renew,
}

/// Until when the token of each identity is good.
#[derive(Debug, Clone)]
pub struct Replay {
    afterwards: Afterwards,
    expires: Vec<Option<Time>>,
}

impl Replay {
    pub(super) fn new(spec: ReplaySpec, identities: u32) -> Self {
        Self {
            afterwards: spec.afterwards,
            expires: vec![None; identities as usize],
        }
    }

    pub(super) fn decide(&self, opportunity: Opportunity) -> Move {
        let identity = opportunity.identity;
        match (self.expires[identity as usize], self.afterwards) {
            (Some(expires), _) if opportunity.now <= expires => Move::Replay { identity },
            (None, _) | (Some(_), Afterwards::Renew) => Move::Capture { identity },
            (Some(_), Afterwards::Stop) => Move::HoldBack,
        }
    }

    /// The identity's token is good until `expires`.
    pub(super) fn keep(&mut self, identity: u32, expires: Time) {
        self.expires[identity as usize] = Some(expires);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(afterwards: Afterwards) -> Vec<Move> {
        let mut replay = Replay::new(ReplaySpec { afterwards }, 1);
        [0, 30, 60, 61, 90]
            .map(Time::from_ns)
            .map(|now| {
                let chosen = replay.decide(Opportunity {
                    now,
                    identity: 0,
                    identities: 1,
                    accounts: 9,
                });
                if matches!(chosen, Move::Capture { .. }) {
                    replay.keep(0, Time::from_ns(now.ns() + 60));
                }
                chosen
            })
            .to_vec()
    }

    #[test]
    fn a_token_is_sent_up_to_its_expiry_and_then_no_more_or_renewed() {
        let (capture, replay) = (Move::Capture { identity: 0 }, Move::Replay { identity: 0 });
        let stop = [capture, replay, replay, Move::HoldBack, Move::HoldBack];
        assert_eq!(moves(Afterwards::Stop), stop);
        let renew = [capture, replay, replay, capture, replay];
        assert_eq!(moves(Afterwards::Renew), renew);
    }
}
