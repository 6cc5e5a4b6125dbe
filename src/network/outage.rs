//! Outages: when a PDS is down.
//!
//! ```text
//! up ---a---> down ---b---> up        both spans exponential
//! daily chances d (down) and u (up):  a + b = -ln(1 - d - u) per day,  a = (a + b) d / (d + u)
//! P(down at t | up at 0) = d / (d + u) (1 - e^-(a+b)t)
//! ```
//!
//! so that the state of a PDS from one day to the next has exactly the chances that were counted,
//! and an outage may begin at any time of the day. Source of the default chances: daily counts of
//! known and offline PDSes, May 2024 to January 2025, in which most hosts that are down are small.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PdsSet;
use crate::units::{Rate, Share, Span, UnitError, cast};

/// When PDSes are down.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum OutagesSpec {
    /// Never.
    #[default]
    None,
    /// At random, with chances from one day to the next.
    Daily(DailySpec),
    /// At random, with rates.
    Rates(RatesSpec),
    /// In windows by name, each of some PDSes.
    Windows(BTreeMap<String, OutageSpec>),
}

/// Chances from one day to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DailySpec {
    /// That a PDS which is up is down a day later; counted on the real network.
    pub down: Share,
    /// That a PDS which is down is up a day later; counted on the real network.
    pub up: Share,
    /// In which state PDSes start.
    pub start: StartState,
}

impl Default for DailySpec {
    fn default() -> Self {
        Self {
            down: Share::new(0.0124).expect("a share"),
            up: Share::new(0.0426).expect("a share"),
            start: StartState::Up,
        }
    }
}

/// Rates of going down and coming back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RatesSpec {
    /// At which a PDS that is up goes down, such as "1/30d".
    pub down: Rate,
    /// At which a PDS that is down comes back, such as "1/1h".
    pub up: Rate,
    /// In which state PDSes start.
    #[serde(default)]
    pub start: StartState,
}

/// In which state PDSes start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartState {
    /// All are up.
    #[default]
    Up,
    /// Each is down with the chance that it is in the long run.
    Stationary,
}

/// An outage of some PDSes from `start` to before `stop`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OutageSpec {
    /// Which PDSes.
    #[serde(default)]
    pub pds: PdsSet,
    /// When they go down.
    pub start: Span,
    /// When they are up again.
    pub stop: Span,
}

/// What the sender's PDS sees of a PDS that is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenDown {
    /// The connection is refused: it learns so after the way there and back.
    #[default]
    Refused,
    /// No answer: it learns so after the time-out.
    Timeout,
}

/// Two exponential spans in turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alternation {
    /// Mean time up.
    pub up: Span,
    /// Mean time down.
    pub down: Span,
    /// In which state PDSes start.
    pub start: StartState,
}

impl Alternation {
    /// The share of time down in the long run.
    pub fn share_down(&self) -> Share {
        let (up, down) = (self.up.as_seconds(), self.down.as_seconds());
        Share::new(down / (up + down)).unwrap_or(Share::ZERO)
    }
}

impl OutagesSpec {
    /// The random outages that it describes, if it does.
    pub fn alternation(&self) -> Option<Alternation> {
        match self {
            Self::None | Self::Windows(_) => None,
            Self::Daily(spec) => Some(spec.alternation()),
            Self::Rates(spec) => Some(Alternation {
                up: Span::from_ns(cast::f64_to_ns(spec.down.gap_ns())),
                down: Span::from_ns(cast::f64_to_ns(spec.up.gap_ns())),
                start: spec.start,
            }),
        }
    }

    /// What is wrong with the parameters in a network of `count` PDSes: the key and the error.
    pub fn faults(&self, count: usize) -> Vec<(String, UnitError)> {
        match self {
            Self::None | Self::Rates(_) => Vec::new(),
            Self::Daily(spec) => spec.faults(),
            Self::Windows(windows) => windows
                .iter()
                .flat_map(|(name, window)| {
                    let faults = window.faults(count).into_iter();
                    faults.map(move |(key, error)| (format!("windows.{name}.{key}"), error))
                })
                .collect(),
        }
    }
}

impl DailySpec {
    fn alternation(&self) -> Alternation {
        let (down, up) = (self.down.value(), self.up.value());
        // Per day, together.
        let both = -libm::log1p(-(down + up));
        let mean = |share: f64| Span::from_ns(cast::f64_to_ns(DAY_NS / (both * share)));
        Alternation {
            up: mean(down / (down + up)),
            down: mean(up / (down + up)),
            start: self.start,
        }
    }

    fn faults(&self) -> Vec<(String, UnitError)> {
        let (down, up) = (self.down.value(), self.up.value());
        let is_sound = down > 0.0 && up > 0.0 && down + up < 1.0;
        let error = UnitError {
            fault: format!("chances of {down} and {up} from one day to the next"),
            remedy: "write two chances above 0 whose sum is below 1, or use rates".to_owned(),
        };
        if is_sound {
            Vec::new()
        } else {
            vec![("daily".to_owned(), error)]
        }
    }
}

impl OutageSpec {
    fn faults(&self, count: usize) -> Vec<(&'static str, UnitError)> {
        let of_set = self.pds.fault(count).map(|error| ("pds", error));
        let of_window = window_fault(self.start, self.stop).map(|error| ("stop", error));
        of_set.into_iter().chain(of_window).collect()
    }
}

/// What is wrong with a window that ends at or before its start.
pub(super) fn window_fault(start: Span, stop: Span) -> Option<UnitError> {
    (stop <= start).then(|| UnitError {
        fault: format!("the window stops at {stop}, not after its start at {start}"),
        remedy: "write a stop after the start".to_owned(),
    })
}

const DAY_NS: f64 = 86_400e9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spans_give_back_the_daily_chances() {
        // P(down after a day | up) = d / (d + u) (1 - e^-(a + b)), and the reverse.
        let daily = DailySpec::default();
        let spans = OutagesSpec::Daily(daily).alternation().unwrap();
        let per_day = |span: Span| 86_400.0 / span.as_seconds();
        let (a, b) = (per_day(spans.up), per_day(spans.down));
        let moved = 1.0 - libm::exp(-(a + b));
        assert!((a / (a + b) * moved - 0.0124).abs() < 1e-12);
        assert!((b / (a + b) * moved - 0.0426).abs() < 1e-12);
        assert!((spans.share_down().value() - 0.0124 / 0.055).abs() < 1e-12);
    }

    #[test]
    fn rates_are_the_inverse_of_the_mean_spans() {
        let rates = RatesSpec {
            down: "1/30d".parse().unwrap(),
            up: "4/1h".parse().unwrap(),
            start: StartState::Up,
        };
        let spans = OutagesSpec::Rates(rates).alternation().unwrap();
        assert_eq!(spans.up, "30d".parse().unwrap());
        assert_eq!(spans.down, "15m".parse().unwrap());
    }

    #[test]
    fn chances_that_no_process_in_time_has_are_faults() {
        for (down, up) in [(0.0, 0.5), (0.5, 0.5), (0.1, 0.0)] {
            let spec = DailySpec {
                down: Share::new(down).unwrap(),
                up: Share::new(up).unwrap(),
                start: StartState::Up,
            };
            assert_eq!(OutagesSpec::Daily(spec).faults(9)[0].0, "daily");
        }
    }
}
