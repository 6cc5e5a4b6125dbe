//! Distributions of spans of time, as a scenario writes them.
//!
//! `{ constant = "5ms" }`, `{ uniform = { min = "1ms", max = "3ms" } }`,
//! `{ lognormal = { median = "35ms", sigma = 0.6, shift = "5ms" } }` and so on: the tag is the
//! family, spans carry units, `shift` is added to every value. A specification only; what draws
//! is a [`Law`](super::Law). Moments are in nanoseconds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Span, UnitError, cast};

/// A distribution of spans of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
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
}

/// Parameters of a uniform distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Uniform {
    /// The smallest value.
    pub min: Span,
    /// The largest value.
    pub max: Span,
    /// Added to every value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: Span,
}

/// Parameters of an exponential distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exponential {
    /// The mean, without the shift.
    pub mean: Span,
    /// Added to every value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: Span,
}

/// Parameters of a lognormal distribution: the median and one of sigma and the 99th percentile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lognormal {
    /// The median, without the shift.
    pub median: Span,
    /// Standard deviation of the logarithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma: Option<f64>,
    /// The 99th percentile, without the shift: `sigma = ln(p99 / median) / 2.3263478740`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<Span>,
    /// Added to every value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: Span,
}

/// Parameters of a Pareto distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pareto {
    /// The smallest value, without the shift.
    pub scale: Span,
    /// The exponent of the tail; the mean is finite above 1, the variance above 2.
    pub shape: f64,
    /// Added to every value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: Span,
}

/// Parameters of an Erlang distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Erlang {
    /// The mean of the whole, without the shift.
    pub mean: Span,
    /// How many exponentials are added.
    pub k: u32,
    /// Added to every value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: Span,
}

/// Parameters of a two-phase hyperexponential distribution with balanced means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hyperexponential {
    /// The mean of the whole, without the shift.
    pub mean: Span,
    /// Variance over squared mean, without the shift; at least 1.
    pub cv2: f64,
    /// Added to every value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: Span,
}

/// Where the values of an empirical distribution come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Empirical {
    /// The file, relative to the one that names it.
    pub file: String,
    /// Added to every value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: Span,
    /// The values of the file in nanoseconds, ascending; empty until [`Empirical::load`].
    #[serde(skip)]
    values: Vec<u64>,
}

impl Empirical {
    /// The values of `file`, not loaded yet.
    pub fn named(file: String) -> Self {
        Self {
            file,
            shift: Span::ZERO,
            values: Vec::new(),
        }
    }

    /// Takes the values that were read from the file, in any order.
    pub fn load(&mut self, mut values: Vec<u64>) {
        values.sort_unstable();
        self.values = values;
    }

    /// The values in nanoseconds, ascending, without the shift; empty until loaded.
    pub fn values(&self) -> &[u64] {
        &self.values
    }
}

impl Lognormal {
    /// The standard deviation of the logarithm, from whichever parameter gives it.
    ///
    /// # Panics
    /// If neither is given, which validation refuses.
    pub fn log_deviation(&self) -> f64 {
        match (self.sigma, self.p99) {
            (Some(sigma), _) => sigma,
            (None, Some(p99)) => libm::log(ns(p99) / ns(self.median)) / NORMAL_P99,
            (None, None) => panic!("a lognormal passed validation without sigma and p99"),
        }
    }
}

/// The 99th percentile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// What all families share.
impl Distribution {
    /// What is added to every value.
    pub fn shift(&self) -> Span {
        match self {
            Self::Constant(_) => Span::ZERO,
            Self::Uniform(p) => p.shift,
            Self::Exponential(p) => p.shift,
            Self::Lognormal(p) => p.shift,
            Self::Pareto(p) => p.shift,
            Self::Erlang(p) => p.shift,
            Self::Hyperexponential(p) => p.shift,
            Self::Empirical(p) => p.shift,
        }
    }

    /// The mean in nanoseconds, shift included. `None` if infinite or not loaded.
    pub fn mean_ns(&self) -> Option<f64> {
        let unshifted = match self {
            Self::Constant(span) => Some(ns(*span)),
            Self::Uniform(p) => Some(f64::midpoint(ns(p.min), ns(p.max))),
            Self::Exponential(p) => Some(ns(p.mean)),
            Self::Lognormal(p) => {
                let sigma = p.log_deviation();
                Some(ns(p.median) * libm::exp(sigma * sigma / 2.0))
            }
            Self::Pareto(p) => (p.shape > 1.0).then(|| ns(p.scale) * p.shape / (p.shape - 1.0)),
            Self::Erlang(p) => Some(ns(p.mean)),
            Self::Hyperexponential(p) => Some(ns(p.mean)),
            Self::Empirical(p) => empirical_mean(&p.values),
        };
        unshifted.map(|mean| mean + ns(self.shift()))
    }

    /// The variance in square nanoseconds. `None` if infinite or not loaded.
    pub fn variance_ns2(&self) -> Option<f64> {
        match self {
            Self::Constant(_) => Some(0.0),
            Self::Uniform(p) => {
                // Of an integer from min to max: (n^2 - 1) / 12 with n values.
                let count = ns(p.max) - ns(p.min) + 1.0;
                Some((count * count - 1.0) / 12.0)
            }
            Self::Exponential(p) => Some(square(ns(p.mean))),
            Self::Lognormal(p) => {
                let spread = square(p.log_deviation());
                Some(square(ns(p.median)) * libm::exp(spread) * libm::expm1(spread))
            }
            Self::Pareto(p) => (p.shape > 2.0)
                .then(|| square(ns(p.scale)) * p.shape / (square(p.shape - 1.0) * (p.shape - 2.0))),
            Self::Erlang(p) => Some(square(ns(p.mean)) / f64::from(p.k)),
            Self::Hyperexponential(p) => Some(square(ns(p.mean)) * p.cv2),
            Self::Empirical(p) => empirical_variance(&p.values),
        }
    }

    /// The squared coefficient of variation, shift included: variance over squared mean. `None`
    /// if infinite, not loaded, or the mean is 0.
    pub fn cv2(&self) -> Option<f64> {
        let mean = self.mean_ns().filter(|mean| *mean > 0.0)?;
        Some(self.variance_ns2()? / square(mean))
    }

    /// The file that must be loaded before the distribution can be drawn from.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Empirical(p) => Some(&p.file),
            _ => None,
        }
    }

    /// Every fault of the parameters; none if the distribution can be drawn from.
    pub fn validate(&self) -> Vec<UnitError> {
        let mut faults = Faults::default();
        match self {
            Self::Constant(_) => {}
            Self::Uniform(p) => faults.unless(p.min <= p.max, || {
                let fault = format!("min \"{}\" is above max \"{}\"", p.min, p.max);
                (fault, "swap them, or write equal spans")
            }),
            Self::Exponential(p) => faults.unless_positive("mean", p.mean),
            Self::Lognormal(p) => validate_lognormal(p, &mut faults),
            Self::Pareto(p) => {
                faults.unless_positive("scale", p.scale);
                faults.unless(p.shape > 0.0 && p.shape.is_finite(), || {
                    let fault = format!("shape {} is not above 0", p.shape);
                    (
                        fault,
                        "write a shape above 1 for a finite mean, such as 2.5",
                    )
                });
            }
            Self::Erlang(p) => {
                faults.unless_positive("mean", p.mean);
                faults.unless((1..=MOST_PHASES).contains(&p.k), || {
                    let fault = format!("k {} is not from 1 to {MOST_PHASES}", p.k);
                    (
                        fault,
                        "write the number of phases, or use constant for very many",
                    )
                });
            }
            Self::Hyperexponential(p) => {
                faults.unless_positive("mean", p.mean);
                faults.unless(p.cv2 >= 1.0 && p.cv2.is_finite(), || {
                    let fault = format!("cv2 {} is below 1", p.cv2);
                    (
                        fault,
                        "write 1 or more, or use erlang for less variable times",
                    )
                });
            }
            Self::Empirical(p) => faults.unless(!p.file.is_empty(), || {
                ("file is empty".to_owned(), "name a file of values")
            }),
        }
        faults.0
    }
}

fn validate_lognormal(p: &Lognormal, faults: &mut Faults) {
    faults.unless_positive("median", p.median);
    match (p.sigma, p.p99) {
        (Some(sigma), None) => faults.unless((0.0..=MOST_SIGMA).contains(&sigma), || {
            let fault = format!("sigma {sigma} is not from 0 to {MOST_SIGMA}");
            (
                fault,
                "write the standard deviation of the logarithm, such as 0.6",
            )
        }),
        (None, Some(p99)) => faults.unless(p99 >= p.median, || {
            let fault = format!("p99 \"{p99}\" is below median \"{}\"", p.median);
            (fault, "write a p99 of at least the median")
        }),
        (None, None) => faults.unless(false, || {
            let fault = "neither sigma nor p99 is given".to_owned();
            (fault, "write one of them beside median")
        }),
        (Some(_), Some(_)) => faults.unless(false, || {
            let fault = "both sigma and p99 are given".to_owned();
            (fault, "leave one of them out")
        }),
    }
}

/// More phases than that differ from a constant by less than 1 %.
const MOST_PHASES: u32 = 10_000;

/// At sigma 20 a median of 1 ns has a mean above the age of the universe.
const MOST_SIGMA: f64 = 20.0;

#[derive(Default)]
struct Faults(Vec<UnitError>);

impl Faults {
    fn unless(&mut self, holds: bool, describe: impl FnOnce() -> (String, &'static str)) {
        if !holds {
            let (fault, remedy) = describe();
            self.0.push(UnitError {
                fault,
                remedy: remedy.to_owned(),
            });
        }
    }

    fn unless_positive(&mut self, name: &str, span: Span) {
        self.unless(!span.is_zero(), || {
            (
                format!("{name} is 0"),
                "write a span above 0, such as \"5ms\"",
            )
        });
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(span: &Span) -> bool {
    span.is_zero()
}

fn ns(span: Span) -> f64 {
    cast::count_to_f64(span.ns())
}

fn square(x: f64) -> f64 {
    x * x
}

fn empirical_mean(values: &[u64]) -> Option<f64> {
    let sum: u128 = values.iter().map(|&value| u128::from(value)).sum();
    let count = cast::count_to_f64(cast::count_to_u64(values.len()));
    (!values.is_empty()).then(|| cast::wide_to_f64(sum) / count)
}

fn empirical_variance(values: &[u64]) -> Option<f64> {
    let mean = empirical_mean(values)?;
    let squares: f64 = values
        .iter()
        .map(|&value| square(cast::count_to_f64(value) - mean))
        .sum();
    Some(squares / cast::count_to_f64(cast::count_to_u64(values.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Distribution, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    fn faults(json: &str) -> Vec<String> {
        let faults = read(json).unwrap().validate();
        faults.into_iter().map(|fault| fault.fault).collect()
    }

    #[test]
    fn every_family_reads_as_a_scenario_writes_it_and_prints_back() {
        for text in [
            r#"{"constant":"5ms"}"#,
            r#"{"uniform":{"min":"1ms","max":"3ms"}}"#,
            r#"{"exponential":{"mean":"20m"}}"#,
            r#"{"lognormal":{"median":"35ms","sigma":0.6,"shift":"5ms"}}"#,
            r#"{"lognormal":{"median":"8ms","p99":"60ms"}}"#,
            r#"{"pareto":{"scale":"1s","shape":2.5}}"#,
            r#"{"erlang":{"mean":"1s","k":3}}"#,
            r#"{"hyperexponential":{"mean":"1s","cv2":4.0,"shift":"1ms"}}"#,
            r#"{"empirical":{"file":"data/lags.csv"}}"#,
        ] {
            let spec = read(text).unwrap();
            assert!(spec.validate().is_empty(), "{text}");
            assert_eq!(serde_json::to_string(&spec).unwrap(), text);
        }
    }

    #[test]
    fn unknown_families_and_keys_are_refused() {
        assert!(read(r#"{"weibull":{"mean":"1s"}}"#).is_err());
        assert!(read(r#"{"exponential":{"mean":"1s","rate":2}}"#).is_err());
        assert!(read(r#"{"erlang":{"mean":"1s"}}"#).is_err());
    }

    #[test]
    fn a_fault_names_the_parameter_and_its_value() {
        let cases = [
            (
                r#"{"uniform":{"min":"3ms","max":"1ms"}}"#,
                "min \"3ms\" is above max",
            ),
            (r#"{"exponential":{"mean":"0s"}}"#, "mean is 0"),
            (r#"{"lognormal":{"median":"1s"}}"#, "neither sigma nor p99"),
            (
                r#"{"lognormal":{"median":"1s","sigma":1,"p99":"2s"}}"#,
                "both sigma and p99",
            ),
            (r#"{"lognormal":{"median":"1s","sigma":-1}}"#, "sigma -1"),
            (
                r#"{"lognormal":{"median":"1s","p99":"1ms"}}"#,
                "p99 \"1ms\"",
            ),
            (r#"{"pareto":{"scale":"1s","shape":0}}"#, "shape 0"),
            (r#"{"erlang":{"mean":"1s","k":0}}"#, "k 0"),
            (r#"{"hyperexponential":{"mean":"1s","cv2":0.5}}"#, "cv2 0.5"),
            (r#"{"empirical":{"file":""}}"#, "file is empty"),
        ];
        for (text, fault) in cases {
            let found = faults(text);
            assert!(
                found.len() == 1 && found[0].contains(fault),
                "{text}: {found:?}"
            );
        }
        assert_eq!(faults(r#"{"erlang":{"mean":"0s","k":0}}"#).len(), 2);
    }

    #[test]
    fn moments_are_those_of_the_textbook() {
        let mean = |text: &str| read(text).unwrap().mean_ns();
        let cv2 = |text: &str| read(text).unwrap().cv2();
        assert_eq!(
            mean(r#"{"uniform":{"min":"10ns","max":"20ns","shift":"5ns"}}"#),
            Some(20.0)
        );
        assert_eq!(mean(r#"{"pareto":{"scale":"3ns","shape":3}}"#), Some(4.5));
        assert_eq!(mean(r#"{"pareto":{"scale":"3ns","shape":1}}"#), None);
        assert_eq!(
            cv2(r#"{"pareto":{"scale":"1s","shape":3}}"#),
            Some(1.0 / 3.0)
        );
        assert_eq!(cv2(r#"{"erlang":{"mean":"1s","k":4}}"#), Some(0.25));
        assert_eq!(
            cv2(r#"{"hyperexponential":{"mean":"1s","cv2":4}}"#),
            Some(4.0)
        );
        // A shift equal to the mean halves the coefficient of variation.
        assert_eq!(
            cv2(r#"{"exponential":{"mean":"1s","shift":"1s"}}"#),
            Some(0.25)
        );
        // 8 ms to 60 ms is sigma ln(7.5) / 2.3263478740 = 0.86612.
        let Distribution::Lognormal(p) =
            read(r#"{"lognormal":{"median":"8ms","p99":"60ms"}}"#).unwrap()
        else {
            panic!("the tag says lognormal");
        };
        assert!((p.log_deviation() - 0.866_122_5).abs() < 1e-6);
    }

    #[test]
    fn loaded_values_give_the_moments_of_the_sample() {
        let mut spec = read(r#"{"empirical":{"file":"x","shift":"1ns"}}"#).unwrap();
        assert_eq!(spec.mean_ns(), None);
        if let Distribution::Empirical(p) = &mut spec {
            p.load(vec![9, 1, 5]);
            assert_eq!(p.values(), [1, 5, 9]);
        }
        assert_eq!(spec.mean_ns(), Some(6.0));
        assert_eq!(spec.variance_ns2(), Some(32.0 / 3.0));
    }
}
