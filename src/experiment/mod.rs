//! Experiments: plan (scenario x arms x replications), threads, results, intervals.
//!
//! * [`Arm`]: a scenario under a name. [`run`] runs the replications of all arms on a pool of
//!   threads and returns [`Results`], merged in the order of the plan whatever finished first.
//!   [`run_kept`] does so and keeps what is finished ([`Kept`]), so that a run can be gone on with.
//! * [`Precision`]: replications until metrics are known precisely enough; [`WarmUp`]: a warm-up
//!   that was found.
//! * [`bench()`]: how fast a scenario runs, and where the time goes.
//! * [`compare`]: paired differences under common random numbers, with verdicts.
//! * [`simulate`]: one scenario, and its results by name.
//! * [`sweep`]: arms at many points of factors, main effects.
//! * [`session`]: somebody plays with a scenario by hand.
//! * [`selftest`]: the simulator against closed forms.
//! * [`tracing`]: lives of messages, and their fates under other policies.
//! * [`draws`]: arms with random numbers of their own.
//! * [`rows`]: results as the rows of the result files.
//! * [`Manifest`]: what a run was made from.
//! * [`expect`]: whether results keep the bounds that the scenario expects.
//! * [`lessons`]: settings that fight each other, or do nothing.
//! * [`warnings`]: what a reader must know before trusting a number.

mod aliasing;
mod arm;
mod bench;
pub mod compare;
pub mod condition;
pub mod digest;
mod divided;
pub mod draws;
pub mod expect;
mod gate;
pub mod lessons;
mod manifest;
mod pool;
mod precision;
mod replication;
mod results;
pub mod rows;
mod runner;
pub mod selftest;
pub mod session;
pub mod sweep;
pub mod tracing;
mod typed;
mod warmup;
pub mod warnings;
pub mod zero;

pub use arm::Arm;
pub use bench::{Cost, bench};
pub use manifest::{CompareEntry, InputEntry, Manifest, sha256_hex};
pub use precision::{Precision, Target};
pub use replication::{Breach, Completion, Course, MOST_EVENTS, Replication};
pub use results::{ArmResults, Results};
pub use runner::{Kept, Options, RunError, Slot, Watch, run, run_kept};
pub use typed::simulate;
pub use warmup::WarmUp;
