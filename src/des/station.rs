//! A queueing station G/G/c/K: `c` workers, at most `K` customers inside, first in first out unless
//! its discipline says otherwise.
//!
//! The station decides who waits, who starts and who is turned away; the caller owns the clock
//! and schedules the ends of service. `K` counts the waiting and those in service, as in
//! Kendall's notation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::docket::{crash_fault, is_zero};
use super::waiting::{Discipline, Waiting};
use crate::units::{Share, Span, UnitError};

/// Parameters of a station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StationSpec {
    /// Workers that serve in parallel.
    pub workers: u32,
    /// Most messages inside, waiting and in service; unlimited by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u64>,
    /// Who is turned away when the station is full.
    #[serde(default)]
    pub overflow: Overflow,
    /// When a sender who meets back-pressure may come again; 10s by default (guess).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Span>,
    /// Who is served next.
    #[serde(default, skip_serializing_if = "Discipline::is_fifo")]
    pub discipline: Discipline,
    /// Chance that the worker of a message dies during its service; another one takes the message
    /// at once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub crash: Share,
    /// Chance that it dies after the service, before it acknowledges: the message runs twice.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub crash_before_ack: Share,
}

impl Default for StationSpec {
    /// One worker and a queue without bound.
    fn default() -> Self {
        Self {
            workers: 1,
            capacity: None,
            overflow: Overflow::Reject,
            retry_after: None,
            discipline: Discipline::Fifo,
            crash: Share::ZERO,
            crash_before_ack: Share::ZERO,
        }
    }
}

/// Who is turned away when the station is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// The one that arrives.
    #[default]
    Reject,
    /// The one that has waited longest; the one that arrives where nobody waits.
    DropOldest,
    /// The one that arrives, and its sender is told when to come again.
    BackPressure,
}

impl StationSpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        if self.workers == 0 {
            let fault = "an inbox without workers never judges a message".to_owned();
            return vec![(
                "workers",
                UnitError {
                    fault,
                    remedy: "write 1 or more".to_owned(),
                },
            )];
        }
        let mut faults = self.crash_faults();
        faults.extend(self.capacity_fault());
        faults
    }

    fn crash_faults(&self) -> Vec<(&'static str, UnitError)> {
        let chances = [
            ("crash", self.crash),
            ("crash-before-ack", self.crash_before_ack),
        ];
        let faults = chances.map(|(key, chance)| crash_fault(key, chance));
        faults.into_iter().flatten().collect()
    }

    fn capacity_fault(&self) -> Option<(&'static str, UnitError)> {
        match self.capacity {
            Some(capacity) if capacity < u64::from(self.workers) => Some((
                "capacity",
                UnitError {
                    fault: format!(
                        "capacity {capacity} is below the {} workers: it counts the messages in service too",
                        self.workers
                    ),
                    remedy: format!("write {} or more", self.workers),
                },
            )),
            _ => None,
        }
    }

    /// When a sender who meets back-pressure may come again.
    pub fn retry_after(&self) -> Span {
        self.retry_after.unwrap_or(Span::from_s(10))
    }
}

/// What becomes of a customer who arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<T> {
    /// A worker is free: service starts now.
    Starts,
    /// The customer waits.
    Waits,
    /// The station is full: the customer is turned away.
    Refused,
    /// The customer waits in the place of the one named, who is turned away.
    Displaces(T),
}

/// A station in operation.
#[derive(Debug, Clone)]
pub struct Station<T> {
    workers: u32,
    waiting_places: usize,
    overflow: Overflow,
    busy: u32,
    waiting: Waiting<T>,
    is_paused: bool,
}

impl<T> Station<T> {
    /// An empty station.
    ///
    /// # Panics
    /// If the spec is not valid (see [`StationSpec::faults`]).
    pub fn new(spec: &StationSpec) -> Self {
        assert!(
            spec.faults().is_empty(),
            "the spec was validated when it was read"
        );
        let places = spec
            .capacity
            .map(|capacity| capacity - u64::from(spec.workers));
        Self {
            workers: spec.workers,
            waiting_places: places.map_or(usize::MAX, crate::units::cast::index),
            overflow: spec.overflow,
            busy: 0,
            waiting: Waiting::new(spec.discipline),
            is_paused: false,
        }
    }

    /// A customer arrives, in the lane that its discipline looks at: any number for first in first
    /// out, the sender for round robin, 0 for those who go first else.
    pub fn enter(&mut self, customer: T, lane: u64) -> Entry<T> {
        if self.busy < self.workers && !self.is_paused {
            self.busy += 1;
            return Entry::Starts;
        }
        if self.waiting.len() < self.waiting_places {
            self.waiting.push(customer, lane);
            return Entry::Waits;
        }
        if self.overflow != Overflow::DropOldest {
            return Entry::Refused;
        }
        let Some(oldest) = self.waiting.pop_oldest() else {
            return Entry::Refused;
        };
        self.waiting.push(customer, lane);
        Entry::Displaces(oldest)
    }

    /// A service ends; the customer returned, if any, is the next whose service starts.
    ///
    /// # Panics
    /// If no worker is busy.
    pub fn finish(&mut self) -> Option<T> {
        assert!(
            self.busy > 0,
            "a service ended at a station without busy workers"
        );
        if self.is_paused {
            self.busy -= 1;
            return None;
        }
        let next = self.waiting.pop();
        self.busy -= u32::from(next.is_none());
        next
    }

    /// From now on no service starts; those that run go on.
    pub fn pause(&mut self) {
        self.is_paused = true;
    }

    /// Services may start again: see [`Station::start_next`].
    pub fn resume(&mut self) {
        self.is_paused = false;
    }

    /// The customer whose service starts because a worker is free, if one waits.
    pub fn start_next(&mut self) -> Option<T> {
        if self.is_paused || self.busy >= self.workers {
            return None;
        }
        let next = self.waiting.pop();
        self.busy += u32::from(next.is_some());
        next
    }

    /// Workers in service.
    pub fn busy(&self) -> u32 {
        self.busy
    }

    /// Customers that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(workers: u32, capacity: Option<u64>, overflow: Overflow) -> Station<u32> {
        Station::new(&StationSpec {
            workers,
            capacity,
            overflow,
            ..StationSpec::default()
        })
    }

    #[test]
    fn customers_start_in_the_order_of_their_arrival() {
        let mut station = station(2, None, Overflow::Reject);
        assert_eq!(
            [1, 2, 3, 4].map(|c| station.enter(c, 0)),
            [Entry::Starts, Entry::Starts, Entry::Waits, Entry::Waits]
        );
        assert_eq!(
            [station.finish(), station.finish(), station.finish()],
            [Some(3), Some(4), None]
        );
        assert_eq!((station.busy(), station.waiting()), (1, 0));
    }

    #[test]
    fn a_full_station_turns_away_the_newcomer() {
        let mut station = station(1, Some(3), Overflow::Reject);
        let entries = [1, 2, 3, 4].map(|c| station.enter(c, 0));
        assert_eq!(
            entries,
            [Entry::Starts, Entry::Waits, Entry::Waits, Entry::Refused]
        );
        assert_eq!([station.finish(), station.finish()], [Some(2), Some(3)]);
    }

    #[test]
    fn a_full_station_may_turn_away_the_oldest_instead() {
        let mut station = station(1, Some(3), Overflow::DropOldest);
        let entries = [1, 2, 3, 4].map(|c| station.enter(c, 0));
        assert_eq!(
            entries,
            [
                Entry::Starts,
                Entry::Waits,
                Entry::Waits,
                Entry::Displaces(2)
            ]
        );
        assert_eq!([station.finish(), station.finish()], [Some(3), Some(4)]);
    }

    #[test]
    fn dropping_the_oldest_where_nobody_waits_refuses_the_newcomer() {
        let mut station = station(1, Some(1), Overflow::DropOldest);
        assert_eq!(
            [1, 2].map(|c| station.enter(c, 0)),
            [Entry::Starts, Entry::Refused]
        );
    }

    #[test]
    fn a_paused_station_takes_in_but_starts_nothing_until_it_goes_on() {
        let mut station = station(2, None, Overflow::Reject);
        assert_eq!([1, 2, 3].map(|c| station.enter(c, 0))[2], Entry::Waits);
        station.pause();
        assert_eq!(station.finish(), None);
        assert_eq!(
            (station.enter(4, 0), station.start_next()),
            (Entry::Waits, None)
        );
        station.resume();
        assert_eq!(
            [station.start_next(), station.start_next()],
            [Some(3), None]
        );
        assert_eq!((station.busy(), station.waiting()), (2, 1));
    }

    #[test]
    fn impossible_sizes_are_named() {
        let faults = |workers, capacity| {
            StationSpec {
                workers,
                capacity,
                ..StationSpec::default()
            }
            .faults()
        };
        assert_eq!(faults(0, None)[0].0, "workers");
        assert_eq!(faults(3, Some(2))[0].0, "capacity");
        assert!(faults(2, Some(2)).is_empty());
    }
}
