//! What spammers deliver before their label is known: the sum over admissions k of P(lag > a(k)).
//!
//! Formulas: `stats::closed_form::labels`.

use super::{Case, per_sender};
use crate::stats::closed_form::labels;

/// Spammers on a network without delay, and one labeler.
struct Campaign {
    spammers: u32,
    duration_s: u32,
    /// Keys of the group of spammers, and further tables.
    senders: &'static str,
    /// Keys of the labeler.
    labeler: &'static str,
}

impl Campaign {
    fn tables(&self) -> String {
        let Self {
            spammers,
            duration_s,
            senders,
            labeler,
        } = self;
        format!(
            r#"
            [run]
            duration = "{duration_s}s"
            [network]
            delay = {{ constant = "0s" }}
            [pds]
            accounts = {{ equal = {{ each = 50 }} }}
            count = 20
            [pipeline]
            order = ["label", "rate-limit"]
            [labelers.main]
            {labeler}
            [senders.wave]
            class = "spam"
            count = {spammers}
            {senders}
            "#
        )
    }

    fn case(&self, name: &str, formula: &'static str, theory: f64) -> Case {
        let spammers = f64::from(self.spammers);
        Case {
            name: name.to_owned(),
            formula,
            tables: self.tables(),
            claims: vec![per_sender(
                "delivered per spammer",
                "delivered",
                spammers,
                theory,
            )],
        }
    }
}

const POISSON: &str = r#"arrivals = { poisson = { rate = "0.1/s" } }"#;

pub(super) fn cases() -> Vec<Case> {
    vec![
        constant_lag(),
        exponential_lag(),
        reports(),
        flood_of_windows_for_an_hour(),
        flood_of_windows(),
        flood_of_a_bucket(),
    ]
}

fn constant_lag() -> Case {
    let campaign = Campaign {
        spammers: 100,
        duration_s: 3_000,
        senders: POISSON,
        labeler: r#"lag = { constant = "600s" }"#,
    };
    let theory = labels::Unlimited {
        send_rate: 0.1,
        mean_lag: 600.0,
    };
    campaign.case("label after 600 s", "1 + s D", theory.delivered())
}

fn exponential_lag() -> Case {
    // Twenty mean lags: one label in 485 million comes later.
    let campaign = Campaign {
        spammers: 50,
        duration_s: 12_000,
        senders: POISSON,
        labeler: r#"lag = { exponential = { mean = "600s" } }"#,
    };
    let theory = labels::Unlimited {
        send_rate: 0.1,
        mean_lag: 600.0,
    };
    campaign.case(
        "label after an exponential 600 s",
        "1 + s E[D]",
        theory.delivered(),
    )
}

fn reports() -> Case {
    let campaign = Campaign {
        spammers: 50,
        duration_s: 6_000,
        senders: r#"
            arrivals = { poisson = { rate = "0.1/s" } }
            target = { fan-out = {} }
            [senders.people]
            class = "ham"
            count = 1000
            arrivals = { regular = { every = "1000d", offset = "999d" } }
            report = { chance = "10%" }
        "#,
        labeler: r#"
            sees = { reports = { threshold = 4 } }
            lag = { exponential = { mean = "300s" } }
        "#,
    };
    let theory = labels::PromptReports {
        threshold: 4,
        report_chance: 0.1,
        send_rate: 0.1,
        mean_lag: 300.0,
    };
    campaign.case(
        "label after 4 reports at 10 %, then 300 s",
        "k / q + s d",
        theory.delivered(),
    )
}

/// One message a second against 10 per aligned minute, at each sender's own PDS.
const WINDOWS: &str = r#"
    arrivals = { regular = { every = "1s" } }
    [limits.window]
    algorithm = { fixed-window = { limit = 10, window = "60s" } }
    key = "sender"
    at = "sender"
"#;

fn flood_of_windows_for_an_hour() -> Case {
    let campaign = Campaign {
        spammers: 1,
        duration_s: 4_200,
        senders: WINDOWS,
        labeler: r#"lag = { constant = "3600s" }"#,
    };
    campaign.case("flood of windows, label after 3600 s", "N T / W", 600.0)
}

fn flood_of_windows() -> Case {
    let campaign = Campaign {
        spammers: 40,
        duration_s: 7_200,
        senders: WINDOWS,
        labeler: r#"lag = { exponential = { mean = "600s" } }"#,
    };
    // Admissions at 60 i + j s, j from 0 to 9; what the run cuts off is e^-12.
    let admissions = (0..120_u32).flat_map(|i| (0..10_u32).map(move |j| f64::from(60 * i + j)));
    let theory = labels::delivered(admissions, |t| libm::exp(-t / 600.0));
    campaign.case(
        "flood of windows, label after an exponential 600 s",
        "sum of P(lag > a_k)",
        theory,
    )
}

fn flood_of_a_bucket() -> Case {
    let campaign = Campaign {
        spammers: 60,
        duration_s: 4_800,
        senders: r#"
            arrivals = { regular = { every = "1s" } }
            [limits.bucket]
            algorithm = { token-bucket = { burst = 20, refill = "1/4s" } }
            key = "sender"
            at = "sender"
        "#,
        labeler: r#"lag = { exponential = { mean = "400s" } }"#,
    };
    // A send per second; the k-th token beyond the first twenty is there at 4 (k - 20) s.
    let admissions = bucket_admissions(20, 4, 4_800);
    let theory = labels::delivered(admissions, |t| libm::exp(-t / 400.0));
    campaign.case(
        "flood of a bucket, label after an exponential 400 s",
        "sum of P(lag > a_k)",
        theory,
    )
}

/// When a send each second is admitted by a full bucket that grows a token each `gap` seconds:
/// counted in quarters of a token, the hand calculation itself.
fn bucket_admissions(burst: u32, gap: u32, seconds: u32) -> impl Iterator<Item = f64> {
    let full = burst * gap;
    (0..seconds)
        .scan(full, move |parts, second| {
            if second > 0 {
                *parts = (*parts + 1).min(full);
            }
            let admits = *parts >= gap;
            *parts -= if admits { gap } else { 0 };
            Some(admits.then_some(f64::from(second)))
        })
        .flatten()
}
