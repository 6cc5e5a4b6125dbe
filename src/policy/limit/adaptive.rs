//! Adaptive quota: additive increase, multiplicative decrease on complaints.
//!
//! ```text
//! conforms iff used in this clock window + cost <= quota
//! when a window has closed:
//!   complaints > threshold x used   quota = max(least, floor(quota x decrease))
//!   else if used > 0                quota = min(most, quota + increase)
//! ```
//!
//! A key that sends nothing earns nothing, and keeps what it has. Shares are kept in parts of 10^9.
//!
//! Worst case: 2 `most` in any interval as long as the window.
//!
//! Source: additive increase and multiplicative decrease (Chiu and Jain 1989), with complaints in the
//! place of congestion, as in feedback loops of mail providers.

use serde::{Deserialize, Serialize};

use crate::units::{Share, Span, Time, cast};

use super::algorithm::{About, Algorithm, Counting, Edge, Key, Phase, Setting, windows_worst_case};
use super::fault::Faults;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, News, Rule};
use super::window::ClockWindows;

/// `{ adaptive = { window, start, least, most, increase, decrease, threshold } }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AdaptiveSpec {
    /// Length of the window that the quota is for.
    pub window: Span,
    /// Quota of a key never seen.
    pub start: u64,
    /// The quota never falls below.
    pub least: u64,
    /// The quota never rises above.
    pub most: u64,
    /// Added after a window without too many complaints.
    pub increase: u64,
    /// What the quota is multiplied by after a window with too many.
    pub decrease: Share,
    /// Complaints per admitted unit that are still tolerated.
    pub threshold: Share,
}

impl AdaptiveSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "adaptive",
        summary: "a quota per clock window that grows while there are few complaints and shrinks \
                  when there are many",
        formula: "conforms iff used in this clock window + cost <= quota\n\
                  when a window has closed:\n\
                  \x20 complaints > threshold x used   quota = max(least, floor(quota x decrease))\n\
                  \x20 else if used > 0                quota = min(most, quota + increase)",
        memory: "5 words",
        worst_case: "2 most",
        source: "additive increase, multiplicative decrease (Chiu and Jain 1989)",
        keys: Key::ALL,
        edge: Some(Edge::HalfOpen),
        phases: &[Phase::Clock],
        roundings: &[],
        counting: Counting::OnlyAdmitted,
    };
}

const WHOLE: u64 = 1_000_000_000;

fn parts(share: Share) -> u64 {
    cast::f64_to_ns(share.value() * 1e9)
}

impl Algorithm for AdaptiveSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.span("window", self.window);
        faults.count("least", self.least);
        faults.count("most", self.most);
        faults.count("increase", self.increase);
        if !(self.least..=self.most).contains(&self.start) {
            let fault = format!(
                "start {} is not in {}..={}",
                self.start, self.least, self.most
            );
            faults.add("start", fault, "write a number from `least` to `most`");
        }
        if parts(self.decrease) >= WHOLE {
            faults.add(
                "decrease",
                "a factor of 1 decreases nothing",
                "write a share below 100%",
            );
        }
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        Some(("most", self.most))
    }

    fn worst_case(&self, span: Span, _: &Setting) -> Option<u64> {
        Some(windows_worst_case(self.most, self.window, span))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(self.window)
    }

    fn build(&self, setting: &Setting) -> Keeper {
        let rule = Adaptive {
            clock: ClockWindows::new(self.window, setting),
            decrease: parts(self.decrease),
            threshold: parts(self.threshold),
            spec: self.clone(),
        };
        Counters::new(rule, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct Adaptive {
    spec: AdaptiveSpec,
    clock: ClockWindows,
    decrease: u64,
    threshold: u64,
}

/// The quota, and what happened in the window that closes at `closes`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AdaptiveState {
    closes: Time,
    /// `None` for the quota of a key never seen.
    quota: Option<u64>,
    used: u64,
    complaints: u64,
}

impl Adaptive {
    fn quota(&self, state: &AdaptiveState) -> u64 {
        state.quota.unwrap_or(self.spec.start)
    }

    /// The quota after the window of `state`.
    fn judged(&self, state: &AdaptiveState) -> u64 {
        let quota = self.quota(state);
        let complaints = u128::from(state.complaints) * u128::from(WHOLE);
        if complaints > u128::from(state.used) * u128::from(self.threshold) {
            let lowered = u128::from(quota) * u128::from(self.decrease) / u128::from(WHOLE);
            return cast::low_u64(lowered).max(self.spec.least);
        }
        if state.used == 0 {
            return quota;
        }
        quota.saturating_add(self.spec.increase).min(self.spec.most)
    }

    /// `state` as of the window of `now`.
    fn as_of(&self, state: &AdaptiveState, now: Time) -> AdaptiveState {
        if self.clock.is_open(state.closes, now) {
            return *state;
        }
        AdaptiveState {
            closes: self.clock.closes(now),
            quota: Some(self.judged(state)),
            used: 0,
            complaints: 0,
        }
    }
}

impl Rule for Adaptive {
    type State = AdaptiveState;

    const HEARS: bool = true;

    fn ask(&self, state: &AdaptiveState, attempt: &Attempt) -> Decision {
        let state = self.as_of(state, attempt.now);
        let conforms = state.used.saturating_add(attempt.cost) <= self.quota(&state);
        Decision::admit_if(conforms)
    }

    fn charge(&self, state: &mut AdaptiveState, attempt: &Attempt) {
        *state = self.as_of(state, attempt.now);
        state.used = state.used.saturating_add(attempt.cost);
    }

    fn earliest(&self, state: &AdaptiveState, attempt: &Attempt) -> Option<Time> {
        let state = self.as_of(state, attempt.now);
        if self.ask(&state, attempt).lets_pass() {
            return Some(attempt.now);
        }
        // Beyond the next window an idle key keeps its quota.
        let opens = self.clock.next_opens(state.closes);
        (attempt.cost <= self.judged(&state)).then_some(opens)
    }

    fn fresh_at(&self, state: &AdaptiveState) -> Time {
        if self.judged(state) != self.spec.start {
            return Time::NEVER;
        }
        if *state == AdaptiveState::default() {
            return Time::ZERO;
        }
        self.clock.next_opens(state.closes)
    }

    fn hear(&self, state: &mut AdaptiveState, news: &News) {
        if let News::Complaint { now } = news {
            *state = self.as_of(state, *now);
            state.complaints = state.complaints.saturating_add(1);
        }
    }
}
