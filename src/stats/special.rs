//! The distribution functions behind printed intervals: normal, Student's t, gamma, beta.
//!
//! Over `libm` only, so that printed digits do not depend on the platform. Formulas: Abramowitz
//! and Stegun, "Handbook of Mathematical Functions" (1964), 6.5 (incomplete gamma), 26.5
//! (incomplete beta), 26.7 (t); continued fractions are evaluated by Lentz's method as modified
//! by Thompson and Barnett (1986). Accurate to about 1e-12 for parameters up to 1e4. Inverses
//! are found by bisection: they are asked for once per printed line.

/// Logarithm of the gamma function of a positive number.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Regularised lower incomplete gamma function: the chance that a gamma variable of shape `a` is
/// below `x`.
pub fn gamma_below(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        gamma_series(a, x)
    } else {
        1.0 - gamma_fraction(a, x)
    }
}

/// Regularised upper incomplete gamma function: the chance that a gamma variable of shape `a` is
/// above `x`.
pub fn gamma_above(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - gamma_series(a, x)
    } else {
        gamma_fraction(a, x)
    }
}

/// The value below which a gamma variable of shape `a` lies with the given chance.
pub fn gamma_quantile(a: f64, chance: f64) -> f64 {
    if chance <= 0.5 {
        let high = bracket(a.max(1.0), |x| gamma_below(a, x) >= chance);
        bisect((0.0, high), |x| gamma_below(a, x) >= chance)
    } else {
        let above = 1.0 - chance;
        let high = bracket(a.max(1.0), |x| gamma_above(a, x) <= above);
        bisect((0.0, high), |x| gamma_above(a, x) <= above)
    }
}

/// Regularised incomplete beta function: the chance that a beta variable with parameters `a` and
/// `b` is below `x`.
pub fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    beta_split(a, b, (x, 1.0 - x))
}

/// The value below which a beta variable with parameters `a` and `b` lies with the given chance.
pub fn beta_quantile(a: f64, b: f64, chance: f64) -> f64 {
    bisect((0.0, 1.0), |x| beta_below(a, b, x) >= chance)
}

/// The chance that a standard normal variable is below `z`.
pub fn normal_below(z: f64) -> f64 {
    libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2) / 2.0
}

/// The value below which a standard normal variable lies with the given chance.
pub fn normal_quantile(chance: f64) -> f64 {
    symmetric_quantile(chance, |z| normal_below(-z))
}

/// The chance that Student's t with `freedom` degrees of freedom is below `t`.
pub fn t_below(t: f64, freedom: f64) -> f64 {
    if t < 0.0 {
        t_above(-t, freedom)
    } else {
        1.0 - t_above(t, freedom)
    }
}

/// The value below which Student's t with `freedom` degrees of freedom lies with the given
/// chance; infinite at 0 and 1.
pub fn t_quantile(chance: f64, freedom: f64) -> f64 {
    symmetric_quantile(chance, |t| t_above(t, freedom))
}

/// The chance that Student's t is above a `t` of at least 0.
fn t_above(t: f64, freedom: f64) -> f64 {
    let square = t * t;
    let whole = freedom + square;
    beta_split(freedom / 2.0, 0.5, (freedom / whole, square / whole)) / 2.0
}

/// The quantile of a distribution that is symmetric about 0, from its upper tail.
fn symmetric_quantile(chance: f64, above: impl Fn(f64) -> f64) -> f64 {
    let tail = chance.min(1.0 - chance);
    if tail <= 0.0 {
        return if chance < 0.5 {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
    }
    if tail >= 0.5 {
        return 0.0;
    }
    let high = bracket(1.0, |x| above(x) <= tail);
    let size = bisect((0.0, high), |x| above(x) <= tail);
    if chance < 0.5 { -size } else { size }
}

/// Doubles `start` until `reached` holds.
fn bracket(start: f64, reached: impl Fn(f64) -> bool) -> f64 {
    let mut high = start;
    while !reached(high) && high.is_finite() {
        high *= 2.0;
    }
    high
}

/// The smallest number between the bounds from which on `reached` holds, to the last digits.
fn bisect((mut low, mut high): (f64, f64), reached: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..MOST_HALVINGS {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// Enough for all 53 digits of any root that is not subnormal; most settle after 60.
const MOST_HALVINGS: u32 = 1_100;

/// `x^a e^-x / Gamma(a)`.
fn gamma_factor(a: f64, x: f64) -> f64 {
    libm::exp(a * libm::log(x) - x - ln_gamma(a))
}

/// `P(a, x)` by its power series, 6.5.29.
fn gamma_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
    while term > sum * 1e-17 {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    (gamma_factor(a, x) * sum).min(1.0)
}

/// `Q(a, x)` by its continued fraction, 6.5.31 in its even part.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    let fraction = lentz(x + 1.0 - a, |n| (n * (a - n), x + 2.0 * n + 1.0 - a));
    gamma_factor(a, x) / fraction
}

/// `I_x(a, b)`, given both x and 1 - x so that neither loses digits.
fn beta_split(a: f64, b: f64, (x, rest): (f64, f64)) -> f64 {
    if x <= 0.0 {
        0.0
    } else if rest <= 0.0 {
        1.0
    } else if x < (a + 1.0) / (a + b + 2.0) {
        beta_fraction(a, b, (x, rest))
    } else {
        1.0 - beta_fraction(b, a, (rest, x))
    }
}

/// `I_x(a, b)` by its continued fraction, 26.5.8, for x below the mean.
fn beta_fraction(a: f64, b: f64, (x, rest): (f64, f64)) -> f64 {
    let log_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let factor = libm::exp(a * libm::log(x) + b * libm::log(rest) - log_beta) / a;
    let fraction = lentz(1.0, |n| {
        let m = libm::floor(n / 2.0);
        let odd = n > 2.0 * m;
        let numerator = if odd {
            -(a + m) * (a + b + m) / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        } else {
            m * (b - m) / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        };
        (numerator * x, 1.0)
    });
    (factor / fraction).min(1.0)
}

/// `b0 + a1 / (b1 + a2 / (b2 + ...))`, where `terms(n)` gives `(a_n, b_n)`.
fn lentz(first: f64, terms: impl Fn(f64) -> (f64, f64)) -> f64 {
    let guard = |x: f64| if libm::fabs(x) < TINY { TINY } else { x };
    let mut value = guard(first);
    let (mut upper, mut lower, mut n) = (value, 0.0, 1.0);
    while n < MOST_TERMS {
        let (a, b) = terms(n);
        lower = 1.0 / guard(b + a * lower);
        upper = guard(b + a / upper);
        let step = upper * lower;
        value *= step;
        if libm::fabs(step - 1.0) < 1e-16 {
            break;
        }
        n += 1.0;
    }
    value
}

/// Stands for a denominator of 0.
const TINY: f64 = 1e-300;

/// The fractions settle after some square roots of their parameters.
const MOST_TERMS: f64 = 1e5;

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};
    use statrs::function::{beta::beta_reg, gamma};

    use super::*;

    #[track_caller]
    fn assert_close(found: f64, expected: f64, tolerance: f64) {
        let off = libm::fabs(found - expected);
        assert!(
            off <= tolerance * expected.abs().max(1e-3),
            "{found} for {expected}"
        );
    }

    const SHAPES: [f64; 9] = [0.1, 0.5, 1.0, 1.5, 3.0, 10.0, 77.5, 500.0, 5_000.0];
    const CHANCES: [f64; 11] = [
        1e-9, 1e-4, 0.005, 0.025, 0.2, 0.5, 0.8, 0.95, 0.975, 0.999, 0.999_999,
    ];

    #[test]
    fn incomplete_gamma_agrees_with_the_oracle() {
        for a in SHAPES {
            assert_close(ln_gamma(a), gamma::ln_gamma(a), 1e-12);
            for factor in [0.01, 0.3, 0.9, 1.0, 1.1, 2.0, 5.0] {
                let x = a * factor;
                assert_close(gamma_below(a, x), gamma::gamma_lr(a, x), 1e-10);
                assert_close(gamma_above(a, x), gamma::gamma_ur(a, x), 1e-10);
            }
        }
    }

    #[test]
    fn incomplete_gamma_of_whole_shapes_is_the_tail_of_a_poisson() {
        // P(3, 2) = 1 - e^-2 (1 + 2 + 2) and Q(1, x) = e^-x.
        assert_close(gamma_below(3.0, 2.0), 1.0 - 5.0 * libm::exp(-2.0), 1e-14);
        assert_close(
            gamma_above(1.0, 30.0) * 1e10,
            libm::exp(-30.0) * 1e10,
            1e-13,
        );
        assert_close(gamma_below(2.0, 0.0), 0.0, 0.0);
    }

    #[test]
    fn incomplete_beta_agrees_with_the_oracle() {
        for a in SHAPES {
            for b in SHAPES {
                for x in [1e-6, 0.01, 0.3, 0.5, 0.77, 0.999] {
                    assert_close(beta_below(a, b, x), beta_reg(a, b, x), 1e-10);
                }
            }
        }
        // I_x(2, 2) = x^2 (3 - 2x).
        assert_close(beta_below(2.0, 2.0, 0.25), 0.15625, 1e-14);
    }

    #[test]
    fn quantiles_map_back_to_their_chances() {
        for chance in CHANCES {
            for a in SHAPES {
                assert_close(gamma_below(a, gamma_quantile(a, chance)), chance, 1e-11);
                for b in [0.5, 1.0, 8.0] {
                    // Near 1 neighbouring doubles are far apart in chance: no smaller one does.
                    let x = beta_quantile(a, b, chance);
                    assert!(beta_below(a, b, x) >= chance);
                    assert!(beta_below(a, b, x.next_down()) < chance);
                }
            }
            for freedom in [1.0, 2.0, 3.0, 9.0, 19.0, 200.0, 10_000.0] {
                assert_close(t_below(t_quantile(chance, freedom), freedom), chance, 1e-11);
            }
            assert_close(normal_below(normal_quantile(chance)), chance, 1e-13);
        }
    }

    #[test]
    fn normal_and_t_agree_with_the_oracle() {
        let normal = Normal::new(0.0, 1.0).unwrap();
        for step in -40..=40_i32 {
            let x = f64::from(step) / 5.0;
            assert_close(normal_below(x), normal.cdf(x), 1e-10);
            for freedom in [1.0, 2.0, 5.0, 19.0, 99.0, 1_000.0] {
                let student = StudentsT::new(0.0, 1.0, freedom).unwrap();
                assert_close(t_below(x, freedom), student.cdf(x), 1e-10);
            }
        }
    }

    #[test]
    fn quantiles_are_the_tabulated_ones() {
        assert_close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-14);
        assert_close(normal_quantile(0.5), 0.0, 0.0);
        // One degree of freedom is the Cauchy distribution: tan(pi (p - 1/2)).
        assert_close(t_quantile(0.975, 1.0), 12.706_204_736_174_7, 1e-12);
        // Two: (2p - 1) sqrt(2 / (1 - (2p - 1)^2)).
        assert_close(t_quantile(0.95, 2.0), 0.9 * libm::sqrt(2.0 / 0.19), 1e-13);
        assert_close(t_quantile(0.975, 4.0), 2.776_445_105_197_8, 1e-12);
        assert_close(t_quantile(0.025, 19.0), -2.093_024_054_408_3, 1e-12);
        assert!(t_quantile(1.0, 5.0).is_infinite());
    }
}
