//! Regular arrivals under `warmup = "auto"`: batches that do not hold the same number of them.
//!
//! Rule: a batch of span B holds floor(B / E) or one more of sends that come every E. Where B is no
//! multiple of E these counts alternate with a beat of their own, which has nothing to do with the
//! start of the run, and MSER-5 may take a turn of the beat for the end of the warm-up. Below a
//! hundred sends to a batch that is more than a percent of the mean, and told.

use super::warmup::{STEPS, WarmUp};
use crate::population::ArrivalsSpec;
use crate::scenario::ScenarioSpec;
use crate::stats::mser;
use crate::units::Span;

/// Sends to a batch from which on one more or less does not matter.
const MANY: u64 = 100;

/// Batches of the whole run.
const BATCHES: u64 = (STEPS / mser::BATCH) as u64;

/// One warning for each group whose sends beat with the batches in which a warm-up was looked for.
pub(super) fn warnings(spec: &ScenarioSpec, found: WarmUp) -> Vec<String> {
    let batch = found.batch();
    let groups = spec.senders.iter();
    let told = groups.filter_map(|(name, senders)| match senders.arrivals {
        ArrivalsSpec::Regular { every, .. } => warning(name, every, batch),
        _ => None,
    });
    told.collect()
}

fn warning(group: &str, every: Span, batch: Span) -> Option<String> {
    let few = batch.ns() / every.ns();
    if batch.ns().is_multiple_of(every.ns()) || few >= MANY {
        return None;
    }
    let duration = Span::from_ns(every.ns().checked_mul((few + 1) * BATCHES)?);
    let more = few + 1;
    Some(format!(
        "senders.{group} send every {every}, so that the batches of {batch} in which the warm-up was looked for hold {few} or {more} sends of each: their beat may be taken for the start; write run.duration = \"{duration}\", or a multiple of {BATCHES} x {every}, or set run.warmup"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(every: &str, horizon: &str) -> Option<String> {
        let horizon: Span = horizon.parse().unwrap();
        let found = WarmUp {
            span: Span::ZERO,
            horizon,
        };
        warning("people", every.parse().unwrap(), found.batch())
    }

    #[test]
    fn batches_of_a_whole_number_of_sends_are_not_told() {
        // 2,000 s in 200 batches of 10 s each.
        assert_eq!(of("1s", "2000s"), None);
        assert_eq!(of("10s", "2000s"), None);
        assert_eq!(of("2500ms", "2000s"), None);
        // 100 or 101 to a batch: a percent.
        assert_eq!(of("99ms", "2000s"), None);
    }

    #[test]
    fn batches_that_beat_are_told_with_a_run_in_which_they_do_not() {
        // Batches of 1.5 s hold one or two; 200 of 2 s hold two each.
        let told = of("1s", "300s").unwrap();
        assert!(told.contains("hold 1 or 2 sends"), "{told}");
        assert!(told.contains("run.duration = \"6m40s\""), "{told}");
        assert_eq!(of("1s", "6m40s"), None);
        // A batch shorter than the gap.
        let told = of("1h", "1d").unwrap();
        assert!(told.contains("hold 0 or 1 sends"), "{told}");
        assert_eq!(of("1h", "200h"), None);
    }
}
