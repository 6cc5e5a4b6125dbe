//! Intake: what reaches a labeler waits for the next batch.
//!
//! Every `every` of virtual time up to `size` sightings are taken out, oldest first; what arrives
//! at the very instant of a batch waits for the next one. Over a long time the intake passes at
//! most size / every.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protocol::Account;
use crate::units::{Span, Time, UnitError, cast};

/// How a labeler takes in what reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum IntakeSpec {
    /// Without any wait.
    AtOnce,
    /// So many at a time.
    Batches {
        /// From one batch to the next, counted from the start of the run; 60 s by default (guess).
        #[serde(default = "default_every")]
        every: Span,
        /// The most that one batch takes; 100 by default (guess).
        #[serde(default = "default_size")]
        size: u32,
    },
}

fn default_every() -> Span {
    Span::from_s(60)
}

fn default_size() -> u32 {
    100
}

impl Default for IntakeSpec {
    fn default() -> Self {
        Self::Batches {
            every: default_every(),
            size: default_size(),
        }
    }
}

impl IntakeSpec {
    /// Whether it is what is given without being written.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn faults(&self) -> Vec<(&'static str, UnitError)> {
        let mut faults = Vec::new();
        let mut fault = |key, fault: &str, remedy: &str| {
            let (fault, remedy) = (fault.to_owned(), remedy.to_owned());
            faults.push((key, UnitError { fault, remedy }));
        };
        if let Self::Batches { every, size } = self {
            if every.is_zero() {
                fault(
                    "lag.triage.intake.batches.every",
                    "batches every 0s never end",
                    "write a span such as \"60s\", or intake = \"at-once\"",
                );
            }
            if *size == 0 {
                fault(
                    "lag.triage.intake.batches.size",
                    "batches of 0 take nothing in",
                    "write 1 or more",
                );
            }
        }
        faults
    }
}

/// Something that reached a labeler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Whom it is about.
    pub subject: Account,
    /// Who reported him; none where the labeler noticed by itself.
    pub reporter: Option<Account>,
}

/// What waits to be taken in.
#[derive(Debug, Clone)]
pub struct Intake {
    spec: IntakeSpec,
    waiting: VecDeque<Sighting>,
}

/// What becomes of a sighting that arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is looked at now.
    AtOnce,
    /// It waits for a batch that is awaited already.
    Waits,
    /// It waits for the batch at this instant.
    WaitsFor(Time),
}

impl Intake {
    /// An empty intake.
    pub fn new(spec: IntakeSpec) -> Self {
        Self {
            spec,
            waiting: VecDeque::new(),
        }
    }

    /// A sighting arrives.
    pub fn put(&mut self, now: Time, sighting: Sighting) -> Admission {
        let IntakeSpec::Batches { every, .. } = self.spec else {
            return Admission::AtOnce;
        };
        self.waiting.push_back(sighting);
        if self.waiting.len() > 1 {
            return Admission::Waits;
        }
        Admission::WaitsFor(next_batch(now, every))
    }

    /// The batch of `now`, and when the next one is due, if there is more.
    pub fn take(&mut self, now: Time) -> (Vec<Sighting>, Option<Time>) {
        let IntakeSpec::Batches { every, size } = self.spec else {
            return (Vec::new(), None);
        };
        let count = self.waiting.len().min(size as usize);
        let batch = self.waiting.drain(..count).collect();
        let more = !self.waiting.is_empty();
        (batch, more.then(|| now + every))
    }
}

/// The first multiple of `every` after `now`.
fn next_batch(now: Time, every: Span) -> Time {
    let batches = u128::from(now.ns() / every.ns()) + 1;
    Time::from_ns(cast::low_u64(batches * u128::from(every.ns())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(subject: u32) -> Sighting {
        Sighting {
            subject: Account(subject),
            reporter: None,
        }
    }

    #[test]
    fn a_batch_takes_the_oldest_and_leaves_the_rest_to_the_next() {
        let mut intake = Intake::new(IntakeSpec::Batches {
            every: Span::from_ns(10),
            size: 2,
        });
        let put: Vec<_> = [(20, 1), (21, 2), (25, 3)]
            .into_iter()
            .map(|(ns, subject)| intake.put(Time::from_ns(ns), about(subject)))
            .collect();
        let due = Time::from_ns(30);
        assert_eq!(
            put,
            [Admission::WaitsFor(due), Admission::Waits, Admission::Waits]
        );
        let next = Time::from_ns(40);
        assert_eq!(intake.take(due), (vec![about(1), about(2)], Some(next)));
        assert_eq!(intake.take(next), (vec![about(3)], None));
        assert_eq!(
            Intake::new(IntakeSpec::AtOnce).put(due, about(1)),
            Admission::AtOnce
        );
    }
}
