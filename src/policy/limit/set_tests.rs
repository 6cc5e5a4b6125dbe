//! The layers together: charging modes, keys, costs, refusals, feedback, and the faults of a
//! specification. Expected values are counted by hand in each test.

use std::collections::BTreeMap;

use crate::units::{Span, Time};

use super::charging::{ChargingSpec, validate};
use super::layer::{LayerSpec, Place, Refusal};
use super::preset::Limits;
use super::set::{Kind, LimitSet, Parties, Request, Ruling, Standing};

fn read(text: &str) -> Limits {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

fn set(text: &str) -> LimitSet {
    let limits = read(text);
    assert_eq!(validate(&limits.limits, &limits.limits_charging), []);
    LimitSet::new(&limits.limits, &limits.limits_charging, Place::Recipient, 0)
}

fn at(seconds: u64) -> Request {
    Request {
        now: Time::ZERO + Span::from_s(seconds),
        parties: Parties {
            sender: 1,
            sender_pds: 10,
            recipient: 100,
        },
        standing: Standing::Accepted,
        kind: Kind::Fresh,
        cost: 1,
        recipients: 1,
        account_age: None,
    }
}

fn from(sender: u32, request: Request) -> Request {
    let parties = Parties {
        sender,
        ..request.parties
    };
    Request { parties, ..request }
}

fn to(recipient: u32, request: Request) -> Request {
    let parties = Parties {
        recipient,
        ..request.parties
    };
    Request { parties, ..request }
}

fn admits(set: &mut LimitSet, request: &Request) -> bool {
    matches!(set.decide(request).ruling, Ruling::Admit)
}

fn admitted(set: &mut LimitSet, requests: impl IntoIterator<Item = Request>) -> usize {
    requests
        .into_iter()
        .filter(|request| admits(set, request))
        .count()
}

/// One per sender and 10 s, and 3 per PDS and 10 s.
fn scopes(mode: &str, counts: &str) -> LimitSet {
    set(&format!(
        "[limits.a]\nkey = \"sender\"\ncounts = \"{counts}\"\n\
         algorithm = {{ first-hit-window = {{ limit = 1, window = \"10s\" }} }}\n\
         [limits.b]\nkey = \"sender-pds\"\ncounts = \"{counts}\"\n\
         algorithm = {{ first-hit-window = {{ limit = 3, window = \"10s\" }} }}\n\
         [limits-charging]\nmode = \"{mode}\""
    ))
}

/// A flooder sends five, then three neighbours on its PDS one each.
fn flood_then_neighbours() -> impl Iterator<Item = Request> {
    (0..5)
        .map(|_| at(0))
        .chain((2..5).map(|sender| from(sender, at(0))))
}

#[test]
fn all_or_none_spares_the_neighbours_of_a_flooder() {
    // The flooder's four refused ones charge nothing: 1 of it, then 2 neighbours fill the PDS.
    let mut layers = scopes("all-or-none", "admitted");
    assert_eq!(admitted(&mut layers, flood_then_neighbours()), 3);
    assert!(!admits(&mut layers, &from(9, at(0))));
}

#[test]
fn in_sequence_charges_nothing_after_the_first_refusal_but_all_before_it() {
    // Layer a refuses first, so b is not charged for the flood: again 1 + 2.
    let mut layers = scopes("in-sequence", "admitted");
    assert_eq!(admitted(&mut layers, flood_then_neighbours()), 3);
    // Sender 4 was refused by b only after a had charged it: a now refuses it in its window.
    let verdict = layers.decide(&from(4, at(0)));
    assert_eq!((verdict.asked, verdict.refused), (0b01, 0b01));
}

#[test]
fn always_all_lets_one_flooder_burn_the_budget_of_its_whole_pds() {
    // b is charged for 3 of the flood's 5 although a refused 4 of them: no neighbour passes.
    for counts in ["admitted", "all"] {
        let mut layers = scopes("always-all", counts);
        assert_eq!(
            admitted(&mut layers, flood_then_neighbours()),
            1,
            "{counts}"
        );
    }
}

#[test]
fn a_layer_that_counts_all_is_charged_although_another_refuses_in_all_or_none() {
    // As always-all: b counts the flood's attempts.
    let mut layers = scopes("all-or-none", "all");
    assert_eq!(admitted(&mut layers, flood_then_neighbours()), 1);
}

#[test]
fn the_masks_tell_who_was_asked_and_who_refused() {
    let mut layers = scopes("all-or-none", "admitted");
    assert_eq!(layers.names(), ["a", "b"]);
    for sender in 1..=3 {
        assert!(admits(&mut layers, &from(sender, at(0))));
    }
    let both = layers.decide(&from(1, at(1)));
    assert_eq!((both.asked, both.refused), (0b11, 0b11));
    let only_pds = layers.decide(&from(4, at(1)));
    assert_eq!((only_pds.asked, only_pds.refused), (0b11, 0b10));
    assert!(matches!(only_pds.ruling, Ruling::Refuse { layer: 1, .. }));
}

#[test]
fn layers_are_asked_in_the_given_order_and_then_by_name() {
    let limits = read(
        "[limits.a]\nkey = \"pds\"\nalgorithm = { concurrency = { limit = 1 } }\n\
         [limits.b]\nkey = \"pds\"\nalgorithm = { concurrency = { limit = 1 } }\n\
         [limits.c]\nkey = \"pds\"\nalgorithm = { concurrency = { limit = 1 } }\n\
         [limits-charging]\norder = [\"c\"]",
    );
    let layers = LimitSet::new(&limits.limits, &limits.limits_charging, Place::Recipient, 0);
    assert_eq!(layers.names(), ["c", "a", "b"]);
}

#[test]
fn only_the_layers_of_the_place_live_in_a_set() {
    let limits = read(
        "[limits.in]\nkey = \"pds\"\nalgorithm = { concurrency = { limit = 1 } }\n\
         [limits.out]\nkey = \"pds\"\nat = \"sender\"\nalgorithm = { concurrency = { limit = 1 } }",
    );
    let names = |place| {
        let set = LimitSet::new(&limits.limits, &ChargingSpec::default(), place, 0);
        set.names().to_vec()
    };
    assert_eq!(names(Place::Recipient), ["in"]);
    assert_eq!(names(Place::Sender), ["out"]);
}

#[test]
fn each_key_tells_apart_what_its_name_says() {
    // After one admission, which changes of party open a new state?
    for (key, sender, pds, recipient) in [
        ("sender", true, false, false),
        ("sender-pds", false, true, false),
        ("recipient", false, false, true),
        ("pair", true, false, true),
        ("pds", false, false, false),
    ] {
        let mut layers = set(&format!(
            "[limits.it]\nkey = \"{key}\"\nalgorithm = {{ sliding-log = {{ limit = 1, window = \"9s\" }} }}"
        ));
        assert!(admits(&mut layers, &at(0)));
        let mut others = at(0);
        assert!(!admits(&mut layers, &others));
        assert_eq!(
            admits(&mut layers.clone(), &from(2, at(0))),
            sender,
            "{key}"
        );
        assert_eq!(
            admits(&mut layers.clone(), &to(200, at(0))),
            recipient,
            "{key}"
        );
        others.parties.sender_pds = 20;
        assert_eq!(admits(&mut layers, &others), pds, "{key}");
    }
}

#[test]
fn costs_differ_for_first_contacts_replies_and_recipients() {
    // A budget of 10: a first contact 5, a reply 0, each of three recipients 1.
    let mut layers = set(
        "[limits.it]\nkey = \"sender\"\ncost-request = 5\ncost-reply = 0\nrecipients = \"each\"\n\
         algorithm = { fixed-window = { limit = 10, window = \"1h\" } }",
    );
    let contact = Request {
        standing: Standing::Request,
        ..at(0)
    };
    let reply = Request {
        kind: Kind::Reply,
        ..at(0)
    };
    let to_three = Request {
        recipients: 3,
        ..at(0)
    };
    assert!(admits(&mut layers, &contact));
    assert!(admits(&mut layers, &to_three));
    // 8 of 10 are used.
    assert!(!admits(&mut layers, &contact));
    assert!(!admits(&mut layers, &to_three));
    assert_eq!(admitted(&mut layers, [at(0), at(0), at(0)]), 2);
    let verdict = layers.decide(&reply);
    assert_eq!((verdict.ruling, verdict.asked), (Ruling::Admit, 0));
}

#[test]
fn a_layer_is_asked_only_about_what_it_applies_to() {
    let mut layers = set("[limits.it]\nkey = \"pair\"\napplies-to = \"accepted\"\n\
         algorithm = { sliding-log = { limit = 1, window = \"60s\" } }");
    let contact = Request {
        standing: Standing::Request,
        ..at(0)
    };
    assert_eq!(layers.decide(&contact).asked, 0);
    assert_eq!(layers.decide(&at(0)).asked, 1);
    assert!(admits(&mut layers, &contact));
    assert!(!admits(&mut layers, &at(0)));
}

#[test]
fn retry_after_names_the_exact_instant_or_one_rounded_down() {
    // One per 2.5 s from a full bucket of 1: after an admission at 0 the next is due at 2.5 s.
    let answer = |refusal: &str| {
        let mut layers = set(&format!(
            "[limits.it]\nkey = \"pds\"\nrefusal = {refusal}\n\
             algorithm = {{ token-bucket = {{ burst = 1, refill = \"2/5s\" }} }}"
        ));
        assert!(admits(&mut layers, &at(0)));
        match layers.decide(&at(1)).ruling {
            Ruling::Refuse {
                layer: 0,
                refusal,
                retry_at,
            } => (refusal, retry_at.map(Time::ns)),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(answer("{ retry-after = {} }").1, Some(2_500_000_000));
    assert_eq!(
        answer("{ retry-after = { resolution = \"1s\" } }").1,
        Some(2_000_000_000)
    );
    assert_eq!(
        answer("\"reschedule\""),
        (Refusal::Reschedule, Some(2_500_000_000))
    );
    assert_eq!(answer("\"reject\""), (Refusal::Reject, None));
    assert_eq!(answer("\"status\""), (Refusal::Status, None));
    assert_eq!(answer("\"silent\""), (Refusal::Silent, None));
}

#[test]
fn the_instant_to_retry_is_that_of_the_last_layer_to_conform() {
    let mut layers = set(
        "[limits.a]\nkey = \"pds\"\nrefusal = { retry-after = {} }\n\
         algorithm = { sliding-log = { limit = 1, window = \"10s\" } }\nedge = \"half-open\"\n\
         [limits.b]\nkey = \"pds\"\n\
         algorithm = { fixed-window = { limit = 1, window = \"1m\" } }",
    );
    assert!(admits(&mut layers, &at(5)));
    let Ruling::Refuse {
        layer: 0, retry_at, ..
    } = layers.decide(&at(6)).ruling
    else {
        panic!("refused by both");
    };
    // a conforms again at 15 s, b in the next minute.
    assert_eq!(retry_at, Some(Time::ZERO + Span::from_s(60)));
    assert!(!admits(&mut layers, &at(59)) && admits(&mut layers, &at(60)));
}

#[test]
fn a_log_of_all_attempts_retries_after_the_refused_ones_too() {
    let mut layers = set(
        "[limits.it]\nkey = \"pds\"\ncounts = \"all\"\nrefusal = { retry-after = {} }\n\
         algorithm = { sliding-log = { limit = 1, window = \"10s\" } }\nedge = \"half-open\"",
    );
    assert!(admits(&mut layers, &at(0)));
    let retry = |ruling| match ruling {
        Ruling::Refuse { retry_at, .. } => retry_at.unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(retry(layers.decide(&at(4)).ruling), at(14).now);
    assert_eq!(retry(layers.decide(&at(9)).ruling), at(19).now);
    assert!(admits(&mut layers, &at(19)));
}

#[test]
fn windows_follow_the_unix_clock_of_the_epoch() {
    // Virtual time 0 is 00:00:50 UTC: a minute ends 10 s later.
    let limits = read(
        "[limits.it]\nkey = \"pds\"\nalgorithm = { fixed-window = { limit = 1, window = \"1m\" } }",
    );
    let mut layers = LimitSet::new(
        &limits.limits,
        &limits.limits_charging,
        Place::Recipient,
        50,
    );
    assert!(admits(&mut layers, &at(0)));
    assert!(!admits(&mut layers, &at(9)));
    assert!(admits(&mut layers, &at(10)));
    assert!(!admits(&mut layers, &at(69)));
    assert!(admits(&mut layers, &at(70)));
}

#[test]
fn the_closed_edge_keeps_the_last_instant_in_the_old_window() {
    for (algorithm, half_open, closed) in [
        ("sliding-log", true, false),
        ("first-hit-window", true, false),
        ("fixed-window", true, false),
        ("extending-window", true, false),
    ] {
        for (edge, expected) in [("half-open", half_open), ("closed", closed)] {
            let mut layers = set(&format!(
                "[limits.it]\nkey = \"pds\"\nedge = \"{edge}\"\n\
                 algorithm = {{ {algorithm} = {{ limit = 1, window = \"10s\" }} }}"
            ));
            // 10 s is the edge of the clock's window and of one opened at 0 alike; under the closed
            // edge the clock's window that ends at 10 s begins just after 0.
            let start = u64::from(algorithm == "fixed-window");
            assert!(admits(&mut layers, &at(start)));
            assert_eq!(admits(&mut layers, &at(10)), expected, "{algorithm} {edge}");
            assert_eq!(
                admits(&mut layers, &at(11)),
                !expected,
                "{algorithm} {edge}"
            );
        }
    }
}

#[test]
fn concurrency_gives_places_back_and_never_by_time_alone() {
    let mut layers = set(
        "[limits.it]\nkey = \"sender\"\nalgorithm = { concurrency = { limit = 2 } }\n\
         refusal = { retry-after = {} }",
    );
    assert_eq!(admitted(&mut layers, [at(0), at(0), at(0)]), 2);
    let late = layers.decide(&at(1_000_000)).ruling;
    assert!(matches!(late, Ruling::Refuse { retry_at: None, .. }));
    layers.release(&at(0));
    assert_eq!(admitted(&mut layers, [at(1_000_000), at(1_000_000)]), 1);
}

#[test]
fn a_message_refused_elsewhere_gives_its_place_back_at_once() {
    for mode in ["in-sequence", "always-all", "all-or-none"] {
        let mut layers = set(&format!(
            "[limits.a]\nkey = \"pds\"\nalgorithm = {{ concurrency = {{ limit = 1 }} }}\n\
             [limits.b]\nkey = \"sender\"\n\
             algorithm = {{ fixed-window = {{ limit = 1, window = \"1h\" }} }}\n\
             [limits-charging]\nmode = \"{mode}\""
        ));
        assert!(admits(&mut layers, &at(0)));
        layers.release(&at(0));
        assert!(!admits(&mut layers, &at(1)), "{mode}: refused by b");
        assert!(
            admits(&mut layers, &from(2, at(2))),
            "{mode}: a has its place free"
        );
    }
}

#[test]
fn trust_grows_with_the_age_of_the_account() {
    let mut layers = set(
        "[limits.it]\nkey = \"sender\"\nrefusal = { retry-after = {} }\n\
         [limits.it.algorithm.trust-tiers]\nwindow = \"1d\"\n\
         quota.steps = [{ age = \"0s\", limit = 1 }, { age = \"36h\", limit = 3 }]",
    );
    let aged = |seconds| Request {
        account_age: Some(Span::from_s(seconds)),
        ..at(seconds)
    };
    let hour = 3_600;
    assert!(admits(&mut layers, &aged(25 * hour)));
    // Another at 26 h: not in this window (until 48 h) unless the account turns 36 h old before.
    let Ruling::Refuse { retry_at, .. } = layers.decide(&aged(26 * hour)).ruling else {
        panic!("one per day for a new account");
    };
    assert_eq!(retry_at, Some(at(36 * hour).now));
    assert_eq!(
        admitted(
            &mut layers,
            [aged(36 * hour), aged(36 * hour), aged(36 * hour)]
        ),
        2
    );
    // An account of unknown age is new.
    let unknown = |seconds| from(2, at(seconds));
    assert_eq!(
        admitted(&mut layers, [unknown(48 * hour), unknown(48 * hour)]),
        1
    );
}

#[test]
fn a_ramp_grows_evenly() {
    // From 10 to 20 over 10 d, per day: 10 on day 0, 15 after five days, 20 from ten days on.
    let admitted_at = |day: u64| {
        let mut layers = set(
            "[limits.it]\nkey = \"sender\"\n[limits.it.algorithm.trust-tiers]\nwindow = \"1d\"\n\
             quota.ramp = { first = 10, full = 20, over = \"10d\" }",
        );
        let seconds = day * 86_400;
        let aged = Request {
            account_age: Some(Span::from_s(seconds)),
            ..at(seconds)
        };
        admitted(&mut layers, [aged; 30])
    };
    assert_eq!([0, 5, 9, 10, 99].map(admitted_at), [10, 15, 19, 20, 20]);
}

#[test]
fn the_adaptive_quota_rises_by_one_and_halves_on_complaints() {
    let mut layers = set(
        "[limits.it]\nkey = \"sender\"\n[limits.it.algorithm.adaptive]\nwindow = \"10s\"\n\
         start = 4\nleast = 2\nmost = 5\nincrease = 1\ndecrease = \"50%\"\nthreshold = \"20%\"",
    );
    let mut window = |start: u64, complaints: u64| {
        let passed = admitted(&mut layers, [at(start); 9]);
        for _ in 0..complaints {
            layers.complaint(at(start).now, &at(start).parties);
        }
        passed
    };
    // 4 start; none of 4 complains: 5, the most; 1 of 5 is just tolerated: 5; 2 of 5: half, 2;
    // 1 of 2 is half again, but 2 is the least; a silent window keeps it.
    assert_eq!(window(0, 0), 4);
    assert_eq!(window(10, 1), 5);
    assert_eq!(window(20, 2), 5);
    assert_eq!(window(30, 1), 2);
    assert_eq!(window(50, 0), 2);
    assert_eq!(window(60, 0), 3);
}

#[test]
fn a_greylist_defers_the_first_attempt_and_remembers_who_came_back() {
    let mut layers = set(
        "[limits.it]\nkey = \"pair\"\nrefusal = { retry-after = {} }\n\
         algorithm = { greylist = { delay = \"5m\", retry-within = \"1h\", lifetime = \"1d\" } }",
    );
    let Ruling::Refuse { retry_at, .. } = layers.decide(&at(0)).ruling else {
        panic!("the first attempt is deferred");
    };
    assert_eq!(retry_at, Some(at(300).now));
    assert!(
        !admits(&mut layers, &at(299)),
        "too early, and the delay is not restarted"
    );
    assert!(admits(&mut layers, &at(300)));
    assert!(
        admits(&mut layers, &at(300 + 86_400)),
        "known for a day after its last message"
    );
    let expired = 300 + 2 * 86_400 + 1;
    assert!(
        !admits(&mut layers, &at(expired)),
        "a day and a second later it is unknown"
    );
    assert!(
        !admits(&mut layers, &at(expired + 3_601)),
        "a retry after an hour counts as a first"
    );
    assert!(admits(&mut layers, &at(expired + 3_601 + 300)));
    assert!(
        !admits(&mut layers, &to(7, at(expired + 3_901))),
        "another pair is unknown"
    );
}

#[test]
fn new_contacts_count_until_they_are_answered_or_expire() {
    let mut layers = set(
        "[limits.it]\nkey = \"sender\"\nrefusal = { retry-after = {} }\n\
         algorithm = { new-contacts = { limit = 2, expiry = \"1d\" } }",
    );
    let contact = |recipient, seconds| Request {
        standing: Standing::Request,
        ..to(recipient, at(seconds))
    };
    assert_eq!(
        admitted(&mut layers, [contact(1, 0), contact(2, 1), contact(3, 2)]),
        2
    );
    assert!(
        admits(&mut layers, &contact(1, 3)),
        "the same pair is counted once"
    );
    assert_eq!(
        layers.decide(&to(3, at(3))).asked,
        0,
        "it is not asked about accepted contacts"
    );
    let Ruling::Refuse { retry_at, .. } = layers.decide(&contact(3, 4)).ruling else {
        panic!("two are outstanding");
    };
    assert_eq!(retry_at, Some(at(86_400).now));
    layers.contact_answered(&contact(2, 5).parties);
    assert_eq!(admitted(&mut layers, [contact(3, 5), contact(4, 5)]), 1);
    assert_eq!(
        admitted(&mut layers, [contact(5, 86_399), contact(5, 86_400)]),
        1
    );
}

#[test]
fn a_window_that_every_hit_extends_locks_out_a_client_that_keeps_trying() {
    let mut layers = set("[limits.it]\nkey = \"sender\"\ncounts = \"all\"\n\
         algorithm = { extending-window = { limit = 3, window = \"60s\" } }");
    // One attempt every 59 s: three pass, then none in a day; after a silence of 60 s it is free.
    assert_eq!(admitted(&mut layers, (0..1_464).map(|k| at(59 * k))), 3);
    assert!(admits(&mut layers, &at(59 * 1_463 + 60)));
}

#[test]
fn the_sliding_counter_reaches_twice_its_limit_within_a_window() {
    // L at the end of one clock window; then one each time the estimate allows it, at 1, 2, ... s.
    let mut layers = set("[limits.it]\nkey = \"pds\"\n\
         algorithm = { sliding-counter = { limit = 10, window = \"10s\" } }");
    let ns = |ns| Request {
        now: Time::from_ns(ns),
        ..at(0)
    };
    let burst = admitted(&mut layers, (0..20).map(|_| ns(9_999_999_999)));
    assert_eq!(burst, 10);
    // prev weighs 10 (10 s - r)/10 s, rounded down: just after 10 s one fits, then one per second.
    let later = (0..10_000_u64).map(|step| ns(10_000_000_001 + step * 1_000_000));
    let within = later.take_while(|request| request.now.ns() < 19_999_999_999);
    assert_eq!(admitted(&mut layers, within), 10);
}

#[test]
fn a_full_table_loses_the_keys_that_would_be_forgotten_first() {
    // Room for 16 keys: an attacker invents senders after a heavy one has used up its bucket.
    let mut layers = set("[limits.it]\nkey = \"sender\"\nmax-keys = 16\n\
         algorithm = { token-bucket = { burst = 10, refill = \"1/1h\" } }");
    assert_eq!(admitted(&mut layers, [at(0); 12]), 10);
    for invented in 2..10_000 {
        assert!(admits(&mut layers, &from(invented, at(0))));
        assert!(layers.keys(0) <= 16);
    }
    assert!(
        !admits(&mut layers, &at(0)),
        "the heavy sender is still remembered"
    );
    // Of the 9,998 invented keys the table keeps at most 15; each eviction drops 1 or 2 of 16.
    assert!(layers.evicted(0) >= 9_998 - 15);
}

#[test]
fn keys_expire_with_their_windows() {
    let mut layers = set("[limits.it]\nkey = \"sender\"\n\
         algorithm = { sliding-log = { limit = 10, window = \"60s\" } }");
    // One new sender per second for a day: never more than twice the 61 alive, or the first sweep.
    for second in 0..86_400_u32 {
        assert!(admits(&mut layers, &from(second, at(u64::from(second)))));
        assert!(layers.keys(0) <= 2 * 61);
    }
    assert_eq!(layers.evicted(0), 0);
}

#[test]
fn an_empty_set_admits_and_asks_nobody() {
    let mut layers = LimitSet::new(
        &BTreeMap::new(),
        &ChargingSpec::default(),
        Place::Recipient,
        0,
    );
    let verdict = layers.decide(&at(0));
    assert_eq!(
        (verdict.ruling, verdict.asked, verdict.refused),
        (Ruling::Admit, 0, 0)
    );
    assert!(layers.is_empty());
}

/// The faults of one layer, each as `key: ...`.
fn faults(text: &str) -> Vec<String> {
    let layer: LayerSpec = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    layer.validate().iter().map(ToString::to_string).collect()
}

fn assert_fault(text: &str, key: &str, words: &str) {
    let found = faults(text);
    let hit = found
        .iter()
        .any(|it| it.starts_with(&format!("{key}: ")) && it.contains(words));
    assert!(hit, "{text}\ngave {found:?}\nnot {key}: ... {words}");
}

#[test]
fn bad_layers_are_named_with_key_fault_and_remedy() {
    let log = |limit: &str, window: &str| {
        format!(
            "algorithm = {{ sliding-log = {{ limit = {limit}, window = \"{window}\" }} }}\nkey = \"pair\""
        )
    };
    assert_fault(
        &log("0", "60s"),
        "algorithm.sliding-log.limit",
        "admits nothing",
    );
    assert_fault(
        &log("5000000000", "60s"),
        "algorithm.sliding-log.limit",
        "above 4294967295",
    );
    assert_fault(
        &log("10", "0s"),
        "algorithm.sliding-log.window",
        "has no length",
    );
    assert_fault(
        &format!("{}\ncost = 11", log("10", "60s")),
        "cost",
        "raise algorithm.sliding-log.limit to 11",
    );
    assert_fault(
        &format!("{}\ncost-request = 11", log("10", "60s")),
        "cost-request",
        "never fits",
    );
    assert_fault(
        &format!("{}\ncost = 0", log("10", "60s")),
        "cost",
        "never refuses",
    );
    assert_fault(
        &format!("{}\nphase = \"clock\"", log("10", "60s")),
        "phase",
        "has no phase",
    );
    assert_fault(
        &format!("{}\nrounding = \"exact\"", log("10", "60s")),
        "rounding",
        "leave `rounding` out",
    );
    assert_fault(
        &format!("{}\nmax-keys = 0", log("10", "60s")),
        "max-keys",
        "write 1 or more",
    );
}

#[test]
fn what_an_algorithm_cannot_have_is_named_with_the_remedy() {
    let bucket = "algorithm = { token-bucket = { burst = 2, refill = \"1/s\" } }\nkey = \"sender\"";
    assert_fault(
        &format!("{bucket}\nedge = \"closed\""),
        "edge",
        "leave `edge` out",
    );
    assert_fault(
        &format!("{bucket}\ncost = 3"),
        "cost",
        "raise algorithm.token-bucket.burst to 3",
    );
    let greylist =
        "algorithm = { greylist = { delay = \"5m\", lifetime = \"1d\" } }\nkey = \"sender\"";
    assert_fault(greylist, "key", "write key = \"pair\"");
    let contacts = "algorithm = { new-contacts = { limit = 5 } }\nkey = \"pair\"";
    assert_fault(contacts, "key", "cannot count per pair");
    assert_fault(
        &contacts.replace("pair\"", "pds\"\ncounts = \"all\""),
        "counts",
        "leave `counts` out",
    );
    let retry = format!("{bucket}\nrefusal = {{ retry-after = {{ resolution = \"0s\" }} }}");
    assert_fault(&retry, "refusal.retry-after.resolution", "no length");
}

#[test]
fn a_good_layer_has_no_fault_and_the_defaults_of_the_format() {
    let text = "algorithm = { gcra = { burst = 5, rate = \"1/s\" } }\nkey = \"sender\"";
    assert_eq!(faults(text), [""; 0]);
    let layer: LayerSpec = toml::from_str(text).unwrap();
    let written = toml::to_string(&layer).unwrap();
    for line in [
        "at = \"recipient\"",
        "applies-to = \"all\"",
        "counts = \"admitted\"",
        "refusal = \"reject\"",
        "cost = 1",
    ] {
        assert!(written.contains(line), "{line} in\n{written}");
    }
    assert_eq!(toml::from_str::<LayerSpec>(&written).unwrap(), layer);
}

#[test]
fn unknown_keys_zero_rates_and_unknown_algorithms_are_errors() {
    for text in [
        "algorithm = { gcra = { burst = 5, rate = \"0/s\" } }\nkey = \"sender\"",
        "algorithm = { gcra = { burst = 5, rate = \"1/s\", edge = \"closed\" } }\nkey = \"sender\"",
        "algorithm = { gcra = { burst = 5, rate = \"1/s\" } }\nkey = \"sender\"\nbrust = 1",
        "algorithm = { leaky-pot = { burst = 5 } }\nkey = \"sender\"",
        "algorithm = { gcra = { burst = 5, rate = \"1/s\" } }\nkey = \"country\"",
        "algorithm = { gcra = { burst = 5, rate = \"1/s\" } }",
    ] {
        assert!(toml::from_str::<LayerSpec>(text).is_err(), "{text}");
    }
}

#[test]
fn faults_of_charging_name_the_layers_there_are() {
    let limits = read(
        "[limits.a]\nkey = \"pds\"\nalgorithm = { sliding-log = { limit = 0, window = \"1s\" } }\n\
         [limits-charging]\norder = [\"a\", \"b\", \"a\"]",
    );
    let found: Vec<String> = validate(&limits.limits, &limits.limits_charging)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found[0].starts_with("limits-charging.order: there is no layer \"b\"; name only \"a\"")
    );
    assert!(found[1].starts_with("limits-charging.order: \"a\" is named twice"));
    assert!(found[2].starts_with("limits.a.algorithm.sliding-log.limit: "));
}
