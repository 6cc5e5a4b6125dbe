//! What the benchmarks share: command line, interleaved measurement, table and JSON, and one
//! cheap sampler.
//!
//! Cargo calls a benchmark in two ways: `cargo bench` passes `--bench` and wants figures,
//! `cargo test --benches` (or `--all-targets`) does not and wants a quick proof that the program
//! works. [`arguments::Mode`] tells the two apart.

pub mod arguments;
pub mod harness;
pub mod quantile;
pub mod report;
