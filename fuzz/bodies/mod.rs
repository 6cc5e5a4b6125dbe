//! What each fuzz target does with its bytes: plain functions that panic where something is wrong.
//!
//! They are run by libFuzzer (`fuzz_targets/`), by the driver without dependencies (`mutate.rs`) and,
//! over a committed corpus with bounded mutations, by the test `fuzz_smoke`.

#![allow(dead_code, reason = "each target uses one of them")]

mod files;
mod limits;
pub mod mutation;
mod order;
mod words;

pub use files::{overlay, results, scenario, trace};
pub use limits::limiter;
pub use order::calendar;
pub use words::units;

/// A target: its name, which is that of its folder in `tests/data/fuzz`, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 7] = [
    ("calendar", calendar),
    ("limiter", limiter),
    ("overlay", overlay),
    ("results", results),
    ("scenario", scenario),
    ("trace", trace),
    ("units", units),
];
