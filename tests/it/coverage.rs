//! Whether intervals and verdicts hold as often as they say: many experiments of 20 replications
//! each, whose true values theory knows. The experiment's number is its seed.
//!
//! Of 1,000 experiments whose intervals cover with 95 %, 950 +- 6.9 do.

use pdsim::experiment::compare::{Comparison, Terms, Verdict, compare};
use pdsim::experiment::draws::independent;
use pdsim::experiment::{self, Arm, ArmResults, Options, Results, simulate};
use pdsim::scenario::Scenario;
use pdsim::stats::closed_form::limiters;
use pdsim::units::Share;

use crate::support::{scenario, scenario_file};

/// A scenario under the seed of an experiment, with 20 replications.
fn seeded(scenario: &Scenario, experiment: u64) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.spec.run.seed = experiment;
    scenario.spec.run.replications = 20.into();
    scenario
}

/// In how many experiments of 1,000 the 95 % interval of each metric holds its true value.
fn covered<const N: usize>(scenario: &Scenario, truths: [(&str, f64); N]) -> [u32; N] {
    let confidence = Share::new(0.95).expect("a share");
    let mut covered = [0; N];
    for experiment in 1..=1_000 {
        let results: ArmResults = simulate(seeded(scenario, experiment)).expect("it runs");
        for (count, (metric, truth)) in covered.iter_mut().zip(truths) {
            let interval = results
                .estimate(metric, confidence)
                .and_then(|e| e.interval)
                .unwrap_or_else(|| panic!("no interval of {metric}"));
            *count += u32::from(interval.lo <= truth && truth <= interval.hi);
        }
    }
    for (count, (metric, truth)) in covered.iter().zip(truths) {
        println!("{metric} = {truth}: covered {count} of 1,000 times");
    }
    covered
}

/// M/M/1 with a mean service of 1 s; the warm-up is that of theory or longer.
fn m_m_1(rate: f64, warm_up: u32, counted: u32) -> Scenario {
    let duration = warm_up + counted;
    scenario(&format!(
        r#"
        schema = 1
        name = "queue"
        [run]
        duration = "{duration}s"
        warmup = "{warm_up}s"
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 2 }} }}
        [inbox.station]
        workers = 1
        [pipeline]
        order = []
        extra = {{ exponential = {{ mean = "1s" }} }}
        [senders.load]
        class = "ham"
        count = 1
        arrivals = {{ poisson = {{ rate = "{rate}/s" }} }}
        "#
    ))
}

#[test]
#[ignore = "long: runs in release mode"]
fn intervals_of_the_mean_wait_cover_as_often_as_they_say() {
    // Wq = rho / (mu - lambda); 10 / (1 - sqrt .5)^2 = 117 s of warm-up.
    let [wait] = covered(&m_m_1(0.5, 120, 1_000), [("inbox.wait.mean", 1.0)]);
    assert!((930..=970).contains(&wait), "{wait}");
}

#[test]
#[ignore = "long: runs in release mode"]
fn intervals_of_a_99th_percentile_cover_as_often_as_they_may() {
    // The sojourn is exponential with rate mu - lambda = 0.8.
    let p99 = -libm::log(0.01) / 0.8;
    let [p99] = covered(&m_m_1(0.2, 40, 9_000), [("inbox.sojourn.p99", p99)]);
    assert!((920..=975).contains(&p99), "{p99}");
}

#[test]
#[ignore = "long: runs in release mode"]
fn intervals_of_a_limits_refusals_cover_as_often_as_they_say() {
    let scenario = scenario(
        r#"
        schema = 1
        name = "limiter"
        [run]
        duration = "450s"
        warmup = "50s"
        [network]
        delay = { constant = "0s" }
        [pds]
        accounts = { equal = { each = 2 } }
        [pipeline]
        order = ["rate-limit"]
        [limits.log]
        algorithm = { sliding-log = { limit = 10, window = "10s" } }
        key = "sender"
        [senders.one]
        class = "ham"
        count = 1
        target = { one = { account = 1 } }
        arrivals = { poisson = { rate = "1/s" } }
        "#,
    );
    let truth = limiters::sliding_log(10, 10.0);
    let [refused] = covered(&scenario, [("limit.log.reject", truth)]);
    assert!((930..=970).contains(&refused), "{refused}");
}

/// Ten spammers who send every 10 s for 600 s, each labelled `lag_s` after the first delivery: of
/// 60 messages expected each, 1 + lag / 10 s are delivered, but for a chance of e^-45.
fn wave(lag_s: u32) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "wave"
        [run]
        duration = "600s"
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 50 }} }}
        [pipeline]
        order = ["label"]
        [labelers.main]
        lag = {{ constant = "{lag_s}s" }}
        [senders.wave]
        class = "spam"
        count = 10
        arrivals = {{ poisson = {{ rate = "0.1/s" }} }}
        "#
    ))
}

#[test]
#[ignore = "long: runs in release mode"]
fn intervals_of_the_leakage_cover_as_often_as_they_say() {
    let [leakage] = covered(&wave(120), [("spam.leakage", 13.0 / 60.0)]);
    assert!((930..=970).contains(&leakage), "{leakage}");
}

/// The arms of an experiment, each with draws of its own, against `base`.
fn apart(experiment: u64, arms: &[(&str, &Scenario)]) -> Vec<Comparison> {
    let arms = arms.iter();
    let arms = arms.map(|(name, scenario)| Arm::new(*name, seeded(scenario, experiment)));
    let results = experiment::run(&independent(arms.collect()), Options::default(), &());
    let terms = Terms::new("base", &["spam.leakage"]);
    compare(&results.expect("it runs"), &terms)
}

#[test]
#[ignore = "long: runs in release mode"]
fn five_arms_equal_in_law_seldom_give_a_false_difference() {
    let same = wave(120);
    let arms = ["base", "b", "c", "d", "e"].map(|name| (name, &same));
    let differs = |row: &Comparison| row.verdict != Verdict::Undecided;
    let wrong = (1..=400)
        .filter(|experiment| apart(*experiment, &arms).iter().any(differs))
        .count();
    println!("{wrong} of 400 experiments with a false difference");
    assert!(wrong <= 30, "{wrong} of 400");
    // Twenty are expected at most; none at all would mean intervals that are too wide.
    assert!(wrong >= 4, "{wrong} of 400");
}

#[test]
#[ignore = "long: runs in release mode"]
fn a_difference_of_three_half_widths_is_found() {
    let (same, more) = (wave(120), wave(144));
    // 24 s more let 2.4 of 60 messages more through.
    let truth = 0.04;
    let arms = [
        ("base", &same),
        ("b", &same),
        ("c", &same),
        ("d", &same),
        ("e", &more),
    ];
    let (mut found, mut widths) = (0, 0.0);
    for experiment in 1..=200 {
        let rows = apart(experiment, &arms);
        let row = rows.iter().find(|row| row.arm == "e").expect("an arm");
        widths += (row.ci_hi.unwrap() - row.ci_lo.unwrap()) / 2.0 / 200.0;
        found += u32::from(row.verdict == Verdict::Worse);
    }
    let sizes = truth / widths;
    println!("found {found} of 200 times a difference of {sizes:.2} half-widths");
    assert!((2.5..=3.0).contains(&sizes), "{sizes} half-widths");
    assert!(found >= 190, "{found} of 200");
}

/// The arms under common random numbers, against the first.
fn together(arms: &[Arm]) -> (Results, Vec<Comparison>) {
    let baseline = arms[0].name().to_owned();
    let results = experiment::run(arms, Options::default(), &()).expect("it runs");
    let rows = compare(&results, &Terms::new(&baseline, &["spam.leakage"]));
    (results, rows)
}

#[test]
fn arms_equal_in_draws_are_identical_with_an_interval_of_nothing() {
    let arm = |name| Arm::new(name, seeded(&wave(120), 1));
    let (results, rows) = together(&[arm("base"), arm("twin")]);
    assert_eq!(rows[0].verdict, Verdict::Identical);
    let [difference, low, high] = [rows[0].difference, rows[0].ci_lo, rows[0].ci_hi];
    assert_eq!([difference, low, high], [Some(0.0); 3]);
    assert_eq!(
        results.arm("base").unwrap().values("spam.leakage"),
        results.arm("twin").unwrap().values("spam.leakage")
    );
}

#[test]
#[ignore = "long: runs in release mode"]
fn pairing_saves_replications_threefold_in_the_shootout() {
    // Two arms of the shootout that differ in their rule alone meet the same messages.
    let arm = |name: &str| {
        let file = format!("scenarios/limiter-shootout/{name}.toml");
        Arm::new(name, scenario_file(&file, &["run.replications=20"]))
    };
    let names = [
        "sliding-log",
        "token-bucket",
        "gcra",
        "first-hit-window",
        "fixed-window",
    ];
    let (_, rows) = together(&names.map(arm));
    for row in rows {
        let ratio = row.variance_ratio;
        println!("{} against {}: {ratio:?}", row.arm, row.baseline);
        assert!(ratio.is_none_or(|ratio| ratio >= 3.0), "{row:?}");
    }
}
