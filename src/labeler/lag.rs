//! From a sight to the issue of the label: one distribution, a named profile, measured lags from a
//! file, or the labeler's own work.
//!
//! The profiles, each to be taken as a guess until it is measured:
//!
//! | profile | law |
//! |---|---|
//! | `auto` | lognormal, median 30 s, sigma 0.7: a program decides |
//! | `platform` | lognormal, median 7.1 h, sigma 1.65: paid moderators in shifts |
//! | `volunteer` | exponential, mean 82.3 d: whoever finds the time |

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::triage::TriageSpec;
use crate::rng::{
    Distribution, Empirical, Erlang, Exponential, Hyperexponential, Lognormal, Pareto, Uniform,
};
use crate::units::Span;

/// From a sight to the issue of the label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Lag", into = "Lag")]
pub enum LagSpec {
    /// One distribution, written as any other.
    Law(Distribution),
    /// A profile.
    Profile(Profile),
    /// The lags in a file: an empirical distribution.
    File(Distribution),
    /// The labeler's own work.
    Triage(TriageSpec),
}

/// A kind of labeler, known by its lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// A program decides.
    Auto,
    /// Paid moderators of a large platform.
    Platform,
    /// Volunteers.
    Volunteer,
}

impl Profile {
    /// The law of its lag.
    pub fn distribution(self) -> Distribution {
        let lognormal = |median, sigma| {
            Distribution::Lognormal(Lognormal {
                median,
                sigma: Some(sigma),
                p99: None,
                shift: Span::ZERO,
            })
        };
        match self {
            Self::Auto => lognormal(Span::from_s(30), 0.7),
            // 7.1 h.
            Self::Platform => lognormal(Span::from_s(25_560), 1.65),
            // 82.3 d.
            Self::Volunteer => Distribution::Exponential(Exponential {
                mean: Span::from_s(7_110_720),
                shift: Span::ZERO,
            }),
        }
    }
}

impl LagSpec {
    /// The distribution that is written in the scenario, with its key below the lag's.
    pub fn written_mut(&mut self) -> Option<(&'static str, &mut Distribution)> {
        match self {
            Self::Law(law) | Self::File(law) => Some(("", law)),
            Self::Triage(triage) => Some((".triage.handle", &mut triage.handle)),
            Self::Profile(_) => None,
        }
    }
}

/// What a scenario writes: the tags of distributions and those of labelers side by side, so that
/// a wrong one is reported at its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Lag {
    /// Always the same span.
    Constant(Span),
    /// Every nanosecond from min to max, both included, equally likely.
    Uniform(Uniform),
    /// Memoryless.
    Exponential(Exponential),
    /// The exponential of a normal variable.
    Lognormal(Lognormal),
    /// Power-law tail: `P(X > x) = (scale / x)^shape` from `scale` on.
    Pareto(Pareto),
    /// The sum of k exponentials.
    Erlang(Erlang),
    /// One of two exponentials, each carrying half of the mean.
    Hyperexponential(Hyperexponential),
    /// The values of a file, equally likely.
    Empirical(Empirical),
    /// A program decides: lognormal, median 30 s, sigma 0.7 (guess).
    Auto,
    /// Paid moderators decide: lognormal, median 7.1 h, sigma 1.65 (guess).
    Platform,
    /// Volunteers decide: exponential, mean 82.3 d (guess).
    Volunteer,
    /// The lags in a CSV file with the column `seconds`, such as measured ones, equally likely.
    File(String),
    /// The labeler's own work: intake, moderators, verdict.
    Triage(TriageSpec),
}

impl From<Lag> for LagSpec {
    fn from(written: Lag) -> Self {
        Self::Law(match written {
            Lag::Constant(p) => Distribution::Constant(p),
            Lag::Uniform(p) => Distribution::Uniform(p),
            Lag::Exponential(p) => Distribution::Exponential(p),
            Lag::Lognormal(p) => Distribution::Lognormal(p),
            Lag::Pareto(p) => Distribution::Pareto(p),
            Lag::Erlang(p) => Distribution::Erlang(p),
            Lag::Hyperexponential(p) => Distribution::Hyperexponential(p),
            Lag::Empirical(p) => Distribution::Empirical(p),
            Lag::Auto => return Self::Profile(Profile::Auto),
            Lag::Platform => return Self::Profile(Profile::Platform),
            Lag::Volunteer => return Self::Profile(Profile::Volunteer),
            Lag::File(file) => {
                return Self::File(Distribution::Empirical(Empirical::named(file)));
            }
            Lag::Triage(triage) => return Self::Triage(triage),
        })
    }
}

impl From<LagSpec> for Lag {
    fn from(spec: LagSpec) -> Self {
        match spec {
            LagSpec::Profile(Profile::Auto) => Self::Auto,
            LagSpec::Profile(Profile::Platform) => Self::Platform,
            LagSpec::Profile(Profile::Volunteer) => Self::Volunteer,
            LagSpec::Triage(triage) => Self::Triage(triage),
            LagSpec::File(Distribution::Empirical(p)) => Self::File(p.file),
            LagSpec::Law(law) | LagSpec::File(law) => match law {
                Distribution::Constant(p) => Self::Constant(p),
                Distribution::Uniform(p) => Self::Uniform(p),
                Distribution::Exponential(p) => Self::Exponential(p),
                Distribution::Lognormal(p) => Self::Lognormal(p),
                Distribution::Pareto(p) => Self::Pareto(p),
                Distribution::Erlang(p) => Self::Erlang(p),
                Distribution::Hyperexponential(p) => Self::Hyperexponential(p),
                Distribution::Empirical(p) => Self::Empirical(p),
            },
        }
    }
}

impl JsonSchema for LagSpec {
    fn schema_name() -> Cow<'static, str> {
        Lag::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Lag::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Lag::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_written_back() {
        for text in [
            r#"{"constant":"10m"}"#,
            r#"{"lognormal":{"median":"10m","sigma":1.0}}"#,
            r#""platform""#,
            r#"{"file":"lags.csv"}"#,
            r#"{"triage":{"moderators":3,"handle":{"constant":"5m"}}}"#,
        ] {
            let spec: LagSpec = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&spec).unwrap(), text);
        }
    }

    #[test]
    fn profiles_have_their_means() {
        let mean = |profile: Profile| profile.distribution().mean_ns().unwrap() / 1e9;
        let off = |found: f64, expected: f64| (found / expected - 1.0).abs();
        // 30 e^(0.7^2/2), 7.1 h x e^(1.65^2/2), 82.3 d.
        assert!(off(mean(Profile::Auto), 30.0 * libm::exp(0.245)) < 1e-12);
        assert!(off(mean(Profile::Platform), 7.1 * 3_600.0 * libm::exp(1.361_25)) < 1e-12);
        assert!(off(mean(Profile::Volunteer), 82.3 * 86_400.0) < 1e-12);
    }
}
