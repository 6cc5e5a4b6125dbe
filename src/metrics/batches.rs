//! One long replication cut into batches of equal length after the warm-up, each measured like a
//! replication: the method of batch means.
//!
//! A message belongs to the batch in which it was created, whenever its way ends; a time average
//! of a batch runs from its start to its end, from the state that the batch before left. Only
//! where nothing changes in the course of the run are batches alike, and only where they are long
//! against whatever the system remembers are they independent.
//!
//! Source: Schmeiser, "Batch size effects in the analysis of simulation output", Operations
//! Research 30 (1982).

use super::{Measured, Metrics, Shape, series};
use crate::protocol::{Fact, Observer};
use crate::units::{Span, Time};

/// The observer that measures one long replication in batches.
#[derive(Debug)]
pub struct Batches {
    shape: Shape,
    length: Span,
    metrics: Vec<Metrics>,
    /// The batch of the present.
    current: usize,
    series: Option<series::Series>,
}

impl Batches {
    /// `count` batches of the time after the warm-up; what a division leaves over belongs to the
    /// last.
    pub fn new(shape: Shape, count: u32) -> Self {
        let span = shape.horizon.saturating_since(shape.warm_up).ns();
        let length = Span::from_ns((span / u64::from(count)).max(1));
        let start = |batch: u32| shape.warm_up + Span::from_ns(length.ns() * u64::from(batch));
        let of_batch = |batch: u32| {
            let is_last = batch + 1 == count;
            Metrics::new(Shape {
                warm_up: start(batch),
                horizon: if is_last {
                    shape.horizon
                } else {
                    start(batch + 1)
                },
                step: None,
                ..shape.clone()
            })
        };
        Self {
            length,
            metrics: (0..count).map(of_batch).collect(),
            current: 0,
            series: shape.step.map(|step| series::Series::new(&shape, step)),
            shape,
        }
    }

    /// The numbers of every batch; a time series is that of the whole run, with the first.
    ///
    /// # Panics
    /// If there is no batch.
    pub fn finish(self) -> Vec<Measured> {
        let mut measured: Vec<Measured> = self.metrics.into_iter().map(Metrics::finish).collect();
        if let Some(series) = self.series {
            measured[0].series = series.points(&self.shape);
        }
        measured
    }

    /// The batch of an instant after the warm-up.
    fn batch_of(&self, instant: Time) -> usize {
        let since = instant.since(self.shape.warm_up).ns();
        let batch = crate::units::cast::index(since / self.length.ns());
        batch.min(self.metrics.len() - 1)
    }

    /// Opens the batches up to that of `now` with the state that the one before was left in.
    fn go_to(&mut self, now: Time) {
        if now < self.shape.warm_up {
            return;
        }
        let batch = self.batch_of(now);
        while self.current < batch {
            let (before, after) = self.metrics.split_at_mut(self.current + 1);
            after[0].inbox.go_on_from(&before[self.current].inbox);
            self.current += 1;
        }
    }
}

impl Observer for Batches {
    /// A batch ends when the first fact of the next one is told.
    fn needs_order(&self) -> bool {
        true
    }

    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        self.go_to(now);
        if let Some(series) = &mut self.series {
            series.observe(now, fact);
        }
        self.metrics[self.current].observe_state(now, fact);
        if let Some(message) = fact.message()
            && message.created >= self.shape.warm_up
        {
            let batch = self.batch_of(message.created);
            self.metrics[batch].observe_message(now, fact);
        }
    }
}
