//! Rates and states over time, in steps of equal length from virtual time 0.
//!
//! A rate is counted by the instant of its event, a state is averaged over the step.

use super::{Part, SeriesPoint, Shape};
use crate::protocol::{Fact, Outcome};
use crate::stats::moved;
use crate::units::{Span, Time, cast};

#[derive(Debug)]
pub(super) struct Series {
    step: Span,
    end: Time,
    /// Counts by step, then group, then rate.
    counts: Vec<u64>,
    groups: usize,
    /// How many wait and how many workers are busy.
    inboxes: State<2>,
    labels: State<1>,
    /// Requests held, where strangers' messages are.
    requests: State<1>,
    /// The step of the last event that was counted, and its bounds: events come almost in order,
    /// so the division by the step is seldom needed.
    current: Step,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    index: usize,
    start: u64,
    end: u64,
}

impl Step {
    fn at(now: Time, step: Span) -> Self {
        let index = now.ns() / step.ns();
        let start = index * step.ns();
        Self {
            index: cast::index(index),
            start,
            end: start.saturating_add(step.ns()),
        }
    }

    #[inline]
    fn contains(self, now: Time) -> bool {
        self.start <= now.ns() && now.ns() < self.end
    }
}

/// What is counted per group.
const RATES: [&str; 4] = ["sent", "delivered", "refused", "read"];

impl Series {
    pub(super) fn new(shape: &Shape, step: Span) -> Self {
        let groups = shape.groups.len();
        let steps = cast::index(shape.horizon.ns().div_ceil(step.ns()));
        Self {
            step,
            end: shape.horizon,
            counts: vec![0; steps * groups * RATES.len()],
            groups,
            inboxes: State::new(steps, step),
            labels: State::new(steps, step),
            requests: State::new(steps, step),
            current: Step::at(Time::ZERO, step),
        }
    }

    #[inline(always)]
    pub(super) fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) => self.count(now, message.group.0, 0),
            Fact::Finished {
                message,
                outcome: Outcome::Delivered,
            } => {
                self.count(now, message.group.0, 1);
            }
            Fact::Finished {
                message,
                outcome: Outcome::Refused(_),
            } => {
                self.count(now, message.group.0, 2);
            }
            Fact::Read(message) => self.count(now, message.group.0, 3),
            Fact::Entered(_) => self.inboxes.change(self.step, now, [1, 0]),
            Fact::Displaced(_) => self.inboxes.change(self.step, now, [-1, 0]),
            Fact::Taken { .. } => self.inboxes.change(self.step, now, [-1, 1]),
            Fact::Served(_) | Fact::Crashed(_) => self.inboxes.change(self.step, now, [0, -1]),
            Fact::LabelIssued { .. } => self.labels.change(self.step, now, [1]),
            Fact::LabelEnded { .. } => self.labels.change(self.step, now, [-1]),
            Fact::Held(_) => self.requests.change(self.step, now, [1]),
            Fact::Accepted(_)
            | Fact::Finished {
                outcome:
                    Outcome::RequestRejected
                    | Outcome::RequestExpired
                    | Outcome::RequestEvicted
                    | Outcome::RequestPurged,
                ..
            } => self.requests.change(self.step, now, [-1]),
            Fact::EndOfHorizon => {
                self.requests.close(self.step, now);
                self.inboxes.close(self.step, now);
                self.labels.close(self.step, now);
            }
            _ => {}
        }
    }

    fn count(&mut self, now: Time, group: u16, rate: usize) {
        if !self.current.contains(now) {
            self.current = Step::at(now, self.step);
        }
        let place = (self.current.index * self.groups + usize::from(group)) * RATES.len() + rate;
        // The very instant of the horizon may lie past the last step; it holds no event.
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
    }

    /// Takes in what another part of the run has counted, both being closed.
    pub(super) fn merge(&mut self, other: &Self) {
        let counts = self.counts.iter_mut().zip(&other.counts);
        counts.for_each(|(count, other)| *count += other);
        self.inboxes.merge(&other.inboxes);
        self.labels.merge(&other.labels);
        self.requests.merge(&other.requests);
    }

    pub(super) fn points(&self, shape: &Shape) -> Vec<SeriesPoint> {
        let mut points = Vec::new();
        for step in 0..self.labels.integrals.len() {
            let start_ns = step as u64 * self.step.ns();
            let length = self.step.ns().min(self.end.ns() - start_ns);
            let ([waiting, busy], [labels]) =
                (self.inboxes.integrals[step], self.labels.integrals[step]);
            let [requests] = self.requests.integrals[step];
            let states = [
                ("inbox.length", waiting),
                ("inbox.busy", busy),
                ("labels", labels),
                ("requests", requests),
            ];
            let shown = match shape.requests {
                Part::Present => states.len(),
                Part::Absent => states.len() - 1,
            };
            for (series, integral) in states.into_iter().take(shown) {
                let value = cast::wide_to_f64(integral) / cast::count_to_f64(length);
                points.push(SeriesPoint {
                    start_ns,
                    series,
                    group: String::new(),
                    value,
                });
            }
            for (group, name) in shape.groups.iter().enumerate() {
                for (rate, series) in RATES.into_iter().enumerate() {
                    let count = self.counts[(step * self.groups + group) * RATES.len() + rate];
                    let value = cast::count_to_f64(count) / cast::ns_to_seconds(length);
                    points.push(SeriesPoint {
                        start_ns,
                        series,
                        group: name.clone(),
                        value,
                    });
                }
            }
        }
        points.sort_by(|a, b| {
            (a.start_ns, a.series, &a.group).cmp(&(b.start_ns, b.series, &b.group))
        });
        points
    }
}

/// `N` states that change at the same events, integrated step by step (see [`moved`]).
#[derive(Debug)]
pub(super) struct State<const N: usize> {
    values: [u64; N],
    /// The moments of the changes in the current step, from its start.
    moments: [u128; N],
    current: Step,
    pub(super) integrals: Vec<[u128; N]>,
}

impl<const N: usize> State<N> {
    pub(super) fn new(steps: usize, step: Span) -> Self {
        Self {
            values: [0; N],
            moments: [0; N],
            current: Step::at(Time::ZERO, step),
            integrals: vec![[0; N]; steps],
        }
    }

    #[inline(always)]
    pub(super) fn change(&mut self, step: Span, now: Time, by: [i64; N]) {
        if now.ns() > self.current.end {
            self.move_on(step, now);
        }
        let since = now.ns() - self.current.start;
        let states = self.values.iter_mut().zip(&mut self.moments);
        for ((value, moment), by) in states.zip(by) {
            *moment = moved(*moment, since, by);
            *value = value
                .checked_add_signed(by)
                .expect("a state never falls below 0");
        }
    }

    /// The run ends: what is left of the current step is integrated.
    pub(super) fn close(&mut self, step: Span, now: Time) {
        self.change(step, now, [0; N]);
        self.integrate(now.ns());
    }

    /// Adds the integrals of a state that is closed, like this one.
    pub(super) fn merge(&mut self, other: &Self) {
        for (own, other) in self.integrals.iter_mut().zip(&other.integrals) {
            own.iter_mut()
                .zip(other)
                .for_each(|(own, other)| *own += other);
        }
    }

    /// Integrates the current step and those that follow it, up to the one that ends at or after
    /// `now`. States of 0 add nothing, wherever in the run that is.
    #[cold]
    fn move_on(&mut self, step: Span, now: Time) {
        let last = Step::at(Time::from_ns(now.ns() - 1), step);
        self.integrate(self.current.end);
        if self.values == [0; N] {
            self.current = last;
        }
        while self.current.index < last.index {
            self.current = Step::at(Time::from_ns(self.current.end), step);
            if self.current.index < last.index {
                self.integrate(self.current.end);
            }
        }
    }

    /// Stores the integral of the current step up to `until`.
    fn integrate(&mut self, until: u64) {
        let since = u128::from(until - self.current.start);
        let moments = std::mem::replace(&mut self.moments, [0; N]);
        // A run of no length has no step.
        if let Some(integrals) = self.integrals.get_mut(self.current.index) {
            *integrals = std::array::from_fn(|state| {
                moments[state].wrapping_add(u128::from(self.values[state]) * since)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_spread_over_the_steps_it_spans() {
        // 2 from 5 to 25 in steps of 10: 10, 20, 10.
        let step = Span::from_ns(10);
        let mut state = State::new(3, step);
        state.change(step, Time::from_ns(5), [2]);
        state.change(step, Time::from_ns(25), [-2]);
        state.close(step, Time::from_ns(30));
        assert_eq!(state.integrals, [[10], [20], [10]]);
    }

    #[test]
    fn a_change_at_the_border_of_two_steps_counts_in_neither_for_longer_than_it_holds() {
        // 1 from 10 to 30, 3 from 20 to 25, in steps of 10 up to 35: 0, 10, 15 + 5, 0.
        let step = Span::from_ns(10);
        let mut state = State::new(4, step);
        for (at, by) in [(10, 1), (20, 2), (25, -2), (30, -1)] {
            state.change(step, Time::from_ns(at), [by]);
        }
        state.close(step, Time::from_ns(35));
        assert_eq!(state.integrals, [[0], [10], [20], [0]]);
    }
}
