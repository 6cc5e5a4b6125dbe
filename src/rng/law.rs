//! A distribution ready to be drawn from: one 64-bit draw, one span, integers only.
//!
//! Constants, uniforms and samples are exact; all other families are tabulated (see
//! `quantile.rs`). A law never falls as its draw grows, so that two policies which draw the same
//! number keep the order of their values.

use std::sync::Arc;

use super::inverse::{self, BalancedMixture, Tail};
use super::quantile::OctaveTable;
use super::{Distribution, uniform};
use crate::units::{Span, cast};

/// A distribution of spans, built once and cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Law(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Constant(u64),
    /// `min + 0..count`, in nanoseconds.
    Uniform {
        min: u64,
        count: u64,
    },
    Table(Arc<OctaveTable>),
    /// `shift` + one of the ascending values, in nanoseconds.
    Sample {
        shift: u64,
        values: Arc<[u64]>,
    },
}

impl Law {
    /// Builds the law of a validated distribution; takes some milliseconds for a tabulated one.
    ///
    /// # Panics
    /// If the distribution has a fault that `validate` reports, or names a file whose values were
    /// not loaded.
    pub fn new(distribution: &Distribution) -> Self {
        let faults = distribution.validate();
        assert!(faults.is_empty(), "not validated: {faults:?}");
        let shift = distribution.shift();
        Self(match distribution {
            Distribution::Constant(span) => Form::Constant(span.ns()),
            Distribution::Uniform(p) => Form::Uniform {
                min: (p.min + shift).ns(),
                count: (p.max.ns() - p.min.ns()).saturating_add(1),
            },
            Distribution::Empirical(p) => sample(shift, p.values()),
            tabulated => table(tabulated),
        })
    }

    /// The law that always gives `span`.
    pub const fn constant(span: Span) -> Self {
        Self(Form::Constant(span.ns()))
    }

    /// The law that gives each of the values, in nanoseconds and in any order, equally often.
    ///
    /// # Panics
    /// If there are none.
    pub fn empirical(values: &[u64]) -> Self {
        let mut values = values.to_vec();
        values.sort_unstable();
        Self(sample(Span::ZERO, &values))
    }

    /// The value at the chance `(draw + 1/2) / 2^64`.
    #[inline]
    pub fn draw(&self, draw: u64) -> Span {
        Span::from_ns(match &self.0 {
            Form::Constant(ns) => *ns,
            Form::Uniform { min, count } => min.saturating_add(uniform::index(draw, *count)),
            Form::Table(table) => table.value_ns(draw),
            Form::Sample { shift, values } => {
                let count = cast::count_to_u64(values.len());
                shift.saturating_add(values[cast::index(uniform::index(draw, count))])
            }
        })
    }

    /// The smallest value that can be drawn.
    pub fn lower_bound(&self) -> Span {
        self.draw(0)
    }

    /// The largest value that can be drawn.
    pub fn upper_bound(&self) -> Span {
        self.draw(u64::MAX)
    }

    /// The mean of what is drawn, in nanoseconds.
    pub fn mean_ns(&self) -> f64 {
        match &self.0 {
            Form::Constant(ns) => cast::count_to_f64(*ns),
            Form::Uniform { min, count } => {
                cast::count_to_f64(*min) + cast::count_to_f64(count - 1) / 2.0
            }
            Form::Table(table) => table.mean_ns(),
            Form::Sample { shift, values } => {
                let sum: u128 = values.iter().map(|&value| u128::from(value)).sum();
                cast::count_to_f64(*shift) + cast::wide_to_f64(sum) / length(values)
            }
        }
    }

    /// The variance of what is drawn, in square nanoseconds.
    pub fn variance_ns2(&self) -> f64 {
        match &self.0 {
            Form::Constant(_) => 0.0,
            Form::Uniform { count, .. } => {
                let count = cast::count_to_f64(*count);
                (count * count - 1.0) / 12.0
            }
            Form::Table(table) => table.variance_ns2(),
            Form::Sample { shift, values } => {
                let mean = self.mean_ns() - cast::count_to_f64(*shift);
                let off = |value: &u64| cast::count_to_f64(*value) - mean;
                let squares: f64 = values.iter().map(|value| off(value) * off(value)).sum();
                squares / length(values)
            }
        }
    }
}

fn length(values: &[u64]) -> f64 {
    cast::count_to_f64(cast::count_to_u64(values.len()))
}

fn sample(shift: Span, values: &[u64]) -> Form {
    assert!(!values.is_empty(), "an empirical law has no values");
    Form::Sample {
        shift: shift.ns(),
        values: values.into(),
    }
}

/// Tabulates the quantile function of a family that has no exact integer form.
fn table(distribution: &Distribution) -> Form {
    let shift = ns(distribution.shift());
    let of = |quantile: &dyn Fn(Tail) -> f64| OctaveTable::new(|tail| shift + quantile(tail));
    let table = match distribution {
        Distribution::Exponential(p) => of(&|tail| -ns(p.mean) * tail.log_survival()),
        Distribution::Lognormal(p) => {
            let (median, sigma) = (ns(p.median), p.log_deviation());
            OctaveTable::of_normal(|z| shift + median * libm::exp(sigma * z))
        }
        Distribution::Pareto(p) => {
            of(&|tail| ns(p.scale) * libm::exp(-tail.log_survival() / p.shape))
        }
        Distribution::Erlang(p) => {
            let phase = ns(p.mean) / f64::from(p.k);
            of(&|tail| phase * inverse::erlang(p.k, tail))
        }
        Distribution::Hyperexponential(p) => {
            let mixture = BalancedMixture::new(p.cv2);
            of(&|tail| ns(p.mean) * mixture.quantile(tail))
        }
        Distribution::Constant(_) | Distribution::Uniform(_) | Distribution::Empirical(_) => {
            unreachable!("drawn exactly, without a table")
        }
    };
    Form::Table(Arc::new(table))
}

fn ns(span: Span) -> f64 {
    cast::count_to_f64(span.ns())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(json: &str) -> (Distribution, Law) {
        let distribution = serde_json::from_str(json).unwrap();
        let law = Law::new(&distribution);
        (distribution, law)
    }

    fn off(found: f64, expected: f64) -> f64 {
        libm::fabs(found / expected - 1.0)
    }

    const TABULATED: [&str; 15] = [
        r#"{"exponential":{"mean":"10us"}}"#,
        r#"{"exponential":{"mean":"82.3d","shift":"1d"}}"#,
        r#"{"lognormal":{"median":"35ms","sigma":0.6,"shift":"5ms"}}"#,
        r#"{"lognormal":{"median":"47min","sigma":1.777}}"#,
        r#"{"lognormal":{"median":"30s","sigma":1.8}}"#,
        r#"{"lognormal":{"median":"1s","sigma":0}}"#,
        r#"{"lognormal":{"median":"8ms","p99":"60ms"}}"#,
        r#"{"pareto":{"scale":"1s","shape":3}}"#,
        r#"{"pareto":{"scale":"1ms","shape":10,"shift":"1ms"}}"#,
        r#"{"erlang":{"mean":"1s","k":1}}"#,
        r#"{"erlang":{"mean":"1s","k":2}}"#,
        r#"{"erlang":{"mean":"300ms","k":50}}"#,
        r#"{"erlang":{"mean":"5s","k":10000}}"#,
        r#"{"hyperexponential":{"mean":"1s","cv2":4}}"#,
        r#"{"hyperexponential":{"mean":"5ms","cv2":50}}"#,
    ];

    #[test]
    fn means_are_within_4e_7_and_variances_within_1e_4_of_the_closed_forms() {
        for text in TABULATED {
            let (distribution, law) = law(text);
            let mean = distribution.mean_ns().unwrap();
            // Rounding the edges to whole nanoseconds leaves a hundredth of one.
            let tolerance = 4e-7 * mean + 0.01;
            assert!(
                libm::fabs(law.mean_ns() - mean) < tolerance,
                "{text}: {} {mean}",
                law.mean_ns()
            );
            let variance = distribution.variance_ns2().unwrap();
            // The variance of a constant is 0 but for the rounding of its mean.
            assert!(
                libm::fabs(law.variance_ns2() - variance) <= 1e-4 * variance + 1e-6,
                "{text}: {} {variance}",
                law.variance_ns2()
            );
        }
    }

    /// The draw that stands for `chance`.
    fn draw_at(chance: f64) -> u64 {
        cast::f64_floor(chance * 18_446_744_073_709_551_616.0)
    }

    fn assert_quantile(text: &str, chance: f64, expected_ns: f64) {
        let (_, law) = law(text);
        let found = cast::count_to_f64(law.draw(draw_at(chance)).ns());
        assert!(
            off(found, expected_ns) < 1e-5,
            "{text} at {chance}: {found} {expected_ns}"
        );
    }

    #[test]
    fn quantiles_are_those_of_the_closed_forms() {
        let exponential = r#"{"exponential":{"mean":"1s"}}"#;
        for chance in [0.001, 0.5, 0.9, 0.99, 0.999, 0.999_999] {
            assert_quantile(exponential, chance, -1e9 * libm::log1p(-chance));
        }
        // Standard normal quantiles: 0, 2.326347874, 3.090232306.
        let lognormal = r#"{"lognormal":{"median":"35ms","sigma":0.6,"shift":"5ms"}}"#;
        for (chance, z) in [(0.5, 0.0), (0.99, 2.326_347_874), (0.999, 3.090_232_306)] {
            assert_quantile(lognormal, chance, 5e6 + 35e6 * libm::exp(0.6 * z));
        }
        assert_quantile(r#"{"lognormal":{"median":"8ms","p99":"60ms"}}"#, 0.99, 60e6);
        let pareto = r#"{"pareto":{"scale":"1s","shape":2.5}}"#;
        for chance in [0.5, 0.99, 0.999] {
            assert_quantile(pareto, chance, 1e9 * libm::pow(1.0 - chance, -0.4));
        }
        // (1 + x) e^-x = 1/2, 1/100, 1/1000 for phases of mean 1.
        let erlang = r#"{"erlang":{"mean":"2s","k":2}}"#;
        for (chance, x) in [
            (0.5, 1.678_346_990),
            (0.99, 6.638_352_068),
            (0.999, 9.233_413_476),
        ] {
            assert_quantile(erlang, chance, x * 1e9);
        }
    }

    #[test]
    fn a_law_never_falls_as_its_draw_grows() {
        for text in TABULATED {
            let (_, law) = law(text);
            let ends = (0..600).flat_map(|i| [i, u64::MAX - i, (1 << 63) - 300 + i]);
            let mut draws: Vec<u64> = (0..4_096_u64).map(|i| i << 52).chain(ends).collect();
            draws.sort_unstable();
            assert!(draws.is_sorted_by_key(|&draw| law.draw(draw)), "{text}");
        }
    }

    #[test]
    fn bounds_are_the_ends_of_the_support() {
        let bounds = |text| {
            let (_, law) = law(text);
            (law.lower_bound().ns(), law.upper_bound().ns())
        };
        assert_eq!(bounds(r#"{"constant":"5ns"}"#), (5, 5));
        assert_eq!(
            bounds(r#"{"uniform":{"min":"1ns","max":"3ns","shift":"1ns"}}"#),
            (2, 4)
        );
        assert_eq!(
            bounds(r#"{"exponential":{"mean":"1s","shift":"7ms"}}"#).0,
            7_000_000
        );
        assert_eq!(
            bounds(r#"{"pareto":{"scale":"2s","shape":1.5}}"#).0,
            2_000_000_000
        );
        // The last draw of an exponential is ln(2^65) = 45.0546 means.
        let last = bounds(r#"{"exponential":{"mean":"1s"}}"#).1;
        assert_eq!(last, 45_054_566_736);
    }

    #[test]
    fn the_uniform_and_the_sample_are_exact() {
        let (_, die) = law(r#"{"uniform":{"min":"1ns","max":"6ns"}}"#);
        let faces: Vec<u64> = (0..6)
            .map(|i| die.draw(u64::MAX / 6 * i + 9).ns())
            .collect();
        assert_eq!(faces, [1, 2, 3, 4, 5, 6]);
        assert_eq!((die.mean_ns(), die.variance_ns2()), (3.5, 35.0 / 12.0));

        let sample = Law::empirical(&[30, 10, 20, 20]);
        let values: Vec<u64> = (0..4).map(|i| sample.draw(i << 62).ns()).collect();
        assert_eq!(values, [10, 20, 20, 30]);
        assert_eq!((sample.mean_ns(), sample.variance_ns2()), (20.0, 50.0));
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "equal to the bit")]
    fn a_loaded_file_is_drawn_with_its_shift() {
        let json = r#"{"empirical":{"file":"lags.csv","shift":"1us"}}"#;
        let mut distribution: Distribution = serde_json::from_str(json).unwrap();
        if let Distribution::Empirical(p) = &mut distribution {
            p.load(vec![7, 3]);
        }
        let law = Law::new(&distribution);
        assert_eq!(
            (law.lower_bound().ns(), law.upper_bound().ns()),
            (1_003, 1_007)
        );
        assert_eq!(law.mean_ns(), distribution.mean_ns().unwrap());
    }

    #[test]
    #[should_panic(expected = "not validated")]
    fn a_faulty_distribution_is_a_broken_invariant() {
        law(r#"{"exponential":{"mean":"0s"}}"#);
    }
}
