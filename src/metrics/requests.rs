//! Contact requests: how long they are held, and whether strangers' ham gets through.

use super::latency::{ALL, report_quantiles};
use super::tally::share;
use super::{Part, Shape, Value};
use crate::protocol::{Class, Fact, Outcome, Refusal};
use crate::stats::Histogram;
use crate::units::Time;

#[derive(Debug, Default)]
pub(super) struct Requests {
    /// From becoming a request to being accepted; made with the first one.
    waits: Option<Histogram>,
    /// Requests of ham that were accepted.
    accepted_ham: u64,
    /// Requests of ham that ended otherwise, or found no room.
    other_ham: u64,
}

impl Requests {
    #[inline(always)]
    pub(super) fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Accepted(message) => {
                let wait = now.since(message.served);
                self.waits
                    .get_or_insert_with(Histogram::default)
                    .record(wait);
                self.accepted_ham += u64::from(message.class == Class::Ham);
            }
            Fact::Finished { message, outcome } if is_first_contact_without_success(*outcome) => {
                self.other_ham += u64::from(message.class == Class::Ham);
            }
            _ => {}
        }
    }

    /// Takes in what another part of the run has measured.
    pub(super) fn merge(&mut self, other: Self) {
        if let Some(waits) = other.waits {
            self.waits
                .get_or_insert_with(Histogram::default)
                .merge(&waits);
        }
        self.accepted_ham += other.accepted_ham;
        self.other_ham += other.other_ham;
    }

    pub(super) fn report(&self, shape: &Shape, values: &mut Vec<Value>) {
        if shape.requests == Part::Absent {
            return;
        }
        if let Some(waits) = &self.waits {
            report_quantiles("request.wait", waits, &ALL, values);
        }
        let requests = self.accepted_ham + self.other_ham;
        values.push(share(
            "ham.first-contact.success",
            self.accepted_ham,
            requests,
        ));
    }
}

/// Whether a message was shown as a request and never delivered.
pub(super) fn is_unaccepted(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::RequestPending
            | Outcome::RequestRejected
            | Outcome::RequestExpired
            | Outcome::RequestEvicted
            | Outcome::RequestPurged
    )
}

/// A stranger who found no room to be held failed as much as one whom nobody answered.
fn is_first_contact_without_success(outcome: Outcome) -> bool {
    is_unaccepted(outcome) || outcome == Outcome::Refused(Refusal::Contact)
}
