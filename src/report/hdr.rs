//! Histograms in the two text formats of the `HdrHistogram` tools: `.hgrm`, a percentile table, and
//! `.hlog`, an interval log of compressed histograms.
//!
//! Values of the table and the maxima of the log are milliseconds, as those tools take them; the
//! histograms in the log count nanoseconds. Each histogram of a log is one interval from virtual time
//! 0 to the end of the run, under a tag that names it: `base.ham.total`.
//!
//! Sources: `AbstractHistogram.outputPercentileDistribution` and `HistogramLogWriter` of
//! `HdrHistogram` 2.2; the log itself is written by the crate hdrhistogram.

use std::fmt::Write as _;
use std::time::Duration;

use hdrhistogram::Histogram as Buckets;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use super::Records;
use crate::stats::Histogram;
use crate::units::{Span, cast};

/// A histogram of a run under its name: `base.ham.total`, or `base.3.ham.total` of replication 3.
#[derive(Debug, Clone)]
pub struct NamedHistogram {
    /// Arm, replication where they are not merged, class and stage, with full stops between.
    pub name: String,
    /// The spans.
    pub histogram: Histogram,
}

/// The histograms of `histograms.csv`, in its order.
///
/// # Errors
/// Where a row is not what that table holds.
pub fn histograms_of(records: &Records) -> Result<Vec<NamedHistogram>, String> {
    let column = |name: &str| {
        let place = records.header.iter().position(|column| column == name);
        place.ok_or_else(|| format!("histograms.csv has no column {name}"))
    };
    let keys = ["arm", "replication", "class", "stage"].map(column);
    let (value, count) = (column("value_s")?, column("count")?);
    let mut found: Vec<(String, Vec<(Span, u64)>)> = Vec::new();
    for (row, number) in records.rows.iter().zip(2_u64..) {
        let mut parts = Vec::new();
        for key in &keys {
            let part = &row[*key.as_ref().map_err(Clone::clone)?];
            parts.extend(Some(part.as_str()).filter(|part| !part.is_empty()));
        }
        let name = parts.join(".").replace([' ', ',', '/'], "-");
        let wrong = || format!("histograms.csv:{number}: this is no bucket");
        let seconds: f64 = row[value].parse().map_err(|_| wrong())?;
        let bucket = (within(seconds), row[count].parse().map_err(|_| wrong())?);
        match found.last_mut().filter(|(last, _)| *last == name) {
            Some((_, buckets)) => buckets.push(bucket),
            None => found.push((name, vec![bucket])),
        }
    }
    let named = |(name, buckets)| NamedHistogram {
        name,
        histogram: Histogram::of_buckets(buckets, 0),
    };
    Ok(found.into_iter().map(named).collect())
}

/// A span that lies well within the bucket whose longest span is told in seconds, so that no
/// rounding moves it out.
fn within(seconds: f64) -> Span {
    let longest = cast::f64_to_ns(libm::round(seconds * 1e9));
    Span::from_ns(longest - longest / 4_096)
}

/// Nanoseconds in a millisecond.
const MILLISECOND: f64 = 1e6;

/// The percentile table, with five steps per halving of what is above.
pub fn hgrm(histogram: &Histogram) -> String {
    let all = histogram.public();
    let mut text = format!(
        "{:>12} {:>14} {:>10} {:>14}\n\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    );
    let mut total = 0;
    for step in all.iter_quantiles(5) {
        total += step.count_since_last_iteration();
        let value = milliseconds(&all, step.value_iterated_to());
        let quantile = step.quantile_iterated_to();
        let _ = write!(text, "{value:12.3} {quantile:2.12} {total:10}");
        if quantile < 1.0 {
            let _ = write!(text, " {:14.2}", 1.0 / (1.0 - quantile));
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "#[Mean    = {:12.3}, StdDeviation   = {:12.3}]",
        all.mean() / MILLISECOND,
        all.stdev() / MILLISECOND
    );
    let _ = writeln!(
        text,
        "#[Max     = {:12.3}, Total count    = {:12}]",
        milliseconds(&all, all.max()),
        all.len()
    );
    let _ = writeln!(
        text,
        "#[Buckets = {:12}, SubBuckets     = {:12}]",
        all.buckets(),
        SUB_BUCKETS
    );
    text
}

/// Of a histogram of three digits.
const SUB_BUCKETS: u32 = 2_048;

fn milliseconds(all: &Buckets<u64>, ns: u64) -> f64 {
    cast::count_to_f64(all.highest_equivalent(ns)) / MILLISECOND
}

/// The interval log of all histograms; each covers `length`.
///
/// # Errors
/// Where a name cannot be a tag, or the histogram not be compressed.
pub fn hlog(histograms: &[NamedHistogram], length: Span) -> Result<Vec<u8>, String> {
    let (mut bytes, mut compress) = (Vec::new(), V2DeflateSerializer::new());
    let mut builder = IntervalLogWriterBuilder::new();
    builder.add_comment("[Histogram log format version 1.3]");
    builder.with_max_value_divisor(MILLISECOND);
    let writer = builder.begin_log_with(&mut bytes, &mut compress);
    let mut writer = writer.map_err(|error| error.to_string())?;
    let length = Duration::from_nanos(length.ns());
    for NamedHistogram { name, histogram } in histograms {
        let tag = Tag::new(name).ok_or_else(|| format!("`{name}` cannot be a tag"))?;
        writer
            .write_histogram(&histogram.public(), Duration::ZERO, length, Some(tag))
            .map_err(|error| format!("{error:?}"))?;
    }
    Ok(bytes)
}
