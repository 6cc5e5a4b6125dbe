//! Which messages a PDS has accepted before.
//!
//! A message is remembered when the worker's ruling lets it pass, and forgotten after the
//! memory's span, or when its worker dies before the ruling takes effect. A refused attempt is
//! not remembered: a retry of it is no duplicate.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::des::Table;
use crate::units::{Span, Time};

/// `[dedup]`: the memory of the check `dedup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DedupSpec {
    /// How long an accepted message is remembered; 24h by default (guess).
    pub memory: Span,
}

impl Default for DedupSpec {
    fn default() -> Self {
        Self {
            memory: Span::from_s(24 * 3_600),
        }
    }
}

impl DedupSpec {
    /// For serde: whether nothing was written.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The messages accepted on one PDS, by identity, with the last instant of their memory.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    until: Table<u64, Time>,
    /// In the order in which they are forgotten.
    order: VecDeque<(Time, u64)>,
}

impl Seen {
    /// Whether the message was accepted and is still remembered.
    pub(super) fn knows(&self, now: Time, identity: u64) -> bool {
        self.until.get(identity).is_some_and(|until| now <= *until)
    }

    /// The message is accepted.
    pub(super) fn remember(&mut self, now: Time, identity: u64, spec: DedupSpec) {
        while let Some((until, old)) = self.order.front().copied().filter(|(t, _)| *t < now) {
            self.order.pop_front();
            // It may have been accepted again since, for longer.
            if self.until.get(old) == Some(&until) {
                self.until.remove(old);
            }
        }
        let until = now + spec.memory;
        self.until.insert(identity, until);
        self.order.push_back((until, identity));
    }

    /// The message was not accepted after all.
    pub fn forget(&mut self, identity: u64) {
        self.until.remove(identity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_up_to_and_at_the_end_of_its_memory() {
        let spec = DedupSpec {
            memory: Span::from_ns(10),
        };
        let at = Time::from_ns;
        let mut seen = Seen::default();
        seen.remember(at(5), 1, spec);
        assert!(seen.knows(at(15), 1));
        assert!(!seen.knows(at(16), 1));
        assert!(!seen.knows(at(5), 2));
        seen.remember(at(12), 1, spec);
        seen.remember(at(17), 2, spec);
        assert!(
            seen.knows(at(22), 1),
            "the second memory outlives the first"
        );
        seen.forget(2);
        assert!(!seen.knows(at(18), 2));
    }

    #[test]
    fn what_is_forgotten_takes_no_room() {
        let spec = DedupSpec {
            memory: Span::from_ns(10),
        };
        let mut seen = Seen::default();
        for ns in 0..1_000 {
            seen.remember(Time::from_ns(ns), ns, spec);
        }
        assert_eq!((seen.until.len(), seen.order.len()), (11, 11));
    }
}
