//! The overview of a run: the metrics a reader asks for first, and how the messages ended.

use std::collections::BTreeMap;

use super::grid::{Align, Grid};
use super::human;
use crate::experiment::rows::{OutcomeRow, SummaryRow};
use crate::experiment::zero::NoEvents;

/// How many metrics an overview shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Those a reader asks for first.
    Headlines,
    /// All of them.
    Everything,
}

/// What a reader asks for first, in this order; a `*` stands for any part of a name.
const HEADLINES: [&str; 20] = [
    "spam.leakage",
    "spam.leakage.before-label",
    "spam.leakage.after-label",
    "spam.request-leakage",
    "spam.read",
    "ham.false-reject",
    "ham.delayed",
    "ham.first-contact.success",
    "latency.ham.p50",
    "latency.ham.p99",
    "latency.ham.resolve.p99",
    "plc.fetches",
    "plc.blocking-share",
    "label.lag.p50",
    "limit.*.reject",
    "inbox.wait.mean",
    "inbox.wait.p99",
    "inbox.length.max",
    "inbox.utilization",
    "unpaired",
];

/// Metric, mean and interval; metrics without a value are left out of the headlines.
///
/// Where no replication had an event, it says of how many chances, and what that excludes.
pub fn metrics(
    (summary, no_events): (&[SummaryRow], &[NoEvents]),
    confidence: &str,
    extent: Extent,
) -> Grid {
    let arms: std::collections::BTreeSet<&str> =
        summary.iter().map(|row| row.arm.as_str()).collect();
    let several = arms.len() > 1;
    let interval = format!("{confidence} interval");
    let mut header = vec![("metric", Align::Left), ("mean", Align::Right)];
    if several {
        header.insert(0, ("arm", Align::Left));
    }
    header.push((&interval, Align::Left));
    let mut grid = Grid::new(header);
    for row in chosen(summary, extent) {
        let never = human::never(no_events, &row.arm, &row.metric);
        let (mean, interval) = never.unwrap_or_else(|| (mean(row), interval_of(row)));
        let mut cells = vec![row.metric.clone(), mean, interval];
        if several {
            cells.insert(0, row.arm.clone());
        }
        grid.push(cells);
    }
    grid
}

fn chosen(summary: &[SummaryRow], extent: Extent) -> Vec<&SummaryRow> {
    match extent {
        Extent::Everything => summary.iter().collect(),
        Extent::Headlines => {
            let of = |pattern: &'static str| {
                let fits = move |row: &&SummaryRow| matches(pattern, &row.metric);
                summary.iter().filter(fits).filter(|row| row.mean.is_some())
            };
            HEADLINES.into_iter().flat_map(of).collect()
        }
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.starts_with(head) && name.ends_with(tail),
    }
}

fn mean(row: &SummaryRow) -> String {
    let shown = |mean| human::value(mean, row.unit);
    row.mean.map_or_else(|| "-".to_owned(), shown)
}

fn interval_of(row: &SummaryRow) -> String {
    match (row.ci_lo, row.ci_hi) {
        (Some(lo), Some(hi)) => {
            let shown = |end| human::value(end, row.unit);
            format!("{} to {}", shown(lo), shown(hi))
        }
        _ => "-".to_owned(),
    }
}

/// Messages by outcome and class, all replications together.
pub fn outcomes(rows: &[OutcomeRow]) -> Grid {
    let mut classes: Vec<&str> = rows.iter().map(|row| row.class).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut counts: BTreeMap<(&str, &str), BTreeMap<&str, u64>> = BTreeMap::new();
    for row in rows {
        let of_outcome = counts.entry((&row.arm, &row.outcome)).or_default();
        *of_outcome.entry(row.class).or_default() += row.count;
    }
    let several = rows.windows(2).any(|pair| pair[0].arm != pair[1].arm);
    let arm = several.then_some(("arm", Align::Left));
    let names = [("outcome", Align::Left)].into_iter();
    let numbers = classes.iter().map(|class| (*class, Align::Right));
    let mut grid = Grid::new(arm.into_iter().chain(names).chain(numbers));
    for ((arm, outcome), of_class) in counts {
        let mut cells: Vec<String> = several.then(|| arm.to_owned()).into_iter().collect();
        cells.push(outcome.to_owned());
        let count = |class: &&str| human::count(of_class.get(*class).copied().unwrap_or(0));
        cells.extend(classes.iter().map(count));
        grid.push(cells);
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(class: &'static str, outcome: &str, replication: u32, count: u64) -> OutcomeRow {
        OutcomeRow {
            arm: "base".to_owned(),
            replication,
            class,
            group: "g".to_owned(),
            outcome: outcome.to_owned(),
            count,
        }
    }

    #[test]
    fn outcomes_are_summed_over_replications_and_groups() {
        let rows = [
            outcome("ham", "delivered", 1, 600),
            outcome("ham", "delivered", 2, 500),
            outcome("spam", "refused.label", 2, 7),
        ];
        let expected = "outcome          ham  spam\n\
                        delivered      1,100     0\n\
                        refused.label      0     7\n";
        assert_eq!(super::outcomes(&rows).text(), expected);
    }
}
