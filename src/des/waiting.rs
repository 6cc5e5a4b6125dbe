//! Who waits at a station, and who is next.
//!
//! * First in, first out.
//! * Round robin over lanes: each lane that has somebody waiting gets one turn, in the order in
//!   which they began to wait; first in, first out within a lane.
//! * Priority of lane 0 over all others, first in first out within both.

use std::collections::{BTreeMap, VecDeque};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who is served next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Discipline {
    /// First in, first out.
    #[default]
    Fifo,
    /// One message of each sender in turn.
    RoundRobin,
    /// Messages of accepted contacts before those of strangers.
    AcceptedFirst,
}

impl Discipline {
    /// For serde: whether it is the default, which is not written.
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature that serde asks for"
    )]
    pub(super) fn is_fifo(&self) -> bool {
        *self == Self::Fifo
    }
}

/// Those who wait.
#[derive(Debug, Clone)]
pub(super) enum Waiting<T> {
    Fifo(VecDeque<T>),
    RoundRobin(Lanes<T>),
    Priority {
        first: VecDeque<(u64, T)>,
        others: VecDeque<(u64, T)>,
        arrivals: u64,
    },
}

/// Customers by lane, each with the number of its arrival.
#[derive(Debug, Clone)]
pub(super) struct Lanes<T> {
    by_number: BTreeMap<u64, VecDeque<(u64, T)>>,
    /// Lanes with somebody in them, the next one first.
    turns: VecDeque<u64>,
    arrivals: u64,
    length: usize,
}

impl<T> Waiting<T> {
    pub(super) fn new(discipline: Discipline) -> Self {
        match discipline {
            Discipline::Fifo => Self::Fifo(VecDeque::new()),
            Discipline::RoundRobin => Self::RoundRobin(Lanes {
                by_number: BTreeMap::new(),
                turns: VecDeque::new(),
                arrivals: 0,
                length: 0,
            }),
            Discipline::AcceptedFirst => Self::Priority {
                first: VecDeque::new(),
                others: VecDeque::new(),
                arrivals: 0,
            },
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Fifo(queue) => queue.len(),
            Self::RoundRobin(lanes) => lanes.length,
            Self::Priority { first, others, .. } => first.len() + others.len(),
        }
    }

    pub(super) fn push(&mut self, customer: T, lane: u64) {
        match self {
            Self::Fifo(queue) => queue.push_back(customer),
            Self::RoundRobin(lanes) => lanes.push(customer, lane),
            Self::Priority {
                first,
                others,
                arrivals,
            } => {
                let queue = if lane == 0 { first } else { others };
                queue.push_back((*arrivals, customer));
                *arrivals += 1;
            }
        }
    }

    /// Takes out who is next.
    pub(super) fn pop(&mut self) -> Option<T> {
        match self {
            Self::Fifo(queue) => queue.pop_front(),
            Self::RoundRobin(lanes) => lanes.pop(),
            Self::Priority { first, others, .. } => {
                let next = first.pop_front().or_else(|| others.pop_front());
                next.map(|(_, customer)| customer)
            }
        }
    }

    /// Takes out who has waited longest.
    pub(super) fn pop_oldest(&mut self) -> Option<T> {
        match self {
            Self::Fifo(queue) => queue.pop_front(),
            Self::RoundRobin(lanes) => lanes.pop_oldest(),
            Self::Priority { first, others, .. } => {
                let arrival = |queue: &VecDeque<(u64, T)>| queue.front().map(|entry| entry.0);
                let queue = match (arrival(first), arrival(others)) {
                    (Some(a), Some(b)) if a < b => first,
                    (Some(_), None) => first,
                    _ => others,
                };
                queue.pop_front().map(|(_, customer)| customer)
            }
        }
    }
}

impl<T> Lanes<T> {
    fn push(&mut self, customer: T, lane: u64) {
        let queue = self.by_number.entry(lane).or_default();
        if queue.is_empty() {
            self.turns.push_back(lane);
        }
        queue.push_back((self.arrivals, customer));
        self.arrivals += 1;
        self.length += 1;
    }

    fn pop(&mut self) -> Option<T> {
        let lane = self.turns.pop_front()?;
        let customer = self.take(lane);
        if self.by_number.contains_key(&lane) {
            self.turns.push_back(lane);
        }
        Some(customer)
    }

    fn pop_oldest(&mut self) -> Option<T> {
        let heads = self
            .by_number
            .iter()
            .filter_map(|(lane, queue)| Some((queue.front()?.0, *lane)));
        let (_, lane) = heads.min()?;
        let customer = self.take(lane);
        if !self.by_number.contains_key(&lane) {
            self.turns.retain(|turn| *turn != lane);
        }
        Some(customer)
    }

    /// The first of a lane that has one; a lane that it leaves empty is forgotten.
    fn take(&mut self, lane: u64) -> T {
        let queue = self.by_number.get_mut(&lane).expect("lanes in turn exist");
        let (_, customer) = queue.pop_front().expect("lanes in turn are not empty");
        if queue.is_empty() {
            self.by_number.remove(&lane);
        }
        self.length -= 1;
        customer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(discipline: Discipline, arrivals: &[(u32, u64)]) -> Waiting<u32> {
        let mut waiting = Waiting::new(discipline);
        for (customer, lane) in arrivals {
            waiting.push(*customer, *lane);
        }
        waiting
    }

    fn order(mut waiting: Waiting<u32>) -> Vec<u32> {
        std::iter::from_fn(|| waiting.pop()).collect()
    }

    #[test]
    fn round_robin_gives_every_lane_a_turn() {
        // Lane 7 floods with 1, 2, 3, 4; lane 8 has 10 and 11, lane 9 has 20.
        let arrivals = [(1, 7), (2, 7), (3, 7), (10, 8), (20, 9), (4, 7), (11, 8)];
        let waiting = filled(Discipline::RoundRobin, &arrivals);
        assert_eq!(order(waiting), [1, 10, 20, 2, 11, 3, 4]);
        let fifo = filled(Discipline::Fifo, &arrivals);
        assert_eq!(order(fifo), [1, 2, 3, 10, 20, 4, 11]);
    }

    #[test]
    fn accepted_contacts_go_before_strangers() {
        let waiting = filled(Discipline::AcceptedFirst, &[(1, 1), (2, 0), (3, 1), (4, 0)]);
        assert_eq!(order(waiting), [2, 4, 1, 3]);
    }

    #[test]
    fn the_oldest_is_found_in_every_discipline() {
        for discipline in [
            Discipline::Fifo,
            Discipline::RoundRobin,
            Discipline::AcceptedFirst,
        ] {
            let mut waiting = filled(discipline, &[(1, 1), (2, 0), (3, 1), (4, 0)]);
            let oldest: Vec<_> = std::iter::from_fn(|| waiting.pop_oldest()).collect();
            assert_eq!(oldest, [1, 2, 3, 4], "{discipline:?}");
            assert_eq!(waiting.len(), 0);
        }
    }

    #[test]
    fn a_lane_that_was_emptied_comes_last_again() {
        let mut waiting = filled(Discipline::RoundRobin, &[(1, 7), (2, 8)]);
        assert_eq!(waiting.pop(), Some(1));
        waiting.push(3, 7);
        assert_eq!(order(waiting), [2, 3]);
    }
}
