//! Experiments: plan (scenario x arms x replications), threads, results, intervals.
//!
//! * [`Arm`]: a scenario under a name. [`run`] runs the replications of all arms on a pool of
//!   threads and returns [`Results`], merged in the order of the plan whatever finished first.
//! * [`bench`]: how fast a scenario runs, and where the time goes.
//! * [`compare`]: paired differences under common random numbers, with verdicts.
//! * [`rows`]: results as the rows of the result files.
//! * [`Manifest`]: what a run was made from.
//! * [`expect`]: whether results keep the bounds that the scenario expects.
//! * [`warnings`]: what a reader must know before trusting a number.

mod arm;
mod bench;
pub mod compare;
pub mod expect;
mod manifest;
mod pool;
mod replication;
pub mod rows;
pub mod warnings;

pub use arm::Arm;
pub use bench::{Cost, bench};
pub use manifest::{InputEntry, Manifest, sha256_hex};
pub use pool::{ArmResults, Options, Results, RunError, Watch, run};
pub use replication::{Completion, Course, Replication};
