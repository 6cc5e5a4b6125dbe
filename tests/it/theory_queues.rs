//! Queues against closed forms.

use crate::support::{assert_theory, run, scenario};

#[test]
fn m_m_1_waits_as_theory_says() {
    let results = run(scenario(
        r#"
        schema = 1
        name = "mm1"
        [run]
        duration = "220000s"
        warmup = "20000s"
        replications = 20
        seed = 1
        [network]
        delay = { constant = "0s" }
        [pds]
        accounts = { equal = { each = 10 } }
        [inbox.station]
        workers = 1
        [pipeline]
        order = []
        extra = { exponential = { mean = "1s" } }
        [senders.load]
        class = "ham"
        count = 10
        arrivals = { poisson = { rate = "0.05/s" } }
        "#,
    ));
    assert_theory(&results, "inbox.wait.mean", 1.0);
    assert_theory(&results, "inbox.sojourn.mean", 2.0);
    assert_theory(&results, "inbox.utilization", 0.5);
    assert_theory(&results, "inbox.in-system.mean", 1.0);
    assert_theory(&results, "inbox.sojourn.p99", 9.210_340);
}
