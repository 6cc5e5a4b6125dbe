//! Queue-starve: one burst fills every slot of a docket inbox, then just enough messages keep the
//! worker blind.
//!
//! The attacker knows the concurrency C and the check interval D of a documented default. He opens
//! with `burst` messages at once; from then on the group's demand need only be a little more than
//! C/D minus what honest people send: 40 per second at the defaults. The same demand without the
//! burst does nothing. The messages need not pass any check: a refused one takes a slot too.
//!
//! The slots are full if C messages are in hand together: where the network's delays spread the
//! burst over many times the service, it must be larger than C by that factor. What is left of it
//! is the reserve against a quiet moment: with Poisson arrivals of r per second in all and b
//! messages waiting, the inbox escapes with a chance of about exp(-2 b (r - C/D) / r).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::UnitError;

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "queue-starve",
    does: "opens with a burst that fills every slot of a docket inbox, then sends just enough to keep it full",
    observes: "the documented concurrency and check interval of the inbox",
    defence: "a limit at the door, more concurrency, a worker that looks whenever a slot is free; limits that a worker checks do not help",
};

/// Parameters of a queue-starve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct QueueStarveSpec {
    /// Messages sent together at the start, before the group's `arrivals`; 100 by default, ten times
    /// the slots of a default docket inbox.
    pub burst: u32,
}

impl Default for QueueStarveSpec {
    fn default() -> Self {
        Self { burst: 100 }
    }
}

impl QueueStarveSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        if self.burst == 0 {
            let fault = "a burst of 0 messages fills no slot".to_owned();
            let remedy = "write the concurrency of the inbox, such as 10, or more".to_owned();
            return vec![("queue-starve.burst", UnitError { fault, remedy })];
        }
        Vec::new()
    }
}

/// The burst comes with the demand; after it every send goes out.
#[derive(Debug, Clone, Copy)]
pub struct QueueStarve;

impl QueueStarve {
    #[allow(
        clippy::unused_self,
        reason = "every attack decides by the same signature"
    )]
    pub(super) fn decide(self, opportunity: Opportunity) -> Move {
        Move::Send {
            identity: opportunity.identity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_nothing_is_named() {
        assert_eq!(
            QueueStarveSpec { burst: 0 }.faults()[0].0,
            "queue-starve.burst"
        );
        assert!(QueueStarveSpec::default().faults().is_empty());
    }
}
