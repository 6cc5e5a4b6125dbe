//! The result files, column by column.

use super::Cell;
use super::sheet::{Column, Kind, Sheet};
use crate::experiment::rows::{HistogramRow, OutcomeRow, ReplicationRow, SeriesRow, SummaryRow};

pub(super) const fn text<R>(
    name: &'static str,
    about: &'static str,
    cell: for<'r> fn(&'r R) -> Cell<'r>,
) -> Column<R> {
    column(name, Kind::Text, about, cell)
}

const fn integer<R>(
    name: &'static str,
    about: &'static str,
    cell: for<'r> fn(&'r R) -> Cell<'r>,
) -> Column<R> {
    column(name, Kind::Integer, about, cell)
}

pub(super) const fn decimal<R>(
    name: &'static str,
    about: &'static str,
    cell: for<'r> fn(&'r R) -> Cell<'r>,
) -> Column<R> {
    column(name, Kind::Number, about, cell)
}

const fn column<R>(
    name: &'static str,
    kind: Kind,
    about: &'static str,
    cell: for<'r> fn(&'r R) -> Cell<'r>,
) -> Column<R> {
    Column {
        name,
        kind,
        about,
        cell,
    }
}

const ARM: &str = "name of the arm; `base` for a run";
const METRIC: &str = "name of the metric; `pdsim explain NAME` gives its formula";
const UNIT: &str = "unit of the metric: s, 1, 1/s or ratio";
const REPLICATION: &str = "number of the replication, from 1";
const CLASS: &str = "ground truth of the message: ham or spam";

/// `summary.csv`.
pub const SUMMARY: Sheet<SummaryRow> = Sheet {
    name: "summary",
    about: "one metric over all replications of an arm",
    key: &["arm", "metric"],
    columns: &[
        text("arm", ARM, |row| Cell::Text(&row.arm)),
        text("metric", METRIC, |row| Cell::Text(&row.metric)),
        text("unit", UNIT, |row| Cell::Text(row.unit)),
        integer(
            "replications",
            "replications in which the metric has a value",
            |row| Cell::Count(row.replications),
        ),
        decimal(
            "mean",
            "ratio of sums for a ratio, else mean over the replications",
            |row| row.mean.into(),
        ),
        decimal("ci_lo", "lower end of the confidence interval", |row| {
            row.ci_lo.into()
        }),
        decimal("ci_hi", "upper end of the confidence interval", |row| {
            row.ci_hi.into()
        }),
        decimal("half_width", "half of the interval's width", |row| {
            row.half_width.into()
        }),
        decimal("sd", "standard deviation over the replications", |row| {
            row.sd.into()
        }),
        decimal("min", "smallest value of a replication", |row| {
            row.min.into()
        }),
        decimal("max", "largest value of a replication", |row| {
            row.max.into()
        }),
    ],
};

/// `replications.csv`.
pub const REPLICATIONS: Sheet<ReplicationRow> = Sheet {
    name: "replications",
    about: "one metric in one replication",
    key: &["arm", "replication", "metric"],
    columns: &[
        text("arm", ARM, |row| Cell::Text(&row.arm)),
        integer("replication", REPLICATION, |row| {
            Cell::Count(u64::from(row.replication))
        }),
        text("metric", METRIC, |row| Cell::Text(&row.metric)),
        text("unit", UNIT, |row| Cell::Text(row.unit)),
        decimal("value", "value of the metric", |row| row.value.into()),
        decimal("numerator", "sum above the line of a ratio", |row| {
            row.numerator.into()
        }),
        decimal("denominator", "sum below the line of a ratio", |row| {
            row.denominator.into()
        }),
    ],
};

/// `outcomes.csv`.
pub const OUTCOMES: Sheet<OutcomeRow> = Sheet {
    name: "outcomes",
    about: "messages created after the warm-up, by how they ended",
    key: &["arm", "replication", "class", "group", "outcome"],
    columns: &[
        text("arm", ARM, |row| Cell::Text(&row.arm)),
        integer("replication", REPLICATION, |row| {
            Cell::Count(u64::from(row.replication))
        }),
        text("class", CLASS, |row| Cell::Text(row.class)),
        text("group", "name of the group of senders, or trace", |row| {
            Cell::Text(&row.group)
        }),
        text(
            "outcome",
            "how the messages ended; `pdsim explain NAME` says what it means",
            |row| Cell::Text(&row.outcome),
        ),
        integer("count", "number of messages", |row| Cell::Count(row.count)),
    ],
};

/// `time_series.csv`.
pub const TIME_SERIES: Sheet<SeriesRow> = Sheet {
    name: "time_series",
    about: "rates and states over virtual time",
    key: &[],
    columns: &[
        text("arm", ARM, |row| Cell::Text(&row.arm)),
        integer("replication", REPLICATION, |row| {
            Cell::Count(u64::from(row.replication))
        }),
        decimal("t_s", "start of the step in virtual seconds", |row| {
            Cell::Number(row.t_s)
        }),
        text("series", "what was measured", |row| Cell::Text(row.series)),
        text(
            "group",
            "name of the group of senders; empty where the series belongs to none",
            |row| Cell::Text(&row.group),
        ),
        decimal("value", "mean over the step", |row| Cell::Number(row.value)),
    ],
};

/// `histograms.csv`.
pub const HISTOGRAMS: Sheet<HistogramRow> = Sheet {
    name: "histograms",
    about: "buckets of the latency histograms that hold a message",
    key: &[],
    columns: &[
        text("arm", ARM, |row| Cell::Text(&row.arm)),
        integer(
            "replication",
            "number of the replication, from 1; empty where all are merged",
            |row| {
                row.replication
                    .map_or(Cell::Missing, |number| Cell::Count(u64::from(number)))
            },
        ),
        text("class", CLASS, |row| Cell::Text(row.class)),
        text("stage", "total, or the stage of the way", |row| {
            Cell::Text(row.stage)
        }),
        decimal("value_s", "longest span in the bucket, seconds", |row| {
            Cell::Number(row.value_s)
        }),
        decimal(
            "percentile",
            "messages up to this bucket, percent of all",
            |row| Cell::Number(row.percentile),
        ),
        integer("count", "messages in the bucket", |row| {
            Cell::Count(row.count)
        }),
    ],
};
