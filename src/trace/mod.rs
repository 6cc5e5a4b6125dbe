//! Facts to evidence: the event log, whole lives of messages, timelines, and the laws that every
//! run obeys.

mod laws;
mod life;
mod log;
mod perfetto;
mod worst_case;

pub use laws::{BrokenLaw, Laws, TokenCheck};
pub use life::{Chronicle, LabelEvent, Life, Step};
pub use log::{EventLog, Follow, Names};
pub use perfetto::{Lanes, Perfetto};
pub use worst_case::{CountedBy, LimitedEnd, WatchedLayer, WorstCases};
