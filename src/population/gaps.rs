//! Senders whose gaps are lognormal: bursts and long silences without sessions.
//!
//! ```text
//! sigma^2 = ln(1 + cv^2),  median = exp(-sigma^2 / 2) / rate
//! first gap = U x a gap drawn in proportion to its length (lognormal, median x exp(sigma^2))
//! ```
//!
//! The first send of each sender lies where a process that has always run would have it, so that the
//! rate is the same from the start on. Source of the first gap: W. Feller, "An Introduction to
//! Probability Theory and Its Applications" II, XI.4; real senders have a cv of 3.7 to 5.5.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::rng::{Distribution, Law, Lognormal, Stream, uniform};
use crate::units::{Rate, Span, Time, UnitError, cast};

/// The laws of the gaps of one group.
#[derive(Debug, Clone)]
pub struct GapLaws {
    ordinary: Arc<Law>,
    /// A gap that some instant falls into: longer ones are likelier.
    around_an_instant: Arc<Law>,
}

impl GapLaws {
    /// The laws of gaps of a mean of 1 / `rate` and a coefficient of variation of `cv`.
    pub fn new(rate: Rate, cv: f64) -> Self {
        let variance = libm::log1p(cv * cv);
        let law = |exponent: f64| {
            let median = rate.gap_ns() * libm::exp(exponent * variance);
            Arc::new(Law::new(&Distribution::Lognormal(Lognormal {
                median: Span::from_ns(cast::f64_to_ns(median)),
                sigma: Some(libm::sqrt(variance)),
                p99: None,
                shift: Span::ZERO,
            })))
        };
        Self {
            ordinary: law(-0.5),
            around_an_instant: law(0.5),
        }
    }
}

/// What is wrong with a coefficient of variation.
pub(super) fn faults(cv: f64) -> Vec<(&'static str, UnitError)> {
    if (0.01..=20.0).contains(&cv) {
        return Vec::new();
    }
    let error = UnitError {
        fault: format!("a coefficient of variation of {cv} is not between 0.01 and 20"),
        remedy: "write one such as 4.5; for equal gaps write { regular = { every = \"1h\" } }"
            .to_owned(),
    };
    vec![("gaps.cv", error)]
}

/// The next send of every member.
#[derive(Debug, Clone)]
pub(super) struct Gaps {
    laws: GapLaws,
    next: BinaryHeap<Reverse<(Time, u32)>>,
}

impl Gaps {
    pub(super) fn new(laws: &GapLaws, members: u32, start: Time, draws: &mut Stream) -> Self {
        let first = |member| {
            let gap = laws.around_an_instant.draw(draws.next_u64()).ns();
            let rest = cast::count_to_f64(gap) * uniform::unit(draws.next_u64());
            Reverse((start + Span::from_ns(cast::f64_to_ns(rest)), member))
        };
        Self {
            laws: laws.clone(),
            next: (0..members).map(first).collect(),
        }
    }

    pub(super) fn next_point(&mut self, draws: &mut Stream) -> (Time, u32) {
        let mut first = self.next.peek_mut().expect("a group has members");
        let Reverse((time, member)) = *first;
        let gap = self.laws.ordinary.draw(draws.next_u64());
        *first = Reverse((time + gap, member));
        (time, member)
    }
}
