//! Attempts that are lost, and the retries of the sender's PDS.
//!
//! Formulas: `stats::closed_form::attempts`; delivered after more than one attempt is
//! `1 - (1 - p) / (1 - p^n)` of all delivered.

use super::{Case, metric, share};
use crate::stats::closed_form::attempts;

/// The loss of one attempt as the scenario writes it and as a number.
const LOSSES: [(&str, f64); 4] = [("10%", 0.1), ("30%", 0.3), ("50%", 0.5), ("90%", 0.9)];

pub(super) fn cases() -> Vec<Case> {
    LOSSES.map(case).into()
}

fn case((loss, failure): (&'static str, f64)) -> Case {
    let final_failure = attempts::final_failure(4, failure);
    let delayed = 1.0 - (1.0 - failure) / (1.0 - final_failure);
    // Sending ends long before the run: no attempt is cut off.
    let tables = format!(
        r#"
        [run]
        duration = "10000s"
        [network]
        delay = {{ constant = "50ms" }}
        loss = "{loss}"
        retry = {{ atproto = {{ tries = 4 }} }}
        [pds]
        accounts = {{ equal = {{ each = 10 }} }}
        [inbox.sync]
        [pipeline]
        order = []
        [senders.people]
        class = "ham"
        count = 10
        stop = "9000s"
        arrivals = {{ poisson = {{ rate = "0.2/s" }} }}
        "#
    );
    Case {
        name: format!("4 tries, {} % lost", failure * 100.0),
        formula: "p^n, 1 - (1 - p) / (1 - p^n)",
        tables,
        claims: vec![
            share("given up", "gave-up", final_failure),
            metric("delivered late", "ratio", "ham.delayed", delayed),
        ],
    }
}
