//! What spammers deliver before their labels are known, against the sums of theory: the expected
//! deliveries are the sum over the admissions k of P(lag > a(k)).

use std::collections::BTreeMap;

use pdsim::experiment::Results;
use pdsim::metrics::Measure;
use pdsim::protocol::{Class, Fact, Observer, Outcome};
use pdsim::scenario::Scenario;
use pdsim::stats::closed_form::labels;
use pdsim::units::Time;

use crate::support::{assert_samples, count, measures, observe_all, outcomes};
use crate::support::{repository_file, run, scenario, scenario_with};

/// Spammers on a network without delay, and one labeler.
pub struct Campaign<'a> {
    pub spammers: u32,
    /// Keys of the group of spammers.
    pub senders: &'a str,
    pub labeler: &'a str,
    /// Further tables.
    pub tables: &'a str,
    /// The one-way delay.
    pub delay: &'a str,
    pub duration: &'a str,
    pub seed: u32,
}

impl Default for Campaign<'_> {
    fn default() -> Self {
        Self {
            spammers: 100,
            senders: r#"arrivals = { poisson = { rate = "0.1/s" } }"#,
            labeler: r#"lag = { constant = "600s" }"#,
            tables: "",
            delay: r#"{ constant = "0s" }"#,
            duration: "3000s",
            seed: 3,
        }
    }
}

impl Campaign<'_> {
    pub fn scenario(&self) -> Scenario {
        let Self {
            spammers,
            senders,
            labeler,
            tables,
            delay,
            duration,
            seed,
        } = self;
        scenario(&format!(
            r#"
            schema = 1
            name = "campaign"
            [run]
            duration = "{duration}"
            replications = 20
            seed = {seed}
            [network]
            delay = {delay}
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
            {tables}
            "#
        ))
    }

    /// Deliveries per spammer, per replication.
    pub fn deliveries(&self) -> Vec<f64> {
        let results = run(self.scenario());
        let delivered = |counts: &BTreeMap<String, u64>| counts["delivered"] as f64;
        let spammers = f64::from(self.spammers);
        outcomes(&results)
            .iter()
            .map(|counts| delivered(counts) / spammers)
            .collect()
    }
}

#[test]
fn a_fixed_lag_lets_1_plus_s_d_through() {
    let expected = labels::Unlimited {
        send_rate: 0.1,
        mean_lag: 600.0,
    };
    assert_samples(
        "fixed lag",
        &Campaign::default().deliveries(),
        expected.delivered(),
    );
}

#[test]
fn the_lag_counts_from_the_delivery_whatever_the_network_delay() {
    // A message in transit when the label becomes known arrives too late: with a constant delay
    // the count stays 1 + s D.
    let campaign = Campaign {
        delay: r#"{ constant = "200s" }"#,
        duration: "4000s",
        seed: 4,
        ..Campaign::default()
    };
    assert_samples("delayed", &campaign.deliveries(), 61.0);
}

#[test]
fn an_exponential_lag_lets_1_plus_s_m_through() {
    let campaign = Campaign {
        labeler: r#"lag = { exponential = { mean = "600s" } }"#,
        duration: "12000s",
        seed: 5,
        ..Campaign::default()
    };
    assert_samples("exponential lag", &campaign.deliveries(), 61.0);
}

#[test]
fn a_stream_adds_its_delay_and_a_poll_half_its_period() {
    let stream = Campaign {
        labeler: r#"
        lag = { constant = "100s" }
        propagation = { stream = { delay = { exponential = { mean = "50s" } } } }
        "#,
        seed: 6,
        ..Campaign::default()
    };
    assert_samples("stream", &stream.deliveries(), 1.0 + 0.1 * 150.0);
    // Every PDS polls at a phase of its own: on average half a period late.
    let poll = Campaign {
        labeler: r#"
        lag = { constant = "100s" }
        propagation = { poll = "120s" }
        "#,
        seed: 7,
        ..Campaign::default()
    };
    assert_samples("poll", &poll.deliveries(), 1.0 + 0.1 * 160.0);
}

#[test]
fn nobody_who_does_not_subscribe_is_protected() {
    let campaign = Campaign {
        spammers: 5,
        labeler: r#"
        lag = { constant = "1s" }
        propagation = "none"
        "#,
        ..Campaign::default()
    };
    let results = run(campaign.scenario());
    assert_eq!(count(&results, "refused.label"), 0);
    assert!(count(&results, "delivered") > 20_000);
}

#[test]
fn a_token_bucket_lets_the_sum_of_the_oracle_through() {
    let file = repository_file("tests/data/closed_forms/leakage_forms.csv");
    let mut rows = csv::Reader::from_reader(&file[..]);
    let mut seen = 0;
    for row in rows.records() {
        let row = row.expect("the file is sound");
        let (send_gap, token_gap, burst, mean_lag) = (&row[0], &row[1], &row[2], &row[3]);
        let expected: f64 = row[4].parse().expect("a number");
        // Twelve mean lags: one label in 163,000 comes later.
        let duration = 12 * mean_lag.parse::<u64>().expect("a number");
        let campaign = Campaign {
            spammers: 60,
            senders: &format!(r#"arrivals = {{ regular = {{ every = "{send_gap}ms" }} }}"#),
            labeler: &format!(r#"lag = {{ exponential = {{ mean = "{mean_lag}ms" }} }}"#),
            tables: &format!(
                r#"
                [limits.bucket]
                algorithm = {{ token-bucket = {{ burst = {burst}, refill = "1/{token_gap}ms" }} }}
                key = "sender"
                at = "sender"
                "#
            ),
            duration: &format!("{duration}ms"),
            seed: 8,
            ..Campaign::default()
        };
        assert_samples(
            &format!("bucket of {burst}"),
            &campaign.deliveries(),
            expected,
        );
        seen += 1;
    }
    assert_eq!(seen, 3);
}

/// A flood of eleven at once at every edge of a window of 60 s, by `spammers` senders, against 10
/// per window and sender.
fn edge_flood(spammers: u32, windows: u32, lag: &str) -> Scenario {
    let mut trace = "time_s,sender,recipient,class\n".to_owned();
    for window in 0..windows {
        for spammer in 0..spammers {
            let row = format!("{},s{spammer},victim,spam\n", window * 60);
            trace += &row.repeat(11);
        }
    }
    let duration = windows * 60;
    let text = format!(
        r#"
        schema = 1
        name = "edge-flood"
        [run]
        duration = "{duration}s"
        replications = 20
        seed = 9
        [network]
        delay = {{ constant = "0s" }}
        [pipeline]
        order = ["label", "rate-limit"]
        [limits.window]
        algorithm = {{ fixed-window = {{ limit = 10, window = "60s" }} }}
        key = "sender"
        [labelers.main]
        lag = {lag}
        [trace]
        file = "trace.csv"
        "#
    );
    scenario_with(&text, &[("trace.csv", trace.as_bytes())])
}

#[test]
fn a_flood_through_windows_delivers_600_in_an_hour() {
    let mut scenario = edge_flood(1, 70, r#"{ constant = "3600s" }"#);
    scenario.spec.run.replications = 1.into();
    let results = run(scenario);
    // The edge at 3,600 s sees the label.
    assert_eq!(count(&results, "delivered"), 600);
    assert_eq!(count(&results, "refused.limit.window"), 60);
    assert_eq!(count(&results, "refused.label"), 110);
}

#[test]
fn a_flood_through_windows_under_an_exponential_lag_delivers_what_the_sum_says() {
    let theory = labels::WindowFlood {
        limit: 10,
        window: 60.0,
        mean_lag: 3_600.0,
    };
    assert!((theory.delivered() - 605.013_889).abs() < 1e-6);
    // Cut off after 400 windows = 24,000 s: e^(-24,000 / 3,600) of the sum is left out.
    let expected = theory.delivered() * (1.0 - libm::exp(-24_000.0 / 3_600.0));
    let results = run(edge_flood(20, 400, r#"{ exponential = { mean = "1h" } }"#));
    let delivered = outcomes(&results).into_iter();
    let delivered: Vec<f64> = delivered
        .map(|counts| counts["delivered"] as f64 / 20.0)
        .collect();
    assert_samples("window flood", &delivered, expected);
}

/// Deliveries before the label, and instants of labels.
#[derive(Default)]
struct Reported {
    delivered: u64,
    labelled: Vec<Time>,
}

impl Observer for Reported {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Finished {
                outcome: Outcome::Delivered,
                ..
            } => self.delivered += 1,
            Fact::LabelIssued { .. } => self.labelled.push(now),
            _ => {}
        }
    }
}

#[test]
fn reports_bring_the_label_after_72_minutes_and_361_messages() {
    let theory = labels::DelayedReports {
        send_rate: 5.0,
        report_chance: 0.02,
        median_delay: 47.0,
        sigma: 1.777,
    };
    assert!((theory.mean_time_to(3) - 72.272).abs() < 5e-4);
    // Nobody hears twice from one spammer within 2,000 messages; after 400 minutes fewer than
    // three reports have come with a chance of 1e-10.
    let scenario = scenario(
        r#"
        schema = 1
        name = "reports"
        [run]
        duration = "400m"
        replications = 20
        seed = 10
        [network]
        delay = { constant = "0s" }
        [pds]
        count = 4
        accounts = { equal = { each = 1000 } }
        [pipeline]
        order = ["label"]
        [labelers.main]
        sees = { reports = { threshold = 3 } }
        lag = { constant = "0s" }
        [senders.people]
        class = "ham"
        count = 4000
        arrivals = { regular = { every = "1000d", offset = "999d" } }
        report = { chance = "2%", after = { lognormal = { median = "47min", sigma = 1.777 } } }
        [senders.wave]
        class = "spam"
        count = 40
        arrivals = { poisson = { rate = "5/m" } }
        target = { fan-out = {} }
        "#,
    );
    let seen = observe_all(&scenario, |_| Reported::default());
    assert!(seen.iter().all(|seen| seen.labelled.len() == 40));
    let delivered: Vec<f64> = seen
        .iter()
        .map(|seen| seen.delivered as f64 / 40.0)
        .collect();
    assert_samples("delivered before", &delivered, 361.36);
    let minutes = |seen: &Reported| {
        let seconds: f64 = seen.labelled.iter().map(|at| at.as_seconds()).sum();
        seconds / 60.0 / 40.0
    };
    let minutes: Vec<f64> = seen.iter().map(minutes).collect();
    assert_samples("minutes to the 3rd report", &minutes, 72.272);
}

#[test]
fn prompt_reports_let_k_over_q_plus_s_d_through() {
    let theory = labels::PromptReports {
        threshold: 4,
        report_chance: 0.1,
        send_rate: 0.1,
        mean_lag: 300.0,
    };
    let campaign = Campaign {
        spammers: 50,
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
        duration: "6000s",
        seed: 11,
        ..Campaign::default()
    };
    assert_samples("k/q + sd", &campaign.deliveries(), theory.delivered());
}

/// Passes that a labelled sender got after its label was issued, and all labels.
#[derive(Default)]
struct AfterLabel {
    labelled: BTreeMap<u32, Time>,
    passed: u64,
    refused: u64,
}

impl Observer for AfterLabel {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::LabelIssued { subject, .. } => {
                self.labelled.insert(subject.0, now);
            }
            Fact::Taken {
                message, refusal, ..
            } if self.labelled.contains_key(&message.sender.0) => {
                self.passed += u64::from(refusal.is_none());
                self.refused += u64::from(refusal.is_some());
            }
            _ => {}
        }
    }
}

#[test]
fn without_lag_and_delays_no_delivery_is_taken_after_the_label() {
    // Regular senders in step: many messages at one instant.
    for senders in [
        r#"arrivals = { poisson = { rate = "1/s" } }"#,
        r#"arrivals = { regular = { every = "1s" } }"#,
    ] {
        let campaign = Campaign {
            senders,
            labeler: r#"lag = { constant = "0s" }"#,
            duration: "100s",
            ..Campaign::default()
        };
        for seen in observe_all(&campaign.scenario(), |_| AfterLabel::default()) {
            assert_eq!((seen.passed, seen.labelled.len()), (0, 100));
            assert!(seen.refused > 9_000, "{}", seen.refused);
        }
        let results = run(campaign.scenario());
        let after = measures(&results, "spam.leakage.after-label");
        assert!(after.iter().all(|after| after.value() == Some(0.0)));
        // One message of each of 100 spammers in each of 20 replications.
        assert_eq!(count(&results, "delivered"), 2_000);
    }
}

/// When the deliveries of every sender were taken, in order.
#[derive(Default)]
struct Passes(BTreeMap<u32, Vec<Time>>);

impl Observer for Passes {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Taken {
            message,
            refusal: None,
            ..
        } = fact
            && message.class == Class::Spam
        {
            self.0.entry(message.sender.0).or_default().push(now);
        }
    }
}

#[test]
fn a_flood_delivers_at_most_b_plus_rho_t_whatever_its_rate() {
    for rate in ["0.2/s", "1/s", "20/s", "100/s"] {
        let campaign = Campaign {
            spammers: 4,
            senders: &format!(
                r#"
                arrivals = {{ poisson = {{ rate = "{rate}" }} }}
                target = {{ one = {{}} }}
                "#
            ),
            labeler: r#"
            lag = { constant = "1000d" }
            "#,
            tables: r#"
            [limits.bucket]
            algorithm = { token-bucket = { burst = 5, refill = "1/10s" } }
            key = "sender"
            "#,
            duration: "1000s",
            ..Campaign::default()
        };
        let mut scenario = campaign.scenario();
        scenario.spec.run.replications = 2.into();
        for passes in observe_all(&scenario, |_| Passes::default()) {
            assert_eq!(passes.0.len(), 4);
            for times in passes.0.values() {
                for (delivered, time) in (1_u64..).zip(times) {
                    let tokens = time.ns() / 10_000_000_000;
                    assert!(delivered <= 5 + tokens, "{delivered} by {time:?} at {rate}");
                }
                // A flood uses it up: 5 + 99 or 100 tokens in 1,000 s.
                if rate.starts_with("20") || rate.starts_with("100") {
                    assert!((103..=104).contains(&times.len()), "{}", times.len());
                }
            }
        }
    }
}

#[test]
fn the_leakage_of_a_snowshoe_is_linear_in_its_identities() {
    for identities in [5, 10, 20, 40] {
        let campaign = Campaign {
            spammers: identities,
            // 20 to 160 per second in all; each identity may send once in 6 s, plus 5 %.
            senders: r#"
            arrivals = { regular = { every = "250ms" } }
            attack = { snowshoe = { under = "10/60s" } }
            "#,
            labeler: r#"lag = { constant = "1000d" }"#,
            tables: r#"
            [limits.per-sender]
            algorithm = { sliding-log = { limit = 10, window = "60s" } }
            key = "sender"
            at = "sender"
            "#,
            duration: "1260s",
            ..Campaign::default()
        };
        let mut scenario = campaign.scenario();
        scenario.spec.run.replications = 1.into();
        let results = run(scenario);
        // Demand comes every 250 ms: an identity sends once in 6.5 s, at 0, 6.5, ..., 1,254.5 s.
        let delivered = count(&results, "delivered");
        assert_eq!(delivered, u64::from(identities) * 194);
        assert_eq!(count(&results, "refused.sender-pds.limit"), 0);
    }
}

#[test]
fn recall_and_precision_are_those_of_independent_senders() {
    // Lag of 400 s in a run of 1,000 s: a spammer who delivers at all (the first send is
    // exponential) is labelled within the run if it started in the first 600 s.
    let campaign = Campaign {
        spammers: 400,
        senders: r#"arrivals = { poisson = { rate = "0.001/s" } }"#,
        labeler: r#"lag = { constant = "400s" }"#,
        duration: "1000s",
        seed: 12,
        ..Campaign::default()
    };
    let results = run(campaign.scenario());
    let leaking = 400.0 * -libm::expm1(-1.0);
    let labelled = 400.0 * -libm::expm1(-0.6);
    let (found, all) = parts(&measures(&results, "label.recall"));
    assert_samples("labelled spammers", &found, labelled);
    assert_samples("leaking spammers", &all, leaking);
    let precision = measures(&results, "label.precision");
    assert!(
        precision
            .iter()
            .all(|precision| precision.value() == Some(1.0))
    );
}

#[test]
fn false_reports_cost_precision_as_often_as_they_come() {
    // Every honest sender sends 10 messages and every spammer 2, all at once reported with
    // chances of 1 % and 30 %: labelled are 1 - 0.99^10 and 1 - 0.7^2 of them.
    let reporting = format!(
        "{BOTH_CLASSES}\nreport = {{ chance = \"30%\" }}\nfalse-report = {{ chance = \"1%\" }}\n"
    );
    let campaign = both_classes(
        &reporting,
        r#"
        sees = { reports = { threshold = 1 } }
        lag = { constant = "1d" }
        "#,
        13,
    );
    let notes = observe_all(&campaign.scenario(), |_| Reporters::default());
    let share = |class: Class, senders: f64| -> Vec<f64> {
        let of_class = notes.iter().map(|notes| &notes.0[class as usize]);
        of_class
            .map(|reported| reported.len() as f64 / senders)
            .collect()
    };
    let ham = 1.0 - libm::pow(0.99, 10.0);
    assert_samples("honest senders reported", &share(Class::Ham, 1_000.0), ham);
    assert_samples("spammers reported", &share(Class::Spam, 300.0), 0.51);
    // The same with labels at once: the two counts are those of the precision. A labelled sender
    // is refused from then on, which does not undo the label.
    let prompt = Campaign {
        labeler: r#"
        sees = { reports = { threshold = 1 } }
        lag = { constant = "0s" }
        "#,
        ..campaign
    };
    let (right, wrong) = labelled_of_both_classes(&run(prompt.scenario()));
    assert_samples("spammers labelled", &right, 300.0 * 0.51);
    assert_samples("honest senders labelled", &wrong, 1_000.0 * ham);
}

/// Spammers who send at 0 s and 300 s to somebody new each time, through a greylist of 300 s. So many
/// of them try again after 300 s; the first retry is delivered at 300 s, and the lag of the label
/// counts from it, as the greylist holds the second message back.
fn greylisted(persistent: u32, others: u32, mean: &str) -> Scenario {
    let group = |name: &str, count: u32, retry: &str| {
        format!(
            r#"
            [senders.{name}]
            class = "spam"
            count = {count}
            attack = {{ fan-out = {{}} }}
            arrivals = {{ regular = {{ every = "300s" }} }}
            stop = "301s"
            retry = {retry}
            "#
        )
    };
    let again = r#"{ atproto = { tries = 2, base = "300s", cap = "300s", jitter = "0%" } }"#;
    scenario(&format!(
        r#"
        schema = 1
        name = "greylisted"
        [run]
        duration = "1000s"
        replications = 20
        seed = 15
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 1000 }} }}
        count = 5
        [inbox.sync]
        [pipeline]
        order = ["label", "rate-limit"]
        [limits.grey]
        algorithm = {{ greylist = {{ delay = "300s", lifetime = "35d" }} }}
        key = "pair"
        [labelers.main]
        lag = {{ exponential = {{ mean = "{mean}" }} }}
        {}{}
        "#,
        group("persistent", persistent, again),
        group("others", others, "\"none\""),
    ))
}

#[test]
fn a_greylist_lets_p_retry_times_the_chance_that_the_lag_exceeds_its_delay_through() {
    for (persistent, mean, mean_s) in [(600, "200s", 200.0), (250, "900s", 900.0)] {
        let results = run(greylisted(persistent, 1_000 - persistent, mean));
        // Of those who try again every first message is delivered, before there is a label.
        let first = f64::from(persistent);
        let second: Vec<f64> = outcomes(&results)
            .iter()
            .map(|counts| (counts["delivered"] as f64 - first) / 1_000.0)
            .collect();
        let p_retry = first / 1_000.0;
        let expected = labels::passes_greylist(p_retry, libm::exp(-300.0 / mean_s));
        assert_samples("greylisted", &second, expected);
    }
}

/// Who was reported at least once, by class.
#[derive(Default)]
struct Reporters([std::collections::BTreeSet<u32>; 2]);

impl Observer for Reporters {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Reported(message) = fact {
            self.0[message.class as usize].insert(message.sender.0);
        }
    }
}

/// How many spammers and how many honest senders were labelled, per replication.
pub fn labelled_of_both_classes(results: &Results) -> (Vec<f64>, Vec<f64>) {
    let (right, all) = parts(&measures(results, "label.precision"));
    let wrong = all.iter().zip(&right).map(|(all, right)| all - right);
    let wrong = wrong.collect();
    (right, wrong)
}

/// 300 spammers who write twice and 1,000 honest senders who write ten times, before a labeler.
pub fn both_classes<'a>(senders: &'a str, labeler: &'a str, seed: u32) -> Campaign<'a> {
    Campaign {
        spammers: 300,
        senders,
        labeler,
        duration: "2000s",
        seed,
        ..Campaign::default()
    }
}

/// The habits of both: twice and ten times within 2,000 s.
pub const BOTH_CLASSES: &str = r#"
    arrivals = { regular = { every = "1000s" } }
    [senders.people]
    class = "ham"
    count = 1000
    arrivals = { regular = { every = "200s" } }
"#;

/// Numerators and denominators of a ratio.
pub fn parts(measures: &[Measure]) -> (Vec<f64>, Vec<f64>) {
    let part = |measure: &Measure| match *measure {
        Measure::Ratio {
            numerator,
            denominator,
        } => (numerator, denominator),
        Measure::Plain(_) => panic!("not a ratio"),
    };
    measures.iter().map(part).unzip()
}
