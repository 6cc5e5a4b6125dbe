//! One inbox with Poisson arrivals: M/M/c, M/M/c/K, M/G/1, and tokens that expire in the queue.
//!
//! Formulas: `stats::closed_form::station` and `single_server`.

use super::{Case, metric, share};
use crate::stats::closed_form::single_server::{self, TimeMoments};
use crate::stats::closed_form::station::Station;

/// One inbox with a mean service of 1 s.
struct Queue {
    rate: f64,
    workers: u32,
    capacity: Option<u32>,
    service: &'static str,
    order: &'static str,
    lifetime_s: u32,
    counted_s: u32,
}

const EXPONENTIAL: &str = r#"{ exponential = { mean = "1s" } }"#;

impl Queue {
    fn new(rate: f64, workers: u32, counted_s: u32) -> Self {
        Self {
            rate,
            workers,
            capacity: None,
            service: EXPONENTIAL,
            order: "[]",
            lifetime_s: 60,
            counted_s,
        }
    }

    fn station(&self) -> Station {
        Station {
            arrival_rate: self.rate,
            service_rate: 1.0,
            servers: self.workers,
        }
    }

    fn tables(&self) -> String {
        // A limited queue is stationary at any load and forgets as fast as at 0.9 or faster.
        let load = self.station().utilization().min(0.9);
        let warm_up = single_server::warm_up(load) / f64::from(self.workers);
        let warm_up = libm::ceil(warm_up).max(30.0);
        let duration = warm_up + f64::from(self.counted_s);
        let capacity = self.capacity.map(|k| format!("capacity = {k}"));
        format!(
            r#"
            [run]
            duration = "{duration}s"
            warmup = "{warm_up}s"
            [network]
            delay = {{ constant = "0s" }}
            [pds]
            accounts = {{ equal = {{ each = 2 }} }}
            [auth]
            lifetime = "{lifetime}s"
            [inbox.station]
            workers = {workers}
            {capacity}
            [pipeline]
            order = {order}
            extra = {service}
            [senders.load]
            class = "ham"
            count = 1
            arrivals = {{ poisson = {{ rate = "{rate}/s" }} }}
            "#,
            lifetime = self.lifetime_s,
            workers = self.workers,
            capacity = capacity.unwrap_or_default(),
            order = self.order,
            service = self.service,
            rate = self.rate,
        )
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![half_loaded()];
    cases.extend([(0.8, 1, 40_000), (3.2, 4, 15_000), (95.0, 100, 500)].map(erlang));
    cases.extend(pollaczek_khinchine());
    cases.extend([(0.8, 1, 5), (1.2, 1, 10), (3.0, 3, 7)].map(birth_death));
    cases.extend([(0.8, 10, 40_000), (0.9, 30, 50_000)].map(expired_tokens));
    cases
}

/// M/M/1 at half load: sojourn exponential with rate mu - lambda.
fn half_loaded() -> Case {
    let queue = Queue::new(0.5, 1, 40_000);
    let station = queue.station();
    Case {
        name: "M/M/1, load 0.5".to_owned(),
        formula: "rho / (mu - lambda)",
        tables: queue.tables(),
        claims: vec![
            metric("mean wait", "s", "inbox.wait.mean", station.wait_mean()),
            metric(
                "p99 of wait and service",
                "s",
                "inbox.sojourn.p99",
                -libm::log(0.01) / 0.5,
            ),
            metric("utilization", "ratio", "inbox.utilization", 0.5),
        ],
    }
}

fn erlang((rate, workers, counted_s): (f64, u32, u32)) -> Case {
    let queue = Queue::new(rate, workers, counted_s);
    let station = queue.station();
    Case {
        name: format!("M/M/{workers}, load {}", station.utilization()),
        formula: "Erlang C",
        tables: queue.tables(),
        claims: vec![
            metric("mean wait", "s", "inbox.wait.mean", station.wait_mean()),
            metric(
                "mean in system",
                "1",
                "inbox.in-system.mean",
                station.in_system_mean(),
            ),
        ],
    }
}

fn pollaczek_khinchine() -> impl Iterator<Item = Case> {
    let laws = [
        ("constant", r#"{ constant = "1s" }"#, 0.0),
        (
            "uniform",
            r#"{ uniform = { min = "500ms", max = "1500ms" } }"#,
            1.0 / 12.0,
        ),
        ("Erlang-2", r#"{ erlang = { mean = "1s", k = 2 } }"#, 0.5),
        (
            "hyperexponential",
            r#"{ hyperexponential = { mean = "1s", cv2 = 4.0 } }"#,
            4.0,
        ),
    ];
    laws.into_iter().map(|(name, service, cv2)| {
        let queue = Queue {
            service,
            ..Queue::new(0.8, 1, 25_000)
        };
        let wait = single_server::wait_mean(0.8, TimeMoments::with_cv2(1.0, cv2));
        Case {
            name: format!("M/G/1, load 0.8, {name} service"),
            formula: "Pollaczek-Khinchine",
            tables: queue.tables(),
            claims: vec![metric("mean wait", "s", "inbox.wait.mean", wait)],
        }
    })
}

fn birth_death((rate, workers, capacity): (f64, u32, u32)) -> Case {
    let queue = Queue {
        capacity: Some(capacity),
        ..Queue::new(rate, workers, 15_000)
    };
    let limited = queue.station().with_capacity(capacity);
    let load = queue.station().utilization();
    Case {
        name: format!("M/M/{workers}/{capacity}, load {load}"),
        formula: "birth-death balance",
        tables: queue.tables(),
        claims: vec![
            share(
                "refused at the door",
                "refused.inbox-full",
                limited.blocked(),
            ),
            metric(
                "mean in system",
                "1",
                "inbox.in-system.mean",
                limited.in_system_mean(),
            ),
        ],
    }
}

/// An expired token costs its extra service all the same, so the queue stays M/M/1.
fn expired_tokens((load, lifetime_s, counted_s): (f64, u32, u32)) -> Case {
    let queue = Queue {
        order: r#"["token"]"#,
        lifetime_s,
        ..Queue::new(load, 1, counted_s)
    };
    let expired = queue.station().wait_exceeds(f64::from(lifetime_s));
    Case {
        name: format!("token of {lifetime_s} s, M/M/1, load {load}"),
        formula: "rho e^-(mu - lambda)t",
        tables: queue.tables(),
        claims: vec![share(
            "expired in the queue",
            "refused.token.expired",
            expired,
        )],
    }
}
