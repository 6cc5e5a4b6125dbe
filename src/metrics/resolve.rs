//! DID resolution: how often the directory is asked, and what messages wait for it.
//!
//! What a message waits at its sender's PDS lies before its last attempt, what it waits at its
//! recipient's inside its last service; the stages `retry` and `service` leave it out, so that the stages
//! still add up.

use super::latency::{ALL, report_quantiles};
use super::registry::Unit;
use super::tally::share;
use super::{HistogramOf, Measure, Value};
use crate::des::Table;
use crate::protocol::{Class, Directory, End, Fact, LookUp, Message, Outcome};
use crate::stats::Histogram;
use crate::units::{Span, Time, cast};

#[derive(Debug)]
pub(super) struct Resolve {
    /// Of did:plc alone.
    look_ups: u64,
    fetches: u64,
    blocking: u64,
    /// What the messages in flight have waited.
    open: Table<u64, Waited>,
    histograms: [Histogram; 2],
}

/// What a message has waited for look-ups.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Waited {
    /// At the sender's PDS, over all attempts.
    pub(super) before: Span,
    /// In the service that began at the instant told.
    pub(super) inside: Span,
    taken: Time,
}

impl Default for Resolve {
    fn default() -> Self {
        Self {
            look_ups: 0,
            fetches: 0,
            blocking: 0,
            open: Table::default(),
            histograms: std::array::from_fn(|_| Histogram::default()),
        }
    }
}

impl Resolve {
    /// What the message that the fact ends has waited.
    pub(super) fn observe(&mut self, fact: &Fact<'_>) -> Waited {
        match fact {
            Fact::LookedUp { message, look_up } => self.looked_up(message, *look_up),
            Fact::Finished { message, outcome } => return self.finished(message, *outcome),
            _ => {}
        }
        Waited::default()
    }

    fn looked_up(&mut self, message: &Message, look_up: LookUp) {
        if look_up.directory == Directory::Plc {
            self.look_ups += 1;
            self.fetches += u64::from(look_up.kind.fetches());
            self.blocking += u64::from(look_up.kind.blocks());
        }
        if look_up.waited.is_zero() {
            return;
        }
        let waited = self
            .open
            .get_or_insert_with(message.id.number(), Waited::default);
        match look_up.end {
            End::Sender => waited.before = waited.before + look_up.waited,
            End::Recipient if waited.taken == message.taken => {
                waited.inside = waited.inside + look_up.waited;
            }
            End::Recipient => (waited.inside, waited.taken) = (look_up.waited, message.taken),
        }
    }

    fn finished(&mut self, message: &Message, outcome: Outcome) -> Waited {
        let mut waited = self.open.remove(message.id.number()).unwrap_or_default();
        if outcome == Outcome::Delivered {
            // A message that was taken again has waited in its last service only if that was told.
            if waited.taken != message.taken {
                waited.inside = Span::ZERO;
            }
            self.histograms[message.class as usize].record(waited.before + waited.inside);
        }
        waited
    }

    /// Takes in what another part of the run has measured, of other messages.
    pub(super) fn merge(&mut self, other: Self) {
        self.look_ups += other.look_ups;
        self.fetches += other.fetches;
        self.blocking += other.blocking;
        self.open.unite(other.open);
        let histograms = self.histograms.iter_mut().zip(&other.histograms);
        histograms.for_each(|(own, other)| own.merge(other));
    }

    pub(super) fn report(&self, values: &mut Vec<Value>) {
        let ham = &self.histograms[Class::Ham as usize];
        if ham.count() > 0 {
            report_quantiles("latency.ham.resolve", ham, &ALL, values);
        }
        values.push(Value {
            name: "plc.fetches".to_owned(),
            unit: Unit::One,
            measure: Measure::Plain(Some(cast::count_to_f64(self.fetches))),
        });
        values.push(share("plc.fetch-share", self.fetches, self.look_ups));
        values.push(share("plc.blocking-share", self.blocking, self.look_ups));
    }

    pub(super) fn into_histograms(self) -> impl Iterator<Item = HistogramOf> {
        let named = Class::ALL.into_iter().zip(self.histograms);
        let named = named.filter(|(_, histogram)| histogram.count() > 0);
        named.map(|(class, histogram)| HistogramOf {
            class,
            stage: "resolve",
            histogram,
        })
    }
}
