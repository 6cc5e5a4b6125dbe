//! Labels: how late, how right, how complete.

use super::latency::report_quantiles;
use super::tally::share;
use super::{Part, Shape, Value};
use crate::des::Table;
use crate::protocol::{Class, Fact, LabelEnd, Outcome};
use crate::stats::Histogram;
use crate::units::Time;

#[derive(Debug, Default)]
pub(super) struct Labels {
    /// From a spammer's first delivery to his label's being known where it happened.
    lags: LagHistogram,
    issued_on_spam: u64,
    issued_on_ham: u64,
    /// Spammers who got something delivered.
    leaking: Table<u32, ()>,
    /// Those of them who were labelled.
    labelled: Table<u32, ()>,
    /// Those who are in both tables.
    found: u64,
    /// Labels that were taken back.
    negated: u64,
    /// Messages that were removed before they were read, and those that were read, by class.
    removed: [u64; 2],
    read: [u64; 2],
}

/// A histogram is large; it is made with the first lag.
#[derive(Debug, Default)]
struct LagHistogram(Option<Histogram>);

impl Labels {
    #[inline(always)]
    pub(super) fn observe(&mut self, fact: &Fact<'_>) {
        match fact {
            Fact::Finished {
                message,
                outcome: Outcome::Delivered,
            } if message.class == Class::Spam => {
                let is_first = self.leaking.insert(message.sender.0, ()).is_none();
                self.found += u64::from(is_first && self.labelled.contains(message.sender.0));
            }
            Fact::CleanedUp(message) => self.removed[message.class as usize] += 1,
            Fact::Read(message) => self.read[message.class as usize] += 1,
            _ => {}
        }
    }

    /// Follows what labelers do, which is about no message.
    #[inline(always)]
    pub(super) fn observe_state(&mut self, now: Time, fact: &Fact<'_>, warm_up: Time) {
        match fact {
            Fact::LabelIssued { .. } => self.issued(fact, warm_up),
            Fact::LabelEnded { how, .. } => self.negated += u64::from(*how == LabelEnd::Negated),
            Fact::LabelLearned {
                first_delivered, ..
            } => self.learned(*first_delivered, now, warm_up),
            _ => {}
        }
    }

    fn learned(&mut self, first: Time, known: Time, warm_up: Time) {
        if first >= warm_up {
            let lags = self.lags.0.get_or_insert_with(Histogram::default);
            lags.record(known.saturating_since(first));
        }
    }

    fn issued(&mut self, fact: &Fact<'_>, warm_up: Time) {
        let Fact::LabelIssued {
            subject,
            class,
            first_delivered,
            known,
            ..
        } = fact
        else {
            return;
        };
        match class {
            Class::Ham => self.issued_on_ham += 1,
            Class::Spam => self.issued_on_spam += 1,
        }
        if *class == Class::Spam {
            let is_first = self.labelled.insert(subject.0, ()).is_none();
            self.found += u64::from(is_first && self.leaking.contains(subject.0));
        }
        if let (Some(first), Some((_, known))) = (first_delivered, known) {
            self.learned(*first, *known, warm_up);
        }
    }

    /// Takes in what another part of the run has measured.
    pub(super) fn merge(&mut self, other: Self) {
        if let Some(lags) = other.lags.0 {
            self.lags
                .0
                .get_or_insert_with(Histogram::default)
                .merge(&lags);
        }
        self.issued_on_spam += other.issued_on_spam;
        self.issued_on_ham += other.issued_on_ham;
        self.leaking.unite(other.leaking);
        self.labelled.unite(other.labelled);
        self.found = self.leaking.common(&self.labelled);
        self.negated += other.negated;
        for (own, other) in [
            (&mut self.removed, other.removed),
            (&mut self.read, other.read),
        ] {
            own.iter_mut()
                .zip(other)
                .for_each(|(own, other)| *own += other);
        }
    }

    pub(super) fn report(&self, shape: &Shape, values: &mut Vec<Value>) {
        if shape.labels == Part::Absent {
            return;
        }
        if let Some(lags) = &self.lags.0 {
            report_quantiles("label.lag", lags, &[("p50", 0.5), ("p90", 0.9)], values);
        }
        let issued = self.issued_on_spam + self.issued_on_ham;
        values.push(share("label.precision", self.issued_on_spam, issued));
        values.push(share("label.recall", self.found, self.leaking.len() as u64));
        if shape.appeals == Part::Present {
            values.push(share("label.negated", self.negated, issued));
        }
        if shape.clean_up == Part::Present {
            for (class, name) in [
                (Class::Ham, "ham.cleaned-up"),
                (Class::Spam, "spam.cleaned-up"),
            ] {
                let removed = self.removed[class as usize];
                let due = removed + self.read[class as usize];
                values.push(share(name, removed, due));
            }
        }
    }
}
