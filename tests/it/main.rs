//! The tests of the whole: one binary, one subject per file.

#![allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests count far below 2^53, compare floats that must be equal, and build texts"
)]

mod cli_bad_input;
mod cli_bench;
mod cli_compare;
mod cli_explain;
mod cli_limits;
mod cli_program;
mod cli_results;
mod cli_run;
mod common_random_numbers;
mod docs_readme;
mod docs_registries;
mod golden;
mod house_rules;
mod laws;
mod limiters_answers;
mod limiters_docs;
mod limiters_input;
mod limiters_poisson;
mod limiters_shootout;
mod limits_that_hear;
mod oracle_replay;
mod oracle_two_pds;
mod planted_faults;
mod support;
mod theory_labels;
mod theory_limiters;
mod theory_network;
mod theory_queues;
mod theory_tokens;
