//! The inboxes: waits, sojourns, lengths, utilization, throughput.
//!
//! Waits and sojourns belong to the messages created after the warm-up; time averages run from
//! the end of the warm-up to the end. Averages are per inbox, over the PDSes that have accounts.

use super::latency::report_quantiles;
use super::registry::Unit;
use super::{Measure, Shape, Value, place};
use crate::protocol::{Fact, Pds};
use crate::stats::{Recorder, TimeAverage};
use crate::units::{Time, cast};

#[derive(Debug)]
pub(super) struct Inboxes {
    /// How many wait and how many workers are busy, per PDS.
    occupancy: Vec<TimeAverage<2>>,
    waits: Recorder,
    sojourns: Recorder,
    /// Ends of service in the counted span.
    served: u64,
    warm_up: Time,
    end: Time,
}

impl Inboxes {
    pub(super) fn new(shape: &Shape) -> Self {
        Self {
            occupancy: vec![TimeAverage::new(shape.warm_up); shape.accounts.len()],
            waits: Recorder::default(),
            sojourns: Recorder::default(),
            served: 0,
            warm_up: shape.warm_up,
            end: shape.horizon,
        }
    }

    /// Follows the state of every inbox; messages of the warm-up occupy it like any other.
    #[inline(always)]
    pub(super) fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Entered(message) => self.change(now, message.recipient_pds, [1, 0]),
            Fact::Displaced(message) => self.change(now, message.recipient_pds, [-1, 0]),
            Fact::Taken { message, .. } => self.change(now, message.recipient_pds, [-1, 1]),
            Fact::Served(message) => {
                self.change(now, message.recipient_pds, [0, -1]);
                self.served += u64::from(now >= self.warm_up);
            }
            Fact::Crashed(message) => self.change(now, message.recipient_pds, [0, -1]),
            _ => {}
        }
    }

    /// Begins in the state in which `before` ends.
    pub(super) fn go_on_from(&mut self, before: &Self) {
        for (own, before) in self.occupancy.iter_mut().zip(&before.occupancy) {
            *own = before.from(self.warm_up);
        }
    }

    /// Takes in what another part of the run has measured, at other inboxes.
    pub(super) fn merge(&mut self, other: &Self) {
        let occupancy = self.occupancy.iter_mut().zip(&other.occupancy);
        occupancy.for_each(|(own, other)| own.merge(other));
        self.waits.merge(&other.waits);
        self.sojourns.merge(&other.sojourns);
        self.served += other.served;
    }

    /// By how much the number of those who wait, and that of busy workers, changes.
    #[inline]
    fn change(&mut self, now: Time, pds: Pds, by: [i64; 2]) {
        self.occupancy[place(pds)].change(now, by);
    }

    /// Measures a message that counts.
    #[inline(always)]
    pub(super) fn observe_counted(&mut self, fact: &Fact<'_>) {
        match fact {
            Fact::Taken { message, .. } => self.waits.record(message.wait()),
            Fact::Served(message) => self.sojourns.record(message.sojourn()),
            _ => {}
        }
    }

    pub(super) fn report(&self, shape: &Shape, values: &mut Vec<Value>) {
        let inboxes = shape
            .accounts
            .iter()
            .filter(|accounts| **accounts > 0)
            .count();
        if inboxes == 0 {
            return;
        }
        let quantiles = [("p50", 0.5), ("p99", 0.99)];
        let spans = [
            ("inbox.wait", &self.waits),
            ("inbox.sojourn", &self.sojourns),
        ];
        for (name, recorder) in spans {
            let histogram = recorder.finish();
            if histogram.count() > 0 {
                report_quantiles(name, &histogram, &quantiles, values);
            }
        }
        let span = self.end.saturating_since(self.warm_up).as_seconds();
        let inbox_seconds = span * cast::count_to_f64(inboxes as u64);
        let [waiting, busy] = self.seconds();
        let mut ratio = |name: &str, unit, numerator, denominator| {
            let measure = Measure::Ratio {
                numerator,
                denominator,
            };
            values.push(Value {
                name: name.to_owned(),
                unit,
                measure,
            });
        };
        ratio("inbox.length.mean", Unit::One, waiting, inbox_seconds);
        ratio(
            "inbox.in-system.mean",
            Unit::One,
            waiting + busy,
            inbox_seconds,
        );
        ratio(
            "inbox.throughput",
            Unit::PerSecond,
            cast::count_to_f64(self.served),
            inbox_seconds,
        );
        if let Some(workers) = shape.workers {
            ratio(
                "inbox.utilization",
                Unit::Ratio,
                busy,
                inbox_seconds * f64::from(workers),
            );
        }
        let longest = self
            .occupancy
            .iter()
            .map(|average| average.max_until(self.end)[0])
            .max()
            .unwrap_or(0);
        let measure = Measure::Plain(Some(cast::count_to_f64(longest)));
        values.push(Value {
            name: "inbox.length.max".to_owned(),
            unit: Unit::One,
            measure,
        });
    }

    /// The integrals over all inboxes: message-seconds of waiting and of service.
    fn seconds(&self) -> [f64; 2] {
        let mut totals = [0_u128; 2];
        for average in &self.occupancy {
            let integrals = average.integrals_until(self.end);
            totals
                .iter_mut()
                .zip(integrals)
                .for_each(|(total, integral)| *total += integral);
        }
        totals.map(|total| cast::wide_to_f64(total) / 1e9)
    }
}
