//! Bad signature: messages in the name of accounts that the attacker has no key of.
//!
//! The claims of the token are in order, so the verifier looks the issuer up and, the signature
//! being wrong, a second time past its cache. Nothing is delivered; each message costs the
//! recipient's PDS a signature, one request to the public directory and the wait for it. Checks that
//! stand before the token see a message of the forged sender: his limits are charged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::rng::Permutation;
use crate::units::{UnitError, cast};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "bad-signature",
    does: "writes in the name of accounts whose key it does not have",
    observes: "the public list of accounts",
    defence: "the token check: none is delivered, but each costs one request to the directory; checks before it are charged to the forged sender",
};

/// Parameters of a campaign with forged issuers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BadSignatureSpec {
    /// How many accounts it writes in the name of, in turn; each is also a document that the
    /// recipient's PDS must have.
    #[serde(default = "default_victims")]
    pub victims: u32,
}

fn default_victims() -> u32 {
    1
}

impl BadSignatureSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        if self.victims > 0 {
            return Vec::new();
        }
        let fault = "there is nobody to write in the name of".to_owned();
        let remedy = "write 1 or more".to_owned();
        vec![("bad-signature.victims", UnitError { fault, remedy })]
    }
}

/// Whose turn it is to be forged.
#[derive(Debug, Clone, Copy)]
pub struct BadSignature {
    victims: u64,
    key: u64,
    sent: u64,
}

impl BadSignature {
    pub(super) fn new(spec: BadSignatureSpec, key: u64) -> Self {
        Self {
            victims: u64::from(spec.victims),
            key,
            sent: 0,
        }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let accounts = u64::from(opportunity.accounts);
        let turn = self.sent % self.victims.min(accounts);
        self.sent += 1;
        let account = Permutation::new(accounts, self.key).image(turn);
        Move::Forge {
            identity: opportunity.identity,
            account: cast::low_u32(account),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Time;

    #[test]
    fn victims_take_turns() {
        let mut attack = BadSignature::new(BadSignatureSpec { victims: 3 }, 5);
        let forged: Vec<u32> = (0..7)
            .map(|_| {
                match attack.decide(Opportunity {
                    now: Time::ZERO,
                    identity: 0,
                    identities: 1,
                    accounts: 10,
                }) {
                    Move::Forge { account, .. } => account,
                    other => panic!("it always forges: {other:?}"),
                }
            })
            .collect();
        assert_eq!(forged[..3], forged[3..6]);
        assert_eq!(forged[6], forged[0]);
        assert!(forged[0] != forged[1] && forged[1] != forged[2] && forged[0] != forged[2]);
    }
}
