//! PHOLD: the usual synthetic load of parallel simulators. 16,384 logical processes, one event
//! each at the start; every event makes the next one at a uniformly chosen process, 0.1 s (the
//! lookahead) + Exp(0.9 s) later. The pending set always holds 16,384 events.
//!
//! Theory: the events are 16,384 independent renewal processes with gaps of mean 1 s and variance
//! 0.81 s^2, so up to time T each has (T + (0.81 - 1) / 2) s of them on the average, with variance
//! about 0.81 T.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::pending::Pending;
use crate::support::quantile::QuantileTable;
use crate::{Outcome, Workload};

/// Logical processes, and events at the start.
pub const PROCESSES: u32 = 16_384;
const LOOKAHEAD_NS: u64 = 100_000_000;
const MEAN_EXTRA_NS: f64 = 0.9e9;
/// Mean less than time of the number of events of one process.
pub const OFFSET: f64 = (0.81 - 1.0) / 2.0;
/// Variance of the gap.
pub const GAP_VARIANCE: f64 = 0.81;

/// Runs the processes for `workload.units / 16,384` seconds; the result is the number of events.
pub fn run<P: Pending<u32>>(workload: &Workload) -> Outcome {
    let mut rng = ChaCha8Rng::seed_from_u64(workload.seed);
    let extra = QuantileTable::exponential(MEAN_EXTRA_NS);
    let horizon_ns = horizon_ns(workload);
    let mut visits = vec![0_u32; PROCESSES as usize];
    let mut pending = P::new();
    for process in 0..PROCESSES {
        pending.schedule(LOOKAHEAD_NS + extra.draw(rng.next_u64()), process);
    }
    let mut events = 0;
    while let Some((now_ns, process)) = pending.next() {
        if now_ns >= horizon_ns {
            break;
        }
        events += 1;
        visits[process as usize] += 1;
        let target = destination(rng.next_u64());
        pending.schedule(now_ns + LOOKAHEAD_NS + extra.draw(rng.next_u64()), target);
    }
    std::hint::black_box(&visits);
    outcome(events)
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the top 14 bits choose among 2^14 processes"
)]
fn destination(bits: u64) -> u32 {
    (bits >> (64 - PROCESSES.trailing_zeros())) as u32
}

#[allow(clippy::cast_precision_loss, reason = "a count far below 2^53")]
fn outcome(events: u64) -> Outcome {
    Outcome {
        units: events,
        result: events as f64,
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "some hours in ns"
)]
fn horizon_ns(workload: &Workload) -> u64 {
    (horizon_s(workload) * 1e9) as u64
}

/// Length of a run in virtual seconds.
#[allow(clippy::cast_precision_loss, reason = "a count far below 2^53")]
pub fn horizon_s(workload: &Workload) -> f64 {
    workload.units as f64 / f64::from(PROCESSES)
}
