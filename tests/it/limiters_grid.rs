//! Every limiter with a closed form, at every limit and load: N of 1, 5, 10 and 60 per window, loads
//! from a half to three times N. The files beside it do the cells that matter most at more messages.

use pdsim::units::cast;

use crate::limiter_loads::Load;
use crate::limiters_poisson::{assert_other_forms, other_layers};
use crate::theory_limiters::{assert_closed_forms, closed_form_layers};

const LOADS: [f64; 5] = [0.5, 1.0, 1.5, 2.0, 3.0];

/// Asserts the row of the grid at limit `n`, about `messages` per cell and replication.
fn assert_row(n: u32, messages: f64) {
    for load in LOADS {
        let m = load * f64::from(n);
        // A whole number of cycles of the first-hit window, which is m + 1 windows.
        let whole = |x: f64| u32::try_from(cast::f64_floor(x)).expect("a few thousand");
        let cycle = whole(m.ceil()) + 1;
        let windows = whole(messages / m);
        let cell = Load {
            per_window: m,
            warm_up: 20 + 3 * n,
            counted: cycle * windows.div_ceil(cycle),
            delay: "20ms",
            seed: 41,
        };
        let results = cell.run(&(closed_form_layers(n) + &other_layers(n)));
        assert_closed_forms(&results, n, m);
        assert_other_forms(&results, n, m);
    }
}

#[test]
#[ignore = "long: runs in release mode"]
fn at_every_load_a_limit_of_1_refuses_as_theory_says() {
    assert_row(1, 10_000.0);
}

#[test]
#[ignore = "long: runs in release mode"]
fn at_every_load_a_limit_of_5_refuses_as_theory_says() {
    assert_row(5, 10_000.0);
}

#[test]
#[ignore = "long: runs in release mode"]
fn at_every_load_a_limit_of_10_refuses_as_theory_says() {
    assert_row(10, 15_000.0);
}

#[test]
#[ignore = "long: runs in release mode"]
fn at_every_load_a_limit_of_60_refuses_as_theory_says() {
    assert_row(60, 20_000.0);
}
