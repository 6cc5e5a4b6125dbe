//! Runs the replications of all arms, in the order of the plan: replication 1 of every arm, then
//! replication 2 of every arm, and so on.

use super::pool::{self, End, PoolError};
use super::precision::{Precision, Progressing};
use super::replication::{self, Bounds, Breach, Course, Failure, Slices};
use super::warmup;
use super::{Arm, Completion, Replication, Results};
use crate::model::Indivisible;
use crate::units::{Time, cast};

/// How to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Threads; as many as the machine has by default. No result depends on it.
    pub threads: Option<usize>,
    /// Most events of one replication.
    pub max_events: Option<u64>,
    /// Threads of one replication; one by default. No result depends on it.
    pub per_replication: Option<usize>,
}

/// What the outside world is told and asked while a run goes on. Called from several threads.
pub trait Watch: Sync {
    /// All running replications together processed `events` more events, and virtual time moved
    /// on by `share` of the whole work.
    fn advanced(&self, events: u64, share: f64);

    /// A replication is finished.
    fn finished(&self, arm: &str, replication: &Replication);

    /// On how many threads a replication of an arm runs, or why on one although it might use more.
    fn divided(&self, _: &str, _: Result<usize, &Indivisible>) {}

    /// How precise the metrics are that the run waits for, after one more replication of all arms.
    fn precise(&self, _: &Precision) {}

    /// Whether to stop, and what to keep.
    fn course(&self) -> Course {
        Course::GoOn
    }

    /// Whether further replications may begin; where not, those that run are finished.
    fn may_begin(&self) -> bool {
        true
    }
}

/// Nobody watches.
impl Watch for () {
    fn advanced(&self, _: u64, _: f64) {}

    fn finished(&self, _: &str, _: &Replication) {}
}

/// Which replication is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The arm, by its place in the plan.
    pub arm: usize,
    /// The replication, from 1.
    pub number: u32,
    /// From when on its messages count.
    pub warm_up: Time,
}

/// Where finished replications are kept, so that a run that was interrupted goes on. Called from
/// several threads.
pub trait Kept: Sync {
    /// A replication that was finished before, as it was; several where it is cut into batches.
    fn find(&self, slot: Slot) -> Option<Vec<Replication>>;

    /// Keeps a replication that reached its horizon.
    ///
    /// # Errors
    /// Where it cannot be kept, in words.
    fn keep(&self, slot: Slot, parts: &[Replication]) -> Result<(), String>;
}

/// Nothing is kept.
impl Kept for () {
    fn find(&self, _: Slot) -> Option<Vec<Replication>> {
        None
    }

    fn keep(&self, _: Slot, _: &[Replication]) -> Result<(), String> {
        Ok(())
    }
}

/// Why a run gave no results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunError {
    /// It was asked to stop at once.
    Cancelled,
    /// It was asked to begin nothing more; what ran was finished.
    Interrupted {
        /// Replications that are finished.
        finished: usize,
        /// Replications of the whole plan, at most.
        of: usize,
    },
    /// A law of the model was broken: the simulator is wrong.
    Broken {
        /// In which arm.
        arm: String,
        /// In which replication.
        replication: u32,
        /// Which laws, and where.
        breach: Breach,
    },
    /// The event log could not be written.
    Log(String),
    /// A finished replication could not be kept.
    Keep(String),
    /// The threads could not be started.
    Threads(String),
}

/// Runs every replication of every arm.
///
/// # Errors
/// If the run was cancelled or a law of the model was broken; nothing of the results is kept.
pub fn run(arms: &[Arm], options: Options, watch: &impl Watch) -> Result<Results, RunError> {
    run_kept(arms, options, watch, &())
}

/// Runs every replication of every arm that is not kept already, and keeps each as it ends.
///
/// # Errors
/// If the run was interrupted or a law of the model was broken; what was finished is kept.
///
/// # Panics
/// If there is no arm.
pub fn run_kept(
    arms: &[Arm],
    options: Options,
    watch: &impl Watch,
    kept: &impl Kept,
) -> Result<Results, RunError> {
    let settled = warmup::settle(arms, options, watch)?;
    let arms = settled.arms(arms);
    let most = arms[0].scenario().spec.run.replications.most();
    let jobs = arms.len() * cast::index(u64::from(most));
    let end = End::new(jobs);
    let mut results = Results::new(arms, settled.warm_up());
    let mut precision = Progressing::new(arms);
    let one = OneOf {
        arms,
        options,
        watch,
        kept,
        jobs,
        end: &end,
    };
    let taken = pool::in_order(
        options.threads,
        &end,
        || watch.may_begin(),
        |job| one.run(job),
        |job, parts| {
            results.add(job % arms.len(), parts);
            if (job + 1) % arms.len() == 0
                && let Some(precision) = precision.as_mut()
                && let Some(now) = precision.after(&results)
            {
                watch.precise(&now);
                if now.is_reached() {
                    end.lower(job + 1);
                }
            }
        },
    )
    .map_err(RunError::from)?;
    if taken < end.get() {
        let of = end.get();
        return Err(RunError::Interrupted {
            finished: taken,
            of,
        });
    }
    results.precision = precision.and_then(Progressing::finish);
    Ok(results)
}

impl From<PoolError<Self>> for RunError {
    fn from(error: PoolError<Self>) -> Self {
        match error {
            PoolError::Threads(error) => Self::Threads(error),
            PoolError::Job(error) => error,
        }
    }
}

/// What every job needs.
struct OneOf<'r, W, K> {
    arms: &'r [Arm],
    options: Options,
    watch: &'r W,
    kept: &'r K,
    jobs: usize,
    end: &'r End,
}

impl<W: Watch, K: Kept> OneOf<'_, W, K> {
    /// One job: the replication as it was kept, or made now.
    fn run(&self, job: usize) -> Result<Vec<Replication>, RunError> {
        let index = job % self.arms.len();
        let arm = &self.arms[index];
        let slot = Slot {
            arm: index,
            number: cast::id_u32(job / self.arms.len()) + 1,
            warm_up: arm.plan().warm_up(),
        };
        let found = self.kept.find(slot).filter(|found| self.is_whole(found));
        let parts = match found {
            Some(parts) => {
                let share = 1.0 / cast::count_to_f64(cast::count_to_u64(self.jobs));
                self.watch.advanced(events(&parts), share);
                parts
            }
            None => self.make_and_keep(job, slot)?,
        };
        for part in &parts {
            self.watch.finished(arm.name(), part);
        }
        Ok(parts)
    }

    fn make_and_keep(&self, job: usize, slot: Slot) -> Result<Vec<Replication>, RunError> {
        let parts = self.make(&self.arms[slot.arm], job, slot.number)?;
        if parts
            .iter()
            .all(|part| part.completion == Completion::Complete)
        {
            self.kept.keep(slot, &parts).map_err(RunError::Keep)?;
        }
        Ok(parts)
    }

    /// A kept replication is what a run with these options gives only if they would not stop it.
    fn is_whole(&self, parts: &[Replication]) -> bool {
        let most = self.options.max_events;
        most.is_none_or(|most| events(parts) <= most)
    }

    fn make(&self, arm: &Arm, job: usize, number: u32) -> Result<Vec<Replication>, RunError> {
        let mut slices = Watched {
            one: self,
            job,
            horizon: arm.plan().horizon(),
            events: 0,
            share: 0.0,
        };
        let bounds = Bounds {
            max_events: self.options.max_events,
            threads: self.options.per_replication.unwrap_or(1),
        };
        let result = replication::replicate(arm, number, bounds, &mut slices);
        result.map_err(|failure| match failure {
            Failure::Cancelled => RunError::Cancelled,
            Failure::Log(error) => RunError::Log(error),
            Failure::Broken(breach) => RunError::Broken {
                arm: arm.name().to_owned(),
                replication: number,
                breach,
            },
        })
    }
}

fn events(parts: &[Replication]) -> u64 {
    parts.iter().map(|part| part.events).sum()
}

/// Passes the progress of one replication on as increments.
struct Watched<'o, 'r, W, K> {
    one: &'o OneOf<'r, W, K>,
    job: usize,
    horizon: Time,
    events: u64,
    share: f64,
}

impl<W: Watch, K: Kept> Slices for Watched<'_, '_, W, K> {
    fn divided(&mut self, threads: Result<usize, &Indivisible>) {
        let arm = &self.one.arms[self.job % self.one.arms.len()];
        self.one.watch.divided(arm.name(), threads);
    }

    fn go_on(&mut self, events: u64, clock: Time) -> Course {
        let work = cast::count_to_f64(cast::count_to_u64(self.one.jobs));
        let share = clock.as_seconds() / self.horizon.as_seconds() / work;
        let watch = self.one.watch;
        watch.advanced(events - self.events, share - self.share);
        (self.events, self.share) = (events, share);
        if self.job >= self.one.end.get() {
            // The precision is reached without it.
            return Course::Cancel;
        }
        watch.course()
    }
}
