//! What a reader is shown of the result tables: sums and means over their rows, ready to be drawn.
//!
//! * [`Flow`]: where messages ended, stage by stage, as exact counts.
//! * [`Courses`]: rates and states over time, averaged over replications.
//! * [`Curve`]: percentiles of a latency, from its histogram.
//!
//! Everything is made from rows as they stand in the files, so that a report of a folder and one
//! of a run that just ended are the same.

mod course;
mod curve;
mod flow;

pub use course::{Course, Courses, Sample, Step};
pub use curve::{Bucketed, Curve, Curves, Rank};
pub use flow::{Flow, STAGES, Stage, flows};
