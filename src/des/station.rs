//! A queueing station G/G/c/K: `c` workers, first in first out, at most `K` customers inside.
//!
//! The station decides who waits, who starts and who is turned away; the caller owns the clock
//! and schedules the ends of service. `K` counts the waiting and those in service, as in
//! Kendall's notation.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::UnitError;

/// Parameters of a station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
        match self.capacity {
            Some(capacity) if capacity < u64::from(self.workers) => vec![(
                "capacity",
                UnitError {
                    fault: format!(
                        "capacity {capacity} is below the {} workers: it counts the messages in service too",
                        self.workers
                    ),
                    remedy: format!("write {} or more", self.workers),
                },
            )],
            _ => Vec::new(),
        }
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
    waiting: VecDeque<T>,
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
            waiting: VecDeque::new(),
            is_paused: false,
        }
    }

    /// A customer arrives.
    pub fn enter(&mut self, customer: T) -> Entry<T> {
        if self.busy < self.workers && !self.is_paused {
            self.busy += 1;
            return Entry::Starts;
        }
        if self.waiting.len() < self.waiting_places {
            self.waiting.push_back(customer);
            return Entry::Waits;
        }
        if self.overflow == Overflow::Reject {
            return Entry::Refused;
        }
        let Some(oldest) = self.waiting.pop_front() else {
            return Entry::Refused;
        };
        self.waiting.push_back(customer);
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
        let next = self.waiting.pop_front();
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
        let next = self.waiting.pop_front();
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
        })
    }

    #[test]
    fn customers_start_in_the_order_of_their_arrival() {
        let mut station = station(2, None, Overflow::Reject);
        assert_eq!(
            [1, 2, 3, 4].map(|c| station.enter(c)),
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
        let entries = [1, 2, 3, 4].map(|c| station.enter(c));
        assert_eq!(
            entries,
            [Entry::Starts, Entry::Waits, Entry::Waits, Entry::Refused]
        );
        assert_eq!([station.finish(), station.finish()], [Some(2), Some(3)]);
    }

    #[test]
    fn a_full_station_may_turn_away_the_oldest_instead() {
        let mut station = station(1, Some(3), Overflow::DropOldest);
        let entries = [1, 2, 3, 4].map(|c| station.enter(c));
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
            [1, 2].map(|c| station.enter(c)),
            [Entry::Starts, Entry::Refused]
        );
    }

    #[test]
    fn a_paused_station_takes_in_but_starts_nothing_until_it_goes_on() {
        let mut station = station(2, None, Overflow::Reject);
        assert_eq!([1, 2, 3].map(|c| station.enter(c))[2], Entry::Waits);
        station.pause();
        assert_eq!(station.finish(), None);
        assert_eq!(
            (station.enter(4), station.start_next()),
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
                overflow: Overflow::Reject,
            }
            .faults()
        };
        assert_eq!(faults(0, None)[0].0, "workers");
        assert_eq!(faults(3, Some(2))[0].0, "capacity");
        assert!(faults(2, Some(2)).is_empty());
    }
}
