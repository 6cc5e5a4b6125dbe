//! One replication of one arm, from virtual time 0 to the horizon.

use super::{Arm, divided};
use crate::metrics::{Batches, Measured, Metrics};
use crate::model::{Divided, Indivisible, Status, World};
use crate::protocol::Observer;
use crate::rng::{Purpose, Seed};
use crate::scenario::EventsSpec;
use crate::trace::{BrokenLaw, EventLog, Follow, Laws, Names, WorstCases};
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

/// No process can number more events, see [`crate::des::Key`]: a replication ends there, incomplete.
pub const MOST_EVENTS: u64 = 1 << 36;

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

/// Laws that a replication broke, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Which laws.
    pub laws: Vec<BrokenLaw>,
    /// The number of the event at which the first of them was found broken, from 1.
    pub event: u64,
    /// Its instant.
    pub at: Time,
}

/// Why a replication gave nothing.
pub(super) enum Failure {
    /// It was asked to stop.
    Cancelled,
    /// A law of the model was broken.
    Broken(Breach),
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
    let limit = bounds.max_events.unwrap_or(MOST_EVENTS).min(MOST_EVENTS);
    if bounds.threads > 1 {
        let divided = divide(arm, number, bounds);
        slices.divided(divided.as_ref().map(|divided| divided.shards.len()));
        if let Ok(divided) = divided {
            return on_threads(arm, number, divided, slices);
        }
    }
    match arm.scenario().spec.run.steady_state {
        None => {
            let (ended, metrics) = follow(arm, number, limit, full_observer(arm, number), slices)?;
            Ok(vec![ended.replication(number, metrics.finish())])
        }
        Some(steady) => {
            let batches = Batches::new(arm.shape().clone(), steady.batches);
            let observer = watched(arm, number, batches);
            let (ended, batches) = follow(arm, number, limit, observer, slices)?;
            Ok(ended.batches(batches.finish()))
        }
    }
}

/// What listens to every run: what measures, the laws, and the event log where one is asked for.
pub(super) type Watched<M> = ((M, Checks), Option<EventLog<Vec<u8>>>);

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
        let ((metrics, (laws, limits)), log) = full_observer(arm, number);
        ((metrics, (laws.of_part(), limits)), log)
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
    let ((metrics, (mut laws, limits)), _) = whole.observer;
    laws.close_merged(arm.plan().horizon());
    let broken = broken_laws(&(laws, limits), &whole.evicted);
    if !broken.is_empty() {
        return Err(Failure::Broken(breach(arm, number, broken)));
    }
    let ended = Ended {
        events: whole.events,
        ties: whole.ties,
        evicted: whole.evicted,
        log: Vec::new(),
        completion,
    };
    Ok(vec![ended.replication(number, metrics.finish())])
}

/// Runs a replication to its horizon, or to where it is stopped.
fn follow<M: Observer>(
    arm: &Arm,
    number: u32,
    limit: u64,
    observer: Watched<M>,
    slices: &mut impl Slices,
) -> Result<(Ended, M), Failure> {
    let mut world = World::new(arm.plan(), u64::from(number), observer);
    let mut completion = Completion::Complete;
    while world.step(SLICE.min(limit - world.events())) == Status::Running {
        let course = slices.go_on(world.events(), world.clock());
        if course == Course::Cancel {
            return Err(Failure::Cancelled);
        }
        let is_broken = breaks(&world.observer().0.1, || world.evicted_keys());
        if course == Course::Stop || world.events() >= limit || is_broken {
            completion = Completion::StoppedAt(world.clock());
            world.end_now();
        }
    }
    let (events, ties) = (world.events(), world.ties());
    let evicted = world.evicted_keys();
    let ((metrics, checks), log) = world.into_observer();
    let broken = broken_laws(&checks, &evicted);
    if !broken.is_empty() {
        return Err(Failure::Broken(breach(arm, number, broken)));
    }
    let log = log
        .map_or(Ok(Vec::new()), EventLog::finish)
        .map_err(Failure::Log)?;
    let ended = Ended {
        events,
        ties,
        evicted,
        log,
        completion,
    };
    Ok((ended, metrics))
}

fn watched<M>(arm: &Arm, number: u32, metrics: M) -> Watched<M> {
    ((metrics, arm.laws()), event_log(arm, number))
}

/// What listens to a run that is not cut into batches.
pub(super) fn full_observer(arm: &Arm, number: u32) -> Watched<Metrics> {
    watched(arm, number, Metrics::new(arm.shape().clone()))
}

/// What checks the laws of a run.
pub(super) type Checks = (Laws, WorstCases);

fn broken_laws((laws, limits): &Checks, evicted: &[u64]) -> Vec<BrokenLaw> {
    let mut broken = laws.broken().to_vec();
    broken.extend(limits.broken(evicted));
    broken
}

/// Whether a law is broken so far: looked at between slices, so that a run ends soon after.
fn breaks((laws, limits): &Checks, evicted: impl FnOnce() -> Vec<u64>) -> bool {
    !laws.broken().is_empty() || (limits.suspects() && !limits.broken(&evicted()).is_empty())
}

/// Finds the event: the same replication once more, event by event.
fn breach(arm: &Arm, number: u32, laws: Vec<BrokenLaw>) -> Breach {
    let mut world = World::new(arm.plan(), u64::from(number), arm.laws());
    let (event, at) = first_breach(&mut world, |world| {
        breaks(world.observer(), || world.evicted_keys())
    });
    Breach { laws, event, at }
}

/// The first event after which `is_broken` holds, and its instant; the last one where it never does.
fn first_breach<O: Observer>(
    world: &mut World<'_, O>,
    is_broken: impl Fn(&World<'_, O>) -> bool,
) -> (u64, Time) {
    while world.step(1) == Status::Running && !is_broken(world) {}
    (world.events(), world.clock())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Fact, Outcome};
    use crate::scenario::{Loader, Memory, SCENARIO, Scenario};

    const FIVE: &str = r#"
        schema = 1
        name = "five"
        [network]
        delay = { constant = "1s" }
        [pipeline]
        order = []
        [inbox.sync]
        [trace]
        file = "t.csv"
    "#;
    const ROWS: &str = "time_s,sender,recipient\n0,a,b\n10,a,b\n20,a,b\n30,a,b\n40,a,b\n";

    fn arm() -> Arm {
        let files = [("a.toml", FIVE.as_bytes()), ("t.csv", ROWS.as_bytes())];
        let files = Memory::files(files);
        let mut loader = Loader::new(&files);
        let tree = loader.scenario("a.toml".as_ref(), &SCENARIO).unwrap();
        Arm::new("base", Scenario::prepare(tree, &mut loader).unwrap())
    }

    /// Counts deliveries; the third is one too many.
    #[derive(Debug, Default)]
    struct Third(u32);

    impl Observer for Third {
        fn observe(&mut self, _: Time, fact: &Fact<'_>) {
            if let Fact::Finished {
                outcome: Outcome::Delivered,
                ..
            } = fact
            {
                self.0 += 1;
            }
        }
    }

    #[test]
    fn the_event_that_broke_a_law_is_found() {
        let arm = arm();
        let mut world = World::new(arm.plan(), 1, Third::default());
        let found = first_breach(&mut world, |world| world.observer().0 >= 3);
        // Every message is a row, an arrival and an end of service of no length; the third arrives at 21 s.
        let at = Time::from_ns(21_000_000_000);
        assert_eq!(found.1, at);
        let mut again = World::new(arm.plan(), 1, Third::default());
        again.step(found.0 - 1);
        assert_eq!(again.observer().0, 2);
        again.step(1);
        assert_eq!(again.observer().0, 3);
    }

    #[test]
    fn a_law_that_never_breaks_is_looked_for_to_the_end() {
        let arm = arm();
        let mut world = World::new(arm.plan(), 1, Third::default());
        let found = first_breach(&mut world, |_| false);
        assert_eq!(found, (world.events(), arm.plan().horizon()));
    }
}
