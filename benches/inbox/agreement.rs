//! Do the engines simulate the same model? Asserted before any figure is printed.
//!
//! Engines draw from different generators, so they agree in law only. Compared are means over the
//! repetitions (each has a seed of its own); seeds are fixed, so a comparison that holds goes on
//! holding. Tolerances are about five standard errors of a difference between two correct engines.

use super::workload::{
    Class, HAM_GAP_S, LIMIT_INTERVAL_S, NS, Outcome, PDS_COUNT, SPAM_FACTOR, VERDICT_NAMES,
    VERDICTS, Verdict, Workload,
};
use crate::support::harness::Series;

/// How far two engines may be apart.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Of a verdict's share of all messages, absolute.
    pub share: f64,
    /// Of the median latency, relative.
    pub p50: f64,
    /// Of the 99th percentile, relative.
    pub p99: f64,
}

/// For at least a million messages per repetition and three repetitions.
pub const FULL: Tolerance = Tolerance {
    share: 0.010,
    p50: 0.02,
    p99: 0.04,
};
/// For less.
pub const SMALL: Tolerance = Tolerance {
    share: 0.030,
    p50: 0.08,
    p99: 0.15,
};

/// Means over the repetitions of one engine.
pub struct Summary {
    /// The engine.
    pub name: &'static str,
    /// Messages created.
    pub messages: f64,
    /// Median latency of delivered ham, seconds.
    pub p50_s: f64,
    /// 99th percentile, seconds.
    pub p99_s: f64,
    /// Share of all messages per verdict.
    pub shares: [f64; VERDICTS],
    repetitions: f64,
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds stay far below 2^53"
)]
impl Summary {
    /// Averages the repetitions.
    pub fn of(series: &Series<Outcome>) -> Self {
        let repetitions = series.outcomes.len() as f64;
        let mean = |value: &dyn Fn(&Outcome) -> f64| {
            series.outcomes.iter().map(value).sum::<f64>() / repetitions
        };
        Self {
            name: series.name,
            messages: mean(&|one| one.messages as f64),
            p50_s: mean(&|one| one.p50_ns as f64 / NS),
            p99_s: mean(&|one| one.p99_ns as f64 / NS),
            shares: std::array::from_fn(|verdict| {
                mean(&|one| one.verdicts[verdict] as f64 / one.messages as f64)
            }),
            repetitions,
        }
    }
}

/// Every fault of the engines' results, one sentence each; none if all is well.
pub fn faults(workload: &Workload, series: &[Series<Outcome>], by: Tolerance) -> Vec<String> {
    let summaries: Vec<Summary> = series.iter().map(Summary::of).collect();
    let alone = series.iter().filter_map(conservation);
    let theory = summaries
        .iter()
        .flat_map(|one| against_theory(workload, one));
    let pairs = summaries
        .iter()
        .skip(1)
        .flat_map(|one| against(&summaries[0], one, by));
    alone.chain(theory).chain(pairs).collect()
}

/// Every message has exactly one verdict.
fn conservation(series: &Series<Outcome>) -> Option<String> {
    let broken = series
        .outcomes
        .iter()
        .find(|one| one.verdicts.iter().sum::<u64>() != one.messages);
    broken.map(|one| {
        format!(
            "{}: {:?} do not add up to {}",
            series.name, one.verdicts, one.messages
        )
    })
}

/// What must be so whatever any engine says: the number of messages is Poisson; ham is limited as
/// renewal theory says; nobody labels or expires without cause.
fn against_theory(workload: &Workload, one: &Summary) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |what: &str, value: f64, expected: f64, tolerance: f64| {
        if (value - expected).abs() > tolerance {
            let name = one.name;
            faults.push(format!(
                "{name}: {what} is {value}, theory says {expected} +- {tolerance}"
            ));
        }
    };
    let expected = f64::from(workload.messages);
    check(
        "messages",
        one.messages,
        expected,
        5.0 * libm::sqrt(expected / one.repetitions),
    );
    let spam: f64 = one.shares[VERDICTS / 2..].iter().sum();
    let spam_expected = f64::from(workload.spammers() * SPAM_FACTOR) / f64::from(workload.weight());
    let total = one.messages * one.repetitions;
    let error = libm::sqrt(spam_expected * (1.0 - spam_expected) / total);
    check("share of spam", spam, spam_expected, 5.0 * error);
    let share = |verdict: Verdict, class| one.shares[verdict.index(class)];
    let limited = share(Verdict::Limited, Class::Ham);
    let judged = limited + share(Verdict::Delivered, Class::Ham);
    let expected = ham_limited(workload);
    let error = libm::sqrt(expected / (judged * total));
    check(
        "limited share of ham",
        limited / judged,
        expected,
        5.0 * error + 0.03 * expected,
    );
    check(
        "labelled ham",
        share(Verdict::Labelled, Class::Ham),
        0.0,
        0.0,
    );
    check("blocked ham", share(Verdict::Blocked, Class::Ham), 0.0, 0.0);
    faults
}

/// Share of an honest sender's messages that the limiter refuses. The messages of a sender to a PDS
/// are Poisson with rate r; one is admitted per W + Exp, so in the long run r W / (1 + r W) are
/// refused. A run of length T starts with nobody admitted: the W of the formula is then the mean of
/// min(t, W) over the run (to first order in r W, which is 0.01 here).
fn ham_limited(workload: &Workload) -> f64 {
    let (window, length) = (LIMIT_INTERVAL_S, workload.horizon_s());
    let mean = if length < window {
        0.5 * length
    } else {
        window - 0.5 * window * window / length
    };
    let expected = mean / HAM_GAP_S / f64::from(PDS_COUNT);
    expected / (1.0 + expected)
}

fn against(first: &Summary, one: &Summary, by: Tolerance) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |what: &str, value: f64, expected: f64, tolerance: f64| {
        if (value - expected).abs() > tolerance {
            let (name, other) = (one.name, first.name);
            faults.push(format!(
                "{name}: {what} is {value}, {other} says {expected} +- {tolerance}"
            ));
        }
    };
    check("p50", one.p50_s, first.p50_s, by.p50 * first.p50_s);
    check("p99", one.p99_s, first.p99_s, by.p99 * first.p99_s);
    for (verdict, name) in VERDICT_NAMES.iter().enumerate() {
        check(name, one.shares[verdict], first.shares[verdict], by.share);
    }
    faults
}

/// What the engines gave, side by side.
pub fn table(series: &[Series<Outcome>]) -> String {
    let summaries: Vec<Summary> = series.iter().map(Summary::of).collect();
    let line = |name: &str, value: &dyn Fn(&Summary) -> String| {
        let cells = summaries.iter().map(|one| format!("{:>14}", value(one)));
        format!("  {name:<22}{}\n", cells.collect::<String>())
    };
    let mut text = String::from(
        "\n  results: means over the repetitions, shares of all messages, latency of delivered ham\n",
    );
    text += &line("", &|one| one.name.to_owned());
    text += &line("messages", &|one| format!("{:.0}", one.messages));
    text += &line("latency p50, s", &|one| format!("{:.4}", one.p50_s));
    text += &line("latency p99, s", &|one| format!("{:.4}", one.p99_s));
    for (verdict, name) in VERDICT_NAMES.iter().enumerate() {
        text += &line(name, &|one| format!("{:.5}", one.shares[verdict]));
    }
    text
}
