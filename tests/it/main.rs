//! The tests of the whole: one binary, one subject per file.

mod support;
mod theory_queues;
