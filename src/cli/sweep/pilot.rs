//! What a sweep will cost: a short look at its first, middle and last point.

use crate::cli::exit::Failure;
use crate::cli::run;
use crate::experiment::sweep::{Points, arms_at};
use crate::experiment::{self, Arm, Completion, Options};
use crate::report::human;
use crate::scenario::{Loader, Sweep};
use crate::units::cast;

/// Most events of a replication of the pilot.
const EVENTS: u64 = 200_000;

/// What the pilot found.
pub struct Cost {
    /// Wall time of one replication of every arm at one point, in seconds, on one thread.
    point_s: f64,
    points: usize,
    looked_at: usize,
    threads: usize,
    events_per_s: f64,
}

/// Runs one replication of every arm at up to three points, cut short, and extends its wall time
/// to the horizon.
///
/// # Errors
/// Where a law of the model was broken.
pub fn cost(
    sweep: &Sweep,
    points: &Points,
    loader: &mut Loader<'_>,
    jobs: Option<usize>,
) -> Result<Cost, Failure> {
    let last = points.len() - 1;
    let mut chosen = vec![0, last / 2, last];
    chosen.dedup();
    let (mut seconds, mut events, mut measured) = (0.0, 0, 0.0);
    for point in &chosen {
        for arm in arms_at(sweep, points, *point, loader) {
            let one = once(&arm)?;
            seconds += one.whole_s;
            events += one.events;
            measured += one.took_s;
        }
    }
    let threads =
        jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    Ok(Cost {
        point_s: seconds / cast::count_to_f64(cast::count_to_u64(chosen.len())),
        points: points.len(),
        looked_at: chosen.len(),
        threads,
        events_per_s: cast::count_to_f64(events) / measured,
    })
}

struct One {
    whole_s: f64,
    took_s: f64,
    events: u64,
}

fn once(arm: &Arm) -> Result<One, Failure> {
    let start = run::now();
    let options = Options {
        threads: Some(1),
        max_events: Some(EVENTS),
        ..Options::default()
    };
    let mut scenario = arm.scenario().clone();
    scenario.spec.run.replications = 1.into();
    let arm = Arm::new(arm.name(), scenario);
    let results = experiment::run(std::slice::from_ref(&arm), options, &());
    let results = results.map_err(|error| run::failure(&error))?;
    let took_s = start.elapsed().as_secs_f64().max(1e-6);
    let replication = &results.arms[0].replications[0];
    let share = match replication.completion {
        Completion::Complete => 1.0,
        Completion::StoppedAt(at) => at.as_seconds() / arm.plan().horizon().as_seconds(),
    };
    Ok(One {
        whole_s: took_s / share.max(1e-9),
        took_s,
        events: replication.events,
    })
}

impl Cost {
    /// The cost of all points with so many replications each, in a sentence.
    pub fn told(&self, replications: u32) -> String {
        let points = cast::count_to_f64(cast::count_to_u64(self.points));
        let all = self.point_s * points * f64::from(replications);
        let threads = cast::count_to_f64(cast::count_to_u64(self.threads));
        format!(
            "Pilot of {} points: {} events per second; the whole sweep takes about {} on {} threads.",
            self.looked_at,
            human::digits(self.events_per_s),
            human::seconds(all / threads),
            self.threads
        )
    }
}
