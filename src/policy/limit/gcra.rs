//! GCRA: the generic cell rate algorithm, exact or rounded as published implementations do.
//!
//! ```text
//! T = 1 / rate;  conforms iff t >= TAT + (cost - 1) T - (burst - 1) T;  then TAT = max(TAT, t) + cost T
//! ```
//!
//! It decides as the token bucket of the same burst and rate. The state is one word (two where the
//! rate is not a whole number of nanoseconds per unit). `rounding` makes it the rule of real code:
//! `ns-floor` has T rounded down to a nanosecond (governor), `us-ceil` has T rounded up to a
//! microsecond on a clock of whole microseconds (pyrate-limiter).
//!
//! Worst case in any interval of length W: `burst + floor(rate W)`, with the rounded rate.
//!
//! Source: ITU-T I.371; the meter is explained in [`super::meter`].

use serde::{Deserialize, Serialize};

use crate::units::{Rate, Span, cast};

use super::algorithm::{About, Algorithm, Counting, Key, Rounding, Setting};
use super::fault::Faults;
use super::keeper::Counters;
use super::meter::{Meter, Pace};
use super::registry::Keeper;

/// `{ gcra = { burst, rate } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GcraSpec {
    /// Most units at one instant.
    pub burst: u64,
    /// Units per time in the long run.
    pub rate: Rate,
}

impl GcraSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "gcra",
        summary: "at most `burst` at once and `rate` in the long run, from one instant per key",
        formula: "T = 1 / rate;  conforms iff t >= TAT + (cost - 1) T - (burst - 1) T;  then TAT = max(TAT, t) + cost T",
        memory: "1 word: the instant at which the key is as good as new; 2 where one unit is no whole number of nanoseconds",
        worst_case: "burst + floor(rate W)",
        source: "ITU-T I.371; governor (ns-floor), pyrate-limiter (us-ceil)",
        keys: Key::ALL,
        edge: None,
        phases: &[],
        roundings: &[Rounding::Exact, Rounding::NsFloor, Rounding::UsCeil],
        counting: Counting::AsTheLayerSays,
    };

    fn pace(&self, setting: &Setting) -> Pace {
        let exact = Pace::exact(self.rate, self.burst);
        match setting.rounding.unwrap_or(Rounding::Exact) {
            Rounding::Exact => exact,
            Rounding::NsFloor => Pace {
                steps: 1,
                per_unit: self.rate.per_ns() / self.rate.events(),
                ..exact
            },
            Rounding::UsCeil => Pace {
                steps: 1,
                per_unit: ceil_to_us(self.rate),
                grain: NS_PER_US,
                ..exact
            },
        }
    }
}

const NS_PER_US: u64 = 1_000;

/// The interval between two units, rounded up to a whole microsecond, in nanoseconds.
fn ceil_to_us(rate: Rate) -> u64 {
    let events = u128::from(rate.events()) * u128::from(NS_PER_US);
    cast::low_u64(u128::from(rate.per_ns()).div_ceil(events)).saturating_mul(NS_PER_US)
}

impl Algorithm for GcraSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.count("burst", self.burst);
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        Some(("burst", self.burst))
    }

    fn worst_case(&self, span: Span, setting: &Setting) -> Option<u64> {
        let pace = self.pace(setting);
        // The clock of whole microseconds may see up to one more of them than passed.
        Some(pace.worst_case(span.ns().saturating_add(pace.grain - 1)))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(fill_time(self.burst, self.rate))
    }

    fn build(&self, setting: &Setting) -> Keeper {
        metered(self.pace(setting), setting)
    }
}

/// The time in which `burst` units are refilled, rounded up to a nanosecond.
pub(super) fn fill_time(burst: u64, rate: Rate) -> Span {
    let steps = u128::from(burst) * u128::from(rate.per_ns());
    let ns = steps.div_ceil(u128::from(rate.events()));
    Span::from_ns(u64::try_from(ns).unwrap_or(u64::MAX))
}

/// A meter of the least width that is exact.
pub(super) fn metered(pace: Pace, setting: &Setting) -> Keeper {
    if pace.fits_one_word() {
        Counters::new(Meter::narrow(pace), setting.max_keys).into()
    } else {
        Counters::new(Meter::wide(pace), setting.max_keys).into()
    }
}
