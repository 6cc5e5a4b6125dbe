//! `warmup = "auto"`: how long a run needs to forget how it started.
//!
//! Rule: up to ten replications of every arm are run once without a warm-up. What is in the
//! inboxes, and how many messages are delivered and refused per second, are averaged over the
//! replications in a thousand steps of equal length; MSER-5 (see [`crate::stats::mser`]) says how
//! much of each of these series to drop. The longest of these spans is the warm-up of all arms, so
//! that they stay comparable.

use std::collections::BTreeMap;

use super::pool::{self, End};
use super::replication::{self, Course, Failure, Slices, UNBOUNDED};
use super::{Arm, Options, RunError, Watch};
use crate::metrics::SeriesPoint;
use crate::scenario::{EventsSpec, WarmupSpec};
use crate::stats::mser;
use crate::units::{Span, Time, cast};

/// Steps of a series; two hundred batches of five.
pub(super) const STEPS: usize = 1_000;

/// Most replications that are looked at.
const MOST: u32 = 10;

/// A warm-up that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmUp {
    /// Its length.
    pub span: Span,
    /// The length of the run.
    pub horizon: Span,
}

impl WarmUp {
    /// Whether it takes more than half of the run: then the run is too short to say that it ever
    /// settled.
    pub const fn is_long(self) -> bool {
        self.span.ns() > self.horizon.ns() / 2
    }

    /// The length of a batch whose mean MSER-5 looked at.
    pub const fn batch(self) -> Span {
        Span::from_ns(step(self.horizon).ns() * mser::BATCH as u64)
    }
}

/// The length of a step of the series.
const fn step(horizon: Span) -> Span {
    let ns = horizon.ns() / STEPS as u64;
    Span::from_ns(if ns == 0 { 1 } else { ns })
}

/// The arms of a run with their warm-ups known.
#[derive(Debug)]
pub(super) struct Settled(Option<(WarmUp, Vec<Arm>)>);

impl Settled {
    pub(super) fn arms<'a>(&'a self, given: &'a [Arm]) -> &'a [Arm] {
        self.0.as_ref().map_or(given, |(_, arms)| arms)
    }

    pub(super) fn warm_up(&self) -> Option<WarmUp> {
        self.0.as_ref().map(|(warm_up, _)| *warm_up)
    }
}

/// Finds the warm-up where an arm leaves it open.
pub(super) fn settle(
    arms: &[Arm],
    options: Options,
    watch: &impl Watch,
) -> Result<Settled, RunError> {
    let is_open = |arm: &Arm| arm.scenario().spec.run.warmup == WarmupSpec::Auto;
    if !arms.iter().any(is_open) {
        return Ok(Settled(None));
    }
    let warm_up = find(arms, options, watch)?;
    let settled = arms.iter().map(|arm| with_warm_up(arm, warm_up.span));
    Ok(Settled(Some((warm_up, settled.collect()))))
}

fn with_warm_up(arm: &Arm, span: Span) -> Arm {
    let mut scenario = arm.scenario().clone();
    scenario.spec.run.warmup = WarmupSpec::Fixed(span);
    Arm::new(arm.name(), scenario)
}

/// The arm as it is run to look at its start: nothing is left out, and series are kept.
fn pilot(arm: &Arm, step: Span) -> Arm {
    let mut scenario = arm.scenario().clone();
    let spec = &mut scenario.spec;
    spec.run.warmup = WarmupSpec::default();
    spec.run.steady_state = None;
    spec.output.time_series = Some(step);
    spec.output.events = EventsSpec::None;
    Arm::new(arm.name(), scenario)
}

fn find(arms: &[Arm], options: Options, watch: &impl Watch) -> Result<WarmUp, RunError> {
    let horizon = arms.iter().map(|arm| arm.plan().horizon().ns()).min();
    let horizon = Span::from_ns(horizon.expect("a run has an arm"));
    let step = step(horizon);
    let pilots: Vec<Arm> = arms.iter().map(|arm| pilot(arm, step)).collect();
    let replications = arms[0].scenario().spec.run.replications.most().min(MOST);
    let jobs = pilots.len() * cast::index(u64::from(replications));
    let mut sums: BTreeMap<(usize, &'static str), Vec<f64>> = BTreeMap::new();
    let taken = pool::in_order(
        options.threads,
        &End::new(jobs),
        || watch.may_begin(),
        |job| run_pilot(&pilots[job % pilots.len()], job / pilots.len(), watch),
        |job, points: Vec<SeriesPoint>| add(&mut sums, job % pilots.len(), &points, step),
    )?;
    if taken < jobs {
        return Err(RunError::Interrupted {
            finished: 0,
            of: jobs,
        });
    }
    let cuts = sums.values().map(|series| {
        let steps = mser::truncation(&mser::batch_means(series)) * mser::BATCH;
        cast::count_to_u64(steps) * step.ns()
    });
    let span = Span::from_ns(cuts.max().unwrap_or(0));
    Ok(WarmUp { span, horizon })
}

/// Adds the series of one replication to those of its arm.
fn add(
    sums: &mut BTreeMap<(usize, &'static str), Vec<f64>>,
    arm: usize,
    points: &[SeriesPoint],
    step: Span,
) {
    for point in points {
        let place = cast::index(point.start_ns / step.ns());
        let Some(name) = watched(point.series).filter(|_| place < STEPS) else {
            continue;
        };
        let sum = sums.entry((arm, name)).or_insert_with(|| vec![0.0; STEPS]);
        sum[place] += point.value;
    }
}

/// The series that a point belongs to: those of all groups are added up, and so are the messages
/// that wait and those that are served.
fn watched(series: &str) -> Option<&'static str> {
    match series {
        "inbox.length" | "inbox.busy" => Some("in-system"),
        "delivered" => Some("delivered"),
        "refused" => Some("refused"),
        _ => None,
    }
}

fn run_pilot(arm: &Arm, index: usize, watch: &impl Watch) -> Result<Vec<SeriesPoint>, RunError> {
    let number = cast::id_u32(index) + 1;
    let made = replication::replicate(arm, number, UNBOUNDED, &mut Asking(watch));
    match made {
        Ok(mut replications) => Ok(std::mem::take(&mut replications[0].measured.series)),
        Err(Failure::Cancelled) => Err(RunError::Cancelled),
        Err(Failure::Log(error)) => Err(RunError::Log(error)),
        Err(Failure::Broken(breach)) => Err(RunError::Broken {
            arm: arm.name().to_owned(),
            replication: number,
            breach,
        }),
    }
}

/// Asks whether to stop; the work of a pilot is not part of the progress that is shown.
struct Asking<'w, W>(&'w W);

impl<W: Watch> Slices for Asking<'_, W> {
    fn go_on(&mut self, _: u64, _: Time) -> Course {
        match self.0.course() {
            Course::GoOn => Course::GoOn,
            // A pilot that is cut short says nothing.
            Course::Stop | Course::Cancel => Course::Cancel,
        }
    }
}
