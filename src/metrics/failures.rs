//! Failures: how long PDSes were up, how many attempts messages took, and when.

use super::registry::Unit;
use super::series::State;
use super::tally::share;
use super::{Measure, SeriesPoint, Shape, Value};
use crate::protocol::{Fact, Message, Outcome};
use crate::units::{Span, Time, cast};

#[derive(Debug)]
pub(super) struct Failures {
    warm_up: Time,
    down: u64,
    /// Since when `down` PDSes have been down, after the warm-up.
    since: Time,
    /// Sum over the PDSes of the time down.
    time_down: u128,
    sent: u64,
    finished: u64,
    attempts: u64,
    gave_up: u64,
    series: Option<Series>,
}

/// Counts and the number of PDSes down, step by step.
#[derive(Debug)]
struct Series {
    step: Span,
    groups: usize,
    /// By step, then group, then rate.
    counts: Vec<u64>,
    interventions: Vec<u64>,
    down: State<1>,
}

/// What is counted per group.
const RATES: [&str; 2] = ["attempts", "retries"];

impl Failures {
    pub(super) fn new(shape: &Shape) -> Self {
        Self {
            warm_up: shape.warm_up,
            down: 0,
            since: shape.warm_up,
            time_down: 0,
            sent: 0,
            finished: 0,
            attempts: 0,
            gave_up: 0,
            series: shape.step.map(|step| Series::new(shape, step)),
        }
    }

    pub(super) fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::HostDown(_) => self.change(now, 1),
            Fact::HostUp(_) => self.change(now, -1),
            Fact::EndOfHorizon => self.change(now, 0),
            Fact::Created(message) => self.sent += u64::from(self.counts(message)),
            Fact::Finished { message, outcome } if self.counts(message) => {
                self.finish(message, *outcome);
            }
            _ => {}
        }
        if let Some(series) = &mut self.series {
            series.observe(now, fact);
        }
    }

    fn counts(&self, message: &Message) -> bool {
        message.created >= self.warm_up
    }

    fn finish(&mut self, message: &Message, outcome: Outcome) {
        if outcome != Outcome::InFlight {
            self.finished += 1;
            self.attempts += u64::from(message.attempts);
            self.gave_up += u64::from(outcome == Outcome::GaveUp);
        }
    }

    fn change(&mut self, now: Time, by: i64) {
        let past = now.saturating_since(self.since);
        self.time_down += u128::from(self.down) * u128::from(past.ns());
        self.since = self.since.max(now);
        let changed = self.down.checked_add_signed(by);
        self.down = changed.expect("no more PDSes come back than went down");
    }

    /// Takes in what another part of the run has counted, both being told of the end.
    pub(super) fn merge(&mut self, other: &Self) {
        self.down += other.down;
        self.time_down += other.time_down;
        self.sent += other.sent;
        self.finished += other.finished;
        self.attempts += other.attempts;
        self.gave_up += other.gave_up;
        if let (Some(own), Some(other)) = (&mut self.series, &other.series) {
            own.merge(other);
        }
    }

    pub(super) fn report(
        self,
        shape: &Shape,
        values: &mut Vec<Value>,
        points: &mut Vec<SeriesPoint>,
    ) {
        let measured = shape.horizon.saturating_since(shape.warm_up);
        let all = cast::count_to_f64(shape.accounts.len() as u64) * measured.as_seconds();
        let down = cast::wide_to_f64(self.time_down) / 1e9;
        let mut ratio = |name: &str, unit, numerator, denominator| {
            let measure = Measure::Ratio {
                numerator,
                denominator,
            };
            let name = name.to_owned();
            values.push(Value {
                name,
                unit,
                measure,
            });
        };
        ratio("pds.availability", Unit::Ratio, all - down, all);
        let (attempts, finished) = (self.attempts, self.finished);
        ratio(
            "retry.attempts",
            Unit::One,
            cast::count_to_f64(attempts),
            cast::count_to_f64(finished),
        );
        values.push(share("retry.gave-up", self.gave_up, self.sent));
        if let Some(series) = self.series {
            points.extend(series.points(shape));
            points.sort_by(|a, b| {
                (a.start_ns, a.series, &a.group).cmp(&(b.start_ns, b.series, &b.group))
            });
        }
    }
}

impl Series {
    fn new(shape: &Shape, step: Span) -> Self {
        let groups = shape.groups.len();
        let steps = cast::index(shape.horizon.ns().div_ceil(step.ns()));
        Self {
            step,
            groups,
            counts: vec![0; steps * groups * RATES.len()],
            interventions: vec![0; steps],
            down: State::new(steps, step),
        }
    }

    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Arrived(message) | Fact::Failed { message, .. } => self.count(now, message, 0),
            Fact::RetryScheduled { message, .. } => self.count(now, message, 1),
            Fact::Intervention { .. } => {
                let place = self.place(now);
                if let Some(count) = self.interventions.get_mut(place) {
                    *count += 1;
                }
            }
            Fact::HostDown(_) => self.down.change(self.step, now, [1]),
            Fact::HostUp(_) => self.down.change(self.step, now, [-1]),
            Fact::EndOfHorizon => self.down.close(self.step, now),
            _ => {}
        }
    }

    fn merge(&mut self, other: &Self) {
        let counts = self.counts.iter_mut().zip(&other.counts);
        counts.for_each(|(count, other)| *count += other);
        let interventions = self.interventions.iter_mut().zip(&other.interventions);
        interventions.for_each(|(count, other)| *count += other);
        self.down.merge(&other.down);
    }

    fn place(&self, now: Time) -> usize {
        cast::index(now.ns() / self.step.ns())
    }

    fn count(&mut self, now: Time, message: &Message, rate: usize) {
        let group = usize::from(message.group.0);
        let place = (self.place(now) * self.groups + group) * RATES.len() + rate;
        // The very instant of the horizon may lie past the last step; it holds no event.
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
    }

    fn points(&self, shape: &Shape) -> Vec<SeriesPoint> {
        let mut points = Vec::new();
        for (step, interventions) in self.interventions.iter().enumerate() {
            let start_ns = step as u64 * self.step.ns();
            let length = self.step.ns().min(shape.horizon.ns() - start_ns);
            let mut point = |series, group: &str, value| {
                points.push(SeriesPoint {
                    start_ns,
                    series,
                    group: group.to_owned(),
                    value,
                });
            };
            let down = cast::wide_to_f64(self.down.integrals[step][0]);
            point("interventions", "", cast::count_to_f64(*interventions));
            point("pds.down", "", down / cast::count_to_f64(length));
            for (group, name) in shape.groups.iter().enumerate() {
                for (rate, series) in RATES.into_iter().enumerate() {
                    let count = self.counts[(step * self.groups + group) * RATES.len() + rate];
                    let value = cast::count_to_f64(count) / cast::ns_to_seconds(length);
                    point(series, name, value);
                }
            }
        }
        points
    }
}
