//! A comparison on a terminal: each arm's metrics, what differs from the baseline, and the
//! sentence that says it plainly.

use super::grid::{Align, Grid};
use super::human;
use crate::experiment::Results;
use crate::experiment::compare::{Comparison, Terms, Verdict, improvement, pareto_front};
use crate::experiment::draws::Draws;
use crate::experiment::rows::SummaryRow;
use crate::experiment::zero::NoEvents;

/// One row per arm: its value of every metric, and the verdict against the baseline.
pub fn arms(
    (summary, no_events): (&[SummaryRow], &[NoEvents]),
    comparisons: &[Comparison],
    terms: &Terms,
    order: &[&str],
) -> Grid {
    let head = std::iter::once(("arm", Align::Left));
    let metrics = terms
        .metrics
        .iter()
        .flat_map(|m| [(m.as_str(), Align::Right), ("", Align::Left)]);
    let mut grid = Grid::new(head.chain(metrics));
    for arm in order {
        let mut cells = vec![(*arm).to_owned()];
        for metric in &terms.metrics {
            let row = summary
                .iter()
                .find(|row| row.arm == *arm && row.metric == *metric);
            let mean = row.and_then(|row| row.mean.map(|mean| human::value(mean, row.unit)));
            let never = human::never(no_events, arm, metric).map(|(never, _)| never);
            cells.push(never.or(mean).unwrap_or_else(|| "-".to_owned()));
            let verdict = comparisons
                .iter()
                .find(|c| c.arm == *arm && c.metric == *metric);
            cells.push(
                verdict.map_or_else(|| "baseline".to_owned(), |c| c.verdict.name().to_owned()),
            );
        }
        grid.push(cells);
    }
    grid
}

/// One row per comparison: difference, interval, adjusted p-value, correlation of the pairs and what
/// pairing was worth.
pub fn differences(comparisons: &[Comparison], summary: &[SummaryRow], interval: &str) -> Grid {
    let interval = format!("{interval} simultaneous interval");
    let mut grid = Grid::new([
        ("metric", Align::Left),
        ("arm", Align::Left),
        ("difference", Align::Right),
        (interval.as_str(), Align::Left),
        ("p", Align::Right),
        ("correlation", Align::Right),
        ("pairing", Align::Right),
    ]);
    for row in comparisons {
        let unit = summary
            .iter()
            .find(|s| s.metric == row.metric)
            .map_or("1", |s| s.unit);
        let shown =
            |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| human::value(v, unit));
        let interval = match (row.ci_lo, row.ci_hi) {
            (Some(lo), Some(hi)) => {
                format!("{} to {}", human::value(lo, unit), human::value(hi, unit))
            }
            _ => "-".to_owned(),
        };
        let times = |ratio: f64| format!("{} x", human::digits(ratio));
        grid.push(vec![
            row.metric.clone(),
            row.arm.clone(),
            shown(row.difference),
            interval,
            row.p_adjusted.map_or_else(|| "-".to_owned(), human::digits),
            row.correlation
                .map_or_else(|| "-".to_owned(), human::digits),
            row.variance_ratio.map_or_else(|| "-".to_owned(), times),
        ]);
    }
    grid
}

/// What never happened in an arm, one line each.
///
/// # Panics
/// Never: what is looked up is one of those given.
pub fn never_lines(no_events: &[NoEvents], terms: &Terms) -> String {
    let compared = no_events
        .iter()
        .filter(|found| terms.metrics.contains(&found.metric));
    let line = |found: &NoEvents| {
        let never = human::never(no_events, &found.arm, &found.metric);
        let (of, bound) = never.expect("it is one of them");
        format!("{} of {}: {of}; {bound}\n", found.metric, found.arm)
    };
    compared.map(line).collect()
}

/// What pairing cost or gave, where a reader must know: it hurt.
pub fn pairing_warnings(comparisons: &[Comparison], draws: Draws) -> Vec<String> {
    if draws == Draws::Independent {
        return Vec::new();
    }
    let hurt = |row: &&Comparison| row.variance_ratio.is_some_and(|ratio| ratio < 1.0);
    let text = |row: &Comparison| {
        format!(
            "pairing made the difference of {} between {} and {} less certain, not more; compare with --independent-arms",
            row.metric, row.arm, row.baseline
        )
    };
    comparisons.iter().filter(hurt).map(text).collect()
}

/// What the intervals hang on, in a sentence.
pub const fn draws_sentence(draws: Draws) -> &'static str {
    match draws {
        Draws::Common => {
            "The same random numbers in every arm; intervals hold together; `pairing` = how many times fewer replications that needs."
        }
        Draws::Independent => {
            "Every arm has random numbers of its own; intervals hold together, and are wider than those of common ones."
        }
    }
}

/// How many messages the arms do not share, in a sentence.
pub fn unpaired_sentence(unpaired: &[(String, u64)], draws: Draws) -> String {
    if draws == Draws::Independent {
        return "Nothing is paired: every arm has messages of its own.".to_owned();
    }
    let apart = unpaired.iter().filter(|(_, count)| *count > 0);
    let apart: Vec<String> = apart
        .map(|(arm, count)| format!("{arm} at least {count}"))
        .collect();
    if apart.is_empty() {
        return "Unpaired messages: none; every message exists in every arm.".to_owned();
    }
    format!("Unpaired messages, in one arm only: {}.", apart.join(", "))
}

/// The verdict in a sentence: the arm that is best in the first metric against the baseline, and
/// what it costs in the second; then the arms that no other beats.
pub fn sentence(
    results: &Results,
    summary: &[SummaryRow],
    comparisons: &[Comparison],
    terms: &Terms,
) -> String {
    let Some(first) = terms.metrics.first() else {
        return String::new();
    };
    let mean = |arm: &str, metric: &str| {
        let row = summary
            .iter()
            .find(|row| row.arm == arm && row.metric == metric)?;
        Some((row.mean?, row.unit))
    };
    let better = comparisons
        .iter()
        .filter(|c| c.metric == *first && c.verdict == Verdict::Better);
    let gain = |c: &&Comparison| c.difference.map_or(0.0, f64::abs);
    let best = better.max_by(|a, b| gain(a).total_cmp(&gain(b)));
    let front = pareto_front(results, &terms.metrics, terms.confidence).join(", ");
    let front = format!("No arm beats these in every metric: {front}.");
    let Some(best) = best else {
        return format!(
            "No arm is better than {} in {first}. {front}",
            terms.baseline
        );
    };
    let how = match improvement(results, terms, &best.arm, first) {
        Some((times, Some((lo, hi)))) => format!(
            "{} times less than {} [{}, {}]",
            human::digits(times),
            terms.baseline,
            human::digits(lo),
            human::digits(hi)
        ),
        _ => format!("less than {}", terms.baseline),
    };
    let cost = terms.metrics.get(1).and_then(|metric| {
        mean(&best.arm, metric)
            .map(|(value, unit)| format!(", at {metric} {}", human::value(value, unit)))
    });
    let value = mean(&best.arm, first).map_or_else(String::new, |(v, unit)| human::value(v, unit));
    format!(
        "{} has {first} {value}, {how}{}. {front}",
        best.arm,
        cost.unwrap_or_default()
    )
}
