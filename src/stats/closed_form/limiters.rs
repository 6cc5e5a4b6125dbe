//! Rate limiters under Poisson requests: the stationary share refused.
//!
//! A limit of N per window W, `m` = mean requests per window, admitted requests counted:
//! aligned window `1 - E[min(X, N)] / m`, window opened by its first request
//! `1 - (1 + E[min(X, N - 1)]) / (1 + m)`, both with X Poisson of mean m; sliding log Erlang
//! B(N, m), for an admitted request occupies a server for exactly W; token bucket of burst b and
//! GCRA the loss of M/D/1/b, for tokens owed are a queue with constant service.

use super::station::erlang_b;
use super::steps;
use crate::stats::special;

/// Windows aligned to the clock.
pub fn aligned_window(limit: u32, per_window: f64) -> f64 {
    1.0 - truncated_poisson_mean(limit, per_window) / per_window
}

/// Windows opened by the first request.
pub fn first_hit_window(limit: u32, per_window: f64) -> f64 {
    let admitted = match limit {
        0 => 0.0,
        _ => 1.0 + truncated_poisson_mean(limit - 1, per_window),
    };
    1.0 - admitted / (1.0 + per_window)
}

/// A sliding log.
pub fn sliding_log(limit: u32, per_window: f64) -> f64 {
    erlang_b(limit, per_window)
}

/// A token bucket of `burst` tokens, or GCRA; `per_token` = mean requests in the time in which a
/// token grows.
///
/// The states seen by departures of M/D/1/b, from one cut between states to the next: what goes
/// up across a cut equals what comes down, all terms positive.
pub fn token_bucket(burst: u32, per_token: f64) -> f64 {
    if burst == 0 {
        return 1.0;
    }
    if per_token > MOST_LOAD {
        return 1.0 - 1.0 / per_token;
    }
    // above[j]: the chance that more than j requests come while a token grows.
    let none = libm::exp(-per_token);
    let above: Vec<f64> = (0..burst)
        .map(|j| special::gamma_below(f64::from(j) + 1.0, per_token))
        .collect();
    let mut states = vec![1.0];
    for j in 0..burst as usize - 1 {
        let mut up = states[0] * above[j];
        for i in 1..=j {
            up += states[i] * above[j - i + 1];
        }
        states.push(up / none);
        if up / none > 1e200 {
            for state in &mut states {
                *state *= 1e-200;
            }
        }
    }
    // Departures leave the system empty with chance `empty`; the server is busy for the share
    // load / (empty + load) of the cycle.
    let empty = states[0] / states.iter().sum::<f64>();
    1.0 - 1.0 / (empty + per_token)
}

/// Above it a bucket is empty at every request but for a chance of e^-600.
const MOST_LOAD: f64 = 600.0;

/// `E[min(X, limit)]` of a Poisson X: the sum of `P(X >= j)` over j up to the limit.
fn truncated_poisson_mean(limit: u32, mean: f64) -> f64 {
    steps(limit).map(|j| special::gamma_below(j, mean)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_close(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() < tolerance,
            "{found} for {expected}"
        );
    }

    #[test]
    fn the_reference_values_are_met() {
        let per_burst = |m: f64, n: u32| token_bucket(n, m / f64::from(n));
        for (m, n, aligned, first_hit, log, bucket) in [
            (10.0, 10, 0.125_110, 0.163_016, 0.214_582, 0.050_847),
            (20.0, 10, 0.500_410, 0.523_963, 0.537_963, 0.500_000),
            (60.0, 60, 0.051_432, 0.059_067, 0.096_267, 0.008_357),
        ] {
            assert_close(aligned_window(n, m), aligned, 6e-7);
            assert_close(first_hit_window(n, m), first_hit, 6e-7);
            assert_close(sliding_log(n, m), log, 6e-7);
            assert_close(per_burst(m, n), bucket, 6e-7);
        }
    }

    #[test]
    fn every_row_of_the_oracle_file_is_met() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/closed_forms/closed_forms.csv"
        );
        let mut rows = csv::Reader::from_path(path).unwrap();
        let mut count = 0;
        for row in rows.records() {
            let row = row.unwrap();
            let number = |column: usize| row[column].parse::<f64>().unwrap();
            let (m, n) = (number(1) * number(3), row[2].parse::<u32>().unwrap());
            let found = match row[0].split(' ').nth(1).unwrap() {
                "sliding_log" => sliding_log(n, m),
                "token_bucket" => token_bucket(n, m / f64::from(n)),
                "gcra" => token_bucket(1, m / f64::from(n)),
                "fixed_anchored" => first_hit_window(n, m),
                "fixed_epoch" => aligned_window(n, m),
                other => panic!("no formula for {other}"),
            };
            assert_close(found, number(4), 1e-11 * (1.0 + number(4)));
            count += 1;
        }
        assert_eq!(count, 25);
    }

    #[test]
    fn a_bucket_of_one_is_erlang_b_of_one() {
        for load in [0.1, 1.0, 7.0] {
            assert_close(token_bucket(1, load), load / (1.0 + load), 1e-14);
        }
    }

    #[test]
    fn an_overloaded_or_huge_bucket_refuses_the_excess() {
        for load in [50.0, 500.0, 700.0, 5_000.0] {
            assert_close(token_bucket(20, load), 1.0 - 1.0 / load, 1e-12);
        }
        assert_close(token_bucket(2_000, 1.25), 0.2, 1e-12);
        assert_close(token_bucket(2_000, 0.9), 0.0, 1e-12);
    }

    #[test]
    fn a_limit_of_0_refuses_everything() {
        assert_close(aligned_window(0, 3.0), 1.0, 1e-15);
        assert_close(first_hit_window(0, 3.0), 1.0, 1e-15);
        assert_close(sliding_log(0, 3.0), 1.0, 1e-15);
        assert_close(token_bucket(0, 3.0), 1.0, 1e-15);
    }
}
