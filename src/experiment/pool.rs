//! Replications on a pool of threads, merged in the order of the plan.

use rayon::prelude::*;

use super::replication::{self, Course, Failure, Slices};
use super::{Arm, Replication};
use crate::trace::BrokenLaw;
use crate::units::Time;

/// How to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Threads; as many as the machine has by default. No result depends on it.
    pub threads: Option<usize>,
    /// Most events of one replication.
    pub max_events: Option<u64>,
}

/// What the outside world is told and asked while a run goes on. Called from several threads.
pub trait Watch: Sync {
    /// All running replications together processed `events` more events, and virtual time moved
    /// on by `share` of the whole work.
    fn advanced(&self, events: u64, share: f64);

    /// A replication is finished.
    fn finished(&self, arm: &str, replication: &Replication);

    /// Whether to stop, and what to keep.
    fn course(&self) -> Course {
        Course::GoOn
    }
}

/// Nobody watches.
impl Watch for () {
    fn advanced(&self, _: u64, _: f64) {}

    fn finished(&self, _: &str, _: &Replication) {}
}

/// Results of all arms, in the order of the plan.
#[derive(Debug, Clone)]
pub struct Results {
    /// One entry per arm.
    pub arms: Vec<ArmResults>,
}

/// The replications of one arm, in order.
#[derive(Debug, Clone)]
pub struct ArmResults {
    /// The arm's name.
    pub name: String,
    /// Its replications.
    pub replications: Vec<Replication>,
}

/// Why a run gave no results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunError {
    /// It was asked to stop.
    Cancelled,
    /// A law of the model was broken: the simulator is wrong.
    Broken {
        /// In which arm.
        arm: String,
        /// In which replication.
        replication: u32,
        /// Which laws.
        laws: Vec<BrokenLaw>,
    },
    /// The event log could not be written.
    Log(String),
    /// The threads could not be started.
    Threads(String),
}

/// Runs every replication of every arm.
///
/// # Errors
/// If the run was cancelled or a law of the model was broken; nothing of the results is kept.
pub fn run(arms: &[Arm], options: Options, watch: &impl Watch) -> Result<Results, RunError> {
    let jobs: Vec<(usize, u32)> = arms
        .iter()
        .enumerate()
        .flat_map(|(arm, spec)| (1..=spec.scenario().spec.run.replications).map(move |r| (arm, r)))
        .collect();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .build()
        .map_err(|error| RunError::Threads(error.to_string()))?;
    let work = jobs.len();
    let done: Vec<Result<Replication, RunError>> = pool.install(|| {
        jobs.par_iter()
            .map(|(arm, number)| run_one(&arms[*arm], *number, work, options, watch))
            .collect()
    });
    let mut results = Results {
        arms: arms
            .iter()
            .map(|arm| ArmResults {
                name: arm.name().to_owned(),
                replications: Vec::new(),
            })
            .collect(),
    };
    for ((arm, _), replication) in jobs.into_iter().zip(done) {
        results.arms[arm].replications.push(replication?);
    }
    Ok(results)
}

fn run_one(
    arm: &Arm,
    number: u32,
    work: usize,
    options: Options,
    watch: &impl Watch,
) -> Result<Replication, RunError> {
    let mut slices = Watched {
        watch,
        horizon: arm.plan().horizon(),
        work,
        events: 0,
        share: 0.0,
    };
    let result = replication::replicate(arm, number, options.max_events, &mut slices);
    let replication = result.map_err(|failure| match failure {
        Failure::Cancelled => RunError::Cancelled,
        Failure::Log(error) => RunError::Log(error),
        Failure::Broken(laws) => RunError::Broken {
            arm: arm.name().to_owned(),
            replication: number,
            laws,
        },
    })?;
    watch.finished(arm.name(), &replication);
    Ok(replication)
}

/// Passes the progress of one replication on as increments.
struct Watched<'w, W> {
    watch: &'w W,
    horizon: Time,
    work: usize,
    events: u64,
    share: f64,
}

impl<W: Watch> Slices for Watched<'_, W> {
    fn go_on(&mut self, events: u64, clock: Time) -> Course {
        let work = crate::units::cast::count_to_f64(self.work as u64);
        let share = clock.as_seconds() / self.horizon.as_seconds() / work;
        self.watch
            .advanced(events - self.events, share - self.share);
        (self.events, self.share) = (events, share);
        self.watch.course()
    }
}
