//! A finished replication as a JSON object, and back: every number as the bits that it is.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::experiment::{Completion, Replication, Slot};
use crate::metrics::{
    Created, HistogramOf, Measure, Measured, OutcomeCount, SeriesPoint, Unit, Value,
};
use crate::protocol::Class;
use crate::stats::Histogram;
use crate::units::Span;

/// The line of a replication, or of the batches that it was cut into.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    key: String,
    replication: u32,
    warm_up_ns: u64,
    parts: Vec<Part>,
}

/// What a line is about; the rest of it is left unread.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    pub(super) key: String,
    pub(super) replication: u32,
    pub(super) warm_up_ns: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    number: u32,
    events: u64,
    ties: u64,
    evicted: Vec<u64>,
    log: String,
    /// How many messages were created, and the sum over their identities.
    created: (u64, u64),
    values: Vec<(String, String, Bits)>,
    outcomes: Vec<(Class, String, String, u64)>,
    /// Start, name, group and the bits of the value.
    series: Vec<(u64, String, String, u64)>,
    histograms: Vec<Buckets>,
}

/// A measure, its numbers as bits.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Bits {
    Ratio(u64, u64),
    Plain(Option<u64>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Buckets {
    class: Class,
    stage: String,
    /// The exact sum in nanoseconds, as text: it may be wider than JSON's integers.
    sum_ns: String,
    /// Longest span of the bucket in nanoseconds, and how many are in it.
    counts: Vec<(u64, u64)>,
}

impl Record {
    pub(super) fn new(key: &str, slot: Slot, parts: &[Replication]) -> Self {
        Self {
            key: key.to_owned(),
            replication: slot.number,
            warm_up_ns: slot.warm_up.ns(),
            parts: parts.iter().map(Part::new).collect(),
        }
    }

    /// The replication as it was; none where the line says something that this version does not
    /// know.
    pub(super) fn into_parts(self) -> Option<Vec<Replication>> {
        self.parts.into_iter().map(Part::replication).collect()
    }
}

impl Part {
    fn new(replication: &Replication) -> Self {
        let measured = &replication.measured;
        let Created { count, fingerprint } = measured.created;
        Self {
            number: replication.number,
            events: replication.events,
            ties: replication.ties,
            evicted: replication.evicted.clone(),
            log: String::from_utf8_lossy(&replication.log).into_owned(),
            created: (count, fingerprint),
            values: measured.values.iter().map(value_out).collect(),
            outcomes: measured.outcomes.iter().map(outcome_out).collect(),
            series: measured.series.iter().map(point_out).collect(),
            histograms: measured.histograms.iter().map(Buckets::new).collect(),
        }
    }

    fn replication(self) -> Option<Replication> {
        let (count, fingerprint) = self.created;
        let values = self.values.into_iter().map(value_in);
        let histograms = self.histograms.into_iter().map(Buckets::histogram);
        Some(Replication {
            number: self.number,
            measured: Measured {
                values: values.collect::<Option<_>>()?,
                outcomes: self.outcomes.into_iter().map(outcome_in).collect(),
                histograms: histograms.collect::<Option<_>>()?,
                series: self.series.into_iter().map(point_in).collect(),
                created: Created { count, fingerprint },
            },
            events: self.events,
            ties: self.ties,
            evicted: self.evicted,
            log: self.log.into_bytes(),
            completion: Completion::Complete,
        })
    }
}

fn value_out(value: &Value) -> (String, String, Bits) {
    let bits = match value.measure {
        Measure::Ratio {
            numerator,
            denominator,
        } => Bits::Ratio(numerator.to_bits(), denominator.to_bits()),
        Measure::Plain(value) => Bits::Plain(value.map(f64::to_bits)),
    };
    (value.name.clone(), value.unit.name().to_owned(), bits)
}

fn value_in((name, unit, bits): (String, String, Bits)) -> Option<Value> {
    let units = [Unit::Seconds, Unit::One, Unit::PerSecond, Unit::Ratio];
    let measure = match bits {
        Bits::Ratio(numerator, denominator) => Measure::Ratio {
            numerator: f64::from_bits(numerator),
            denominator: f64::from_bits(denominator),
        },
        Bits::Plain(value) => Measure::Plain(value.map(f64::from_bits)),
    };
    Some(Value {
        name,
        unit: units.into_iter().find(|known| known.name() == unit)?,
        measure,
    })
}

fn outcome_out(count: &OutcomeCount) -> (Class, String, String, u64) {
    let (group, outcome) = (count.group.clone(), count.outcome.clone());
    (count.class, group, outcome, count.count)
}

fn outcome_in((class, group, outcome, count): (Class, String, String, u64)) -> OutcomeCount {
    OutcomeCount {
        class,
        group,
        outcome,
        count,
    }
}

fn point_out(point: &SeriesPoint) -> (u64, String, String, u64) {
    let (series, group) = (point.series.to_owned(), point.group.clone());
    (point.start_ns, series, group, point.value.to_bits())
}

fn point_in((start_ns, series, group, bits): (u64, String, String, u64)) -> SeriesPoint {
    SeriesPoint {
        start_ns,
        series: name(series),
        group,
        value: f64::from_bits(bits),
    }
}

impl Buckets {
    fn new(of: &HistogramOf) -> Self {
        let recorded = of.histogram.recorded();
        Self {
            class: of.class,
            stage: of.stage.to_owned(),
            sum_ns: of.histogram.sum_ns().to_string(),
            counts: recorded
                .map(|bucket| (bucket.value.ns(), bucket.count))
                .collect(),
        }
    }

    fn histogram(self) -> Option<HistogramOf> {
        let counts = self.counts.into_iter();
        let counts = counts.map(|(ns, count)| (Span::from_ns(ns), count));
        Some(HistogramOf {
            class: self.class,
            stage: name(self.stage),
            histogram: Histogram::of_buckets(counts, self.sum_ns.parse().ok()?),
        })
    }
}

/// A name that lives as long as the program. Series and stages have a handful of names, each of
/// which is kept once.
fn name(text: String) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text.as_str()) {
        return known;
    }
    let known: &'static str = Box::leak(text.into_boxed_str());
    names.insert(known);
    known
}
