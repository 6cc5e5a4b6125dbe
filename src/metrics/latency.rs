//! Latency of delivered messages: the whole and its stages.

use super::registry::Unit;
use super::resolve::Waited;
use super::{HistogramOf, Measure, Value};
use crate::protocol::{Class, Fact, Message, Outcome, Stage};
use crate::stats::{Histogram, Recorder};
use crate::units::{Share, Span, cast};

/// Per class: the whole first, then the stages.
type PerClass<T> = [[T; 1 + Stage::ALL.len()]; Class::ALL.len()];

/// The latencies of a run that goes on.
#[derive(Debug, Default)]
pub(super) struct Latency {
    recorders: PerClass<Recorder>,
}

/// The latencies of a run that is over.
#[derive(Debug)]
pub(super) struct Latencies {
    histograms: PerClass<Histogram>,
}

impl Latency {
    #[inline(always)]
    pub(super) fn observe(&mut self, fact: &Fact<'_>, waited: Waited) {
        if let Fact::Finished {
            message,
            outcome: Outcome::Delivered,
        } = fact
        {
            self.record(message, waited);
        }
    }

    fn record(&mut self, message: &Message, waited: Waited) {
        let [total, stages @ ..] = &mut self.recorders[message.class as usize];
        total.record(message.latency());
        for stage in Stage::ALL {
            let of_look_ups = match stage {
                Stage::Service => waited.inside,
                Stage::Retry => waited.before,
                Stage::Network | Stage::Queue => Span::ZERO,
            };
            let span = stage.of(message).ns() - of_look_ups.ns();
            stages[stage as usize].record(Span::from_ns(span));
        }
    }

    /// Takes in what another part of the run has measured.
    pub(super) fn merge(&mut self, other: &Self) {
        let own = self.recorders.iter_mut().flatten();
        own.zip(other.recorders.iter().flatten())
            .for_each(|(own, other)| own.merge(other));
    }

    pub(super) fn finish(&self) -> Latencies {
        let of_class = |recorders: &[Recorder; 1 + Stage::ALL.len()]| {
            std::array::from_fn(|place| recorders[place].finish())
        };
        Latencies {
            histograms: self.recorders.each_ref().map(of_class),
        }
    }
}

impl Latencies {
    pub(super) fn report(&self, values: &mut Vec<Value>) {
        let ham = &self.histograms[Class::Ham as usize];
        if ham[0].count() == 0 {
            return;
        }
        report_quantiles("latency.ham", &ham[0], &ALL, values);
        for (histogram, stage) in ham[1..].iter().zip(Stage::ALL) {
            report_quantiles(
                &format!("latency.ham.{}", stage.name()),
                histogram,
                &ALL,
                values,
            );
        }
    }

    pub(super) fn into_histograms(self) -> Vec<HistogramOf> {
        let stages = std::iter::once("total").chain(Stage::ALL.map(Stage::name));
        let mut list = Vec::new();
        for (class, histograms) in Class::ALL.into_iter().zip(self.histograms) {
            let named = stages
                .clone()
                .zip(histograms)
                .filter(|(_, h)| h.count() > 0);
            list.extend(named.map(|(stage, histogram)| HistogramOf {
                class,
                stage,
                histogram,
            }));
        }
        list
    }
}

/// Quantiles by the name of their metric.
pub(super) const ALL: [(&str, f64); 4] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)];

/// The mean and the quantiles of a histogram, as metrics under `prefix`.
pub(super) fn report_quantiles(
    prefix: &str,
    histogram: &Histogram,
    quantiles: &[(&str, f64)],
    values: &mut Vec<Value>,
) {
    values.push(mean(&format!("{prefix}.mean"), histogram));
    values.extend(quantiles.iter().map(|(name, share)| Value {
        name: format!("{prefix}.{name}"),
        unit: Unit::Seconds,
        measure: Measure::Plain(quantile(histogram, *share)),
    }));
}

/// A quantile of a histogram in seconds.
fn quantile(histogram: &Histogram, share: f64) -> Option<f64> {
    let share = Share::new(share).expect("a constant between 0 and 1");
    histogram.quantile(share).map(Span::as_seconds)
}

/// The mean of a histogram, from its exact sum.
fn mean(name: &str, histogram: &Histogram) -> Value {
    let measure = Measure::Ratio {
        numerator: cast::wide_to_f64(histogram.sum_ns()) / 1e9,
        denominator: cast::count_to_f64(histogram.count()),
    };
    Value {
        name: name.to_owned(),
        unit: Unit::Seconds,
        measure,
    }
}
