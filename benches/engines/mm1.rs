//! M/M/1 at utilization 0.8 (mean service 1 s, first come first served), n customers.
//!
//! Two events per customer, at most two pending: what is measured is the engine's own overhead.
//! Theory: mean wait rho/(mu - lambda) = 4 s; the mean over n customers of a run that starts
//! empty has variance rho (2 + 5 rho - 4 rho^2 + rho^3) / (1 - rho)^4 / n = 1976 s^2 / n.

use std::collections::VecDeque;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::pending::Pending;
use crate::support::quantile::QuantileTable;
use crate::{Outcome, Workload};

const MEAN_GAP_NS: f64 = 1.25e9;
const MEAN_SERVICE_NS: f64 = 1e9;
/// Mean wait.
pub const EXPECTED_WAIT_S: f64 = 4.0;
/// Variance of the mean wait of n customers, times n.
pub const WAIT_VARIANCE: f64 = 1976.0;

/// What can happen at the queue.
#[derive(Clone, Copy)]
pub enum Event {
    /// A customer comes.
    Arrival,
    /// The customer in service leaves.
    Departure,
}

/// Runs `workload.units` customers through the queue; the result is their mean wait in seconds.
pub fn run<P: Pending<Event>>(workload: &Workload) -> Outcome {
    let mut rng = ChaCha8Rng::seed_from_u64(workload.seed);
    let gap = QuantileTable::exponential(MEAN_GAP_NS);
    let service = QuantileTable::exponential(MEAN_SERVICE_NS);
    let mut pending = P::new();
    let mut waiting: VecDeque<u64> = VecDeque::new();
    let (mut busy, mut started, mut waited_ns) = (false, 0, 0_u128);
    pending.schedule(gap.draw(rng.next_u64()), Event::Arrival);
    while let Some((now_ns, event)) = pending.next() {
        let next = match event {
            Event::Arrival => {
                pending.schedule(now_ns + gap.draw(rng.next_u64()), Event::Arrival);
                waiting.push_back(now_ns);
                if busy { None } else { waiting.pop_front() }
            }
            Event::Departure => {
                busy = false;
                waiting.pop_front()
            }
        };
        if let Some(arrived_ns) = next {
            busy = true;
            waited_ns += u128::from(now_ns - arrived_ns);
            started += 1;
            if started == workload.units {
                break;
            }
            pending.schedule(now_ns + service.draw(rng.next_u64()), Event::Departure);
        }
    }
    Outcome {
        units: started,
        result: mean_s(waited_ns, started),
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "sums far below 2^100, and only a mean is wanted"
)]
fn mean_s(sum_ns: u128, count: u64) -> f64 {
    sum_ns as f64 / count as f64 / 1e9
}
