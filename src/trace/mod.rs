//! Facts to evidence: the event log, and the laws that every run obeys.

mod laws;
mod log;

pub use laws::{BrokenLaw, Laws, TokenCheck};
pub use log::{EventLog, Follow, Names};
