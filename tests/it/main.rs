//! The tests of the whole: one binary, one subject per file.

#![allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests count far below 2^53, compare floats that must be equal, and build texts"
)]

mod at_the_door;
mod broken;
mod cli_bad_input;
mod cli_bench;
mod cli_compare;
mod cli_explain;
mod cli_histograms;
mod cli_limits;
mod cli_precision;
mod cli_program;
mod cli_replay;
mod cli_results;
mod cli_resume;
mod cli_run;
mod cli_selftest;
mod cli_standing;
mod cli_sweep;
mod cli_terminal;
mod cli_threads;
mod cli_trace;
mod common_random_numbers;
mod coverage;
mod determinism_matrix;
mod docket;
mod docs_readme;
mod docs_registries;
mod failures_hosts;
mod failures_retries;
mod faults_output;
mod first_contact;
mod fuzz_smoke;
mod golden;
mod guesses;
mod house_rules;
mod inbox_policies;
mod interventions;
mod laws;
mod limiter_loads;
mod limiters_answers;
mod limiters_docs;
mod limiters_grid;
mod limiters_input;
mod limiters_poisson;
mod limiters_shootout;
mod limiters_vectors;
mod limits_that_hear;
mod memory;
mod memory_estimates;
mod metamorphic;
mod oracle_replay;
mod oracle_two_pds;
mod planted_faults;
mod planted_limits;
mod population;
mod prices;
mod report;
mod report_browser;
mod requests;
mod service_auth;
mod supply_chain;
mod support;
mod tables_elsewhere;
mod theory_attacks;
mod theory_dids;
mod theory_labelers;
mod theory_labels;
mod theory_limiters;
mod theory_network;
mod theory_queues;
mod theory_tokens;
mod threads;
mod tui_screens;
mod tui_sessions;
mod tui_terminal;
mod tui_tokens;
mod worker_crashes;
