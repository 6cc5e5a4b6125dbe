//! How fast one scenario runs, and where the time goes.
//!
//! One replication is run several times with everything that a run measures, and as often with
//! nobody listening; the two alternate, so that a slow spell of the machine hits both, and medians
//! are taken. One more run times single events, one in [`SAMPLE_EVERY`], and adds them up by phase: the
//! phases' shares are estimates, the totals are not. The clock is the caller's.

use super::Arm;
use super::replication::{full_observer, simulate};
use crate::model::{Phase, Status, World};
use crate::protocol::{Fact, Observer};
use crate::units::{Time, cast};

/// What the runs of one scenario cost. Times are nanoseconds of the caller's clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Messages created in one run, those of the warm-up included.
    pub messages: u64,
    /// Events of one run.
    pub events: u64,
    /// One run with all metrics and laws: the median.
    pub run_ns: u64,
    /// One run with nobody listening: the median.
    pub bare_ns: u64,
    /// Each phase's share of a run's time, estimated.
    pub phases: Vec<(Phase, f64)>,
}

impl Cost {
    /// The share of a run that goes into metrics and laws.
    pub fn observers(&self) -> f64 {
        ratio(self.run_ns.saturating_sub(self.bare_ns), self.run_ns)
    }

    /// Messages per second of the clock.
    pub fn messages_per_s(&self) -> f64 {
        ratio(self.messages, self.run_ns) * 1e9
    }

    /// Nanoseconds per message.
    pub fn ns_per_message(&self) -> f64 {
        ratio(self.run_ns, self.messages)
    }

    /// Nanoseconds per event.
    pub fn ns_per_event(&self) -> f64 {
        ratio(self.run_ns, self.events)
    }
}

fn ratio(above: u64, below: u64) -> f64 {
    cast::count_to_f64(above) / cast::count_to_f64(below.max(1))
}

/// One event in so many is timed; a prime, so that it meets no rhythm of the model.
const SAMPLE_EVERY: u64 = 61;

/// Measures the first replication of an arm, `repetitions` times with and without metrics.
///
/// `clock` gives nanoseconds since any fixed instant.
///
/// # Panics
/// If there are no repetitions.
pub fn bench(arm: &Arm, repetitions: u32, clock: &dyn Fn() -> u64) -> Cost {
    assert!(repetitions > 0, "nothing is measured without a repetition");
    let (mut full, mut bare) = (Vec::new(), Vec::new());
    let (mut messages, mut events) = (0, 0);
    for _ in 0..repetitions {
        full.push(timed(clock, || {
            let (processed, ((metrics, _), _)) = simulate(arm, full_observer(arm, 1));
            let _measured = metrics.finish();
            events = processed;
        }));
        bare.push(timed(clock, || {
            messages = simulate(arm, Created(0)).1.0;
        }));
    }
    Cost {
        messages,
        events,
        run_ns: median(full),
        bare_ns: median(bare),
        phases: phases(arm, clock),
    }
}

fn timed(clock: &dyn Fn() -> u64, run: impl FnOnce()) -> u64 {
    let start = clock();
    run();
    clock().saturating_sub(start)
}

/// The middle of the values, the higher one of an even number.
fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

/// Counts messages and does nothing else.
struct Created(u64);

impl Observer for Created {
    #[inline(always)]
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        self.0 += u64::from(matches!(fact, Fact::Created(_)));
    }
}

/// Each phase's share of the time of single events.
fn phases(arm: &Arm, clock: &dyn Fn() -> u64) -> Vec<(Phase, f64)> {
    let mut world = World::new(arm.plan(), 1, full_observer(arm, 1));
    let reading = reading_ns(clock);
    let mut total_ns = [0; Phase::ALL.len()];
    while world.step(SAMPLE_EVERY - 1) == Status::Running
        && let Some(phase) = world.next_phase()
    {
        let spent = timed(clock, || {
            world.step(1);
        });
        total_ns[phase as usize] += spent.saturating_sub(reading);
    }
    let sum = total_ns.iter().sum();
    let shares = total_ns.map(|spent| ratio(spent, sum));
    Phase::ALL.into_iter().zip(shares).collect()
}

/// What reading the clock itself costs.
fn reading_ns(clock: &dyn Fn() -> u64) -> u64 {
    median((0..101).map(|_| timed(clock, || ())).collect())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::scenario::{Loader, Memory, SCENARIO, Scenario};

    const QUEUE: &str = r#"
schema = 1
name = "queue"
[run]
duration = "1000s"
warmup = "500s"
[pds]
accounts = { equal = { each = 10 } }
[inbox.station]
workers = 1
[pipeline]
order = []
extra = { constant = "1ms" }
[senders.people]
class = "ham"
count = 10
arrivals = { regular = { every = "10s" } }
"#;

    fn arm() -> Arm {
        let files = Memory::embedded([("queue.toml", QUEUE.as_bytes())]);
        let mut loader = Loader::new(&files);
        let tree = loader.scenario("queue.toml".as_ref(), &SCENARIO);
        let scenario = tree.and_then(|tree| Scenario::prepare(tree, &mut loader));
        Arm::new("base", scenario.expect("a valid scenario"))
    }

    #[test]
    fn a_clock_of_one_tick_per_reading_gives_the_figures_that_follow_from_it() {
        let readings = Cell::new(0);
        let clock = || {
            readings.set(readings.get() + 1000);
            readings.get()
        };
        let cost = bench(&arm(), 3, &clock);
        // 10 people, every 10 s for 1000 s, the warm-up included; each run takes one tick.
        assert_eq!(
            (cost.messages, cost.run_ns, cost.bare_ns),
            (1_000, 1_000, 1_000)
        );
        assert!((cost.messages_per_s() - 1e9).abs() < 1.0);
        assert!((cost.ns_per_message() - 1.0).abs() < 1e-12);
        // The tick is the price of reading the clock: no phase is left with any time.
        assert!(cost.phases.iter().all(|(_, share)| *share == 0.0));
        assert!(cost.observers().abs() < 1e-12);
    }

    #[test]
    fn shares_add_up_where_the_clock_runs() {
        let readings = Cell::new(0_u64);
        let clock = || {
            let next = readings.get() + 1;
            readings.set(next);
            next * next
        };
        let cost = bench(&arm(), 1, &clock);
        let sum: f64 = cost.phases.iter().map(|(_, share)| share).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{cost:?}");
        // Every message arrives and is served.
        assert!(cost.events > 2 * cost.messages);
    }
}
