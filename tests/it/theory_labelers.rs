//! Labelers part by part, against closed forms and hand calculations: lags composed of their parts,
//! rules, propagation, enforcement, ends of labels, and the attacks on labelers.

use pdsim::protocol::{Class, Fact, LabelEnd, Observer};
use pdsim::scenario::Scenario;
use pdsim::stats::closed_form::{labelers, labels, station};
use pdsim::units::Time;

use crate::support::{assert_samples, assert_theory, count, measures, observe, observe_all};
use crate::support::{outcomes, run, scenario, scenario_with};
use crate::theory_labels::{BOTH_CLASSES, Campaign, both_classes, labelled_of_both_classes, parts};

/// The mean of a lognormal lag: `median e^(sigma^2 / 2)`.
fn lognormal_mean(median: f64, sigma: f64) -> f64 {
    median * libm::exp(sigma * sigma / 2.0)
}

#[test]
fn an_automatic_labeler_lets_1_plus_s_d_through() {
    let campaign = Campaign {
        senders: r#"arrivals = { poisson = { rate = "1/s" } }"#,
        labeler: r#"lag = "auto""#,
        duration: "400s",
        spammers: 30,
        seed: 21,
        ..Campaign::default()
    };
    let expected = 1.0 + lognormal_mean(30.0, 0.7);
    assert_samples("auto", &campaign.deliveries(), expected);
}

#[test]
fn platforms_and_volunteers_let_the_sum_of_p_lag_exceeds_through() {
    let hour = 3_600.0;
    let platform = Campaign {
        senders: r#"arrivals = { regular = { every = "12h" } }"#,
        labeler: r#"lag = "platform""#,
        duration: "30d",
        seed: 22,
        ..Campaign::default()
    };
    // Sends at 0, 12 h, ..., 59 x 12 h.
    let times = (0..60_u32).map(|k| f64::from(k) * 12.0 * hour);
    let exceeds = |time| labelers::lognormal_exceeds(7.1 * hour, 1.65, time);
    let expected = labels::delivered(times, exceeds);
    assert_samples("platform", &platform.deliveries(), expected);

    let volunteer = Campaign {
        senders: r#"arrivals = { regular = { every = "5d" } }"#,
        labeler: r#"lag = "volunteer""#,
        duration: "250d",
        seed: 23,
        ..Campaign::default()
    };
    let times = (0..50_u32).map(|k| f64::from(k) * 5.0);
    let expected = labels::delivered(times, |days| libm::exp(-days / 82.3));
    assert_samples("volunteer", &volunteer.deliveries(), expected);
}

#[test]
fn lags_from_a_file_are_drawn_as_they_stand_there() {
    let text = scenario_text(
        r#"lag = { file = "lags.csv" }"#,
        r#"arrivals = { poisson = { rate = "0.1/s" } }"#,
        "",
    );
    let results = run(scenario_with(
        &text,
        &[("lags.csv", b"seconds\n100\n500\n")],
    ));
    let delivered: Vec<f64> = outcomes(&results)
        .iter()
        .map(|counts| counts["delivered"] as f64 / 100.0)
        .collect();
    assert_samples("lags from a file", &delivered, 1.0 + 0.1 * 300.0);
}

/// 100 spammers for 3,000 s on 20 PDSes.
fn scenario_text(labeler: &str, senders: &str, tables: &str) -> String {
    format!(
        r#"
        schema = 1
        name = "labelers"
        [run]
        duration = "3000s"
        replications = 20
        seed = 24
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 50 }} }}
        count = 20
        [pipeline]
        order = ["label"]
        [labelers.main]
        {labeler}
        [senders.wave]
        class = "spam"
        count = 100
        {senders}
        {tables}
        "#
    )
}

#[test]
fn triage_with_enough_moderators_lets_the_sum_of_its_parts_through() {
    let campaign = Campaign {
        labeler: r#"
        lag = { triage = { moderators = 1000, handle = { exponential = { mean = "120s" } } } }
        emission = "unlimited"
        "#,
        seed: 25,
        ..Campaign::default()
    };
    // First messages are exponential with mean 10 s; the next batch is at a multiple of 60 s.
    let lag = labelers::mean_wait_for_batch(0.1, 60.0) + 120.0;
    assert_samples("triage", &campaign.deliveries(), 1.0 + 0.1 * lag);
}

/// When labels were issued, and when they ended.
#[derive(Default)]
struct Labels {
    issued: Vec<(Time, Class)>,
    ended: Vec<(Time, LabelEnd)>,
    /// From the issue to the PDS that first delivered, in seconds.
    delays: Vec<f64>,
}

impl Observer for Labels {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::LabelIssued { class, known, .. } => {
                self.issued.push((now, *class));
                let delay = known.map(|(_, known)| known.since(now).as_seconds());
                self.delays.extend(delay);
            }
            Fact::LabelEnded { how, .. } => self.ended.push((now, *how)),
            _ => {}
        }
    }
}

impl Labels {
    fn seconds(&self) -> Vec<f64> {
        self.issued.iter().map(|(at, _)| at.as_seconds()).collect()
    }
}

/// Observes one replication of a scenario in which `spammers` send in step once a second.
fn in_step(spammers: u32, labeler: &str) -> Labels {
    let campaign = Campaign {
        spammers,
        senders: r#"arrivals = { regular = { every = "1s" } }"#,
        labeler,
        duration: "1000s",
        ..Campaign::default()
    };
    observe(&campaign.scenario(), Labels::default())
}

#[test]
fn moderators_take_cases_one_by_one() {
    let triage = |moderators| {
        let labeler = format!(
            r#"lag = {{ triage = {{ moderators = {moderators}, intake = "at-once", handle = {{ constant = "100s" }} }} }}"#
        );
        in_step(5, &labeler).seconds()
    };
    assert_eq!(triage(1), [100.0, 200.0, 300.0, 400.0, 500.0]);
    assert_eq!(triage(2), [100.0, 100.0, 200.0, 200.0, 300.0]);
}

#[test]
fn an_intake_passes_its_size_per_batch() {
    // Seven cases at 0: batches of three at 60, 120 and 180 s, decided at once.
    let labeler = r#"
    lag = { triage = { moderators = 9, intake = { batches = { size = 3 } }, handle = { constant = "0s" } } }
    "#;
    let found = in_step(7, labeler).seconds();
    assert_eq!(found, [60.0, 60.0, 60.0, 120.0, 120.0, 120.0, 180.0]);
}

#[test]
fn triage_is_a_queue_with_as_many_servers_as_moderators() {
    // Bait makes the cases Poisson: M/M/2 with a = 1, W = 1.333333 s.
    let text = scenario_text(
        r#"
        lag = { triage = { moderators = 2, intake = "at-once", handle = { exponential = { mean = "1s" } } } }
        emission = "unlimited"
        "#,
        r#"attack = { label-cap-exhaust = {} }
        arrivals = { poisson = { rate = "36/1h" } }"#,
        "",
    );
    // 100 identities at 36 per hour each are one case per second, each of another identity.
    let mut scenario = scenario(
        &text
            .replace("count = 100", "count = 4000")
            .replace("36/1h", "0.9/1h"),
    );
    scenario.spec.run.warmup = pdsim::units::Span::from_s(50).into();
    let results = run(scenario);
    let queue = station::Station {
        arrival_rate: 1.0,
        service_rate: 1.0,
        servers: 2,
    };
    assert_theory(&results, "label.lag.mean", queue.sojourn_mean());
}

#[test]
fn no_second_sees_more_labels_than_the_cap() {
    let found = in_step(
        12,
        r#"
        lag = { constant = "10s" }
        emission = { caps = { second = 5 } }
        "#,
    );
    let mut expected = vec![10.0; 5];
    expected.extend([11.0; 5]);
    expected.extend([12.0; 2]);
    assert_eq!(found.seconds(), expected);
    // An hour's cap binds afterwards: the sixth to tenth wait for the next hour's window.
    let found = in_step(
        12,
        r#"
        lag = { constant = "10s" }
        emission = { caps = { second = 5, hour = 7 } }
        "#,
    );
    assert_eq!(found.seconds(), [10.0, 10.0, 10.0, 10.0, 10.0, 11.0, 11.0]);
}

#[test]
fn k_of_n_waits_for_the_kth_order_statistic() {
    for (needed, duration) in [(1, "2400s"), (2, "4500s"), (3, "6000s")] {
        let rule = format!("[labels]\nrule = {{ k-of-n = {{ k = {needed} }} }}");
        let campaign = Campaign {
            spammers: 25,
            labeler: r#"
            lag = { exponential = { mean = "600s" } }
            [labelers.second]
            lag = { exponential = { mean = "600s" } }
            [labelers.third]
            lag = { exponential = { mean = "600s" } }
            "#,
            tables: &rule,
            duration,
            seed: 26,
            ..Campaign::default()
        };
        let lag = labelers::Agreement {
            needed,
            labelers: 3,
            mean_lag: 600.0,
        };
        let what = format!("{needed} of 3");
        assert_samples(&what, &campaign.deliveries(), 1.0 + 0.1 * lag.mean());
    }
}

#[test]
fn a_cached_answer_outlives_the_label() {
    for (ttl, seed) in [(60.0, 27), (600.0, 28)] {
        let labeler = format!(
            r#"
            lag = {{ exponential = {{ mean = "600s" }} }}
            propagation = {{ cache = "{ttl}s" }}
            "#
        );
        let campaign = Campaign {
            senders: r#"
            arrivals = { poisson = { rate = "0.1/s" } }
            target = { one = {} }
            "#,
            labeler: &labeler,
            duration: "6000s",
            spammers: 25,
            seed,
            ..Campaign::default()
        };
        let theory = labelers::CachedAnswer {
            send_rate: 0.1,
            time_to_live: ttl,
            mean_lag: 600.0,
        };
        assert_samples("cached answer", &campaign.deliveries(), theory.delivered());
    }
}

#[test]
fn a_broken_connection_delays_labels_by_half_its_outage_squared_over_its_cycle() {
    let campaign = Campaign {
        spammers: 200,
        senders: r#"arrivals = { poisson = { rate = "0.001/s" } }"#,
        labeler: r#"
        lag = { exponential = { mean = "2000s", shift = "3000s" } }
        propagation = { stream = { breaks = { rate = "1/500s", down = { constant = "100s" } } } }
        "#,
        duration: "20000s",
        seed: 29,
        ..Campaign::default()
    };
    let found = observe_all(&campaign.scenario(), |_| Labels::default());
    let mean = |labels: &Labels| labels.delays.iter().sum::<f64>() / labels.delays.len() as f64;
    let delays: Vec<f64> = found.iter().map(mean).collect();
    // 100 s out is 127 s until the attempt at 127 s.
    let theory = labelers::BrokenConnection {
        break_rate: 1.0 / 500.0,
        out: 127.0,
    };
    assert_samples("broken connections", &delays, theory.mean_delay());
}

#[test]
fn a_takedown_comes_half_a_poll_after_the_label() {
    let campaign = Campaign {
        labeler: r#"lag = { exponential = { mean = "300s" } }"#,
        tables: r#"
        [labels]
        enforcement = ["sender"]
        takedown-poll = "120s"
        "#,
        duration: "3600s",
        spammers: 40,
        seed: 30,
        ..Campaign::default()
    };
    let results = run(campaign.scenario());
    assert_eq!(count(&results, "refused.label"), 0);
    assert!(count(&results, "refused.sender-pds.takedown") > 200_000);
    let delivered = outcomes(&results).into_iter();
    let delivered: Vec<f64> = delivered
        .map(|counts| counts["delivered"] as f64 / 40.0)
        .collect();
    assert_samples("takedown", &delivered, 1.0 + 0.1 * (300.0 + 60.0));
}

#[test]
fn a_pds_of_the_spammers_own_takes_nobody_down() {
    let campaign = Campaign {
        spammers: 3,
        senders: r#"
        on = "own-pds"
        arrivals = { regular = { every = "10s" } }
        "#,
        labeler: r#"lag = { constant = "0s" }"#,
        tables: "[labels]\nenforcement = [\"sender\"]",
        duration: "100s",
        ..Campaign::default()
    };
    let mut scenario = campaign.scenario();
    scenario.spec.run.replications = 1.into();
    assert_eq!(count(&run(scenario), "delivered"), 30);
}

#[test]
fn what_was_read_before_the_label_is_exposure_and_the_rest_is_removed() {
    // Sends at 0, 100, ..., 900 s, each due to be read 300 s later. What is due at 300, 400 and
    // 500 s is read; the label of 600 s has removed what is due at 600 to 900 s; the rest is due
    // after the end.
    let campaign = Campaign {
        spammers: 1,
        senders: r#"
        arrivals = { regular = { every = "100s" } }
        [senders.people]
        class = "ham"
        count = 1000
        arrivals = { regular = { every = "1000d", offset = "999d" } }
        read = { chance = "100%", after = { constant = "300s" } }
        "#,
        labeler: r#"lag = { constant = "600s" }"#,
        tables: "[labels]\nenforcement = [\"clean-up\"]",
        duration: "1000s",
        ..Campaign::default()
    };
    let mut scenario = campaign.scenario();
    scenario.spec.run.replications = 1.into();
    let results = run(scenario);
    assert_eq!(count(&results, "delivered"), 10);
    let (removed, due) = parts(&measures(&results, "spam.cleaned-up"));
    assert_eq!((removed, due), (vec![4.0], vec![7.0]));
    let (read, _) = parts(&measures(&results, "spam.read"));
    assert_eq!(read, [3.0]);
}

#[test]
fn a_classifier_needs_one_over_recall_messages() {
    let campaign = Campaign {
        labeler: r#"
        sees = { content = { recall = "20%", false-positive = "0%" } }
        lag = { exponential = { mean = "300s" } }
        "#,
        duration: "3600s",
        spammers: 40,
        seed: 31,
        ..Campaign::default()
    };
    assert_samples("content", &campaign.deliveries(), 5.0 + 0.1 * 300.0);
}

#[test]
fn false_positives_cost_precision_as_often_as_honest_people_write() {
    // Honest senders write 10 times, spammers twice: labelled are 1 - 0.98^10 and 1 - 0.4^2.
    let labeler = r#"
        sees = { content = { recall = "60%", false-positive = "2%" } }
        lag = { constant = "0s" }
    "#;
    let results = run(both_classes(BOTH_CLASSES, labeler, 32).scenario());
    let (right, wrong) = labelled_of_both_classes(&results);
    let honest = 1_000.0 * (1.0 - libm::pow(0.98, 10.0));
    assert_samples("spammers found", &right, 300.0 * 0.84);
    assert_samples("honest senders labelled", &wrong, honest);
    let (found, leaking) = parts(&measures(&results, "label.recall"));
    assert_eq!(leaking, vec![300.0; 20]);
    assert_eq!(found, right);
}

#[test]
fn a_moderator_who_is_right_four_times_in_five_lets_one_in_four_more_through() {
    // Every delivered message makes a case until one is decided rightly: geometric, mean 1.25.
    let campaign = Campaign {
        spammers: 200,
        labeler: r#"
        lag = { constant = "0s" }
        right = "80%"
        "#,
        duration: "300s",
        seed: 33,
        ..Campaign::default()
    };
    assert_samples("verdicts", &campaign.deliveries(), 1.25);
}

#[test]
fn a_rule_on_rate_or_fan_out_lets_its_limit_and_one_more_through() {
    let delivered = |sees: &str, target: &str| {
        let senders = format!("arrivals = {{ regular = {{ every = \"1s\" }} }}\ntarget = {target}");
        let labeler = format!("lag = {{ constant = \"0s\" }}\nsees = {sees}");
        let campaign = Campaign {
            spammers: 4,
            senders: &senders,
            labeler: &labeler,
            duration: "100s",
            ..Campaign::default()
        };
        let mut scenario = campaign.scenario();
        scenario.spec.run.replications = 1.into();
        count(&run(scenario), "delivered")
    };
    let rate = r#"{ rate = { limit = 10, window = "60s" } }"#;
    let fan_out = r#"{ fan-out = { limit = 10, window = "60s" } }"#;
    let (one, all) = ("{ one = {} }", "{ fan-out = {} }");
    assert_eq!([delivered(rate, one), delivered(rate, all)], [44, 44]);
    assert_eq!(
        [delivered(fan_out, one), delivered(fan_out, all)],
        [400, 44]
    );
    // Exactly at the limit: ten within any 10 s, and an eleventh that is exactly as old.
    let slow = r#"{ rate = { limit = 10, window = "10s" } }"#;
    assert_eq!(delivered(slow, all), 400);
}

#[test]
fn a_labeler_of_one_pds_protects_that_pds_alone() {
    let campaign = Campaign {
        spammers: 3,
        senders: r#"
        arrivals = { regular = { every = "1s" } }
        target = { fan-out = {} }
        "#,
        labeler: r#"
        lag = { constant = "0s" }
        scope = "each-pds"
        "#,
        duration: "1000s",
        ..Campaign::default()
    };
    let mut scenario = campaign.scenario();
    scenario.spec.run.replications = 1.into();
    // One message of each spammer to each of 20 PDSes.
    let results = run(scenario);
    assert_eq!(count(&results, "delivered"), 3 * 20);
    let (right, issued) = parts(&measures(&results, "label.precision"));
    assert_eq!((right, issued), (vec![60.0], vec![60.0]));
}

#[test]
fn a_dead_labeler_decides_nothing_and_what_it_said_stays() {
    // One group before the death, one after it.
    let campaign = Campaign {
        spammers: 2,
        senders: r#"
        arrivals = { regular = { every = "10s" } }
        stop = "400s"
        [senders.later]
        class = "spam"
        count = 2
        start = "500s"
        arrivals = { regular = { every = "10s" } }
        "#,
        labeler: r#"
        lag = { constant = "95s" }
        dies = "500s"
        "#,
        duration: "1000s",
        ..Campaign::default()
    };
    let mut scenario = campaign.scenario();
    scenario.spec.run.replications = 1.into();
    let results = run(scenario);
    // 0 to 90 s pass, 100 to 390 s are refused; of the later ones all 50 each pass.
    assert_eq!(count(&results, "delivered"), 2 * 10 + 2 * 50);
    assert_eq!(count(&results, "refused.label"), 2 * 30);
}

/// Every account is honest and writes every 10 s from 5 s on; somebody is reported at 50 s.
fn reported_once(labeler: &str) -> Scenario {
    Campaign {
        spammers: 1,
        senders: r#"
        attack = { false-report = { per-victim = 1 } }
        arrivals = { regular = { every = "1000d", offset = "50s" } }
        [senders.people]
        class = "ham"
        count = 1000
        arrivals = { regular = { every = "10s", offset = "5s" } }
        "#,
        labeler: &format!(
            "lag = {{ constant = \"0s\" }}\nsees = {{ reports = {{ threshold = 1 }} }}\n{labeler}"
        ),
        duration: "400s",
        ..Campaign::default()
    }
    .scenario()
}

#[test]
fn an_appeal_or_the_expiry_ends_a_label() {
    // Labelled at 50 s: 35 of his messages come later. Ended at 150 s: ten are refused.
    let cases = [
        ("", 35, None),
        (
            r#"appeal = { wrongly = { chance = "100%", after = { constant = "100s" } } }"#,
            10,
            Some(LabelEnd::Negated),
        ),
        (r#"expires = "100s""#, 10, Some(LabelEnd::Expired)),
        (
            r#"appeal = { wrongly = { chance = "100%", overturned = "0%" } }"#,
            35,
            None,
        ),
    ];
    for (labeler, refused, end) in cases {
        let mut scenario = reported_once(labeler);
        scenario.spec.run.replications = 1.into();
        let seen = observe(&scenario, Labels::default());
        assert_eq!(seen.issued.len(), 1, "{labeler}");
        let ends: Vec<LabelEnd> = seen.ended.iter().map(|(_, how)| *how).collect();
        assert_eq!(ends, Vec::from_iter(end), "{labeler}");
        let results = run(scenario);
        assert_eq!(count(&results, "refused.label"), refused, "{labeler}");
    }
}

#[test]
fn appeals_take_back_the_product_of_their_chances() {
    let campaign = Campaign {
        spammers: 1,
        senders: r#"
        attack = { false-report = { per-victim = 1 } }
        arrivals = { regular = { every = "1s" } }
        "#,
        labeler: r#"
        lag = { constant = "0s" }
        sees = { reports = { threshold = 1 } }
        appeal = { wrongly = { chance = "50%", overturned = "60%", after = { constant = "1s" } } }
        "#,
        duration: "900s",
        seed: 34,
        ..Campaign::default()
    };
    let results = run(campaign.scenario());
    // 900 different victims; the appeal of the last one is decided after the end.
    let (negated, issued) = parts(&measures(&results, "label.negated"));
    assert_eq!(issued, vec![900.0; 20]);
    assert_samples("negated", &negated, 899.0 * 0.3);
}

#[test]
fn false_reports_cost_one_honest_sender_per_threshold_and_no_more_than_reporters_may_send() {
    let labelled = |identities: u32, threshold: u32, limit: &str| {
        let labeler = format!(
            "lag = {{ constant = \"0s\" }}\nsees = {{ reports = {{ threshold = {threshold}{limit} }} }}"
        );
        let campaign = Campaign {
            spammers: identities,
            senders: r#"
            attack = { false-report = { per-victim = 3 } }
            arrivals = { regular = { every = "10s" } }
            "#,
            labeler: &labeler,
            duration: "300s",
            ..Campaign::default()
        };
        let seen = observe(&campaign.scenario(), Labels::default());
        assert!(seen.issued.iter().all(|(_, class)| *class == Class::Ham));
        seen.issued.len()
    };
    // n identities send 30 reports each: 30 n / 3 victims.
    assert_eq!([3, 6, 12].map(|n| labelled(n, 3, "")), [30, 60, 120]);
    // Above what a victim gets, nothing.
    assert_eq!(labelled(6, 4, ""), 0);
    // Too few identities: the reports of one victim come from two, who count twice, not thrice.
    assert_eq!(labelled(2, 3, ""), 0);
    // Six reports each and then no more: 6 n / 3 victims, linear in the identities.
    let limit = r#", per-reporter = { limit = 6, window = "1h" }"#;
    assert_eq!([3, 6, 12].map(|n| labelled(n, 3, limit)), [6, 12, 24]);
}

#[test]
fn bait_that_uses_up_the_caps_keeps_the_real_spammer_unlabelled() {
    let delivered = |bait: u32| {
        let senders = format!(
            r#"
            start = "10s"
            arrivals = {{ regular = {{ every = "1s" }} }}
            [senders.bait]
            class = "spam"
            attack = {{ label-cap-exhaust = {{}} }}
            count = {bait}
            arrivals = {{ regular = {{ every = "1000d" }} }}
            "#
        );
        let campaign = Campaign {
            spammers: 1,
            senders: &senders,
            labeler: r#"
            lag = { constant = "0s" }
            emission = { caps = { second = 2, hour = 100000 } }
            "#,
            duration: "1000s",
            ..Campaign::default()
        };
        let mut scenario = campaign.scenario();
        scenario.spec.run.replications = 1.into();
        count(&run(scenario), "delivered") - u64::from(bait)
    };
    // b labels wait in front of his, two a second leave: his comes at b / 2 s, and he sends from
    // 10 s on once a second. Within the caps it comes at once.
    assert_eq!([20, 100, 400, 1_000].map(delivered), [1, 40, 190, 490]);
}
