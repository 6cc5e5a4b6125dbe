//! The expected shape of every attack that has a closed form or can be counted by hand; flood and
//! snowshoe under limits per sender are in `theory_labels`, tokens in `theory_dids`, the docket inbox
//! in `docket`, labelers in `theory_labelers`, retries in `failures_retries`.

use pdsim::protocol::{Account, Check, Class, Fact, Observer};
use pdsim::scenario::Scenario;
use pdsim::stats::closed_form::labels;
use pdsim::stats::closed_form::limiters;
use pdsim::units::Time;

use crate::support::{assert_samples, count, observe_all, outcomes, run, scenario};
use crate::theory_labels::Campaign;

/// The one replication of a campaign without chance.
fn once(campaign: &Campaign<'_>) -> Scenario {
    let mut scenario = campaign.scenario();
    scenario.spec.run.replications = 1.into();
    scenario
}

const NEVER: &str = r#"lag = { constant = "1000d" }"#;

#[test]
fn a_burst_delivers_the_smaller_of_itself_and_the_bucket_whatever_the_lag() {
    for (messages, bucket) in [(20, 5), (5, 20), (8, 8), (1, 3)] {
        for lag in ["1ms", "60s", "1000d"] {
            let campaign = Campaign {
                spammers: 7,
                senders: &format!(
                    r#"
                    attack = {{ burst-before-label = {{ messages = {messages} }} }}
                    arrivals = {{ poisson = {{ rate = "0.1/s" }} }}
                    "#
                ),
                labeler: &format!(r#"lag = {{ constant = "{lag}" }}"#),
                tables: &format!(
                    r#"
                    [limits.bucket]
                    algorithm = {{ token-bucket = {{ burst = {bucket}, refill = "1/10s" }} }}
                    key = "sender"
                    at = "sender"
                    "#
                ),
                ..Campaign::default()
            };
            // Every one of 7 senders fires once within 3,000 s: e^-300 that one does not.
            let results = run(once(&campaign));
            let delivered = count(&results, "delivered");
            assert_eq!(delivered, 7 * messages.min(bucket), "lag {lag}");
            let refused = count(&results, "refused.sender-pds.limit");
            assert_eq!(delivered + refused, 7 * messages);
        }
    }
}

#[test]
fn a_fan_out_writes_to_everybody_once_and_a_limit_per_pair_never_sees_it() {
    // Ten identities, a message each per 10 s, 1,000 accounts: in 1,000 s everybody gets one, so
    // that a limit of one per pair, or per recipient, refuses nothing. In the next 500 s half of
    // them get a second one, which a limit per recipient refuses.
    let limited = |key: &str, duration: &str| {
        let campaign = Campaign {
            spammers: 10,
            senders: r#"
            attack = { fan-out = {} }
            arrivals = { regular = { every = "10s" } }
            "#,
            labeler: NEVER,
            tables: &format!(
                "[limits.once]\nalgorithm = {{ sliding-log = {{ limit = 1, window = \"1d\" }} }}\nkey = \"{key}\""
            ),
            duration,
            ..Campaign::default()
        };
        let results = run(once(&campaign));
        (
            count(&results, "delivered"),
            count(&results, "refused.limit.once"),
        )
    };
    assert_eq!(limited("pair", "1000s"), (1_000, 0));
    assert_eq!(limited("recipient", "1000s"), (1_000, 0));
    assert_eq!(limited("recipient", "1500s"), (1_000, 500));
    // A limit per sender sees it at once, where his own PDS keeps it.
    let at_home = limited("sender\"\nat = \"sender", "1000s");
    assert_eq!(at_home, (10, 0));
}

/// A slow campaign of one message per 10 s and identity beside a limit per sender.
fn slowly(limit: &str) -> Vec<f64> {
    let campaign = Campaign {
        spammers: 20,
        senders: r#"
        attack = { low-and-slow = { rate = "1/10s" } }
        arrivals = { regular = { every = "5s" } }
        "#,
        labeler: r#"lag = { exponential = { mean = "300s" } }"#,
        tables: limit,
        duration: "4500s",
        seed: 31,
        ..Campaign::default()
    };
    campaign.deliveries()
}

#[test]
fn low_and_slow_delivers_its_rate_times_the_lag_and_doubling_the_limit_changes_nothing() {
    // A send every 10 s from the first on: the sum of P(lag > 10 k), 30.5 for r E[lag] = 30.
    let gap_over_mean = 10.0 / 300.0;
    let expected = 1.0 / -libm::expm1(-gap_over_mean);
    assert!((expected - 30.0 - 0.5).abs() < 0.01);
    let limit = |n: u32| {
        format!(
            r#"
            [limits.log]
            algorithm = {{ sliding-log = {{ limit = {n}, window = "60s" }} }}
            key = "sender"
            "#
        )
    };
    let free = slowly("");
    assert_samples("low and slow", &free, expected);
    assert_eq!(slowly(&limit(7)), free);
    assert_eq!(slowly(&limit(14)), free);
}

/// Deliveries per second and place of a rotation from 2,000 s on.
fn rotating(arrivals: &str) -> Vec<f64> {
    let text = format!(
        r#"
        schema = 1
        name = "rotation"
        [run]
        duration = "12000s"
        warmup = "2000s"
        replications = 20
        seed = 32
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 50 }} }}
        count = 20
        [inbox.sync]
        [pipeline]
        order = ["label"]
        [labelers.main]
        lag = {{ exponential = {{ mean = "100s" }} }}
        [senders.wave]
        class = "spam"
        count = 3
        attack = {{ rotate = {{ delay = "50s", spare = 2000 }} }}
        arrivals = {arrivals}
        "#
    );
    let results = run(scenario(&text));
    let delivered = outcomes(&results).into_iter();
    delivered
        .map(|counts| counts["delivered"] as f64 / (10_000.0 * 3.0))
        .collect()
}

#[test]
fn a_rotation_delivers_what_an_identity_does_per_cycle_of_lag_and_renewal() {
    let poisson = labels::Rotation {
        per_identity: 1.0 + 0.1 * 100.0,
        mean_lag: 100.0,
        renewal: 50.0,
        first_send: 10.0,
    };
    let found = rotating(r#"{ poisson = { rate = "0.1/s" } }"#);
    assert_samples("Poisson sends", &found, poisson.rate());
    // One send a second: an identity sends at every second before its label, and the next one at
    // the first second 50 s or more after it. So both are the mean of the lag rounded up.
    let rounded_up = 1.0 / -libm::expm1(-0.01);
    let steady = labels::Rotation {
        per_identity: rounded_up,
        mean_lag: rounded_up,
        renewal: 50.0,
        first_send: 0.0,
    };
    let found = rotating(r#"{ regular = { every = "1s" } }"#);
    assert_samples("steady sends", &found, steady.rate());
}

#[test]
fn a_rotation_ends_with_its_identities() {
    // Labels after 10 s, a new identity 5 s later, one send a second: 10 messages each, of 1 + 3
    // identities in each place.
    let campaign = Campaign {
        spammers: 2,
        senders: r#"
        attack = { rotate = { delay = "5s", spare = 6 } }
        arrivals = { regular = { every = "1s", offset = "500ms" } }
        "#,
        labeler: r#"lag = { constant = "9500ms" }"#,
        duration: "1000s",
        ..Campaign::default()
    };
    let results = run(once(&campaign));
    assert_eq!(count(&results, "delivered"), 2 * 4 * 10);
    assert_eq!(count(&results, "refused.label"), 0);
}

/// What three identities get through, and what is refused, when they game 10 per minute in 10 min.
fn gaming(algorithm: &str) -> (u64, u64) {
    let campaign = Campaign {
        spammers: 3,
        senders: r#"
        attack = { window-gaming = { limit = 10, window = "60s", lead = "2s" } }
        arrivals = { regular = { every = "100ms" } }
        "#,
        labeler: NEVER,
        tables: &format!(
            r#"
            [limits.per-minute]
            algorithm = {{ {algorithm} = {{ limit = 10, window = "60s" }} }}
            key = "sender"
            at = "sender"
            "#
        ),
        duration: "600s",
        ..Campaign::default()
    };
    let results = run(once(&campaign));
    let refused = count(&results, "refused.sender-pds.limit");
    (count(&results, "delivered"), refused)
}

#[test]
fn window_gaming_gets_twice_the_limit_across_an_edge_unless_the_window_slides() {
    // Edges after the windows 0, 2, ..., 8: five, with 10 before and 10 after, by three identities.
    assert_eq!(gaming("fixed-window"), (3 * 5 * 20, 0));
    assert_eq!(gaming("sliding-log"), (3 * 5 * 10, 3 * 5 * 10));
}

/// Honest messages to account 0, and how many of them were refused.
#[derive(Default)]
struct Honest {
    asked: u64,
    refused: u64,
}

impl Observer for Honest {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Taken {
            message, refusal, ..
        } = fact
            && message.class == Class::Ham
            && message.recipient == Account(0)
        {
            self.asked += 1;
            self.refused += u64::from(refusal.is_some());
        }
    }
}

/// The share of honest messages that a budget of 10 per 10 s and recipient refuses.
fn starved(spam: &str) -> Vec<f64> {
    let text = format!(
        r#"
        schema = 1
        name = "starve"
        [run]
        duration = "20000s"
        replications = 20
        seed = 33
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 101 }} }}
        [inbox.sync]
        [pipeline]
        order = ["rate-limit"]
        [limits.per-recipient]
        algorithm = {{ sliding-log = {{ limit = 10, window = "10s" }} }}
        key = "recipient"
        [senders.people]
        class = "ham"
        count = 101
        target = {{ one = {{}} }}
        arrivals = {{ poisson = {{ rate = "0.005/s" }} }}
        {spam}
        "#
    );
    let seen = observe_all(&scenario(&text), |_| Honest::default());
    seen.iter()
        .map(|honest| honest.refused as f64 / honest.asked as f64)
        .collect()
}

#[test]
fn a_starved_budget_refuses_honest_senders_as_often_as_the_attacker() {
    // 100 honest senders of 0.005/s (account 0 writes to somebody else) are 5 per window; 20
    // identities of 0.05/s add 10. Each sees the loss of all together.
    let alone = limiters::sliding_log(10, 5.0);
    assert_samples("alone", &starved(""), alone);
    let attack = r#"
        [senders.starver]
        class = "spam"
        count = 20
        attack = { limit-starve = {} }
        target = { one = {} }
        arrivals = { poisson = { rate = "0.05/s" } }
    "#;
    let together = limiters::sliding_log(10, 15.0);
    assert!(together > 20.0 * alone, "{together} against {alone}");
    assert_samples("starved", &starved(attack), together);
}

/// Sent, delivered and refused by the limit of one adaptive identity in 20,000 s under a bucket of 5
/// and one per 10 s, with a demand of ten per second.
fn probing(inbox: &str, refusal: &str) -> [u64; 2] {
    let campaign = Campaign {
        spammers: 1,
        senders: r#"
        attack = { adaptive = {} }
        arrivals = { regular = { every = "100ms" } }
        "#,
        labeler: NEVER,
        tables: &format!(
            r#"
            [inbox.{inbox}]
            [limits.bucket]
            algorithm = {{ token-bucket = {{ burst = 5, refill = "1/10s" }} }}
            key = "sender"
            refusal = "{refusal}"
            [limits.bucket-of-all]
            algorithm = {{ token-bucket = {{ burst = 1000000, refill = "1000000/s" }} }}
            key = "pds"
            "#
        ),
        delay: r#"{ constant = "20ms" }"#,
        duration: "20000s",
        ..Campaign::default()
    };
    // One PDS: the bucket is that of the sender.
    let mut scenario = once(&campaign);
    scenario.spec.pds.count = Some(1);
    let results = run(scenario);
    let refused = count(&results, "refused.limit.bucket");
    [count(&results, "delivered"), refused]
}

#[test]
fn an_adaptive_sender_finds_the_limit_and_its_yes_and_no_balance() {
    let [delivered, refused] = probing("sync", "reject");
    // b + r T = 2,005 at most, and little less.
    assert!((1_800..=2_005).contains(&delivered), "{delivered}");
    // The rate has hardly changed between start and end, so that the steps up and down cancel:
    // refused ln 2 = delivered ln 1.05, but for a factor of the rate, here below 2^6.
    let balance = delivered as f64 * libm::log(1.05) / libm::log(2.0);
    let difference = refused as f64 - balance;
    assert!(difference.abs() < 6.0, "{refused} refused for {balance}");
}

#[test]
fn an_adaptive_sender_who_hears_nothing_floods() {
    // The bucket grants the same; all the rest of up to ten per second is refused.
    for (inbox, refusal) in [
        ("sync", "silent"),
        ("station]\nworkers = 1\n[host", "reject"),
    ] {
        let [delivered, refused] = probing(inbox, refusal);
        // It begins at one a minute: half of the first 1,000 s is lost on the way up.
        assert!((1_900..=2_005).contains(&delivered), "{delivered}");
        assert!(refused > 180_000, "{refused} by {inbox}");
    }
}

/// What a hostile PDS of `identities` gets through in 1,000 s, with and without a limit.
fn sybil(identities: u32, lag: &str, tables: &str) -> pdsim::experiment::Results {
    let senders = format!(
        r#"
        attack = {{ sybil-pds = {{}} }}
        arrivals = {{ regular = {{ every = "{identities}s" }} }}
        "#
    );
    let campaign = Campaign {
        spammers: identities,
        senders: &senders,
        labeler: &format!(r#"lag = {{ constant = "{lag}" }}"#),
        tables,
        duration: "1000s",
        ..Campaign::default()
    };
    let mut scenario = once(&campaign);
    scenario.spec.pds.count = Some(1);
    scenario.spec.pipeline.order.insert(0, Check::Host);
    run(scenario)
}

#[test]
fn only_what_is_keyed_by_the_host_sees_a_hostile_pds() {
    // In each round of `identities` seconds all of them send at once: 1,000 messages in all. With a
    // thousand identities none is used twice, so labels without lag and quotas of 1 refuse nothing.
    let per_sender = r#"
        [limits.per-sender]
        algorithm = { sliding-log = { limit = 1, window = "10d" } }
        key = "sender"
    "#;
    assert_eq!(count(&sybil(1_000, "0s", per_sender), "delivered"), 1_000);
    // Ten identities are labelled after the first round: 10 get through.
    let labelled = sybil(10, "0s", "");
    assert_eq!(count(&labelled, "delivered"), 10);
    assert_eq!(count(&labelled, "refused.label"), 990);
    // A bucket of 50 and one per 10 s for the host: 50 of those that come at 0 s.
    let per_host = r#"
        [limits.per-host]
        algorithm = { token-bucket = { burst = 50, refill = "1/10s" } }
        key = "sender-pds"
    "#;
    assert_eq!(count(&sybil(1_000, "0s", per_host), "delivered"), 50);
    // 100 at once every 100 s: 50, then nine times the 10 tokens since.
    let paced = sybil(100, "1000d", per_host);
    assert_eq!(count(&paced, "delivered"), 50 + 9 * 10);
    // Whoever got through is labelled: all 100 are after five more rounds.
    let both = sybil(100, "0s", per_host);
    assert_eq!(count(&both, "delivered"), 100);
    // A block of the host needs no bucket.
    let blocked = "[host]\nblocked-groups = [\"wave\"]\n";
    assert_eq!(count(&sybil(100, "1000d", blocked), "delivered"), 0);
}

/// What four accounts, made at 0 s, get through in ten minutes from `start` on with 30 a minute each.
fn of_age(attack: &str, start_s: u32) -> u64 {
    let senders = format!(
        r#"
        attack = {attack}
        age = {{ constant = "0s" }}
        stop = "{}s"
        arrivals = {{ regular = {{ every = "2s" }} }}
        "#,
        start_s + 600
    );
    let campaign = Campaign {
        spammers: 4,
        senders: &senders,
        labeler: NEVER,
        tables: r#"
        [limits.tiers]
        algorithm = { trust-tiers = { window = "60s", quota = { steps = [{ age = "0s", limit = 2 }, { age = "1h", limit = 20 }] } } }
        key = "sender"
        at = "sender"
        "#,
        duration: "2h",
        ..Campaign::default()
    };
    count(&run(once(&campaign)), "delivered")
}

#[test]
fn a_sleeper_gets_the_quota_of_the_old_instead_of_that_of_the_young() {
    assert_eq!(of_age("{ flood = {} }", 0), 4 * 10 * 2);
    assert_eq!(
        of_age(r#"{ sleeper = { wakes = "1h" } }"#, 3_600),
        4 * 10 * 20
    );
    // With a message a minute while it sleeps, 60 more.
    let paced = r#"{ sleeper = { wakes = "1h", pace = "1/1m" } }"#;
    assert_eq!(of_age(paced, 3_600), 4 * (60 + 10 * 20));
}

/// What a snowshoe of `identities`, one message per 50 s each, gets through a bucket of its host of as
/// many tokens as there are identities and one more per 5 s, labelled 1,000 s after its first.
fn under_a_host_bucket(identities: u32) -> Vec<f64> {
    let tables = format!(
        r#"
        [limits.per-host]
        algorithm = {{ token-bucket = {{ burst = {identities}, refill = "1/5s" }} }}
        key = "sender-pds"
        "#
    );
    let campaign = Campaign {
        spammers: identities,
        senders: r#"
        attack = { snowshoe = { under = "1/50s", margin = 0 } }
        on = "own-pds"
        arrivals = { regular = { every = "50s" } }
        "#,
        labeler: r#"lag = { exponential = { mean = "1000s" } }"#,
        tables: &tables,
        duration: "9000s",
        seed: 34,
        ..Campaign::default()
    };
    let mut scenario = campaign.scenario();
    scenario.spec.pds.count = Some(1);
    let delivered = outcomes(&run(scenario)).into_iter();
    delivered.map(|counts| counts["delivered"] as f64).collect()
}

#[test]
fn a_snowshoe_under_a_bucket_of_its_host_grows_with_the_logarithm_of_its_identities() {
    // All S identities deliver at 0 s and use the bucket up. From then on S r e^(-t/m) want in and rho
    // may, until t = m ln(S r / rho); then come all that are left, rho m: about
    // b + rho m (ln(S r / rho) + 1), with rho m = 200 and r / rho = 1 / 10. To the message: a round of
    // 50 s admits up to 10 of those alive, and the time to the death of all but j is m (H(S) - H(j)) on
    // average, of which 1/2 round is rounded off: S + 200 (H(S) - H(10) + 1) - 10/2.
    let harmonic = |n: u32| (1..=n).map(|k| 1.0 / f64::from(k)).sum::<f64>();
    for identities in [40, 80, 160] {
        let size = f64::from(identities);
        let about = size + 200.0 * (libm::log(size / 10.0) + 1.0);
        let exact = size + 200.0 * (harmonic(identities) - harmonic(10) + 1.0) - 5.0;
        assert!((exact / about - 1.0).abs() < 0.03, "{exact} and {about}");
        let found = under_a_host_bucket(identities);
        assert_samples("snowshoe under a bucket", &found, exact);
    }
}
