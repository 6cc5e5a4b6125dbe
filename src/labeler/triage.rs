//! Triage: c moderators look at cases one by one, first in, first out: a G/G/c queue.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intake::IntakeSpec;
use crate::protocol::Account;
use crate::rng::Distribution;
use crate::units::UnitError;

/// A labeler's own work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TriageSpec {
    /// How many look at cases at the same time.
    pub moderators: u32,
    /// How long one of them takes for a case.
    pub handle: Distribution,
    /// How reports, or what the labeler noticed itself, are taken in: by default in batches of
    /// 100 every 60 s.
    #[serde(default, skip_serializing_if = "IntakeSpec::is_default")]
    pub intake: IntakeSpec,
}

impl TriageSpec {
    pub(super) fn faults(&self) -> Vec<(&'static str, UnitError)> {
        let mut faults = self.intake.faults();
        if self.moderators == 0 {
            let error = UnitError {
                fault: "0 moderators never decide anything".to_owned(),
                remedy: "write 1 or more".to_owned(),
            };
            faults.push(("lag.triage.moderators", error));
        }
        faults
    }
}

/// The moderators and the cases that wait for them.
#[derive(Debug, Clone)]
pub struct Triage {
    free: u32,
    waiting: VecDeque<Account>,
}

impl Triage {
    /// So many moderators, all free.
    pub fn new(moderators: u32) -> Self {
        Self {
            free: moderators,
            waiting: VecDeque::new(),
        }
    }

    /// A case arrives; it is returned where a moderator takes it now.
    pub fn arrive(&mut self, subject: Account) -> Option<Account> {
        if self.free == 0 {
            self.waiting.push_back(subject);
            return None;
        }
        self.free -= 1;
        Some(subject)
    }

    /// A moderator is done with a case; the next one, which he takes now, is returned.
    pub fn done(&mut self) -> Option<Account> {
        let next = self.waiting.pop_front();
        self.free += u32::from(next.is_none());
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_wait_for_a_free_moderator_in_the_order_of_arrival() {
        let mut triage = Triage::new(2);
        let taken: Vec<_> = (1..=4).map(|case| triage.arrive(Account(case))).collect();
        assert_eq!(taken, [Some(Account(1)), Some(Account(2)), None, None]);
        assert_eq!(triage.done(), Some(Account(3)));
        assert_eq!(triage.done(), Some(Account(4)));
        assert_eq!((triage.done(), triage.done()), (None, None));
        assert_eq!(triage.arrive(Account(5)), Some(Account(5)));
    }
}
