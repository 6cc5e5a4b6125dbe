//! Who is served next, who is told to come again, whose host is refused, and what becomes of a
//! message whose check cannot be made.

use pdsim::protocol::{Class, Fact, Observer};
use pdsim::scenario::Scenario;
use pdsim::units::Time;

use crate::support::{
    assert_samples, count, observe, observe_all, outcome_shares, run, scenario, scenario_with,
};

/// Waits by class: sum in nanoseconds and number, of messages created after the warm-up.
#[derive(Default)]
struct ByClass {
    warm_up: Time,
    waits: [(u128, u64); 2],
}

impl Observer for ByClass {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Taken { message, .. } = fact
            && message.created >= self.warm_up
        {
            let (sum, count) = &mut self.waits[message.class as usize];
            *sum += u128::from(message.wait().ns());
            *count += 1;
        }
    }
}

impl ByClass {
    fn mean_s(&self, class: Class) -> f64 {
        let (sum, count) = self.waits[class as usize];
        sum as f64 / 1e9 / count as f64
    }
}

#[test]
fn accepted_contacts_wait_as_cobham_says() {
    // One worker, 1 s each. Accepted 0.3/s, strangers 0.4/s: R = 0.7 x 1 / 2 = 0.35 s;
    // W1 = R / (1 - 0.3) = 0.5 s, W2 = R / (0.7 x 0.3) = 1.666667 s.
    // Source: A. Cobham, "Priority assignment in waiting line problems", 1954.
    let scenario = scenario(
        r#"
        schema = 1
        name = "priority"
        [run]
        duration = "20500s"
        warmup = "500s"
        replications = 20
        seed = 3
        [network]
        delay = { constant = "0s" }
        [pds]
        accounts = { equal = { each = 6_000 } }
        [inbox.station]
        workers = 1
        discipline = "accepted-first"
        [contact]
        rule = "none"
        [pipeline]
        order = []
        extra = { constant = "1s" }
        [senders.friends]
        class = "ham"
        count = 30
        target = { contacts = { mean = 5.0 } }
        arrivals = { poisson = { rate = "0.01/s" } }
        [senders.strangers]
        class = "spam"
        count = 10
        arrivals = { poisson = { rate = "0.04/s" } }
        "#,
    );
    let seen = observe_all(&scenario, |plan| ByClass {
        warm_up: plan.warm_up(),
        ..ByClass::default()
    });
    let means = |class| {
        seen.iter()
            .map(|seen| seen.mean_s(class))
            .collect::<Vec<_>>()
    };
    assert_samples("accepted", &means(Class::Ham), 0.5);
    assert_samples("strangers", &means(Class::Spam), 1.666_667);
}

/// A sender who floods for a minute beside 20 others; all is served before the end.
fn flooded(discipline: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "flooded"
        [run]
        duration = "1000s"
        seed = 5
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 60 }} }}
        [inbox.station]
        workers = 1
        discipline = "{discipline}"
        [pipeline]
        order = []
        extra = {{ constant = "100ms" }}
        [senders.people]
        class = "ham"
        count = 20
        stop = "300s"
        arrivals = {{ poisson = {{ rate = "0.1/s" }} }}
        [senders.flooder]
        class = "spam"
        count = 1
        stop = "60s"
        arrivals = {{ poisson = {{ rate = "30/s" }} }}
        "#
    ))
}

#[test]
fn round_robin_moves_the_waiting_to_the_flooder_and_keeps_its_sum() {
    let (fifo, fair) = (
        observe(&flooded("fifo"), ByClass::default()),
        observe(&flooded("round-robin"), ByClass::default()),
    );
    // Equal services, never idle while somebody waits: the order does not change the sum.
    let total = |seen: &ByClass| seen.waits[0].0 + seen.waits[1].0;
    assert_eq!(total(&fifo), total(&fair));
    // 22 messages per second too many for a minute: 66 s of waiting at first. In turn with at most
    // 20 others an honest message waits for about one service of the flooder and one more.
    assert!(
        fifo.mean_s(Class::Ham) > 20.0,
        "{}",
        fifo.mean_s(Class::Ham)
    );
    assert!(fair.mean_s(Class::Ham) < 0.5, "{}", fair.mean_s(Class::Ham));
    assert!(fair.mean_s(Class::Spam) > fifo.mean_s(Class::Spam));
}

/// One worker, one place, 5 s each; a second message comes at 1 s.
fn full(overflow: &str) -> Scenario {
    let text = format!(
        "schema = 1\nname = \"full\"\n[run]\nduration = \"60s\"\n\
         [network]\ndelay = {{ constant = \"0s\" }}\nretry = {{ atproto = {{ tries = 2, jitter = \"0%\" }} }}\n\
         [pds]\ncount = 1\n[inbox.station]\nworkers = 1\ncapacity = 1\n{overflow}\n\
         [pipeline]\norder = []\nextra = {{ constant = \"5s\" }}\n[trace]\nfile = \"trace.csv\"\n"
    );
    let trace = "time_s,sender,recipient\n0,a,b\n1,c,b\n";
    scenario_with(&text, &[("trace.csv", trace.as_bytes())])
}

/// Latencies of what was delivered, in seconds.
#[derive(Default)]
struct Latencies(Vec<f64>);

impl Observer for Latencies {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact
            && *outcome == pdsim::protocol::Outcome::Delivered
        {
            self.0.push(message.latency().as_seconds());
        }
    }
}

#[test]
fn back_pressure_says_when_to_come_again() {
    // Refused at 1 s; the next try after 100 ms finds the place taken until 5 s.
    let rejected = run(full(""));
    assert_eq!(
        (count(&rejected, "delivered"), count(&rejected, "gave-up")),
        (1, 1)
    );
    // Told to wait 7 s: sent again at 8 s, served until 13 s, 12 s after it was written.
    let pressed = full("overflow = \"back-pressure\"\nretry-after = \"7s\"");
    assert_eq!(observe(&pressed, Latencies::default()).0, [5.0, 12.0]);
    // 10 s where nothing is said: until 16 s.
    let pressed = full("overflow = \"back-pressure\"");
    assert_eq!(observe(&pressed, Latencies::default()).0, [5.0, 15.0]);
}

/// Two groups on PDSes of their own, and people on PDSes 0 and 1.
fn hosts(host: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "hosts"
        [run]
        duration = "100s"
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ list = [30, 30] }}
        [host]
        {host}
        [pipeline]
        order = ["host"]
        [senders.people]
        class = "ham"
        count = 60
        arrivals = {{ regular = {{ every = "10s", offset = "1s" }} }}
        [senders.wave]
        class = "spam"
        count = 5
        on = "own-pds"
        arrivals = {{ regular = {{ every = "10s", offset = "1s" }} }}
        [senders.other]
        class = "spam"
        count = 3
        on = "own-pds"
        arrivals = {{ regular = {{ every = "10s", offset = "1s" }} }}
        "#
    ))
}

#[test]
fn everything_from_a_blocked_host_is_refused_from_its_instant_on() {
    // Ten rounds of 5 messages; from 50 s on the rounds at 51, 61, 71, 81 and 91 s.
    let refused = |host| count(&run(hosts(host)), "refused.host");
    assert_eq!(refused("blocked-groups = [\"wave\"]"), 50);
    assert_eq!(refused("blocked-groups = [\"wave\"]\nsince = \"50s\""), 25);
    assert_eq!(refused("blocked-groups = [\"wave\", \"other\"]"), 80);
    assert_eq!(refused("blocked = []"), 0);
    // PDS 2 is the first that a group brings along: groups go by name, so `other` has it.
    assert_eq!(
        refused("blocked = [0]") + refused("blocked = [1]"),
        between_hosts()
    );
}

/// Messages between the two PDSes of the network; those that stay at home are never refused.
fn between_hosts() -> u64 {
    #[derive(Default)]
    struct Abroad(u64);
    impl Observer for Abroad {
        fn observe(&mut self, _: Time, fact: &Fact<'_>) {
            if let Fact::Created(message) = fact
                && message.class == Class::Ham
            {
                self.0 += u64::from(message.sender_pds != message.recipient_pds);
            }
        }
    }
    let abroad = observe(&hosts("blocked = []"), Abroad::default()).0;
    assert!(abroad > 100);
    abroad
}

/// Messages of labelled-free senders through a label check that fails with a chance of 30 %.
fn failing(inbox: &str, mode: &str, retry: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "failing"
        [run]
        duration = "1100s"
        replications = 20
        seed = 11
        [network]
        delay = {{ constant = "0s" }}
        retry = {retry}
        [pds]
        accounts = {{ equal = {{ each = 60 }} }}
        {inbox}
        [pipeline]
        order = ["label", "block"]
        failure = {{ label = {{ chance = "30%", mode = "{mode}" }} }}
        [senders.people]
        class = "ham"
        count = 10
        stop = "1000s"
        arrivals = {{ poisson = {{ rate = "0.1/s" }} }}
        "#
    ))
}

#[test]
fn a_check_that_cannot_be_made_lets_pass_refuses_or_waits() {
    let station = "[inbox.station]\nworkers = 1";
    let none = "\"none\"";
    let open = run(failing(station, "open", none));
    assert!(
        outcome_shares(&open, "delivered")
            .iter()
            .all(|share| *share == 1.0)
    );
    let closed = run(failing(station, "closed", none));
    let refused = "refused.label.unavailable";
    assert_samples("closed", &outcome_shares(&closed, refused), 0.3);
    // Three tries in all: 0.3^3.
    let temporary = run(failing(station, "temporary", none));
    assert_samples("temporary", &outcome_shares(&temporary, refused), 0.027);
    let docket = run(failing("[inbox.docket]", "temporary", none));
    assert_samples("docket", &outcome_shares(&docket, refused), 0.027);
}

#[test]
fn a_synchronous_inbox_answers_503_and_the_sender_tries_again() {
    let none = run(failing("[inbox.sync]", "temporary", "\"none\""));
    let refused = outcome_shares(&none, "refused.label.unavailable");
    assert_samples("no retry", &refused, 0.3);
    // Four tries of the sender: 0.3^4.
    let retry = "{ atproto = { tries = 4 } }";
    let four = run(failing("[inbox.sync]", "temporary", retry));
    assert_samples("four tries", &outcome_shares(&four, "gave-up"), 0.0081);
}
