//! Facts to numbers.
//!
//! [`Metrics`] observes one replication and ends as [`Measured`]: one value per metric of the
//! [`registry`], exact counts of outcomes, histograms and time series. One file per family of
//! metrics; a new one is its file, one line in [`Metrics`] and its entries in the registry.

mod batches;
mod duplicates;
mod failures;
mod fairness;
mod inbox;
mod labels;
mod latency;
mod limits;
mod measured;
mod mutes;
mod prices;
pub mod registry;
mod requests;
mod resolve;
mod series;
mod tally;

pub use batches::Batches;
pub use measured::{Created, HistogramOf, Measure, Measured, OutcomeCount, SeriesPoint, Value};
pub use prices::Price;
pub use registry::{Better, MetricEntry, Unit};

use crate::protocol::{Check, Fact, Message, Observer, Partial, Pds};
use crate::units::{Span, Time};

/// What the metrics must know of a scenario before it runs.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Messages created before it are not counted.
    pub warm_up: Time,
    /// The end of the run.
    pub horizon: Time,
    /// Accounts that people may write to, per PDS.
    pub accounts: Vec<u64>,
    /// Workers of every inbox; none for a synchronous one.
    pub workers: Option<u32>,
    /// Names of the groups of senders, by index.
    pub groups: Vec<String>,
    /// Names of the limit layers, by index.
    pub layers: Vec<String>,
    /// Length of a step of the time series.
    pub step: Option<Span>,
    /// Whether anybody reads messages in this scenario.
    pub reads: Part,
    /// Whether there are labelers.
    pub labels: Part,
    /// Whether strangers' messages are held as requests.
    pub requests: Part,
    /// Whether anything fails, is retried or is done to the network.
    pub failures: Part,
    /// Whether labels may be taken back.
    pub appeals: Part,
    /// Whether unread messages of labelled senders are removed.
    pub clean_up: Part,
    /// The checks whose refusals are reported.
    pub checks: Vec<Check>,
    /// Whether messages can be delivered twice.
    pub copies: Part,
    /// Whether DIDs are looked up.
    pub dids: Part,
    /// Whether anybody mutes.
    pub mutes: Part,
    /// The prices of each group of senders, by index; empty where nothing has a price.
    pub prices: Vec<Price>,
}

/// Whether a scenario contains a part, and with it the part's metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It does.
    Present,
    /// It does not.
    Absent,
}

/// The observer that measures one replication.
#[derive(Debug)]
pub struct Metrics {
    shape: Shape,
    tally: tally::Tally,
    created: Created,
    latency: latency::Latency,
    inbox: inbox::Inboxes,
    limits: limits::Limits,
    labels: labels::Labels,
    requests: requests::Requests,
    duplicates: duplicates::Duplicates,
    fairness: fairness::Fairness,
    mutes: Option<mutes::Mutes>,
    prices: Option<prices::Prices>,
    resolve: Option<resolve::Resolve>,
    series: Option<series::Series>,
    /// Only where anything fails.
    failures: Option<failures::Failures>,
}

impl Metrics {
    /// Metrics of a scenario of the given shape.
    pub fn new(shape: Shape) -> Self {
        Self {
            tally: tally::Tally::new(&shape),
            created: Created::default(),
            latency: latency::Latency::default(),
            inbox: inbox::Inboxes::new(&shape),
            limits: limits::Limits::new(shape.layers.len()),
            labels: labels::Labels::default(),
            requests: requests::Requests::default(),
            duplicates: duplicates::Duplicates::default(),
            fairness: fairness::Fairness::new(&shape),
            mutes: mutes::Mutes::of(&shape),
            prices: prices::Prices::of(&shape),
            resolve: (shape.dids == Part::Present).then(resolve::Resolve::default),
            series: shape.step.map(|step| series::Series::new(&shape, step)),
            failures: (shape.failures == Part::Present).then(|| failures::Failures::new(&shape)),
            shape,
        }
    }

    /// The numbers of the replication, once its end was told.
    pub fn finish(self) -> Measured {
        let mut values = Vec::new();
        self.tally.report(&self.shape, &mut values);
        let latencies = self.latency.finish();
        latencies.report(&mut values);
        self.inbox.report(&self.shape, &mut values);
        self.limits.report(&self.shape, &mut values);
        self.labels.report(&self.shape, &mut values);
        self.requests.report(&self.shape, &mut values);
        self.duplicates.report(&self.shape, &mut values);
        self.fairness.report(&mut values);
        if let Some(mutes) = &self.mutes {
            mutes.report(&mut values);
        }
        if let Some(prices) = &self.prices {
            prices.report(&self.shape, &mut values);
        }
        if let Some(resolve) = &self.resolve {
            resolve.report(&mut values);
        }
        let mut points = self
            .series
            .map_or_else(Vec::new, |series| series.points(&self.shape));
        if let Some(failures) = self.failures {
            failures.report(&self.shape, &mut values, &mut points);
        }
        values.sort_by(|a, b| a.name.cmp(&b.name));
        Measured {
            created: self.created,
            values,
            outcomes: self.tally.outcomes(&self.shape),
            histograms: histograms(latencies, self.resolve),
            series: points,
        }
    }

    /// Whether a message belongs to the population of the metrics.
    fn counts(&self, message: &Message) -> bool {
        message.created >= self.shape.warm_up
    }
}

impl Observer for Metrics {
    #[inline(always)]
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Some(series) = &mut self.series {
            series.observe(now, fact);
        }
        if let Some(failures) = &mut self.failures {
            failures.observe(now, fact);
        }
        self.observe_state(now, fact);
        if let Some(message) = fact.message()
            && self.counts(message)
        {
            self.observe_message(now, fact);
        }
    }
}

impl Partial for Metrics {
    /// What is counted elsewhere is not counted here.
    fn overhear(&mut self, _: Time, _: &Fact<'_>) {}

    /// All counts, integrals and histograms are integers, so that no division of a run changes a
    /// digit.
    fn merge(&mut self, other: Self) {
        self.tally.merge(&other.tally);
        self.created.merge(other.created);
        self.latency.merge(&other.latency);
        self.inbox.merge(&other.inbox);
        self.limits.merge(&other.limits);
        self.labels.merge(other.labels);
        self.requests.merge(other.requests);
        self.duplicates.merge(&other.duplicates);
        self.fairness.merge(&other.fairness);
        if let (Some(own), Some(other)) = (&mut self.mutes, other.mutes) {
            own.merge(&other);
        }
        if let (Some(own), Some(other)) = (&mut self.prices, other.prices) {
            own.merge(other);
        }
        if let (Some(own), Some(other)) = (&mut self.resolve, other.resolve) {
            own.merge(other);
        }
        if let (Some(own), Some(other)) = (&mut self.series, &other.series) {
            own.merge(other);
        }
        if let (Some(own), Some(other)) = (&mut self.failures, &other.failures) {
            own.merge(other);
        }
    }
}

impl Metrics {
    /// Follows what is there, whichever message brings it about.
    #[inline(always)]
    fn observe_state(&mut self, now: Time, fact: &Fact<'_>) {
        self.inbox.observe(now, fact);
        self.labels.observe_state(now, fact, self.shape.warm_up);
        if let Some(prices) = &mut self.prices {
            prices.observe_state(now, fact, self.shape.warm_up);
        }
    }

    /// Follows a message that counts.
    #[inline(always)]
    fn observe_message(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Created(message) = fact {
            self.created.add(message.id.number());
        }
        self.tally.observe(fact);
        let waited = self.resolve.as_mut().map(|resolve| resolve.observe(fact));
        self.latency.observe(fact, waited.unwrap_or_default());
        self.inbox.observe_counted(fact);
        self.limits.observe(fact);
        self.labels.observe(fact);
        self.requests.observe(now, fact);
        self.duplicates.observe(fact);
        self.fairness.observe(fact);
        if let Some(mutes) = &mut self.mutes {
            mutes.observe(fact);
        }
        if let Some(prices) = &mut self.prices {
            prices.observe(fact);
        }
    }
}

fn histograms(
    latencies: latency::Latencies,
    resolve: Option<resolve::Resolve>,
) -> Vec<HistogramOf> {
    let of_look_ups = resolve
        .into_iter()
        .flat_map(resolve::Resolve::into_histograms);
    latencies
        .into_histograms()
        .into_iter()
        .chain(of_look_ups)
        .collect()
}

/// The index of a PDS in a list.
fn place(pds: Pds) -> usize {
    pds.0 as usize
}
