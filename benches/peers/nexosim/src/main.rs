//! The benchmark workloads on NeXosim, on one thread: `inbox`, `mm1` and `phold`.
//!
//! ```text
//! nexosim-peer inbox ACCOUNTS MESSAGES SEED
//! nexosim-peer mm1 UNITS SEED
//! nexosim-peer phold UNITS SEED
//! ```
//! One JSON array on stdout, in the format of `cargo bench ... -- --json FILE`.

mod inbox;
mod mm1;
mod phold;

use std::time::Instant;

use nexosim::time::MonotonicTime;
use serde_json::{Value, json};

/// Units of work done, and the results.
type Outcome = (u64, Value);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Option<Vec<u64>> = words
        .iter()
        .skip(1)
        .map(|word| word.parse().ok().filter(|number| *number > 0))
        .collect();
    let name = words.first().map(String::as_str);
    let start = Instant::now();
    let (workload, (units, results)) = match (name, numbers.as_deref()) {
        (Some("inbox"), Some(&[accounts, messages, seed])) => (
            format!("inbox/{accounts}"),
            inbox::run(accounts, messages, seed),
        ),
        (Some("mm1"), Some(&[units, seed])) => ("mm1".to_owned(), mm1::run(units, seed)),
        (Some("phold"), Some(&[units, seed])) => ("phold".to_owned(), phold::run(units, seed)),
        _ => {
            eprintln!("usage: nexosim-peer inbox ACCOUNTS MESSAGES SEED | mm1|phold UNITS SEED");
            std::process::exit(2);
        }
    };
    let ns_per_unit = start.elapsed().as_nanos() as f64 / units as f64;
    let line = json!([{
        "workload": workload,
        "engine": "nexosim 1.0",
        "ns_per_unit_median": ns_per_unit,
        "ns_per_unit": [ns_per_unit],
        "results": results,
    }]);
    println!("{line:#}");
}

/// Seconds since the start of the simulation.
fn seconds(time: MonotonicTime) -> f64 {
    time.duration_since(MonotonicTime::EPOCH).as_secs_f64()
}
