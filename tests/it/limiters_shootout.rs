//! The study limiter-shootout, and the collateral of charging every layer: what the docs say of
//! them is what the shipped scenarios give.

use std::collections::BTreeMap;

use pdsim::policy::limit::ALGORITHMS;
use pdsim::protocol::{Class, Fact, Observer};
use pdsim::stats::Moments;
use pdsim::stats::closed_form::limiters;
use pdsim::units::Time;

use crate::support::{assert_samples, count, observe, run, scenario_file, values};

const DOCS: &str = include_str!("../../docs/LIMITS.md");

/// Every algorithm under every key that it can have.
fn arms() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALGORITHMS
        .iter()
        .flat_map(|about| about.keys.iter().map(|key| (about.name, key.name())))
}

/// The row of the table that an arm gives.
fn row(algorithm: &str, key: &str) -> String {
    let with_key = format!("limits.shootout.key={key}");
    let path = format!("scenarios/limiter-shootout/{algorithm}.toml");
    let results = run(scenario_file(&path, &[&with_key]));
    let mut created = BTreeMap::new();
    let mut delivered = BTreeMap::new();
    let mut lost = 0;
    for replication in &results.arms[0].replications {
        for row in &replication.measured.outcomes {
            *created.entry(row.group.as_str()).or_insert(0) += row.count;
            if row.outcome == "delivered" {
                *delivered.entry(row.group.as_str()).or_insert(0) += row.count;
            }
            let is_lost = row.outcome.starts_with("refused") || row.outcome == "gave-up";
            if row.class == Class::Ham && is_lost {
                lost += row.count;
            }
        }
    }
    let percent = |part: u64, whole: u64| 100.0 * part as f64 / whole as f64;
    let through = |group: &str| percent(delivered.get(group).copied().unwrap_or(0), created[group]);
    let delayed = values(&results, "ham.delayed");
    let delayed = delayed.iter().sum::<f64>() / delayed.len().max(1) as f64;
    format!(
        "| {algorithm} | {key} | {:.2} | {:.1} | {:.1} | {:.1} | {:.1} |",
        percent(lost, created["people"]),
        100.0 * delayed,
        through("flood"),
        through("snowshoe"),
        through("slow"),
    )
}

/// The lines of the docs between two marks.
fn lines(mark: &str) -> Vec<&'static str> {
    let (begin, end) = (format!("<!-- {mark} -->"), format!("<!-- end {mark} -->"));
    let inner = DOCS
        .split(&begin)
        .nth(1)
        .and_then(|rest| rest.split(&end).next());
    let inner = inner.unwrap_or_else(|| panic!("no {begin} ... {end}"));
    inner
        .lines()
        .filter(|line| !line.is_empty())
        .skip(2)
        .collect()
}

#[test]
fn rows_of_the_shootout_table_are_what_its_arms_give() {
    for (algorithm, key) in [
        ("sliding-log", "sender"),
        ("gcra", "pair"),
        ("leaky-queue", "sender"),
    ] {
        let row = row(algorithm, key);
        assert!(lines("shootout").contains(&row.as_str()), "{row}");
    }
}

#[test]
#[ignore = "runs all arms, 10 s in release: cargo test --release -- --ignored shootout"]
fn the_whole_shootout_table_is_what_its_arms_give() {
    let rows: Vec<String> = arms().map(|(algorithm, key)| row(algorithm, key)).collect();
    assert!(lines("shootout") == rows, "write:\n{}", rows.join("\n"));
}

#[test]
fn the_shootout_table_has_every_algorithm_under_every_key() {
    let heads: Vec<String> = arms()
        .map(|(algorithm, key)| format!("| {algorithm} | {key} |"))
        .collect();
    let table = lines("shootout");
    assert_eq!(table.len(), heads.len());
    for (line, head) in table.iter().zip(&heads) {
        assert!(line.starts_with(head), "{line} is not {head}");
    }
}

/// The numbers of a row: honest lost, honest delayed, flood, snowshoe, slow.
fn numbers(row: &str) -> Vec<f64> {
    let cells = row.trim_matches('|').split('|').skip(2);
    cells.map(|cell| cell.trim().parse().unwrap()).collect()
}

#[test]
fn the_operators_answer_is_the_sorted_top_of_the_table() {
    // Honest refusals below 1 %, least flood first; ties keep the order of the table.
    let mut fitting: Vec<&str> = lines("shootout");
    fitting.retain(|row| numbers(row)[0] < 1.0);
    fitting.sort_by(|a, b| numbers(a)[2].total_cmp(&numbers(b)[2]));
    fitting.truncate(8);
    assert_eq!(lines("answer"), fitting);
}

/// When each honest sender wrote.
#[derive(Default)]
struct Writing(BTreeMap<u32, Vec<Time>>);

impl Observer for Writing {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Created(message) = fact
            && message.class == Class::Ham
        {
            self.0.entry(message.sender.0).or_default().push(now);
        }
    }
}

#[test]
fn honest_senders_of_the_shootout_are_as_bursty_as_real_ones() {
    // Real senders: 3.7 to 5.5. By the formula of sessions sqrt(2 x 8.5 - 1) = 4.
    let scenario = scenario_file(
        "scenarios/limiter-shootout/base.toml",
        &[
            "run.duration=5d",
            "senders.flood.stop=1s",
            "senders.snowshoe.stop=1s",
        ],
    );
    let writing = observe(&scenario, Writing::default()).0;
    let gaps: Moments = writing
        .values()
        .flat_map(|times| times.windows(2))
        .map(|pair| pair[1].since(pair[0]).as_seconds())
        .collect();
    let variation = gaps.deviation().unwrap() / gaps.mean().unwrap();
    assert!((3.7..5.5).contains(&variation), "{variation}");
}

#[test]
fn a_flooder_burns_the_budget_of_his_pds_under_always_all_only() {
    let more = ["run.replications=20", "run.seed=7"];
    let all = run(scenario_file("scenarios/always-all.toml", &more));
    // The budget of his PDS meets his 5/s and its 60 people's 0.1/s: 1,530 per window of 300.
    // Messages that arrive by chance see the stationary share; people elsewhere lose nothing.
    let neighbours = limiters::first_hit_window(300, 1_530.0);
    assert_samples(
        "honest messages refused",
        &values(&all, "ham.false-reject"),
        neighbours / 2.0,
    );
    let none = run(scenario_file("scenarios/always-all-or-none.toml", &more));
    // Charged together, he uses at most 10 of each minute's, 50 of 300; people use 30.
    assert_eq!(count(&none, "refused.limit.per-pds"), 0);
    assert!(
        values(&none, "ham.false-reject")
            .iter()
            .all(|share| *share == 0.0)
    );
    // His own limit stops him alike.
    let own = |results| count(results, "refused.limit.per-sender");
    assert_eq!(own(&all), own(&none));
}
