//! What must not change, or change in one direction only, when a scenario is changed: more lag of the
//! labels, another order of the checks, slower clocks, another algorithm under a limit that nobody
//! reaches, other names.

use std::collections::BTreeMap;

use pdsim::protocol::{Fact, Message, Observer, Outcome};
use pdsim::scenario::Scenario;
use pdsim::units::Time;

use crate::support::{observe, run, scenario, scenario_with};

/// The instants of a message, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Life {
    sender: u32,
    created: Time,
    arrived: Time,
    taken: Time,
    served: Time,
    outcome: Outcome,
}

/// Every message's life, by its identity.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lives(BTreeMap<u64, Life>);

impl Observer for Lives {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact {
            let Message {
                sender,
                created,
                arrived,
                taken,
                served,
                ..
            } = **message;
            let life = Life {
                sender: sender.0,
                created,
                arrived,
                taken,
                served,
                outcome: *outcome,
            };
            self.0.insert(message.id.number(), life);
        }
    }
}

impl Lives {
    fn of(scenario: &Scenario) -> Self {
        let lives = observe(scenario, Self::default());
        assert!(lives.0.len() > 100, "{} messages", lives.0.len());
        lives
    }

    /// Deliveries of each sender.
    fn delivered(&self) -> BTreeMap<u32, u64> {
        let mut counts = BTreeMap::new();
        for life in self.0.values() {
            let delivered = u64::from(life.outcome == Outcome::Delivered);
            *counts.entry(life.sender).or_insert(0) += delivered;
        }
        counts
    }

    fn outcomes(&self) -> BTreeMap<u64, Outcome> {
        let lives = self.0.iter();
        lives.map(|(id, life)| (*id, life.outcome)).collect()
    }
}

/// An open-loop campaign under one limit and a labeler of the given lag.
fn labelled_after(limit: &str, attack: &str, law: &str, factor: u32) -> Scenario {
    let lag = match law {
        "constant" => format!("{{ constant = \"{}s\" }}", 40 * factor),
        "exponential" => format!("{{ exponential = {{ mean = \"{}s\" }} }}", 40 * factor),
        _ => format!(
            "{{ lognormal = {{ median = \"{}s\", sigma = 1.5 }} }}",
            40 * factor
        ),
    };
    scenario(&format!(
        r#"
        schema = 1
        name = "lag"
        [run]
        duration = "1000s"
        seed = 41
        [network]
        delay = {{ exponential = {{ mean = "700ms" }} }}
        loss = "5%"
        [pds]
        count = 6
        accounts = {{ zipf = {{ total = 60, s = 1.1 }} }}
        [inbox.sync]
        [pipeline]
        order = ["label", "rate-limit"]
        [labelers.main]
        lag = {lag}
        propagation = {{ stream = {{ delay = {{ exponential = {{ mean = "5s" }} }} }} }}
        [limits.only]
        {limit}
        [senders.wave]
        class = "spam"
        count = 12
        attack = {attack}
        arrivals = {{ poisson = {{ rate = "0.2/s" }} }}
        "#
    ))
}

#[test]
fn more_label_lag_never_lowers_any_spammers_deliveries() {
    let limits = [
        "algorithm = { sliding-log = { limit = 5, window = \"60s\" } }\nkey = \"sender\"",
        "algorithm = { token-bucket = { burst = 3, refill = \"1/9s\" } }\nkey = \"sender\"",
        "algorithm = { fixed-window = { limit = 4, window = \"60s\" } }\nkey = \"sender\"\nat = \"sender\"",
        "algorithm = { gcra = { burst = 1, rate = \"1/40s\" } }\nkey = \"pair\"",
    ];
    let attacks = [
        "{ flood = {} }",
        "{ fan-out = {} }",
        "{ snowshoe = { under = \"5/60s\" } }",
        "{ low-and-slow = { rate = \"1/20s\" } }",
        "{ burst-before-label = { messages = 9 } }",
    ];
    let mut grown = 0;
    for (limit, attack) in limits
        .iter()
        .flat_map(|limit| attacks.iter().map(move |attack| (limit, attack)))
    {
        for law in ["constant", "exponential", "lognormal"] {
            let lives = [1, 2, 7].map(|factor| {
                let campaign = labelled_after(limit, attack, law, factor);
                observe(&campaign, Lives::default()).delivered()
            });
            for pair in lives.windows(2) {
                assert_eq!(pair[0].len(), pair[1].len());
                for (sender, before) in &pair[0] {
                    let after = pair[1][sender];
                    assert!(
                        after >= *before,
                        "{limit} {attack} {law}: {before}, {after}"
                    );
                    grown += u64::from(after > *before);
                }
            }
        }
    }
    assert!(grown > 200, "the lag hardly matters: {grown}");
}

/// Honest and hostile senders before checks whose state depends on nothing but the clock.
fn checked(order: &[&str]) -> Scenario {
    let mut text = format!(
        r#"
        schema = 1
        name = "order"
        [run]
        duration = "1000s"
        seed = 42
        [network]
        delay = {{ exponential = {{ mean = "2s" }} }}
        [auth]
        lifetime = "4s"
        [pds]
        accounts = {{ equal = {{ each = 20 }} }}
        count = 2
        [inbox.sync]
        [pipeline]
        order = {order:?}
        cost = {{ token = {{ constant = "8ms" }}, label = {{ constant = "1ms" }}, block = {{ constant = "2ms" }}, host = {{ constant = "4ms" }} }}
        [host]
        blocked-groups = ["own"]
        [labelers.main]
        sees = {{ reports = {{ threshold = 100 }} }}
        lag = {{ constant = "1s" }}
        [senders.people]
        class = "ham"
        count = 40
        arrivals = {{ poisson = {{ rate = "0.02/s" }} }}
        [senders.own]
        class = "spam"
        count = 3
        on = "own-pds"
        arrivals = {{ poisson = {{ rate = "0.05/s" }} }}
        "#
    );
    for number in 0..12 {
        let (at, who) = (50 * number + 7, number);
        let whom = number + 20;
        text +=
            &format!("[[intervene]]\nat = \"{at}s\"\nlabel = {{ account = \"people/{who}\" }}\n");
        for recipient in 12..20 {
            text += &format!(
                "[[intervene]]\nat = \"{at}s\"\nblock = {{ who = \"people/{recipient}\", whom = \"people/{whom}\" }}\n"
            );
        }
    }
    scenario(&text)
}

/// Every order of the items.
fn orders(items: &[&'static str]) -> Vec<Vec<&'static str>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let of_first = |first: &'static str| {
        let rest: Vec<_> = items
            .iter()
            .copied()
            .filter(|item| *item != first)
            .collect();
        let tails = orders(&rest).into_iter();
        tails
            .map(|tail| [vec![first], tail].concat())
            .collect::<Vec<_>>()
    };
    items.iter().copied().flat_map(of_first).collect()
}

#[test]
fn the_order_of_stateless_checks_changes_the_cost_and_never_who_is_accepted() {
    let accepted = |lives: &Lives| -> Vec<u64> {
        let delivered = |life: &Life| life.outcome == Outcome::Delivered;
        let lives = lives.0.iter().filter(|(_, life)| delivered(life));
        lives.map(|(id, _)| *id).collect()
    };
    let cost = |lives: &Lives| -> u64 {
        let services = lives.0.values().filter(|life| life.served != Time::NEVER);
        services
            .map(|life| life.served.since(life.taken).ns())
            .sum()
    };
    let all = orders(&["token", "label", "block", "host"]);
    assert_eq!(all.len(), 24);
    let seen: Vec<Lives> = all.iter().map(|order| Lives::of(&checked(order))).collect();
    let first = accepted(&seen[0]);
    assert!(first.len() > 300 && first.len() < seen[0].0.len() - 200);
    for (order, lives) in all.iter().zip(&seen) {
        assert_eq!(accepted(lives), first, "{order:?}");
    }
    let costs: std::collections::BTreeSet<u64> = seen.iter().map(cost).collect();
    assert!(costs.len() > 12, "{costs:?}");
}

/// A network whose every time is multiplied by `k`, with constants only or with laws.
fn stretched(k: u64, laws: &str) -> Scenario {
    let s = |seconds: u64| format!("\"{}s\"", seconds * k);
    let law = |ms: u64| match laws {
        "constants" => format!("{{ constant = \"{}ms\" }}", ms * k),
        _ => format!(
            "{{ lognormal = {{ median = \"{}ms\", sigma = 0.7 }} }}",
            ms * k
        ),
    };
    let people = match laws {
        "constants" => format!("{{ regular = {{ every = {} }} }}", s(50)),
        _ => format!("{{ poisson = {{ rate = \"1/{}s\" }} }}", 50 * k),
    };
    let mut trace = "time_s,sender,recipient,class\n".to_owned();
    for row in 0..400_u64 {
        let (from, to) = (row % 7, 7 + row % 5);
        let class = if from == 0 { "spam" } else { "ham" };
        trace += &format!("{},t{from},t{to},{class}\n", (row * 4 + row % 3) * k);
    }
    let text = format!(
        r#"
        schema = 1
        name = "stretched"
        [run]
        duration = {duration}
        seed = 43
        [network]
        delay = {delay}
        timeout = {timeout}
        [auth]
        lifetime = {lifetime}
        [pds]
        accounts = {{ list = [20, 10] }}
        [inbox.station]
        workers = 1
        capacity = 6
        [pipeline]
        cost = {{ token = {cost}, label = {cost} }}
        extra = {extra}
        [limits.log]
        algorithm = {{ sliding-log = {{ limit = 5, window = {window} }} }}
        key = "sender"
        [labelers.main]
        lag = {lag}
        propagation = {{ poll = {poll} }}
        [senders.people]
        class = "ham"
        count = 30
        arrivals = {people}
        read = {{ chance = "50%", after = {read} }}
        [trace]
        file = "trace.csv"
        "#,
        duration = s(2_000),
        delay = law(90),
        timeout = s(10),
        lifetime = s(6),
        cost = law(20),
        extra = law(900),
        window = s(200),
        lag = law(100_000),
        poll = s(30),
        read = law(20_000),
    );
    scenario_with(&text, &[("trace.csv", trace.as_bytes())])
}

#[test]
fn constants_and_traces_scale_exactly_with_all_times() {
    let one = Lives::of(&stretched(1, "constants"));
    for k in [2, 7] {
        let long = Lives::of(&stretched(k, "constants"));
        let scaled = |time: Time| match time {
            Time::NEVER => Time::NEVER,
            time => Time::from_ns(time.ns() * k),
        };
        let expected = one.0.iter().map(|(id, life)| {
            let life = Life {
                sender: life.sender,
                created: scaled(life.created),
                arrived: scaled(life.arrived),
                taken: scaled(life.taken),
                served: scaled(life.served),
                outcome: life.outcome,
            };
            (*id, life)
        });
        assert_eq!(long, Lives(expected.collect()), "times {k}");
    }
    let kinds: std::collections::BTreeSet<Outcome> = one.outcomes().into_values().collect();
    assert!(kinds.len() > 3, "{kinds:?}");
}

#[test]
fn metrics_of_time_scale_with_all_times_under_any_law() {
    let of = |k: u64| {
        run(stretched(k, "laws"))
            .arms
            .remove(0)
            .replications
            .remove(0)
    };
    let one = of(1).measured;
    for k in [2, 3] {
        let long = of(k).measured;
        assert_eq!(one.outcomes.len(), long.outcomes.len());
        for (one, long) in one.outcomes.iter().zip(&long.outcomes) {
            assert_eq!((&one.outcome, one.count), (&long.outcome, long.count));
        }
        let mut compared = 0;
        for (one, long) in one.values.iter().zip(&long.values) {
            assert_eq!(one.name, long.name);
            let factor = match one.unit {
                pdsim::metrics::Unit::Seconds => k as f64,
                pdsim::metrics::Unit::PerSecond => 1.0 / k as f64,
                _ => 1.0,
            };
            let (Some(short), Some(long)) = (one.measure.value(), long.measure.value()) else {
                continue;
            };
            // Quantiles are those of a histogram of three digits, whose bins do not scale.
            let is_binned =
                one.unit == pdsim::metrics::Unit::Seconds && !one.name.ends_with("mean");
            let tolerance = if is_binned { 2e-3 } else { 1e-5 };
            let off = (long - short * factor).abs();
            assert!(
                off <= tolerance * (short * factor).abs() + 1e-12,
                "{} times {k}: {short}, {long}",
                one.name
            );
            compared += 1;
        }
        assert!(compared > 20, "{compared}");
    }
}

#[test]
fn under_a_limit_that_nobody_reaches_the_algorithm_does_not_matter() {
    let under = |algorithm: &str| {
        Lives::of(&scenario(&format!(
            r#"
            schema = 1
            name = "unreachable"
            [run]
            duration = "1000s"
            seed = 44
            [network]
            delay = {{ exponential = {{ mean = "50ms" }} }}
            [pds]
            accounts = {{ equal = {{ each = 20 }} }}
            count = 2
            [inbox.station]
            workers = 1
            [pipeline]
            order = ["rate-limit"]
            extra = {{ exponential = {{ mean = "800ms" }} }}
            {algorithm}
            [senders.people]
            class = "ham"
            count = 40
            arrivals = {{ poisson = {{ rate = "0.02/s" }} }}
            "#
        )))
    };
    let free = under("");
    for algorithm in [
        "sliding-log = { limit = 1000000, window = \"60s\" }",
        "fixed-window = { limit = 1000000, window = \"60s\" }",
        "first-hit-window = { limit = 1000000, window = \"60s\" }",
        "sliding-counter = { limit = 1000000, window = \"60s\" }",
        "extending-window = { limit = 1000000, window = \"60s\" }",
        "token-bucket = { burst = 1000000, refill = \"1/s\" }",
        "gcra = { burst = 1000000, rate = \"1/s\" }",
        "bucket-discrete-grid = { burst = 1000000, refill = \"1/s\" }",
        "bucket-intsec = { burst = 1000000, refill = \"1/s\" }",
        "concurrency = { limit = 1000000 }",
        "trust-tiers = { window = \"60s\", quota = { steps = [{ age = \"0s\", limit = 1000000 }] } }",
        "adaptive = { window = \"60s\", start = 1000000, least = 1000000, most = 1000000, increase = 1, decrease = \"50%\", threshold = \"5%\" }",
    ] {
        let key = if algorithm.starts_with("adaptive") {
            "sender"
        } else {
            "pair"
        };
        let counts = if algorithm.starts_with("extending") {
            "counts = \"all\"\n"
        } else {
            ""
        };
        let layer =
            format!("[limits.one]\nalgorithm = {{ {algorithm} }}\nkey = \"{key}\"\n{counts}");
        assert_eq!(under(&layer), free, "{algorithm}");
    }
}

#[test]
fn other_names_in_a_trace_change_nothing_but_names() {
    let lives = |name: fn(u64) -> String| {
        let mut trace = "time_s,sender,recipient,class,extra_s\n".to_owned();
        for row in 0..600_u64 {
            let (from, to) = (row * row % 11, 11 + row % 6);
            let class = if from == 4 { "spam" } else { "ham" };
            let extra = row % 5;
            trace += &format!("{row},{},{},{class},{extra}\n", name(from), name(to));
        }
        let text = r#"
            schema = 1
            name = "names"
            [network]
            delay = { constant = "40ms" }
            [pds]
            count = 1
            [inbox.station]
            workers = 2
            capacity = 5
            [contact]
            rule = { invitation = { pending-per-pair = 2, pending-per-recipient = 9, expiry = "50s" } }
            [limits.pair]
            algorithm = { sliding-log = { limit = 3, window = "60s" } }
            key = "pair"
            [limits.sender]
            algorithm = { token-bucket = { burst = 5, refill = "1/20s" } }
            key = "sender"
            [labelers.main]
            lag = { constant = "90s" }
            [trace]
            file = "trace.csv"
        "#;
        let lives = Lives::of(&scenario_with(text, &[("trace.csv", trace.as_bytes())]));
        // The numbers of the accounts follow the order of the names.
        let nameless = lives
            .0
            .into_iter()
            .map(|(id, life)| (id, Life { sender: 0, ..life }));
        Lives(nameless.collect())
    };
    let plain = lives(|id| format!("account{id:02}"));
    let kinds: std::collections::BTreeSet<Outcome> = plain.outcomes().into_values().collect();
    assert!(kinds.len() > 2, "{kinds:?}");
    assert_eq!(lives(|id| format!("z{}", 99 - id)), plain);
    assert_eq!(
        lives(|id| format!("did:plc:{:x}", (id * 7_919) % 1_009)),
        plain
    );
}
