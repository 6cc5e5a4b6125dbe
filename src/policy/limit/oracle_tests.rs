//! The limits against the decisions of real libraries, in `tests/data/limiters` (see its README):
//! every row of `golden.csv` through a layer as a scenario writes it, decision by decision.

use std::collections::BTreeMap;

use crate::units::Span;

use super::charging::ChargingSpec;
use super::layer::LayerSpec;
use super::vector::{Arrival, Outcome, Replay, Row};

/// A policy as written in a file.
#[derive(serde::Deserialize)]
struct Policy {
    limits: BTreeMap<String, LayerSpec>,
    #[serde(default, rename = "limits-charging")]
    charging: ChargingSpec,
}

pub(super) fn oracle_file(name: &str) -> String {
    let path = format!("{}/tests/data/limiters/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Rows of a CSV file as maps from column to text.
fn table(name: &str) -> Vec<BTreeMap<String, String>> {
    let text = oracle_file(name);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// Every row of a vector through a policy.
pub(super) fn replay(policy: &str, vector: &str) -> Vec<Row> {
    let policy: Policy = toml::from_str(policy).unwrap_or_else(|error| panic!("{error}"));
    let mut replay = Replay::new(&policy.limits, &policy.charging).unwrap();
    let rows = table(&format!("vectors/{vector}.csv"));
    let step = |row: &BTreeMap<String, String>| {
        let number = |column: &str| row[column].parse().unwrap();
        let (t_ms, cost) = (number("t_ms"), number("cost"));
        let (sender, pds) = (row["sender"].as_str(), row["pds"].as_str());
        replay
            .step(&Arrival {
                t_ms,
                cost,
                sender,
                pds,
            })
            .unwrap()
    };
    rows.iter().map(step).collect()
}

fn decisions(rows: &[Row]) -> String {
    let mark = |row: &Row| match row.outcome {
        Outcome::Refuse => '0',
        Outcome::Admit => '1',
        Outcome::Delay => panic!("no oracle delays"),
    };
    rows.iter().map(mark).collect()
}

/// The algorithm of one oracle rule, and the keys beside it.
fn layer_of(rule: &str, limit: &str, window_ms: &str, burst: &str) -> String {
    let window = format!("limit = {limit}, window = \"{window_ms}ms\"");
    let rate = format!("{limit}/{window_ms}ms");
    let bucket = format!("burst = {burst}, refill = \"{rate}\"");
    let cell = format!("gcra = {{ burst = {burst}, rate = \"{rate}\" }}");
    let (algorithm, beside) = match rule {
        "fixed_anchored_halfopen" => (
            format!("first-hit-window = {{ {window} }}"),
            "counts = \"all\"",
        ),
        "fixed_anchored_closed" => (
            format!("first-hit-window = {{ {window} }}"),
            "counts = \"all\"\nedge = \"closed\"",
        ),
        "fixed_anchored_t0" => (
            format!("first-hit-window = {{ {window} }}"),
            "phase = \"start\"",
        ),
        "fixed_epoch_charge_on_reject" => {
            (format!("fixed-window = {{ {window} }}"), "counts = \"all\"")
        }
        "fixed_epoch_no_charge" => (format!("fixed-window = {{ {window} }}"), ""),
        "sliding_log_closed" => (format!("sliding-log = {{ {window} }}"), ""),
        "sliding_counter_floor" => (format!("sliding-counter = {{ {window} }}"), ""),
        "bucket_exact" => (format!("token-bucket = {{ {bucket} }}"), ""),
        "gcra_ns_floorT" => (cell, "rounding = \"ns-floor\""),
        "gcra_us_ceilT" => (cell, "rounding = \"us-ceil\""),
        "bucket_intsec" => (format!("bucket-intsec = {{ {bucket} }}"), ""),
        "bucket_discrete_grid" => (format!("bucket-discrete-grid = {{ {bucket} }}"), ""),
        "nginx_limit_req" => (
            format!("nginx-limit-req = {{ burst = {burst}, rate = \"{rate}\" }}"),
            "",
        ),
        other => panic!("no layer for {other}"),
    };
    format!("[limits.it]\nkey = \"pds\"\nalgorithm = {{ {algorithm} }}\n{beside}\n")
}

/// The three scopes of the oracle: 4 per sender, 20 per PDS, 40 in all, each per 10 s.
fn scopes(mode: &str, algorithm: impl Fn(u32) -> String) -> String {
    let layer = |name: &str, key: &str, limit: u32| {
        format!("[limits.{name}]\nkey = \"{key}\"\n{}\n", algorithm(limit))
    };
    let charging = format!("[limits-charging]\nmode = \"{mode}\"\n");
    let layers = [
        ("a", "sender", 4),
        ("b", "sender-pds", 20),
        ("c", "pds", 40),
    ];
    layers
        .map(|(name, key, limit)| layer(name, key, limit))
        .concat()
        + &charging
}

fn policy_of(row: &BTreeMap<String, String>) -> String {
    match row["spec"].as_str() {
        "multi_all_charged" => scopes("always-all", |limit| {
            format!(
                "algorithm = {{ first-hit-window = {{ limit = {limit}, window = \"10s\" }} }}\n\
                 counts = \"all\""
            )
        }),
        "multi_hier_checkall" => scopes("all-or-none", |limit| {
            format!(
                "algorithm = {{ token-bucket = {{ burst = {limit}, refill = \"{limit}/10s\" }} }}"
            )
        }),
        rule => layer_of(rule, &row["limit"], &row["window_ms"], &row["burst"]),
    }
}

fn assert_every_row(file: &str, expected_rows: usize) {
    let rows = table(file);
    assert_eq!(rows.len(), expected_rows);
    for row in &rows {
        let policy = policy_of(row);
        let decided = decisions(&replay(&policy, &row["vector"]));
        assert_eq!(decided, row["decisions"], "{policy}on {}", row["vector"]);
    }
}

#[test]
fn every_decision_of_a_real_library_is_reproduced() {
    assert_every_row("golden.csv", 1_055);
}

#[test]
fn the_rows_on_which_all_libraries_round_are_reproduced_exactly() {
    let rows = oracle_file("golden_unverified.csv").lines().count() - 1;
    assert_every_row("golden_unverified.csv", rows);
}

/// What a library reports beside a refusal, and how it follows from the exact instant.
fn reported(library: &str, rule: &str, exact: Span) -> String {
    let ns = exact.ns();
    let ms = match (library, rule) {
        ("governor", _) => return ns.to_string(),
        ("rate-limiter-flexible", _) => ns / 1_000_000,
        // The instant at which the key expires. It is still alive then: 1 ns later it conforms.
        ("RedisRateLimiter", _) => (ns - 1) / 1_000_000,
        ("throttled-py", "fixed_epoch_charge_on_reject") => ns.div_ceil(1_000_000_000) * 1_000,
        // Rounded to the nearest millisecond.
        ("throttled-py" | "matrix-synapse", "bucket_exact") => (ns + 500_000) / 1_000_000,
        other => panic!("no form for {other:?}"),
    };
    ms.to_string()
}

/// Synapse reports when one unit is free, whatever the message costs.
fn is_comparable(row: &BTreeMap<String, String>) -> bool {
    row["library"] != "matrix-synapse" || row["vector"] != "g16_weighted_grid"
}

#[test]
fn every_retry_after_that_a_library_reports_is_reproduced_in_its_form() {
    let mut refusals = 0;
    for row in table("retry_after.csv")
        .iter()
        .filter(|row| is_comparable(row))
    {
        let decided = replay(&policy_of(row), &row["vector"]);
        let texts: Vec<&str> = row["retry_after"].split(' ').collect();
        assert_eq!(texts.len(), decided.len());
        for (text, decided) in texts.iter().zip(&decided) {
            let exact = decided.retry_after;
            // Libraries also name an instant for a message that will never fit.
            if decided.outcome == Outcome::Refuse && exact.is_none() {
                continue;
            }
            let ours = exact.map(|exact| reported(&row["library"], &row["spec"], exact));
            let place = format!("{} {} row {}", row["library"], row["vector"], decided.row);
            assert_eq!(ours.unwrap_or_default(), **text, "{place}");
            refusals += usize::from(exact.is_some());
        }
    }
    assert!(refusals > 70_000, "only {refusals} refusals were compared");
}

#[test]
fn a_phase_spells_the_same_rules_under_their_general_names() {
    let mut compared = 0;
    for row in table("golden.csv") {
        let (limit, window_ms, burst) = (&row["limit"], &row["window_ms"], &row["burst"]);
        let window = format!("limit = {limit}, window = \"{window_ms}ms\"");
        let (algorithm, phase) = match row["spec"].as_str() {
            "bucket_discrete_grid" => (
                format!("token-bucket = {{ burst = {burst}, refill = \"{limit}/{window_ms}ms\" }}"),
                "start",
            ),
            "fixed_anchored_t0" => (format!("fixed-window = {{ {window} }}"), "start"),
            "fixed_epoch_no_charge" => (format!("first-hit-window = {{ {window} }}"), "clock"),
            _ => continue,
        };
        let policy = format!(
            "[limits.it]\nkey = \"pds\"\nphase = \"{phase}\"\nalgorithm = {{ {algorithm} }}\n"
        );
        let decided = decisions(&replay(&policy, &row["vector"]));
        assert_eq!(decided, row["decisions"], "{policy}on {}", row["vector"]);
        compared += 1;
    }
    // 92 rows of the grid, 64 of t0, 68 of the clock.
    assert_eq!(compared, 92 + 64 + 68);
}
