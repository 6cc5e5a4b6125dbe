//! DIDs, keys, clocks and kept tokens against closed forms and calculations by hand.

use pdsim::protocol::{Fact, LookUpKind, Message, Observer, Outcome};
use pdsim::scenario::Scenario;
use pdsim::stats::closed_form::cache::Cache;
use pdsim::units::Time;

use crate::support::{
    assert_samples, assert_theory, count, observe, observe_all, outcome_shares, outcomes, run,
    scenario, scenario_with, values,
};

/// One message a time from one account to another of the same PDS, without any delay.
fn pair(duration_s: u64, rate: &str, rest: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "pair"
        [run]
        duration = "{duration_s}s"
        warmup = "1000s"
        replications = 20
        seed = 71
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 2 }} }}
        [inbox.sync]
        [pipeline]
        order = ["token"]
        [senders.one]
        class = "ham"
        count = 1
        arrivals = {{ poisson = {{ rate = "{rate}" }} }}
        {rest}
        "#
    ))
}

fn assert_cache(rate: f64, text: &str, (stale, max): (u32, u32)) {
    let did = format!(
        r#"[did]
        cache = {{ stale = "{stale}s", max = "{max}s" }}
        plc = {{ delay = {{ constant = "0s" }} }}"#
    );
    let results = run(pair(25_000, text, &did));
    let theory = Cache {
        lookup_rate: rate,
        stale: f64::from(stale),
        max: f64::from(max),
    };
    assert_theory(&results, "plc.fetch-share", theory.fetch_share());
    assert_theory(&results, "plc.blocking-share", theory.blocking_share());
    // A directory that answers at once costs nothing.
    assert_theory_is_zero(&values(&results, "latency.ham.resolve.mean"));
}

fn assert_theory_is_zero(values: &[f64]) {
    assert!(values.len() == 20 && values.iter().all(|value| *value == 0.0));
}

#[test]
fn a_cache_fetches_and_blocks_as_often_as_theory_says() {
    assert_cache(0.1, "1/10s", (20, 30));
    assert_cache(0.1, "1/10s", (5, 5));
    assert_cache(0.05, "1/20s", (40, 45));
}

/// The look-ups of a run, by kind, and who finished how.
#[derive(Default)]
struct Log {
    kinds: Vec<LookUpKind>,
    ends: Vec<(u64, Outcome, Message)>,
}

impl Observer for Log {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        match fact {
            Fact::LookedUp { look_up, .. } => self.kinds.push(look_up.kind),
            Fact::Finished { message, outcome } => {
                self.ends.push((message.id.ordinal(), *outcome, **message));
            }
            _ => {}
        }
    }
}

impl Log {
    fn fetches(&self) -> usize {
        self.kinds.iter().filter(|kind| kind.fetches()).count()
    }

    fn names(&self) -> Vec<String> {
        let mut ends = self.ends.clone();
        ends.sort_by_key(|end| end.0);
        ends.iter().map(|end| end.1.name(&[])).collect()
    }
}

/// Rows of a trace from a to b, on one PDS, with more of a scenario.
fn trace(times: &[&str], rest: &str) -> Scenario {
    let rows: String = times.iter().map(|time| format!("{time},a,b\n")).collect();
    let rows = "time_s,sender,recipient\n".to_owned() + &rows;
    let text = format!(
        r#"
        schema = 1
        name = "trace"
        [run]
        duration = "1000s"
        [inbox.sync]
        [pipeline]
        order = ["token"]
        [trace]
        file = "trace.csv"
        {rest}
        "#
    );
    scenario_with(&text, &[("trace.csv", rows.as_bytes())])
}

const OUTAGE: &str = r#"
    [did]
    cache = { stale = "10s", max = "30s" }
    plc = { delay = { constant = "1s" }, outages = [{ start = "100s", stop = "200s" }] }
    "#;

#[test]
fn an_outage_of_the_directory_ends_messages_only_once_the_cache_is_gone() {
    // Documents fetched at 91 s and 92 s serve until 121 s. The message of 130 s waits 3 s in vain.
    let network = "[network]\ndelay = { constant = \"0s\" }";
    let scenario = trace(&["90", "115", "130", "250"], &(OUTAGE.to_owned() + network));
    let log = observe(&scenario, Log::default());
    let expected = ["delivered", "delivered", "refused.did", "delivered"];
    assert_eq!(log.names(), expected);
}

#[test]
fn a_sender_who_tries_again_outlives_the_outage() {
    // 130 s: fails at 133 s; again at 193 s, fails at 196 s; again at 256 s: found at 257 s, and the
    // sender's key at 258 s.
    let network = r#"
        [network]
        delay = { constant = "0s" }
        retry = { atproto = { tries = 3, base = "60s", cap = "60s", jitter = 0 } }
        "#;
    let scenario = trace(&["130"], &(OUTAGE.to_owned() + network));
    let log = observe(&scenario, Log::default());
    assert_eq!(log.names(), ["delivered"]);
    let message = log.ends[0].2;
    assert_eq!((message.attempts, message.sent), (3, at(257)));
    assert_eq!((message.taken, message.served), (at(257), at(258)));
}

fn at(s: u64) -> Time {
    Time::from_ns(s * 1_000_000_000)
}

/// An attack on one PDS of 50 accounts without honest senders or delays.
fn attack(attack: &str, duration_s: u64, rest: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "attack"
        [run]
        duration = "{duration_s}s"
        replications = 20
        seed = 72
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 50 }} }}
        [inbox.sync]
        [pipeline]
        order = ["token"]
        [senders.attacker]
        class = "spam"
        count = 1
        attack = {attack}
        arrivals = {{ poisson = {{ rate = "1/2s" }} }}
        {rest}
        "#
    ))
}

#[test]
fn a_kept_token_is_accepted_rate_times_lifetime_more() {
    // The message it was minted for, and Poisson sends of 0.5/s for 60 s: 1 + 30.
    let results = run(attack("{ replay = {} }", 600, ""));
    let delivered: Vec<f64> = outcomes(&results)
        .iter()
        .map(|counts| counts["delivered"] as f64)
        .collect();
    assert_samples("replays", &delivered, 31.0);
}

#[test]
fn a_memory_of_tokens_accepts_one_copy() {
    let results = run(attack("{ replay = {} }", 600, "[auth]\ncheck-jti = true"));
    assert_eq!(count(&results, "delivered"), 20, "one per replication");
    let refused: Vec<f64> = outcomes(&results)
        .iter()
        .map(|counts| counts["refused.token.replay"] as f64)
        .collect();
    assert_samples("refused replays", &refused, 30.0);
}

/// To how many accounts a replayed token went.
fn reached(auth: &str) -> usize {
    let log = observe(&attack("{ replay = {} }", 600, auth), Log::default());
    assert!(log.ends.len() > 15 && log.names().iter().all(|name| name == "delivered"));
    let recipients = log.ends.iter().map(|end| end.2.recipient);
    recipients.collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn a_token_for_an_account_reaches_that_account_and_one_for_a_pds_everybody_there() {
    assert_eq!(reached("[auth]\naudience = \"recipient\""), 1);
    assert!(reached("[auth]\naudience = \"pds\"") > 10);
}

#[test]
fn a_forged_signature_is_never_delivered_and_costs_one_fetch() {
    let did = "[did]\nplc = { delay = { constant = \"0s\" } }\nends = \"recipient\"";
    for victims in [1, 3] {
        let text = format!("{{ bad-signature = {{ victims = {victims} }} }}");
        let logs = observe_all(&attack(&text, 600, did), |_| Log::default());
        for log in logs {
            assert!(log.ends.len() > 200);
            assert!(
                log.names()
                    .iter()
                    .all(|name| name == "refused.token.signature")
            );
            // One forced fetch each, and the first look-up of each victim; a document is never
            // stale, for every message renews it.
            assert_eq!(log.fetches(), log.ends.len() + victims);
        }
    }
}

#[test]
fn a_hostile_pds_mints_tokens_for_ever_unless_their_lifetime_is_bounded() {
    let own = "on = \"own-pds\"\ntoken-lifetime = \"3650d\"\n";
    let replay = "{ replay = {} }";
    let unbound = run(attack(replay, 600, own));
    let held: u64 = count(&unbound, "delivered");
    // All 600 s long: 300 messages in each of 20 runs.
    assert!((held as f64 - 6_000.0).abs() < 4.5 * 78.0, "{held}");
    let bound = run(attack(
        replay,
        600,
        &format!("{own}[auth]\nmax-lifetime = \"1h\""),
    ));
    assert_eq!(count(&bound, "delivered"), 0);
    assert_eq!(count(&bound, "refused.token.not-yet-valid"), held);
}

/// Messages among 200 PDSes of one account whose clocks are off by up to 120 s to either side.
fn skewed(auth: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "skew"
        [run]
        duration = "1000s"
        replications = 20
        seed = 73
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        count = 200
        accounts = {{ equal = {{ each = 1 }} }}
        [inbox.sync]
        [pipeline]
        order = ["token"]
        [auth]
        clock-offset = {{ uniform = {{ min = "0s", max = "120s" }} }}
        {auth}
        [senders.people]
        class = "ham"
        count = 200
        arrivals = {{ poisson = {{ rate = "1/100s" }} }}
        "#
    ))
}

#[test]
fn clocks_that_differ_by_more_than_the_lifetime_expire_tokens() {
    // The difference of two uniforms on -120..120 is triangular on -240..240:
    // P(D > 60) = (240 - 60)^2 / (2 x 240^2) = 0.28125.
    let results = run(skewed(""));
    let expired = outcome_shares(&results, "refused.token.expired");
    assert_samples("expired", &expired, 0.281_25);
    // Ahead or behind all alike, nobody notices... unless they differ: 0..120, P(D > 60) = 1/8.
    let results = run(skewed("clock-direction = \"behind\""));
    let expired = outcome_shares(&results, "refused.token.expired");
    assert_samples("expired, all behind", &expired, 0.125);
}

#[test]
fn a_check_of_iat_refuses_what_comes_from_clocks_ahead_and_leeway_forgives() {
    // P(D < -30) = (240 - 30)^2 / (2 x 240^2) = 0.38281; P(D > 60 + 30) = 0.19531.
    let results = run(skewed("check-iat = true\nleeway = \"30s\""));
    let early = outcome_shares(&results, "refused.token.not-yet-valid");
    assert_samples("not yet valid", &early, 0.382_812_5);
    let expired = outcome_shares(&results, "refused.token.expired");
    assert_samples("expired with leeway", &expired, 0.195_312_5);
}

#[test]
fn a_new_key_works_at_once_and_costs_a_forced_fetch() {
    let did = r#"
        [did]
        cache = { stale = "100d", max = "100d" }
        plc = { delay = { constant = "0s" } }
        ends = "recipient"
        rotation = { rate = "1/2000s" }
        "#;
    let results = run(pair(25_000, "1/10s", did));
    assert_eq!(count(&results, "refused.token.signature"), 0);
    // Each change costs a fetch at the next message: 24,000 s / 2,000 s = 12, less the changes that
    // no message separates: 1 in 1 + 200.
    let fetches = values(&results, "plc.fetches");
    assert_samples("fetches", &fetches, 12.0 * 200.0 / 201.0);
}

#[test]
fn a_key_on_another_curve_is_refused_until_the_document_is_gone() {
    let did = r#"
        [did]
        cache = { stale = "100d", max = "100d" }
        plc = { delay = { constant = "0s" } }
        ends = "recipient"
        rotation = { rate = "1/5000s", curve-change = 1 }
        "#;
    // The document is that of the first message. The curve is then the other one with the chance
    // that the number of changes is odd: (1 - e^(-2 t/5000))/2, on average over 1,000..25,000 s
    // 1/2 - 5000/(4 x 24000) (e^(-0.4) - e^(-10)) = 0.465089; after an even number of changes a
    // forced fetch brings the newer key, which is on the same curve, and the story begins anew.
    let results = run(pair(25_000, "1/10s", did));
    let refused = outcome_shares(&results, "refused.token.signature");
    let expected = 0.5 - 5_000.0 / 96_000.0 * (libm::exp(-0.4) - libm::exp(-10.0));
    assert!((expected - 0.465_089).abs() < 1e-5);
    assert_samples("other curve", &refused, expected);
}

/// Share of messages that find their recipient gone, where the cache only knows fresh and gone.
///
/// A document serves up to the age s; messages come at rate u. The recipient leaves at rate r and, there
/// being two other PDSes, comes back at rate r/2. A cycle from one fetch to the next ends with the
/// first message that finds him gone, if that is within s, else with the first message after s.
/// The time H to the former has the rates a, b with a + b = u + 3r/2 and a b = u r:
/// P(H > t) = (b e^(-a t) - a e^(-b t)) / (b - a). One message in u E[min(H, s)] + P(H > s) ends a
/// cycle, and finds the recipient gone with the chance P(H <= s).
#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
fn gone_share(u: f64, r: f64, s: f64) -> f64 {
    let half = f64::midpoint(u, 1.5 * r);
    let root = libm::sqrt(half * half - u * r);
    let (a, b) = (half - root, half + root);
    let later = (b * libm::exp(-a * s) - a * libm::exp(-b * s)) / (b - a);
    let of = |rate: f64| (1.0 - libm::exp(-rate * s)) / rate;
    let mean = (b * of(a) - a * of(b)) / (b - a);
    (1.0 - later) / (u * mean + later)
}

fn migrating(retry: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "moves"
        [run]
        duration = "25000s"
        warmup = "1000s"
        replications = 20
        seed = 74
        [network]
        delay = {{ constant = "0s" }}
        retry = {retry}
        [pds]
        accounts = {{ list = [1, 1, 1] }}
        [inbox.sync]
        [pipeline]
        order = ["token"]
        [did]
        cache = {{ stale = "100s", max = "100s" }}
        plc = {{ delay = {{ constant = "0s" }} }}
        ends = "sender"
        [migration]
        rate = "1/200s"
        [senders.bot]
        class = "spam"
        on = "own-pds"
        count = 1
        arrivals = {{ poisson = {{ rate = "1/10s" }} }}
        target = {{ one = {{ account = 1 }} }}
        "#
    ))
}

#[test]
fn whoever_moved_is_not_there_as_often_as_theory_says() {
    let results = run(migrating("\"none\""));
    // Without a retry nobody looks again, and the document serves until it is gone: a cycle of
    // 100 s + one gap has 1 + 0.1 x 100 messages. He leaves at rate r and comes back at r/2, so he
    // is away t after the fetch with the chance 2/3 (1 - e^(-3/2 r t)).
    let share = outcome_shares(&results, "refused.not-here");
    let (r, s, u) = (1.0 / 200.0, 100.0, 0.1);
    let mean_away = 2.0 / 3.0 * (1.0 - (1.0 - libm::exp(-1.5 * r * s)) / (1.5 * r * s));
    assert_samples("not here", &share, u * s * mean_away / (1.0 + u * s));
}

#[test]
fn a_sender_who_looks_again_reaches_everybody() {
    let retry = r#"{ atproto = { tries = 3, base = "1s", cap = "1s", jitter = 0 } }"#;
    let scenario = migrating(retry);
    let logs = observe_all(&scenario, |_| Log::default());
    let share = |log: &Log| {
        assert!(log.names().iter().all(|name| name == "delivered"));
        let again = log.ends.iter().filter(|end| end.2.attempts > 1).count();
        again as f64 / log.ends.len() as f64
    };
    let shares: Vec<f64> = logs.iter().map(share).collect();
    assert_samples("sent again", &shares, gone_share(0.1, 1.0 / 200.0, 100.0));
}

#[test]
fn a_revoked_key_lingers_until_the_cached_document_is_gone() {
    // Tokens are signed with the key before the present one. Each message renews the document, until
    // the account changes its key: then the cached key fits for what is left of its age s after
    // the B since the last message, B exponential with the rate u of messages, or until the next
    // change, a span with the rate r. On average this lasts
    // x = [1 - e^(-u s) - u (e^(-r s) - e^(-u s)) / (u - r)] / r, and comes once in 1/r + x.
    let rest = r#"
        token = "old-key"
        [did]
        cache = { stale = "200s", max = "200s" }
        plc = { delay = { constant = "0s" } }
        ends = "recipient"
        rotation = { rate = "1/10000s" }
        "#;
    let results = run(pair(31_000, "1/10s", rest));
    let (u, r, s) = (0.1, 1e-4, 200.0);
    let (of_u, of_r) = (libm::exp(-u * s), libm::exp(-r * s));
    let x = (1.0 - of_u - u * (of_r - of_u) / (u - r)) / r;
    let lingering = outcome_shares(&results, "delivered");
    assert_samples("revoked key", &lingering, x / (1.0 / r + x));
}

#[test]
fn a_host_that_never_answers_keeps_a_worker_busy_for_the_time_out() {
    let rest = "did = { web = { delay = { constant = \"10s\" } } }\n[did]\nends = \"recipient\"";
    let scenario = attack("{ flood = {} }", 600, rest);
    let log = observe(&scenario, Log::default());
    assert!(log.ends.len() > 200);
    let mut longest = 0;
    for (_, outcome, message) in &log.ends {
        let is_over = message.served != Time::NEVER;
        assert_eq!(is_over, outcome.name(&[]) == "refused.did");
        if is_over {
            longest = longest.max(message.served.since(message.taken).ns());
        }
    }
    assert_eq!(longest, 3_000_000_000);
    // The public directory hears nothing of it.
    assert!(
        values(&run(scenario), "plc.fetches")
            .iter()
            .all(|count| *count == 0.0)
    );
}

#[test]
fn the_stages_of_latency_add_up_when_dids_are_looked_up() {
    let rest = r#"
        [did]
        cache = { stale = "30s", max = "60s" }
        plc = { delay = { exponential = { mean = "700ms" } } }
        "#;
    let results = run(pair(5_000, "1/20s", rest));
    let mean = |stage: &str| values(&results, &format!("latency.ham{stage}.mean"));
    let stages = [".network", ".queue", ".service", ".retry", ".resolve"].map(mean);
    for (run, whole) in mean("").iter().enumerate() {
        let sum: f64 = stages.iter().map(|stage| stage[run]).sum();
        assert!(
            (sum - whole).abs() < 1e-9 && stages[4][run] > 0.05,
            "{sum} {whole}"
        );
        assert!(stages[2][run] == 0.0 && stages[3][run] == 0.0);
    }
}
