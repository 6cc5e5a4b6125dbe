//! The tests of the whole: one binary, one subject per file.

mod common_random_numbers;
mod docs_readme;
mod docs_registries;
mod golden;
mod house_rules;
mod laws;
mod oracle_replay;
mod oracle_two_pds;
mod planted_faults;
mod support;
mod theory_labels;
mod theory_limiters;
mod theory_network;
mod theory_queues;
mod theory_tokens;
