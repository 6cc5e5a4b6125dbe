//! One inbox against the closed forms of queueing theory: M/M/c, M/M/1/K, M/G/1, and the order of
//! events of one instant.

use pdsim::experiment::{self, Arm, Options, Results, rows};
use pdsim::scenario::{HistogramsSpec, Scenario};
use pdsim::stats::closed_form::single_server::{self, TimeMoments};
use pdsim::stats::closed_form::station::Station;

use crate::support::{
    assert_samples, assert_theory, count, measures, outcome_shares, outcomes, run, scenario,
    scenario_with,
};

/// One inbox with Poisson arrivals and a mean service of 1 s.
pub struct Queue<'a> {
    /// Arrivals per second, as text.
    pub rate: &'a str,
    pub workers: u32,
    /// Further keys of the station.
    pub station: &'a str,
    /// The law of the service time.
    pub service: &'a str,
    /// Counted span in seconds, after the warm-up.
    pub counted: u32,
    pub seed: u32,
}

const EXPONENTIAL: &str = r#"{ exponential = { mean = "1s" } }"#;

impl Default for Queue<'_> {
    fn default() -> Self {
        Self {
            rate: "0.5/s",
            workers: 1,
            station: "",
            service: EXPONENTIAL,
            counted: 100_000,
            seed: 1,
        }
    }
}

impl Queue<'_> {
    fn load(&self) -> f64 {
        self.rate.trim_end_matches("/s").parse().expect("a number")
    }

    /// As theory asks: 10 / (1 - sqrt rho)^2 mean services, of which c workers make c at a time.
    fn warm_up(&self) -> f64 {
        let workers = f64::from(self.workers);
        // A limited queue is stationary at any load; it forgets as fast as at 0.9 or faster.
        let rho = (self.load() / workers).min(0.95);
        (single_server::warm_up(rho) / workers).ceil().max(30.0)
    }

    pub fn scenario(&self) -> Scenario {
        let Self {
            rate,
            workers,
            station,
            service,
            counted,
            seed,
        } = self;
        let warm_up = self.warm_up();
        let duration = warm_up + f64::from(*counted);
        scenario(&format!(
            r#"
            schema = 1
            name = "queue"
            [run]
            duration = "{duration}s"
            warmup = "{warm_up}s"
            replications = 20
            seed = {seed}
            [network]
            delay = {{ constant = "0s" }}
            [pds]
            accounts = {{ equal = {{ each = 2 }} }}
            [inbox.station]
            workers = {workers}
            {station}
            [pipeline]
            order = []
            extra = {service}
            [senders.load]
            class = "ham"
            count = 1
            arrivals = {{ poisson = {{ rate = "{rate}" }} }}
            [output]
            histograms = "each"
            "#
        ))
    }
}

/// The share of the messages whose wait exceeds a time, per replication.
fn waits_beyond(results: &Results, seconds: f64) -> Vec<f64> {
    let rows = rows::histograms(results, HistogramsSpec::Each);
    let share = |replication: u32| {
        let rows = rows.iter().filter(|row| row.stage == "queue");
        let (mut beyond, mut all) = (0, 0);
        for row in rows.filter(|row| row.replication == Some(replication)) {
            all += row.count;
            beyond += if row.value_s > seconds { row.count } else { 0 };
        }
        beyond as f64 / all as f64
    };
    (1..=20).map(share).collect()
}

/// The wait (or sojourn) below which a share of the messages stays, per replication.
fn percentile(results: &Results, stage: &str, percent: f64) -> Vec<f64> {
    let rows = rows::histograms(results, HistogramsSpec::Each);
    let found = |replication: u32| {
        let mut rows = rows.iter().filter(|row| row.stage == stage);
        let row =
            rows.find(|row| row.replication == Some(replication) && row.percentile >= percent);
        row.expect("some bucket holds it").value_s
    };
    (1..=20).map(found).collect()
}

#[test]
fn m_m_1_at_half_load_waits_as_theory_says() {
    let results = run(Queue::default().scenario());
    assert_theory(&results, "inbox.wait.mean", 1.0);
    assert_theory(&results, "inbox.sojourn.mean", 2.0);
    assert_theory(&results, "inbox.utilization", 0.5);
    assert_theory(&results, "inbox.throughput", 0.5);
    assert_theory(&results, "inbox.in-system.mean", 1.0);
    assert_theory(&results, "inbox.length.mean", 0.5);
    assert_theory(&results, "inbox.sojourn.p50", 1.386_294);
    assert_samples("W p95", &percentile(&results, "total", 95.0), 5.991_465);
    assert_theory(&results, "inbox.sojourn.p99", 9.210_340);
    assert_theory(&results, "latency.ham.p99", 9.210_340);
}

#[test]
fn m_m_1_at_80_percent_waits_as_theory_says() {
    let queue = Queue {
        rate: "0.8/s",
        counted: 80_000,
        ..Queue::default()
    };
    let results = run(queue.scenario());
    assert_theory(&results, "inbox.wait.mean", 4.0);
    assert_theory(&results, "inbox.sojourn.mean", 5.0);
    assert_theory(&results, "inbox.in-system.mean", 4.0);
    assert_theory(&results, "inbox.utilization", 0.8);
    // P(Wq > t) = rho e^-(mu - lambda)t.
    let expected = 0.8 * libm::exp(-0.2 * 10.0);
    assert_samples("P(Wq > 10 s)", &waits_beyond(&results, 10.0), expected);
}

#[test]
fn m_m_1_at_90_percent_waits_as_theory_says() {
    let queue = Queue {
        rate: "0.9/s",
        counted: 60_000,
        ..Queue::default()
    };
    let results = run(queue.scenario());
    assert_theory(&results, "inbox.wait.mean", 9.0);
    assert_theory(&results, "inbox.sojourn.mean", 10.0);
    assert_theory(&results, "inbox.sojourn.p99", 46.051_702);
    assert_theory(&results, "inbox.wait.p99", 44.998_097);
    assert_theory(&results, "inbox.utilization", 0.9);
}

#[test]
fn m_m_2_and_m_m_4_wait_as_erlang_says() {
    let two = run(Queue {
        rate: "1/s",
        workers: 2,
        counted: 40_000,
        ..Queue::default()
    }
    .scenario());
    // Nobody waits with the chance 1 - C.
    assert_samples("C", &waits_beyond(&two, 0.0), 0.333_333);
    assert_theory(&two, "inbox.wait.mean", 0.333_333);
    assert_theory(&two, "inbox.sojourn.mean", 1.333_333);
    let four = run(Queue {
        rate: "3.2/s",
        workers: 4,
        counted: 15_000,
        ..Queue::default()
    }
    .scenario());
    assert_samples("C", &waits_beyond(&four, 0.0), 0.596_432);
    assert_theory(&four, "inbox.wait.mean", 0.745_541);
    assert_theory(&four, "inbox.in-system.mean", 5.585_730);
    assert_samples("P(Wq > 1 s)", &waits_beyond(&four, 1.0), 0.267_994);
    assert_theory(&four, "inbox.utilization", 0.8);
}

#[test]
fn m_m_100_waits_as_erlang_says() {
    let queue = Queue {
        rate: "95/s",
        workers: 100,
        counted: 700,
        ..Queue::default()
    };
    let results = run(queue.scenario());
    assert_samples("C", &waits_beyond(&results, 0.0), 0.506_457);
    assert_theory(&results, "inbox.wait.mean", 0.101_291);
    assert_theory(&results, "inbox.length.mean", 9.622_680);
    assert_theory(&results, "inbox.utilization", 0.95);
}

#[test]
fn a_limited_inbox_refuses_as_the_birth_death_balance_says() {
    let rows = [
        ("0.8/s", 5, 0.088_819, 1.868_332),
        ("1/s", 4, 0.2, 2.0),
        ("1.2/s", 10, 0.192_586, 6.710_709),
        ("2/s", 3, 0.533_333, 2.266_667),
    ];
    for (rate, capacity, blocked, in_system) in rows {
        let station = format!("capacity = {capacity}");
        let queue = Queue {
            rate,
            station: &station,
            counted: 10_000,
            ..Queue::default()
        };
        let results = run(queue.scenario());
        let refused = outcome_shares(&results, "refused.inbox-full");
        assert_samples(&format!("Pb at {rate}"), &refused, blocked);
        assert_theory(&results, "inbox.in-system.mean", in_system);
        // Little: W = L / (lambda (1 - Pb)).
        let sojourn = in_system / (queue.load() * (1.0 - blocked));
        assert_theory(&results, "inbox.sojourn.mean", sojourn);
    }
}

#[test]
fn several_workers_with_little_room_refuse_as_the_birth_death_balance_says() {
    let theory = Station {
        arrival_rate: 3.0,
        service_rate: 1.0,
        servers: 3,
    }
    .with_capacity(7);
    let queue = Queue {
        rate: "3/s",
        workers: 3,
        station: "capacity = 7",
        counted: 8_000,
        ..Queue::default()
    };
    let results = run(queue.scenario());
    let refused = outcome_shares(&results, "refused.inbox-full");
    assert_samples("Pb", &refused, theory.blocked());
    assert_theory(&results, "inbox.in-system.mean", theory.in_system_mean());
    assert_theory(&results, "inbox.wait.mean", theory.wait_mean());
    assert_theory(&results, "inbox.throughput", theory.throughput());
}

#[test]
fn dropping_the_oldest_loses_as_many_but_others() {
    // Who is lost does not change how many are inside: the refused share is that of M/M/1/K, and
    // those who are served waited less than where the newcomer is refused.
    let station = |overflow| format!("capacity = 5\noverflow = \"{overflow}\"");
    let results = |overflow| {
        let station = station(overflow);
        let queue = Queue {
            rate: "1.2/s",
            station: &station,
            counted: 10_000,
            ..Queue::default()
        };
        run(queue.scenario())
    };
    let theory = Station {
        arrival_rate: 1.2,
        service_rate: 1.0,
        servers: 1,
    }
    .with_capacity(5);
    let dropped = results("drop-oldest");
    let refused = outcome_shares(&dropped, "refused.inbox-full");
    assert_samples("dropped", &refused, theory.blocked());
    assert_theory(&dropped, "inbox.in-system.mean", theory.in_system_mean());
    let rejected = results("reject");
    assert_theory(&rejected, "inbox.wait.mean", theory.wait_mean());
    let mean =
        |results: &Results| pdsim::metrics::Measure::value(measures(results, "inbox.wait.mean")[0]);
    assert!(mean(&dropped) < mean(&rejected));
    // The same arrivals under both: exactly one outcome each.
    let totals = |results: &Results| -> Vec<u64> {
        outcomes(results)
            .iter()
            .map(|counts| counts.values().sum())
            .collect()
    };
    assert_eq!(totals(&dropped), totals(&rejected));
}

#[test]
fn m_g_1_waits_as_pollaczek_and_khinchine_say() {
    let laws = [
        (r#"{ constant = "1s" }"#, 0.0, 2.0),
        (
            r#"{ uniform = { min = "500ms", max = "1500ms" } }"#,
            1.0 / 12.0,
            2.166_667,
        ),
        (r#"{ erlang = { mean = "1s", k = 2 } }"#, 0.5, 3.0),
        (EXPONENTIAL, 1.0, 4.0),
        (
            r#"{ hyperexponential = { mean = "1s", cv2 = 4.0 } }"#,
            4.0,
            10.0,
        ),
    ];
    for (service, cv2, wait) in laws {
        let moments = TimeMoments::with_cv2(1.0, cv2);
        assert!((single_server::wait_mean(0.8, moments) - wait).abs() < 1e-6);
        let queue = Queue {
            rate: "0.8/s",
            service,
            counted: 25_000,
            seed: 2,
            ..Queue::default()
        };
        let results = run(queue.scenario());
        assert_theory(&results, "inbox.wait.mean", wait);
        assert_theory(&results, "inbox.utilization", 0.8);
        assert_theory(&results, "inbox.throughput", 0.8);
        assert_theory(&results, "inbox.length.mean", 0.8 * wait);
    }
}

#[test]
fn a_warm_up_that_is_too_short_for_the_load_is_said() {
    let warnings = |warm_up: u32| {
        let text = format!(
            r#"
            schema = 1
            name = "short"
            [run]
            duration = "5000s"
            warmup = "{warm_up}s"
            [pds]
            accounts = {{ equal = {{ each = 2 }} }}
            [pipeline]
            order = []
            extra = {{ exponential = {{ mean = "1s" }} }}
            [senders.load]
            class = "ham"
            count = 1
            arrivals = {{ poisson = {{ rate = "0.9/s" }} }}
            "#
        );
        let arms = [Arm::new("base", scenario(&text))];
        let results = experiment::run(&arms, Options::default(), &()).expect("it runs");
        experiment::warnings::warnings(&arms, &results).len()
    };
    // 10 / (1 - sqrt .9)^2 = 3,797 s.
    assert!((single_server::warm_up(0.9) - 3_797.4).abs() < 0.1);
    assert_eq!((warnings(3_797), warnings(3_798)), (1, 0));
}

/// One worker, no place to wait, arrivals from a trace.
pub fn no_queue(service: &str, rows: impl Iterator<Item = u32>) -> Results {
    let mut trace = "time_s,sender,recipient\n".to_owned();
    for second in rows {
        trace += &format!("{second},a,b\n");
    }
    let text = format!(
        r#"
        schema = 1
        name = "instant"
        [run]
        duration = "1000s"
        [network]
        delay = {{ constant = "0s" }}
        [inbox.station]
        workers = 1
        capacity = 1
        [pipeline]
        order = []
        extra = {{ constant = "{service}" }}
        [trace]
        file = "trace.csv"
        "#
    );
    run(scenario_with(&text, &[("trace.csv", trace.as_bytes())]))
}

#[test]
fn a_worker_who_becomes_free_at_the_instant_of_an_arrival_serves_it() {
    let all_served = no_queue("1s", 0..10);
    assert_eq!(count(&all_served, "delivered"), 10);
    let every_second = no_queue("1500ms", 1..=100);
    assert_eq!(count(&every_second, "delivered"), 50);
    assert_eq!(count(&every_second, "refused.inbox-full"), 50);
}

#[test]
fn regular_senders_meet_the_same_rule() {
    let results = run(scenario(
        r#"
        schema = 1
        name = "regular"
        [run]
        duration = "101s"
        [network]
        delay = { constant = "250ms" }
        [pds]
        accounts = { equal = { each = 2 } }
        [inbox.station]
        workers = 1
        capacity = 1
        [pipeline]
        order = []
        extra = { constant = "1500ms" }
        [senders.clock]
        class = "ham"
        count = 1
        arrivals = { regular = { every = "1s", offset = "1s" } }
        "#,
    ));
    // Sends at 1 to 100 s; the one of 99 s ends at 100.75 s.
    assert_eq!(count(&results, "delivered"), 50);
    assert_eq!(count(&results, "refused.inbox-full"), 50);
}
