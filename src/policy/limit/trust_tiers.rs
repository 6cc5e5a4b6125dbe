//! Trust tiers: a quota per clock window that grows with the age of the sender's account.
//!
//! ```text
//! steps   quota(age) = limit of the last step whose age <= the account's
//! ramp    quota(age) = first + floor((full - first) age / over), full from age `over` on
//! conforms iff used in this window + cost <= quota(age now)
//! ```
//!
//! An account of unknown age has age 0. Worst case: twice the largest quota in any interval as long
//! as the window.
//!
//! Source: sending quotas of mail providers for new accounts and addresses ("warm-up").

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time, cast};

use super::algorithm::{About, Algorithm, Counting, Edge, Key, Phase, Setting, windows_worst_case};
use super::fault::Faults;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};
use super::window::{ClockWindows, WindowState};

/// `{ trust-tiers = { window, quota } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrustTiersSpec {
    /// Length of the window that the quota is for.
    pub window: Span,
    /// How the quota grows with age.
    pub quota: QuotaSpec,
}

/// A quota by age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QuotaSpec {
    /// `{ steps = [{ age = "0s", limit = 5 }, { age = "7d", limit = 50 }] }`.
    Steps(Vec<Step>),
    /// `{ ramp = { first = 10, full = 1000, over = "42d" } }`.
    Ramp(Ramp),
}

/// The quota from one age on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// From this age on.
    pub age: Span,
    /// Most units per window.
    pub limit: u64,
}

/// A quota that grows evenly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ramp {
    /// Quota at age 0.
    pub first: u64,
    /// Quota from age `over` on.
    pub full: u64,
    /// How long it grows.
    pub over: Span,
}

impl TrustTiersSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "trust-tiers",
        summary: "a quota per clock window that grows with the age of the sender's account",
        formula: "steps   quota(age) = limit of the last step whose age <= the account's\n\
                  ramp    quota(age) = first + floor((full - first) age / over), full from age `over` on\n\
                  conforms iff used in this window + cost <= quota(age now)",
        memory: "2 words: units used, when the window closes",
        worst_case: "2 x largest quota",
        source: "warm-up quotas of mail providers",
        keys: &[Key::Sender, Key::Pair],
        edge: Some(Edge::HalfOpen),
        phases: &[Phase::Clock],
        roundings: &[],
        counting: Counting::AsTheLayerSays,
    };
}

impl QuotaSpec {
    fn find_faults(&self, faults: &mut Faults) {
        match self {
            Self::Steps(steps) => find_step_faults(steps, faults),
            Self::Ramp(ramp) => {
                faults.under("ramp", |faults| {
                    faults.count("first", ramp.first);
                    faults.count("full", ramp.full);
                    faults.span("over", ramp.over);
                    if ramp.full < ramp.first {
                        let fault = format!("full {} is below first {}", ramp.full, ramp.first);
                        faults.add("full", fault, "a quota grows with age: raise `full`");
                    }
                });
            }
        }
    }

    fn largest(&self) -> u64 {
        match self {
            Self::Steps(steps) => steps.iter().map(|step| step.limit).max().unwrap_or(0),
            Self::Ramp(ramp) => ramp.full,
        }
    }

    /// The quota at `age`.
    fn at(&self, age: Span) -> u64 {
        match self {
            Self::Steps(steps) => {
                let reached = steps.partition_point(|step| step.age <= age);
                steps[..reached].last().map_or(0, |step| step.limit)
            }
            Self::Ramp(ramp) => {
                let grown =
                    u128::from(ramp.full - ramp.first) * u128::from(age.ns().min(ramp.over.ns()));
                ramp.first + cast::low_u64(grown / u128::from(ramp.over.ns()))
            }
        }
    }

    /// The age from which on the quota is at least `units`; `None` where it never is.
    fn age_of(&self, units: u64) -> Option<Span> {
        match self {
            Self::Steps(steps) => steps
                .iter()
                .find(|step| step.limit >= units)
                .map(|step| step.age),
            Self::Ramp(ramp) if units <= ramp.first => Some(Span::ZERO),
            Self::Ramp(ramp) if units <= ramp.full => {
                let grown = u128::from(units - ramp.first) * u128::from(ramp.over.ns());
                let ns = grown.div_ceil(u128::from(ramp.full - ramp.first));
                Some(Span::from_ns(cast::low_u64(ns)))
            }
            Self::Ramp(_) => None,
        }
    }
}

fn find_step_faults(steps: &[Step], faults: &mut Faults) {
    if steps.first().is_none_or(|step| !step.age.is_zero()) {
        faults.add(
            "steps",
            "no step for age \"0s\"",
            "begin with { age = \"0s\", limit = ... }",
        );
    }
    for pair in steps.windows(2) {
        if pair[1].age <= pair[0].age || pair[1].limit < pair[0].limit {
            let fault = format!(
                "the step at {} does not follow the one at {}",
                pair[1].age, pair[0].age
            );
            faults.add(
                "steps",
                fault,
                "let both age and limit grow from step to step",
            );
        }
    }
    for step in steps {
        faults.under("steps", |faults| faults.count("limit", step.limit));
    }
}

impl Algorithm for TrustTiersSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.span("window", self.window);
        faults.under("quota", |faults| self.quota.find_faults(faults));
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        Some(("quota", self.quota.largest()))
    }

    fn worst_case(&self, span: Span, _: &Setting) -> Option<u64> {
        Some(windows_worst_case(self.quota.largest(), self.window, span))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(self.window)
    }

    fn build(&self, setting: &Setting) -> Keeper {
        let rule = TrustTiers {
            quota: self.quota.clone(),
            clock: ClockWindows::new(self.window, setting),
        };
        Counters::new(rule, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct TrustTiers {
    quota: QuotaSpec,
    clock: ClockWindows,
}

impl TrustTiers {
    fn used(&self, state: &WindowState, now: Time) -> u64 {
        state.used_at(self.clock.edge(), now)
    }

    /// The earliest instant from `now` on at which the quota is at least `units`.
    fn grown(&self, attempt: &Attempt, units: u64) -> Option<Time> {
        let needed = self.quota.age_of(units)?;
        let age = attempt.age.unwrap_or(Span::ZERO);
        let missing = needed.ns().saturating_sub(age.ns());
        // An account of unknown age does not grow older either.
        (missing == 0 || attempt.age.is_some()).then(|| attempt.now + Span::from_ns(missing))
    }
}

impl Rule for TrustTiers {
    type State = WindowState;

    fn ask(&self, state: &WindowState, attempt: &Attempt) -> Decision {
        let quota = self.quota.at(attempt.age.unwrap_or(Span::ZERO));
        let used = self.used(state, attempt.now);
        Decision::admit_if(used.saturating_add(attempt.cost) <= quota)
    }

    fn charge(&self, state: &mut WindowState, attempt: &Attempt) {
        let used = self.used(state, attempt.now);
        *state = WindowState {
            closes: self.clock.closes(attempt.now),
            used: used.saturating_add(attempt.cost),
        };
    }

    fn earliest(&self, state: &WindowState, attempt: &Attempt) -> Option<Time> {
        let used = self.used(state, attempt.now);
        let here = self.grown(attempt, used.saturating_add(attempt.cost));
        let opens = self.clock.next_opens(self.clock.closes(attempt.now));
        let next = self
            .grown(attempt, attempt.cost)
            .map(|grown| grown.max(opens));
        match (here, next) {
            (Some(here), Some(next)) => Some(here.min(next)),
            (here, next) => here.or(next),
        }
    }

    fn fresh_at(&self, state: &WindowState) -> Time {
        state.fresh_at(self.clock.edge())
    }
}
