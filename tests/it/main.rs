//! The tests of the whole: one binary, one subject per file.

mod cli_bad_input;
mod cli_explain;
mod cli_limits;
mod cli_program;
mod cli_results;
mod cli_run;
mod support;
mod theory_queues;
