//! Emission caps: how many labels and negations a labeler may publish.
//!
//! In any half-open second, hour and day at most so many; what is ready earlier waits, first in,
//! first out. The n-th leaves at
//!
//! ```text
//! e(n) = max(ready(n), e(n - 1), e(n - S) + 1 s, e(n - H) + 1 h, e(n - D) + 1 d)
//! ```
//!
//! Memory: the instants of the last day's emissions, at most D.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Span, Time, UnitError};

/// How much a labeler may publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum EmissionSpec {
    /// Whatever is ready.
    Unlimited,
    /// At most so many; by default 5 a second, 10,000 an hour, 100,000 a day.
    Caps {
        /// In any second.
        #[serde(default = "default_second")]
        second: u32,
        /// In any hour.
        #[serde(default = "default_hour")]
        hour: u32,
        /// In any 24 hours.
        #[serde(default = "default_day")]
        day: u32,
    },
}

fn default_second() -> u32 {
    5
}

fn default_hour() -> u32 {
    10_000
}

fn default_day() -> u32 {
    100_000
}

impl EmissionSpec {
    /// The caps of a labeler that is composed of its parts.
    pub const DEFAULT_CAPS: Self = Self::Caps {
        second: 5,
        hour: 10_000,
        day: 100_000,
    };

    pub(super) fn faults(&self) -> Vec<(&'static str, UnitError)> {
        let Self::Caps { second, hour, day } = self else {
            return Vec::new();
        };
        let caps = [
            ("emission.caps.second", second),
            ("emission.caps.hour", hour),
            ("emission.caps.day", day),
        ];
        let none = caps.into_iter().filter(|(_, cap)| **cap == 0);
        none.map(|(key, _)| {
            let fault = "a cap of 0 lets no label out".to_owned();
            let remedy = "write 1 or more, or emission = \"unlimited\"".to_owned();
            (key, UnitError { fault, remedy })
        })
        .collect()
    }
}

/// When a labeler published lately.
#[derive(Debug, Clone)]
pub struct Emission {
    /// Cap and window, for each cap.
    caps: Vec<(usize, Span)>,
    /// The last emissions, oldest first; as many as the largest cap.
    recent: VecDeque<Time>,
}

impl Emission {
    /// Nothing was published yet.
    pub fn new(spec: EmissionSpec) -> Self {
        let caps = match spec {
            EmissionSpec::Unlimited => Vec::new(),
            EmissionSpec::Caps { second, hour, day } => {
                let windows = [1, 3_600, 86_400].map(Span::from_s);
                let caps = [second, hour, day].map(|cap| cap as usize);
                caps.into_iter().zip(windows).collect()
            }
        };
        Self {
            caps,
            recent: VecDeque::new(),
        }
    }

    /// Something is ready at `now`: when it is published. Callers come in the order of time.
    pub fn publish(&mut self, now: Time) -> Time {
        if self.caps.is_empty() {
            return now;
        }
        let mut at = self.recent.back().map_or(now, |last| now.max(*last));
        for (cap, window) in &self.caps {
            let place = self.recent.len().checked_sub(*cap);
            if let Some(earlier) = place.and_then(|place| self.recent.get(place)) {
                at = at.max(*earlier + *window);
            }
        }
        self.recent.push_back(at);
        let most = self.caps.iter().map(|(cap, _)| *cap).max();
        if self.recent.len() > most.unwrap_or(0) {
            self.recent.pop_front();
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_a_cap_waits_for_its_window() {
        let mut emission = Emission::new(EmissionSpec::Caps {
            second: 2,
            hour: 5,
            day: 6,
        });
        // Eight are ready at 0: two a second; the sixth waits for the hour of the first, the
        // seventh for the day of the first and the eighth for that of the second.
        let times: Vec<f64> = (0..8)
            .map(|_| emission.publish(Time::ZERO).as_seconds())
            .collect();
        assert_eq!(
            times,
            [0.0, 0.0, 1.0, 1.0, 2.0, 3_600.0, 86_400.0, 86_400.0]
        );
    }

    #[test]
    fn no_half_open_second_holds_more_than_the_cap() {
        let mut emission = Emission::new(EmissionSpec::DEFAULT_CAPS);
        let ready =
            (0..2_000_u64).map(|i| Time::from_ns(i * 37_000_000 % 100_000_000 + i * 90_000_000));
        let mut ready: Vec<Time> = ready.collect();
        ready.sort_unstable();
        let out: Vec<Time> = ready.iter().map(|now| emission.publish(*now)).collect();
        assert!(out.is_sorted());
        assert!(out.iter().zip(&ready).all(|(out, ready)| out >= ready));
        let second = Span::from_s(1);
        assert!(out.windows(6).all(|six| six[5].since(six[0]) >= second));
    }

    #[test]
    fn without_caps_nothing_waits() {
        let mut emission = Emission::new(EmissionSpec::Unlimited);
        assert!((0..1_000).all(|_| emission.publish(Time::from_ns(7)) == Time::from_ns(7)));
    }
}
