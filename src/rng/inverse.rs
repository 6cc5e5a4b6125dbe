//! Inverse distribution functions of the standard families, accurate in both tails.
//!
//! Used when a table is built, never while a run draws. Each solves for the tail it is asked for
//! (a chance near 1 would have no digits left) by Newton's method on a function that is concave
//! or convex, started on the side from which the steps cannot overshoot. Units: the standard
//! normal; the Erlang in units of one phase; the hyperexponential in units of its mean.

/// A point of a distribution, named by the smaller of the two chances beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tail {
    /// The value with this chance below it; at most one half.
    Below(f64),
    /// The value with this chance above it; at most one half.
    Above(f64),
}

impl Tail {
    /// Logarithm of the chance of a larger value.
    pub(super) fn log_survival(self) -> f64 {
        match self {
            Self::Below(chance) => libm::log1p(-chance),
            Self::Above(chance) => libm::log(chance),
        }
    }
}

/// Standard normal quantile: `erfc(-z / sqrt 2) / 2 = chance`.
pub(super) fn normal(tail: Tail) -> f64 {
    match tail {
        Tail::Below(chance) => normal_below(chance),
        Tail::Above(chance) => -normal_below(chance),
    }
}

/// `ln Phi` is concave, and `Phi(-t) <= exp(-t^2 / 2) / 2` starts left of the root.
fn normal_below(chance: f64) -> f64 {
    let start = -libm::sqrt((-2.0 * libm::log(2.0 * chance)).max(0.0));
    newton(start, |z| {
        let below = libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2) / 2.0;
        let density = libm::exp(-z * z / 2.0) / SQRT_TWO_PI;
        (libm::log(below / chance), density / below)
    })
}

const SQRT_TWO_PI: f64 = 2.506_628_274_631_000_7;

/// Quantile of the sum of `phases` exponentials of mean 1.
pub(super) fn erlang(phases: u32, tail: Tail) -> f64 {
    match tail {
        Tail::Below(chance) => erlang_below(phases, chance),
        Tail::Above(chance) => erlang_above(phases, chance),
    }
}

/// In `y = ln x`, `ln P` is concave, and `P(x) <= x^k / k!` starts left of the root, where
/// `P(x) = x^k e^-x / k! * (1 + x/(k+1) + x^2/((k+1)(k+2)) + ...)`.
fn erlang_below(phases: u32, chance: f64) -> f64 {
    let k = f64::from(phases);
    let log_factorial = libm::lgamma(k + 1.0);
    let target = libm::log(chance);
    let y = newton((target + log_factorial) / k, |y| {
        let x = libm::exp(y);
        let series = sum_of_products(|j| x / (k + j));
        let log_below = k * y - x - log_factorial + libm::log(series);
        (log_below - target, k / series)
    });
    libm::exp(y)
}

/// `ln Q` is concave and falls, so from the first step on Newton comes from the right, where
/// `Q(x) = x^(k-1) e^-x / (k-1)! * (1 + (k-1)/x + (k-1)(k-2)/x^2 + ...)`, k terms.
fn erlang_above(phases: u32, chance: f64) -> f64 {
    let k = f64::from(phases);
    let log_factorial = libm::lgamma(k);
    let target = libm::log(chance);
    newton(k, |x| {
        let series = sum_of_products(|j| (k - j) / x);
        let log_above = (k - 1.0) * libm::log(x) - x - log_factorial + libm::log(series);
        (log_above - target, -1.0 / series)
    })
}

/// `1 + r(1) + r(1) r(2) + ...` until the terms no longer count; the ratios must fall below 1.
fn sum_of_products(ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut term, mut j) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= ratio(j);
        sum += term;
        j += 1.0;
    }
    sum
}

/// A mixture of two exponentials of mean 1 in all, each carrying half of the mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct BalancedMixture {
    chances: [f64; 2],
    rates: [f64; 2],
}

impl BalancedMixture {
    /// The mixture with the squared coefficient of variation `cv2`, at least 1.
    pub(super) fn new(cv2: f64) -> Self {
        let first = f64::midpoint(1.0, libm::sqrt((cv2 - 1.0) / (cv2 + 1.0)));
        // 1 - first, without cancellation for a large cv2.
        let second = 1.0 / ((cv2 + 1.0) * 2.0 * first);
        Self {
            chances: [first, second],
            rates: [2.0 * first, 2.0 * second],
        }
    }

    /// The value at `tail`. The distribution function is concave and the logarithm of the
    /// survival function convex, so from 0 the steps cannot overshoot.
    pub(super) fn quantile(self, tail: Tail) -> f64 {
        match tail {
            Tail::Below(chance) => newton(0.0, |x| (self.below(x) - chance, self.density(x))),
            Tail::Above(chance) => newton(0.0, |x| {
                let above = self.mix(|rate| libm::exp(-rate * x));
                (libm::log(above / chance), -self.density(x) / above)
            }),
        }
    }

    fn below(self, x: f64) -> f64 {
        self.mix(|rate| -libm::expm1(-rate * x))
    }

    fn density(self, x: f64) -> f64 {
        self.mix(|rate| rate * libm::exp(-rate * x))
    }

    fn mix(self, of_rate: impl Fn(f64) -> f64) -> f64 {
        self.chances[0] * of_rate(self.rates[0]) + self.chances[1] * of_rate(self.rates[1])
    }
}

/// The root of a function given with its slope.
///
/// # Panics
/// If the steps do not die out, which the shapes of the functions above exclude.
fn newton(start: f64, value_and_slope: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut x = start;
    for _ in 0..MOST_STEPS {
        let (value, slope) = value_and_slope(x);
        let step = value / slope;
        x -= step;
        // The steps are squared from one to the next: after this one all digits are right. A
        // smaller bound would lie below the noise of the logarithms for thousands of phases.
        if libm::fabs(step) <= libm::fabs(x) * 1e-10 + 1e-14 {
            return x;
        }
    }
    panic!("Newton's method did not settle from {start}");
}

/// Steps double the digits near the root; far from it a tail takes some dozens.
const MOST_STEPS: u32 = 200;

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF as _, Erlang, Normal};

    use super::*;

    const CHANCES: [f64; 8] = [0.5, 0.499_999, 0.3, 0.1, 0.01, 1e-6, 1e-12, 2e-20];

    fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
        let off = libm::fabs(found / expected - 1.0);
        assert!(off <= tolerance, "{what}: {found} for {expected}");
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "equal to the bit")]
    fn normal_quantiles_are_the_tabulated_ones() {
        assert_eq!(normal(Tail::Below(0.5)), 0.0);
        // Abramowitz and Stegun, table 26.5 and its continuations.
        assert_close(
            normal(Tail::Above(0.025)),
            1.959_963_984_540_054,
            1e-14,
            "97.5 %",
        );
        assert_close(
            normal(Tail::Above(0.01)),
            2.326_347_874_040_841,
            1e-14,
            "99 %",
        );
        assert_close(
            normal(Tail::Below(1e-10)),
            -6.361_340_902_404_056,
            1e-14,
            "1e-10",
        );
    }

    #[test]
    fn the_oracle_maps_quantiles_back_to_their_chances() {
        let oracle = Normal::new(0.0, 1.0).unwrap();
        for chance in CHANCES {
            let back = oracle.cdf(normal(Tail::Below(chance)));
            assert_close(back, chance, 1e-10, "normal");
        }
        for phases in [1, 2, 3, 10, 100, 1_000, 10_000] {
            let oracle = Erlang::new(u64::from(phases), 1.0).unwrap();
            for chance in CHANCES {
                let what = format!("Erlang-{phases} at {chance}");
                let above = oracle.sf(erlang(phases, Tail::Above(chance)));
                assert_close(above, chance, 1e-9, &what);
                let below = oracle.cdf(erlang(phases, Tail::Below(chance)));
                assert_close(below, chance, 1e-9, &what);
            }
        }
    }

    #[test]
    fn one_phase_is_the_exponential() {
        for chance in CHANCES {
            let below = -libm::log1p(-chance);
            assert_close(erlang(1, Tail::Below(chance)), below, 1e-12, "below");
            let above = -libm::log(chance);
            assert_close(erlang(1, Tail::Above(chance)), above, 1e-12, "above");
            let mixture = BalancedMixture::new(1.0);
            assert_close(mixture.quantile(Tail::Below(chance)), below, 1e-12, "mixed");
            assert_close(mixture.quantile(Tail::Above(chance)), above, 1e-12, "mixed");
        }
    }

    #[test]
    fn the_mixture_has_mean_1_and_its_quantiles_solve_its_own_equation() {
        for cv2 in [1.0, 1.5, 4.0, 100.0, 1e6] {
            let mixture = BalancedMixture::new(cv2);
            assert_close(
                mixture.chances[0] + mixture.chances[1],
                1.0,
                1e-15,
                "chances",
            );
            assert_close(mixture.mix(|rate| 1.0 / rate), 1.0, 1e-14, "mean");
            let second_moment = mixture.mix(|rate| 2.0 / (rate * rate));
            assert_close(second_moment - 1.0, cv2, 1e-9, "variance");
            for chance in CHANCES {
                let above =
                    mixture.mix(|rate| libm::exp(-rate * mixture.quantile(Tail::Above(chance))));
                assert_close(above, chance, 1e-11, "above");
                let below = mixture.below(mixture.quantile(Tail::Below(chance)));
                assert_close(below, chance, 1e-11, "below");
            }
        }
    }
}
