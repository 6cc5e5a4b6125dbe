//! Five limiters under Poisson requests, each a layer that is charged for itself.
//!
//! Formulas: `stats::closed_form::limiters`.

use super::{Case, metric};
use crate::stats::closed_form::limiters;

/// Mean requests per window, the limit, windows before counting and windows counted. First-hit
/// windows follow one another at W + W / m on average: whole numbers of m + 1 windows are counted.
const LOADS: [(f64, u32, u32, u32); 3] = [
    (10.0, 10, 100, 2_200),
    (20.0, 10, 50, 1_050),
    (60.0, 60, 200, 610),
];

pub(super) fn cases() -> Vec<Case> {
    LOADS.map(case).into()
}

fn case((per_window, limit, warm_up, counted): (f64, u32, u32, u32)) -> Case {
    let bucket = limiters::token_bucket(limit, per_window / f64::from(limit));
    let refused = |layer: &str, theory: f64| {
        let quantity = format!("refused by the {}", layer.replace('-', " "));
        metric(&quantity, "ratio", &format!("limit.{layer}.reject"), theory)
    };
    Case {
        name: format!("limit of {limit}, Poisson {per_window} per window"),
        formula: "Erlang B, truncated Poisson, M/D/1/b",
        tables: tables(per_window, limit, 10 * warm_up, 10 * (warm_up + counted)),
        claims: vec![
            refused("fixed-window", limiters::aligned_window(limit, per_window)),
            refused(
                "first-hit-window",
                limiters::first_hit_window(limit, per_window),
            ),
            refused("sliding-log", limiters::sliding_log(limit, per_window)),
            refused("token-bucket", bucket),
            refused("gcra", bucket),
        ],
    }
}

fn tables(per_window: f64, limit: u32, warm_up_s: u32, duration_s: u32) -> String {
    let layer = |name: &str, settings: String| {
        format!("[limits.{name}]\nkey = \"sender\"\nalgorithm = {{ {name} = {{ {settings} }} }}\n")
    };
    let window = || format!("limit = {limit}, window = \"10s\"");
    let layers = [
        layer("fixed-window", window()),
        layer("first-hit-window", window()),
        layer("sliding-log", window()),
        layer(
            "token-bucket",
            format!("burst = {limit}, refill = \"{limit}/10s\""),
        ),
        layer("gcra", format!("burst = {limit}, rate = \"{limit}/10s\"")),
    ];
    format!(
        r#"
        [run]
        duration = "{duration_s}s"
        warmup = "{warm_up_s}s"
        [network]
        delay = {{ constant = "20ms" }}
        [pds]
        accounts = {{ equal = {{ each = 2 }} }}
        [pipeline]
        order = ["rate-limit"]
        [limits-charging]
        mode = "always-all"
        [senders.one]
        class = "ham"
        count = 1
        target = {{ one = {{ account = 1 }} }}
        arrivals = {{ poisson = {{ rate = "{per_window}/10s" }} }}
        {}
        "#,
        layers.concat()
    )
}
