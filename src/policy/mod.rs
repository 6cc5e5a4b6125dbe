//! policy.

pub mod limit;
