//! Retry storm: each message that fails for now is tried again at once, over and over.
//!
//! Observes the answers to its own requests: refused connections, time-outs, 429 and 503. Where
//! an attempt fails with chance p, n tries make `(1 - p^n) / (1 - p)` attempts of a message: the
//! load grows just where it cannot be carried. Refusals that cost the receiver work, and limits
//! that count refused attempts, feed it; Retry-After does not stop it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::{Span, UnitError};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "retry-storm",
    does: "sends as `arrivals` says and tries what failed for now again at once, up to `tries` times, `every` so often",
    observes: "the answers to its own requests: refused connections, time-outs, 429, 503",
    defence: "limits that do not count refused attempts, an answer that looks like success (202, or a status in a 200), an inbox that queues; Retry-After does not stop it",
};

/// Parameters of a retry storm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RetryStormSpec {
    /// Attempts of one message in all.
    pub tries: u16,
    /// From the failure of an attempt to the next one.
    pub every: Span,
}

impl Default for RetryStormSpec {
    fn default() -> Self {
        Self {
            tries: 100,
            every: Span::from_ms(10),
        }
    }
}

impl RetryStormSpec {
    pub(super) fn faults(&self) -> Vec<(&'static str, UnitError)> {
        if self.tries > 1 {
            return Vec::new();
        }
        let fault = format!("{} tries are no storm", self.tries);
        let remedy = "write 2 or more, or use the attack \"flood\"".to_owned();
        vec![("retry-storm.tries", UnitError { fault, remedy })]
    }
}

/// How an attacker insists on what failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Insistence {
    /// Attempts of one message in all.
    pub tries: u16,
    /// From the failure of an attempt to the next one.
    pub every: Span,
}

impl From<RetryStormSpec> for Insistence {
    fn from(spec: RetryStormSpec) -> Self {
        Self {
            tries: spec.tries,
            every: spec.every,
        }
    }
}

/// A retry storm keeps nothing in mind: the retries are its PDS's.
#[derive(Debug, Clone, Copy)]
pub struct RetryStorm;

impl RetryStorm {
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
