//! Quantities with units: virtual time, rates, shares; how they are read and printed.
//!
//! Every quantity with a dimension is written as a string with its unit (`"250ms"`, `"100/1h"`,
//! `"2%"`). Times are integers of nanoseconds, rates are exact rationals: no rounding happens
//! between the scenario file and a limiter's decision.

pub mod cast;
mod decimal;
mod rate;
mod share;
mod size;
mod time;

pub use rate::Rate;
pub use share::Share;
pub use size::Size;
pub use time::{Span, Time};

/// Why a text is not a quantity: what is wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitError {
    /// What is wrong with the text, naming it as written.
    pub fault: String,
    /// What to write instead.
    pub remedy: String,
}

impl UnitError {
    fn new(fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            fault: fault.into(),
            remedy: remedy.into(),
        }
    }
}

impl std::fmt::Display for UnitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.fault, self.remedy)
    }
}

impl std::error::Error for UnitError {}
