//! Hosts that go down, are cut off or work slowly: exact counts by hand where nothing is random,
//! and the availability of a two-state process where something is.

use pdsim::protocol::{Account, Fact, Message, Observer, Outcome};
use pdsim::units::{Span, Time};

use crate::support::{assert_theory, count, measures, observe, outcomes, run, scenario};

/// A host of its own sends one message per second, 0.5 s after the full second, to account 0 of the
/// only PDS of the network; each is 100 ms on its way. 60 messages.
fn one_per_second(network: &str, rest: &str) -> String {
    format!(
        r#"
        schema = 1
        name = "hosts"
        [run]
        duration = "100s"
        [pds]
        accounts = {{ equal = {{ each = 1 }} }}
        [inbox.sync]
        [pipeline]
        order = []
        [senders.other]
        class = "spam"
        count = 1
        on = "own-pds"
        stop = "60s"
        target = {{ one = {{ account = 0 }} }}
        arrivals = {{ regular = {{ every = "1s", offset = "500ms" }} }}
        {rest}
        [network]
        delay = {{ constant = "100ms" }}
        {network}
        "#
    )
}

const DOWN_FROM_10_TO_20: &str = r#"
    [network.outages.windows.short]
    start = "10s"
    stop = "20s"
"#;

#[test]
fn what_arrives_at_a_pds_that_is_down_is_lost_without_retries() {
    // Arrivals at 0.6, 1.6, ...: those at 10.6 to 19.6 find nobody.
    let results = run(scenario(&one_per_second(DOWN_FROM_10_TO_20, "")));
    assert_eq!(
        (count(&results, "lost"), count(&results, "delivered")),
        (10, 50)
    );
}

#[test]
fn a_partition_loses_what_leaves_during_its_window() {
    // The host of the sender is on no side, so a partition of the network does not concern it.
    let split = |side: &str| {
        format!(
            "[network.partitions.x]\nside = {side}\nother = \"all\"\nstart = \"10s\"\nstop = \"20s\"\n"
        )
    };
    let results = run(scenario(&one_per_second(&split("\"all\""), "")));
    assert_eq!(count(&results, "delivered"), 60);
    // Between two PDSes of the network: each writes to the other once per second.
    let text = format!(
        r#"
        schema = 1
        name = "split"
        [run]
        duration = "60s"
        [pds]
        accounts = {{ list = [1, 1, 1] }}
        [inbox.sync]
        [pipeline]
        order = []
        [senders.people]
        class = "ham"
        count = 3
        target = "uniform"
        arrivals = {{ regular = {{ every = "1s", offset = "500ms" }} }}
        [network]
        delay = {{ constant = "100ms" }}
        {}
        "#,
        split("{ list = [0, 1, 2] }")
    );
    // Everything that leaves at 10.5 to 19.5 is lost: 10 sends of 3 people.
    let results = run(scenario(&text));
    assert_eq!(
        (count(&results, "lost"), count(&results, "delivered")),
        (30, 150)
    );
}

/// Outcome, attempts and latency of every message, by ordinal.
#[derive(Default)]
struct Fates(Vec<(u64, Outcome, u16, f64)>);

impl Observer for Fates {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact {
            let age = now.since(message.created).as_seconds();
            let fate = (message.id.ordinal(), *outcome, message.attempts, age);
            self.0.push(fate);
        }
    }
}

fn fates(text: &str) -> Vec<(u64, Outcome, u16, f64)> {
    let mut fates = observe(&scenario(text), Fates::default()).0;
    fates.sort_by_key(|fate| fate.0);
    fates
}

#[test]
fn retries_carry_messages_over_an_outage() {
    // Message k arrives at k + 0.6, is refused, hears so 0.1 s later, waits 8 s, and arrives again
    // 8.2 s after its last arrival: k = 10 and 11 at k + 8.8 < 20 and k + 17, k = 12 to 19 at k + 8.8.
    let retry = "retry = { atproto = { tries = 3, base = \"8s\", cap = \"8s\", jitter = 0 } }";
    let text = one_per_second(&format!("{retry}\n{DOWN_FROM_10_TO_20}"), "");
    let fates = fates(&text);
    assert_eq!(fates.len(), 60);
    for (k, outcome, attempts, age) in fates {
        let expected = match k {
            10 | 11 => 3,
            12..20 => 2,
            _ => 1,
        };
        assert_eq!((outcome, attempts), (Outcome::Delivered, expected), "{k}");
        let expected = 0.1 + 8.2 * f64::from(expected - 1);
        assert!((age - expected).abs() < 1e-9, "{k}: {age}");
    }
    // 52 + 2 x 3 + 8 x 2 - 2 = 50 + 6 + 16 attempts of 60 messages, and 10 of 100 s down on one
    // of two hosts.
    let results = run(scenario(&text));
    let value = |metric: &str| measures(&results, metric)[0].value().unwrap();
    assert!((value("retry.attempts") - 72.0 / 60.0).abs() < 1e-12);
    assert!((value("pds.availability") - 0.95).abs() < 1e-12);
    assert!(value("retry.gave-up").abs() < 1e-12);
}

#[test]
fn without_an_answer_the_sender_learns_after_its_time_out() {
    // As above, but message 10 hears at 10.5 + 3 s, waits 8 s and is delivered at 21.6.
    let network = format!(
        "retry = {{ atproto = {{ base = \"8s\", cap = \"8s\", jitter = 0 }} }}\ntimeout = \"3s\"\nwhen-down = \"timeout\"\n{DOWN_FROM_10_TO_20}"
    );
    let (_, outcome, attempts, age) = fates(&one_per_second(&network, ""))[10];
    assert_eq!((outcome, attempts), (Outcome::Delivered, 2));
    assert!((age - 11.1).abs() < 1e-9, "{age}");
}

#[test]
fn what_the_senders_of_a_pds_that_is_down_write_leaves_when_it_is_up() {
    let text = r#"
        schema = 1
        name = "own"
        [run]
        duration = "30s"
        [pds]
        accounts = { list = [1, 1] }
        [inbox.sync]
        [pipeline]
        order = []
        [senders.people]
        class = "ham"
        count = 2
        stop = "1s"
        arrivals = { regular = { every = "1d", offset = "12h" } }
        [network]
        delay = { constant = "100ms" }
        [network.outages.windows.short]
        pds = { list = [0] }
        start = "10s"
        stop = "20s"
        [[intervene]]
        at = "12s"
        send = { from = "people/0", to = "people/1" }
        [[intervene]]
        at = "13s"
        send = { from = "people/1", to = "people/0" }
    "#;
    // From the PDS that is down: created at 12 s, leaves at 20 s. To it: lost on arrival.
    let fates = fates(text);
    assert_eq!((fates[0].1, fates[0].2), (Outcome::Delivered, 1));
    assert!((fates[0].3 - 8.1).abs() < 1e-9);
    assert_eq!((fates[1].1, fates[1].2), (Outcome::Lost, 1));
}

/// The instants at which messages were taken and served, in milliseconds.
#[derive(Default)]
struct Services(Vec<(u64, u64)>);

impl Observer for Services {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Served(message) = fact {
            let ms = |time: Time| time.ns() / 1_000_000;
            self.0.push((ms(message.taken), ms(now)));
        }
    }
}

fn services(text: &str) -> Vec<(u64, u64)> {
    observe(&scenario(text), Services::default()).0
}

#[test]
fn an_inbox_keeps_what_waits_and_its_workers_finish_what_they_have() {
    let text = one_per_second(
        r#"
        [network.outages.windows.short]
        pds = { list = [0] }
        start = "2s"
        stop = "7s"
        "#,
        "",
    );
    let text = text
        .replace("[inbox.sync]", "[inbox.station]\nworkers = 1\n")
        .replace(
            "order = []",
            "order = []\nextra = { constant = \"1200ms\" }",
        )
        .replace("stop = \"60s\"", "stop = \"3s\"");
    // Arrivals at 0.6 and 1.6; the third finds nobody. The first is in service until 1.8, the second
    // is taken then and finished at 3.0 although its PDS went down at 2.
    assert_eq!(services(&text), [(600, 1_800), (1_800, 3_000)]);
    // Down from 1.7 on, the second one waits until 7.
    let text = text.replace("start = \"2s\"", "start = \"1700ms\"");
    assert_eq!(services(&text), [(600, 1_800), (7_000, 8_200)]);
}

#[test]
fn a_slow_pds_takes_its_factor_longer_over_every_service() {
    let text = one_per_second(
        r#"
        [network.slow.ill]
        factor = 3.5
        start = "1s"
        stop = "2s"
        "#,
        "",
    );
    let text = text
        .replace("order = []", "order = []\nextra = { constant = \"200ms\" }")
        .replace("stop = \"60s\"", "stop = \"3s\"");
    assert_eq!(
        services(&text),
        [(600, 800), (1_600, 2_300), (2_600, 2_800)]
    );
}

fn daily(start: &str, days: u32) -> String {
    format!(
        r#"
        schema = 1
        name = "daily"
        [run]
        duration = "{days}d"
        replications = 20
        seed = 77
        [network]
        outages = {{ daily = {{ start = "{start}" }} }}
        [pds]
        count = 100
        accounts = {{ equal = {{ each = 1 }} }}
        [inbox.sync]
        [senders.people]
        class = "ham"
        count = 1
        arrivals = {{ regular = {{ every = "10d" }} }}
        "#
    )
}

#[test]
fn random_outages_have_the_availability_of_the_two_state_process() {
    // Share down in the long run .0124 / (.0124 + .0426); from all up, the mean over [0, T] is that
    // times 1 - (1 - e^-cT) / cT with c = -ln(1 - .055) per day.
    let down: f64 = 0.0124 / 0.055;
    let results = run(scenario(&daily("stationary", 60)));
    assert_theory(&results, "pds.availability", 1.0 - down);
    let ct = -libm::log(1.0 - 0.055) * 60.0;
    let reached = 1.0 - (1.0 - libm::exp(-ct)) / ct;
    let results = run(scenario(&daily("up", 60)));
    assert_theory(&results, "pds.availability", 1.0 - down * reached);
}

/// Whom every message went to and when it was written.
#[derive(Default)]
struct Written(Vec<(Time, Account, Account, Span)>);

impl Observer for Written {
    fn needs_order(&self) -> bool {
        true
    }

    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Created(message) = fact {
            let Message {
                sender,
                recipient,
                extra,
                ..
            } = **message;
            self.0.push((now, sender, recipient, extra));
        }
    }
}

#[test]
fn failures_shift_nobodys_draws() {
    let base = r#"
        schema = 1
        name = "draws"
        [run]
        duration = "2h"
        seed = 5
        [network]
        delay = { constant = "100ms" }
        retry = { mail = {} }
        [pds]
        count = 9
        accounts = { equal = { each = 5 } }
        [pipeline]
        order = []
        extra = { exponential = { mean = "50ms" } }
        [senders.people]
        class = "ham"
        count = 45
        arrivals = { poisson = { rate = "30/1h" } }
    "#;
    let failures = r#"
        [network.outages.rates]
        down = "3/1h"
        up = "12/1h"
        [network.slow.some]
        pds = { share = "50%" }
        factor = 40
        [[intervene]]
        at = "3m"
        down = { pds = 2 }
    "#;
    let written = |text: &str| observe(&scenario(text), Written::default()).0;
    let calm = written(base);
    assert!(calm.len() > 2_000, "{}", calm.len());
    assert!(calm == written(&format!("{base}{failures}")));
}

#[test]
fn no_message_is_forgotten_while_hosts_come_and_go() {
    let text = daily("stationary", 30)
        .replace("10d", "1m")
        .replace("replications = 20", "replications = 1")
        .replace("[inbox.sync]", "[inbox.station]\nworkers = 1")
        .replace("count = 1\n", "count = 90\n")
        .replace("30d", "90m")
        .replace("daily = {", "rates = { down = \"10/1h\", up = \"60/1h\",");
    let results = run(scenario(&text));
    let counts = &outcomes(&results)[0];
    assert_eq!(counts.values().sum::<u64>(), 90 * 90);
    assert!(
        counts["lost"] > 500 && counts["delivered"] > 5_000,
        "{counts:?}"
    );
}
