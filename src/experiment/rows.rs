//! Results as the rows of the result files; the fields are their columns.

use serde::Serialize;

use super::{ArmResults, Replication, Results};
use crate::metrics::{Measure, Unit, Value};
use crate::scenario::HistogramsSpec;
use crate::stats::{Estimate, Histogram, Moments};
use crate::units::{Share, cast};

/// A row of `summary.csv`: one metric over all replications.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SummaryRow {
    /// The arm.
    pub arm: String,
    /// The metric.
    pub metric: String,
    /// Its unit.
    pub unit: &'static str,
    /// Replications in which it has a value.
    pub replications: u64,
    /// Mean over replications, or ratio of sums.
    pub mean: Option<f64>,
    /// Lower end of the interval.
    pub ci_lo: Option<f64>,
    /// Upper end of the interval.
    pub ci_hi: Option<f64>,
    /// Half of its width.
    pub half_width: Option<f64>,
    /// Standard deviation over replications.
    pub sd: Option<f64>,
    /// Smallest value of a replication.
    pub min: Option<f64>,
    /// Largest value of a replication.
    pub max: Option<f64>,
}

/// A row of `replications.csv`: one metric in one replication.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReplicationRow {
    /// The arm.
    pub arm: String,
    /// The replication, from 1.
    pub replication: u32,
    /// The metric.
    pub metric: String,
    /// Its unit.
    pub unit: &'static str,
    /// Its value.
    pub value: Option<f64>,
    /// Numerator, for a ratio.
    pub numerator: Option<f64>,
    /// Denominator, for a ratio.
    pub denominator: Option<f64>,
}

/// A row of `outcomes.csv`: how many messages of a group ended in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutcomeRow {
    /// The arm.
    pub arm: String,
    /// The replication, from 1.
    pub replication: u32,
    /// Ground truth.
    pub class: &'static str,
    /// The group of senders.
    pub group: String,
    /// The outcome.
    pub outcome: String,
    /// How many.
    pub count: u64,
}

/// A row of `time_series.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesRow {
    /// The arm.
    pub arm: String,
    /// The replication, from 1.
    pub replication: u32,
    /// Start of the step.
    pub t_s: f64,
    /// What was measured.
    pub series: &'static str,
    /// The group of senders, or empty.
    pub group: String,
    /// Mean over the step.
    pub value: f64,
}

/// A row of `histograms.csv`: one bucket.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistogramRow {
    /// The arm.
    pub arm: String,
    /// The replication, from 1; empty where all are merged.
    pub replication: Option<u32>,
    /// Ground truth.
    pub class: &'static str,
    /// `total` or a stage.
    pub stage: &'static str,
    /// The longest span of the bucket.
    pub value_s: f64,
    /// Share of the messages up to it, in percent.
    pub percentile: f64,
    /// Messages in the bucket.
    pub count: u64,
}

/// The rows of `summary.csv`, sorted by arm and metric.
pub fn summary(results: &Results, confidence: Share) -> Vec<SummaryRow> {
    let mut rows: Vec<SummaryRow> = results
        .arms
        .iter()
        .flat_map(|arm| summary_of(arm, confidence))
        .collect();
    rows.sort_by(|a, b| (&a.arm, &a.metric).cmp(&(&b.arm, &b.metric)));
    rows
}

fn summary_of(arm: &ArmResults, confidence: Share) -> Vec<SummaryRow> {
    metric_names(arm)
        .into_iter()
        .map(|(metric, unit)| {
            let measures = measures_of(arm, &metric);
            let estimate = estimate(&measures, confidence);
            let interval = estimate.and_then(|estimate| estimate.interval);
            let (least, most) = range(&metric, unit);
            let values: Moments = measures
                .iter()
                .filter_map(|measure| measure.value())
                .collect();
            SummaryRow {
                arm: arm.name.clone(),
                metric,
                unit: unit.name(),
                replications: values.count(),
                mean: estimate.map(|estimate| estimate.mean),
                ci_lo: interval.map(|interval| interval.lo.max(least)),
                ci_hi: interval.map(|interval| interval.hi.min(most)),
                half_width: interval.map(|interval| interval.half_width),
                sd: values.deviation(),
                min: values.min(),
                max: values.max(),
            }
        })
        .collect()
}

/// The values that a metric can take. An interval is cut off at their ends: what lies beyond
/// cannot be true, so that the chance to cover the truth stays what it was.
fn range(metric: &str, unit: Unit) -> (f64, f64) {
    match unit {
        Unit::Ratio if metric == "fairness.gap" => (-1.0, 1.0),
        Unit::Ratio => (0.0, 1.0),
        Unit::Seconds | Unit::One | Unit::PerSecond => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

/// Every metric of an arm, sorted by name; one that only some replications have is not missed.
fn metric_names(arm: &ArmResults) -> Vec<(String, Unit)> {
    let mut names: Vec<(String, Unit)> = arm
        .replications
        .iter()
        .flat_map(|replication| &replication.measured.values)
        .map(|value| (value.name.clone(), value.unit))
        .collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    names.dedup_by(|a, b| a.0 == b.0);
    names
}

/// The measures of one metric, one per replication that has it.
pub fn measures_of(arm: &ArmResults, metric: &str) -> Vec<Measure> {
    let find = |replication: &Replication| {
        let values = &replication.measured.values;
        let place = values
            .binary_search_by(|value| value.name.as_str().cmp(metric))
            .ok()?;
        Some(values[place].measure)
    };
    arm.replications.iter().filter_map(find).collect()
}

/// A ratio of sums for ratios, else the mean over replications.
pub fn estimate(measures: &[Measure], confidence: Share) -> Option<Estimate> {
    let parts: Option<Vec<(f64, f64)>> = measures
        .iter()
        .map(|measure| match measure {
            Measure::Ratio {
                numerator,
                denominator,
            } => Some((*numerator, *denominator)),
            Measure::Plain(_) => None,
        })
        .collect();
    match parts {
        Some(parts) if !parts.is_empty() => Estimate::ratio_of_sums(&parts, confidence),
        _ => {
            let values: Vec<f64> = measures
                .iter()
                .filter_map(|measure| measure.value())
                .collect();
            Estimate::of_mean(&values, confidence)
        }
    }
}

/// The rows of `replications.csv`, sorted by arm, replication and metric.
pub fn replications(results: &Results) -> Vec<ReplicationRow> {
    by_arm(results)
        .flat_map(|(arm, replication)| {
            replication
                .measured
                .values
                .iter()
                .map(move |value| replication_row(arm, replication, value))
        })
        .collect()
}

fn replication_row(arm: &ArmResults, replication: &Replication, value: &Value) -> ReplicationRow {
    let (numerator, denominator) = match value.measure {
        Measure::Ratio {
            numerator,
            denominator,
        } => (Some(numerator), Some(denominator)),
        Measure::Plain(_) => (None, None),
    };
    ReplicationRow {
        arm: arm.name.clone(),
        replication: replication.number,
        metric: value.name.clone(),
        unit: value.unit.name(),
        value: value.measure.value(),
        numerator,
        denominator,
    }
}

/// The rows of `outcomes.csv`, sorted by arm, replication, class, group and outcome.
pub fn outcomes(results: &Results) -> Vec<OutcomeRow> {
    by_arm(results)
        .flat_map(|(arm, replication)| {
            replication
                .measured
                .outcomes
                .iter()
                .map(|count| OutcomeRow {
                    arm: arm.name.clone(),
                    replication: replication.number,
                    class: count.class.name(),
                    group: count.group.clone(),
                    outcome: count.outcome.clone(),
                    count: count.count,
                })
        })
        .collect()
}

/// The rows of `time_series.csv`, sorted by arm, replication, time, series and group.
pub fn series(results: &Results) -> Vec<SeriesRow> {
    by_arm(results)
        .flat_map(|(arm, replication)| {
            replication.measured.series.iter().map(|point| SeriesRow {
                arm: arm.name.clone(),
                replication: replication.number,
                t_s: cast::ns_to_seconds(point.start_ns),
                series: point.series,
                group: point.group.clone(),
                value: point.value,
            })
        })
        .collect()
}

/// The rows of `histograms.csv`, sorted by arm, replication, class, stage and value.
pub fn histograms(results: &Results, form: HistogramsSpec) -> Vec<HistogramRow> {
    let mut rows = Vec::new();
    for arm in sorted(results) {
        match form {
            HistogramsSpec::Each => {
                for replication in &arm.replications {
                    for part in &replication.measured.histograms {
                        let number = Some(replication.number);
                        buckets(
                            arm,
                            number,
                            (part.class.name(), part.stage),
                            &part.histogram,
                            &mut rows,
                        );
                    }
                }
            }
            HistogramsSpec::Merged => {
                for (key, histogram) in &arm.histograms {
                    buckets(arm, None, *key, histogram, &mut rows);
                }
            }
        }
    }
    rows.sort_by(|a, b| {
        (&a.arm, a.replication, a.class, a.stage).cmp(&(&b.arm, b.replication, b.class, b.stage))
    });
    rows
}

type HistogramKey = (&'static str, &'static str);

fn buckets(
    arm: &ArmResults,
    replication: Option<u32>,
    (class, stage): HistogramKey,
    histogram: &Histogram,
    rows: &mut Vec<HistogramRow>,
) {
    rows.extend(histogram.recorded().map(|bucket| HistogramRow {
        arm: arm.name.clone(),
        replication,
        class,
        stage,
        value_s: bucket.value.as_seconds(),
        percentile: bucket.up_to * 100.0,
        count: bucket.count,
    }));
}

fn sorted(results: &Results) -> Vec<&ArmResults> {
    let mut arms: Vec<&ArmResults> = results.arms.iter().collect();
    arms.sort_by(|a, b| a.name.cmp(&b.name));
    arms
}

fn by_arm(results: &Results) -> impl Iterator<Item = (&ArmResults, &Replication)> {
    sorted(results)
        .into_iter()
        .flat_map(|arm| arm.replications.iter().map(move |r| (arm, r)))
}
