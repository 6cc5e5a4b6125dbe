//! One replication of one arm, from virtual time 0 to the horizon.

use super::{Arm, divided};
use crate::metrics::{Batches, Measured, Metrics};
use crate::model::{Divided, Indivisible, Status, World};
use crate::protocol::Observer;
use crate::rng::{Purpose, Seed};
use crate::scenario::EventsSpec;
use crate::trace::{BrokenLaw, EventLog, Follow, Laws, Names};
use crate::units::Time;

/// What one replication gave.
#[derive(Debug, Clone)]
pub struct Replication {
    /// Its number, from 1.
    pub number: u32,
    /// What was measured.
    pub measured: Measured,
    /// Events processed.
    pub events: u64,
    /// Events that shared their instant with the one before them.
    pub ties: u64,
    /// Keys that each limit layer, by its index, forgot for want of room.
    pub evicted: Vec<u64>,
    /// The event log, where one was asked for.
    pub log: Vec<u8>,
    /// Whether the horizon was reached.
    pub completion: Completion,
}

/// Whether a replication reached the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// It did.
    Complete,
    /// It was stopped at the virtual time told, by `--max-events` or `--budget`.
    StoppedAt(Time),
}

/// Events between two looks at the outside world.
const SLICE: u64 = 1 << 16;

/// What a running replication asks and tells between slices of events.
pub(super) trait Slices {
    /// `events` in all so far, the virtual clock at `clock`.
    fn go_on(&mut self, events: u64, clock: Time) -> Course;

    /// On how many threads it runs, or why on one although it might use more.
    fn divided(&mut self, _: Result<usize, &Indivisible>) {}
}

/// How a running replication goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// As before.
    GoOn,
    /// It ends here, with what it has, marked as incomplete.
    Stop,
    /// It ends here, and nothing of it is kept.
    Cancel,
}

/// Why a replication gave nothing.
pub(super) enum Failure {
    /// It was asked to stop.
    Cancelled,
    /// A law of the model was broken.
    Broken(Vec<BrokenLaw>),
    /// The event log could not be written.
    Log(String),
}

/// How far a replication goes, and on how many threads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Most events.
    pub(super) max_events: Option<u64>,
    /// Threads that it may use.
    pub(super) threads: usize,
}

/// To the horizon, on one thread.
pub(super) const UNBOUNDED: Bounds = Bounds {
    max_events: None,
    threads: 1,
};

/// Runs replication `number` (from 1) of an arm within bounds; several where it is cut into
/// batches.
pub(super) fn replicate(
    arm: &Arm,
    number: u32,
    bounds: Bounds,
    slices: &mut impl Slices,
) -> Result<Vec<Replication>, Failure> {
    let limit = bounds.max_events.unwrap_or(u64::MAX);
    if bounds.threads > 1 {
        let divided = divide(arm, number, bounds);
        slices.divided(divided.as_ref().map(|divided| divided.shards.len()));
        if let Ok(divided) = divided {
            return on_threads(arm, number, divided, slices);
        }
    }
    match arm.scenario().spec.run.steady_state {
        None => {
            let mut world = world(arm, number, full_observer(arm, number));
            let course = follow(&mut world, limit, slices)?;
            let (ended, metrics) = course.ended(world.into_observer())?;
            Ok(vec![ended.replication(number, metrics.finish())])
        }
        Some(steady) => {
            let batches = Batches::new(arm.shape().clone(), steady.batches);
            let mut observer = watched(arm, number, batches);
            let watching: &mut dyn Observer = &mut observer;
            let course = follow(&mut world(arm, number, watching), limit, slices)?;
            let (ended, batches) = course.ended(observer)?;
            Ok(ended.batches(batches.finish()))
        }
    }
}

/// What listens to every run: what measures, the laws, and the event log where one is asked for.
pub(super) type Watched<M> = ((M, Laws), Option<EventLog<Vec<u8>>>);

/// The course of a replication, apart from what was observed.
struct Followed {
    events: u64,
    ties: u64,
    evicted: Vec<u64>,
    completion: Completion,
}

impl Followed {
    /// With what listened, unless a law was broken.
    fn ended<M>(self, ((metrics, laws), log): Watched<M>) -> Result<(Ended, M), Failure> {
        if !laws.broken().is_empty() {
            return Err(Failure::Broken(laws.broken().to_vec()));
        }
        let log = log
            .map_or(Ok(Vec::new()), EventLog::finish)
            .map_err(Failure::Log)?;
        let ended = Ended {
            events: self.events,
            ties: self.ties,
            evicted: self.evicted,
            log,
            completion: self.completion,
        };
        Ok((ended, metrics))
    }
}

/// How a replication ended, apart from what was measured.
struct Ended {
    events: u64,
    ties: u64,
    evicted: Vec<u64>,
    log: Vec<u8>,
    completion: Completion,
}

impl Ended {
    fn replication(self, number: u32, measured: Measured) -> Replication {
        Replication {
            number,
            measured,
            events: self.events,
            ties: self.ties,
            evicted: self.evicted,
            log: self.log,
            completion: self.completion,
        }
    }

    /// Batches stand for replications; what belongs to the whole run stands with the first.
    fn batches(mut self, measured: Vec<Measured>) -> Vec<Replication> {
        let numbered = (1..).zip(measured);
        let one = |(number, measured)| {
            let completion = self.completion;
            let rest = Self {
                events: 0,
                ties: 0,
                evicted: Vec::new(),
                log: Vec::new(),
                completion,
            };
            std::mem::replace(&mut self, rest).replication(number, measured)
        };
        numbered.map(one).collect()
    }
}

/// Below so many messages a window costs more than it saves.
const LEAST_PER_WINDOW: f64 = 40.0;

/// The parts of a replication.
///
/// # Errors
/// Why it runs on one thread.
fn divide(
    arm: &Arm,
    number: u32,
    bounds: Bounds,
) -> Result<Divided<'_, Watched<Metrics>>, Indivisible> {
    if bounds.max_events.is_some() {
        return Err(Indivisible::Stop);
    }
    if arm.scenario().spec.run.steady_state.is_some() {
        return Err(Indivisible::Order);
    }
    let fresh = || {
        let ((metrics, laws), log) = full_observer(arm, number);
        ((metrics, laws.of_part()), log)
    };
    Divided::new(
        arm.plan(),
        u64::from(number),
        bounds.threads,
        LEAST_PER_WINDOW,
        fresh,
    )
}

/// Runs a divided replication under the laws.
fn on_threads(
    arm: &Arm,
    number: u32,
    divided: Divided<'_, Watched<Metrics>>,
    slices: &mut impl Slices,
) -> Result<Vec<Replication>, Failure> {
    let (whole, completion) = divided::run(divided, slices)?;
    let ((metrics, mut laws), log) = whole.observer;
    laws.close_merged(arm.plan().horizon());
    let followed = Followed {
        events: whole.events,
        ties: whole.ties,
        evicted: whole.evicted,
        completion,
    };
    let (ended, metrics) = followed.ended(((metrics, laws), log))?;
    Ok(vec![ended.replication(number, metrics.finish())])
}

fn world<O: Observer>(arm: &Arm, number: u32, observer: O) -> World<'_, O> {
    World::new(arm.plan(), u64::from(number), observer)
}

/// Runs a world to its horizon, or to where it is stopped.
fn follow<O: Observer>(
    world: &mut World<'_, O>,
    limit: u64,
    slices: &mut impl Slices,
) -> Result<Followed, Failure> {
    let mut completion = Completion::Complete;
    while world.step(SLICE.min(limit - world.events())) == Status::Running {
        let course = slices.go_on(world.events(), world.clock());
        if course == Course::Cancel {
            return Err(Failure::Cancelled);
        }
        if course == Course::Stop || world.events() >= limit {
            completion = Completion::StoppedAt(world.clock());
            world.end_now();
        }
    }
    Ok(Followed {
        events: world.events(),
        ties: world.ties(),
        evicted: world.evicted_keys(),
        completion,
    })
}

fn watched<M>(arm: &Arm, number: u32, metrics: M) -> Watched<M> {
    let laws = Laws::new(arm.plan().pds_count(), arm.token_check())
        .with_leeway(arm.scenario().spec.auth.leeway);
    ((metrics, laws), event_log(arm, number))
}

/// What listens to a run that is not cut into batches.
pub(super) fn full_observer(arm: &Arm, number: u32) -> Watched<Metrics> {
    watched(arm, number, Metrics::new(arm.shape().clone()))
}

/// Runs the first replication of an arm to its horizon; returns the events and the observer.
pub(super) fn simulate<O: Observer>(arm: &Arm, observer: O) -> (u64, O) {
    let mut world = World::new(arm.plan(), 1, observer);
    while world.step(u64::MAX) == Status::Running {}
    (world.events(), world.into_observer())
}

fn event_log(arm: &Arm, number: u32) -> Option<EventLog<Vec<u8>>> {
    let spec = &arm.scenario().spec;
    // The sample hangs on the message and the scenario's seed, so all replications follow the
    // same identities.
    let key = Seed {
        seed: spec.run.seed,
        replication: 0,
    }
    .counter_for(Purpose::Sample);
    let follow = match spec.output.events {
        EventsSpec::None => return None,
        EventsSpec::All => Follow::All,
        EventsSpec::Sample(share) => Follow::Sample(share, key),
    };
    let names = Names {
        groups: arm.shape().groups.clone(),
        layers: arm.shape().layers.clone(),
    };
    Some(EventLog::new(Vec::new(), follow, names, u64::from(number)))
}
