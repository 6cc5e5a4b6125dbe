//! Properties that every limit has, on random layers and random arrivals.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::units::{Span, Time};

use super::charging::{ChargingSpec, Mode, validate};
use super::layer::{LayerSpec, Place};
use super::registry::ALGORITHMS;
use super::set::{Kind, LimitSet, Parties, Request, Ruling, Standing, Verdict};

/// Parameters of a random layer, in whole milliseconds.
#[derive(Debug, Clone)]
struct Params {
    algorithm: &'static str,
    limit: u64,
    window_ms: u64,
    units: u64,
    edge: &'static str,
    phase: &'static str,
    counts: &'static str,
}

const WINDOWS: &[&str] = &[
    "fixed-window",
    "first-hit-window",
    "sliding-log",
    "extending-window",
];
const EXACT: &[&str] = &[
    "fixed-window",
    "first-hit-window",
    "sliding-log",
    "sliding-counter",
    "token-bucket",
    "gcra",
    "leaky-queue",
    "bucket-discrete-grid",
];
const ROUNDED: &[&str] = &["gcra-ns", "gcra-us", "bucket-intsec", "nginx-limit-req"];
const OTHERS: &[&str] = &[
    "extending-window",
    "trust-tiers",
    "adaptive",
    "new-contacts",
    "greylist",
    "cooldown",
];

/// Algorithms that say themselves what they count.
const FIXED_COUNTS: &[&str] = &[
    "leaky-queue",
    "nginx-limit-req",
    "adaptive",
    "new-contacts",
    "greylist",
    "cooldown",
];

impl Params {
    /// The layer, with times `scale` times as long and limits raised by `more`.
    fn text(&self, scale: u64, more: u64) -> String {
        let key = match self.algorithm {
            "greylist" => "pair",
            _ => "sender",
        };
        let mut lines = vec![
            format!("algorithm = {{ {} }}", self.algorithm_text(scale, more)),
            format!("key = \"{key}\""),
        ];
        if WINDOWS.contains(&self.algorithm) {
            lines.push(format!("edge = \"{}\"", self.edge));
        }
        match self.algorithm {
            "fixed-window" | "first-hit-window" => {
                lines.push(format!("phase = \"{}\"", self.phase));
            }
            "gcra-ns" => lines.push("rounding = \"ns-floor\"".to_owned()),
            "gcra-us" => lines.push("rounding = \"us-ceil\"".to_owned()),
            _ => {}
        }
        if !FIXED_COUNTS.contains(&self.algorithm) {
            lines.push(format!("counts = \"{}\"", self.counts));
        }
        lines.join("\n")
    }

    fn algorithm_text(&self, scale: u64, more: u64) -> String {
        let limit = self.limit + more;
        let unit_ms = self.window_ms * scale;
        let window = format!("window = \"{unit_ms}ms\"");
        let rate = format!("{}/{unit_ms}ms", self.units);
        match self.algorithm {
            name @ ("token-bucket" | "bucket-intsec" | "bucket-discrete-grid") => {
                format!("{name} = {{ burst = {limit}, refill = \"{rate}\" }}")
            }
            "gcra-ns" | "gcra-us" => format!("gcra = {{ burst = {limit}, rate = \"{rate}\" }}"),
            name @ ("gcra" | "nginx-limit-req") => {
                format!("{name} = {{ burst = {limit}, rate = \"{rate}\" }}")
            }
            "leaky-queue" => format!("leaky-queue = {{ capacity = {limit}, rate = \"{rate}\" }}"),
            "trust-tiers" => format!(
                "trust-tiers = {{ {window}, quota = {{ ramp = {{ first = 1, full = {limit}, \
                 over = \"{}ms\" }} }} }}",
                7 * unit_ms
            ),
            "adaptive" => format!(
                "adaptive = {{ {window}, start = {limit}, least = 1, most = {}, increase = 1, \
                 decrease = 0.5, threshold = 0.1 }}",
                limit + 3
            ),
            "new-contacts" => {
                format!("new-contacts = {{ limit = {limit}, expiry = \"{unit_ms}ms\" }}")
            }
            "greylist" => format!(
                "greylist = {{ delay = \"{unit_ms}ms\", lifetime = \"{}ms\", \
                 retry-within = \"{}ms\" }}",
                4 * unit_ms,
                2 * unit_ms
            ),
            "cooldown" => format!("cooldown = {{ pause = \"{unit_ms}ms\" }}"),
            name => format!("{name} = {{ limit = {limit}, {window} }}"),
        }
    }

    fn layer(&self, scale: u64, more: u64) -> LayerSpec {
        toml::from_str(&self.text(scale, more)).unwrap_or_else(|error| panic!("{error}"))
    }

    fn set(&self, max_keys: u64) -> LimitSet {
        let mut layer = self.layer(1, 0);
        layer.max_keys = max_keys;
        set_of(&[layer], Mode::AllOrNone)
    }
}

fn set_of(layers: &[LayerSpec], mode: Mode) -> LimitSet {
    let specs: BTreeMap<String, LayerSpec> = layers
        .iter()
        .enumerate()
        .map(|(i, layer)| (format!("l{i}"), layer.clone()))
        .collect();
    let charging = ChargingSpec {
        mode,
        order: Vec::new(),
    };
    assert_eq!(validate(&specs, &charging), []);
    LimitSet::new(&specs, &charging, Place::Recipient, 0)
}

fn params(algorithms: &'static [&'static str]) -> impl Strategy<Value = Params> {
    (
        prop::sample::select(algorithms),
        1..=6_u64,
        prop::sample::select(&[7_u64, 100, 1_000, 3_000, 10_000][..]),
        1..=7_u64,
        prop::sample::select(&["closed", "half-open"][..]),
        prop::sample::select(&["clock", "first-event", "start"][..]),
        prop::sample::select(&["admitted", "all"][..]),
    )
        .prop_map(
            |(algorithm, limit, window_ms, units, edge, phase, counts)| Params {
                algorithm,
                limit,
                window_ms,
                units,
                edge,
                phase,
                counts,
            },
        )
}

/// Gaps as shares of the window in 1/40, so that edges are hit exactly, and senders.
fn arrivals() -> impl Strategy<Value = Vec<(u64, u32)>> {
    let gap = prop_oneof![3 => 0..3_u64, 2 => 5..30_u64, 1 => Just(40_u64), 1 => 35..90_u64];
    prop::collection::vec((gap, 0..3_u32), 1..120)
}

/// Requests at the sums of the gaps.
fn requests(params: &Params, arrivals: &[(u64, u32)], scale: u64) -> Vec<Request> {
    let step_ns = params.window_ms * 1_000_000 / 40;
    let mut at = 0;
    let mut make = |&(gap, sender): &(u64, u32)| {
        at += gap;
        request(Time::from_ns(at * step_ns * scale), sender, params)
    };
    arrivals.iter().map(&mut make).collect()
}

fn request(now: Time, sender: u32, params: &Params) -> Request {
    Request {
        now,
        parties: Parties {
            sender,
            sender_pds: 0,
            recipient: sender % 2,
        },
        standing: match params.algorithm {
            "new-contacts" => Standing::Request,
            _ => Standing::Accepted,
        },
        kind: Kind::Fresh,
        cost: 1,
        recipients: 1,
        account_age: Some(now.since(Time::ZERO)),
    }
}

fn passes(verdict: &Verdict) -> bool {
    verdict.refused == 0
}

fn all_algorithms() -> impl Strategy<Value = Params> {
    prop_oneof![4 => params(EXACT), 2 => params(ROUNDED), 3 => params(OTHERS)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn no_window_admits_more_than_the_stated_worst_case(
        params in all_algorithms(),
        arrivals in arrivals(),
        quarters in 1..20_u64,
    ) {
        let layer = params.layer(1, 0);
        let span = Span::from_ns(params.window_ms * 1_000_000 * quarters / 4);
        let Some(most) = layer.worst_case(span) else { return Ok(()) };
        let mut set = params.set(1_000);
        let one_key: Vec<_> = arrivals.iter().map(|(gap, _)| (*gap, 0)).collect();
        let admitted: Vec<Time> = requests(&params, &one_key, 1)
            .iter()
            .filter(|request| passes(&set.decide(request)))
            .map(|request| request.now)
            .collect();
        for (first, start) in admitted.iter().enumerate() {
            let inside = admitted[first..].iter().take_while(|at| **at < *start + span).count();
            prop_assert!(inside as u64 <= most, "{inside} > {most} in {span} from {start:?}");
        }
    }

    #[test]
    fn raising_a_limit_never_lowers_the_cumulative_admissions(
        params in params(EXACT),
        arrivals in arrivals(),
        more in 1..4_u64,
    ) {
        let params = Params { counts: "admitted", ..params };
        let mut low = set_of(&[params.layer(1, 0)], Mode::AllOrNone);
        let mut high = set_of(&[params.layer(1, more)], Mode::AllOrNone);
        let mut lead = 0_i64;
        let one_key: Vec<_> = arrivals.iter().map(|(gap, _)| (*gap, 0)).collect();
        for request in requests(&params, &one_key, 1) {
            lead += i64::from(passes(&high.decide(&request)));
            lead -= i64::from(passes(&low.decide(&request)));
            prop_assert!(lead >= 0, "behind at {:?}", request.now);
        }
    }

    #[test]
    fn scaling_all_times_changes_no_decision(
        params in params(EXACT),
        arrivals in arrivals(),
        scale in 2..1_000_u64,
    ) {
        let mut plain = set_of(&[params.layer(1, 0)], Mode::AllOrNone);
        let mut scaled = set_of(&[params.layer(scale, 0)], Mode::AllOrNone);
        let plain_requests = requests(&params, &arrivals, 1);
        for (one, other) in plain_requests.iter().zip(requests(&params, &arrivals, scale)) {
            let (a, b) = (plain.decide(one), scaled.decide(&other));
            prop_assert_eq!((a.asked, a.refused), (b.asked, b.refused), "at {:?}", one.now);
        }
    }

    #[test]
    fn other_keys_and_sweeps_change_nothing(
        params in all_algorithms(),
        arrivals in arrivals(),
        every in 1..5_usize,
    ) {
        // Sender 0 alone, against all senders in one table that is swept again and again.
        let mut alone = params.set(1_000);
        let mut crowd = params.set(1_000);
        for (index, request) in requests(&params, &arrivals, 1).iter().enumerate() {
            let among = crowd.decide(request);
            if request.parties.sender == 0 {
                prop_assert_eq!(alone.decide(request), among, "at {:?}", request.now);
            }
            if index % every == 0 {
                crowd.sweep(request.now);
            }
        }
    }

    #[test]
    fn a_forgotten_key_decides_as_a_remembered_one(
        params in all_algorithms(),
        arrivals in prop::collection::vec((0..30_u64, Just(0_u32)), 1..12),
    ) {
        // After a few arrivals of one key: sweep at every step of three windows, then a burst, and
        // another one half a window later.
        let mut set = params.set(1_000);
        let history = requests(&params, &arrivals, 1);
        for request in &history {
            set.decide(request);
        }
        let last = arrivals.iter().map(|(gap, _)| gap).sum::<u64>();
        for step in 0..=120 {
            let burst = [(last + step, 0), (0, 0), (0, 0), (0, 0), (20, 0), (0, 0), (0, 0)];
            let burst = requests(&params, &burst, 1);
            let (mut remembered, mut forgotten) = (set.clone(), set.clone());
            forgotten.sweep(burst[0].now);
            for request in &burst {
                let expected = remembered.decide(request);
                prop_assert_eq!(forgotten.decide(request), expected, "swept {} later", step);
            }
        }
    }

    #[test]
    fn permuting_the_keys_permutes_the_decisions(
        params in all_algorithms(),
        arrivals in arrivals(),
    ) {
        let mut plain = params.set(1_000);
        let mut permuted = params.set(1_000);
        for request in requests(&params, &arrivals, 1) {
            let mut other = request;
            other.parties.sender = [7, 123_456, 2][request.parties.sender as usize];
            prop_assert_eq!(plain.decide(&request), permuted.decide(&other));
        }
    }

    #[test]
    fn the_earliest_instant_conforms_and_the_nanosecond_before_does_not(
        params in all_algorithms(),
        arrivals in arrivals(),
    ) {
        let mut set = params.set(1_000);
        for request in requests(&params, &arrivals, 1) {
            let verdict = set.decide(&request);
            if passes(&verdict) {
                continue;
            }
            let at = |ns: u64| {
                let now = Time::from_ns(ns);
                let age = request.account_age.map(|age| age + now.since(request.now));
                Request { now, account_age: age, ..request }
            };
            let earliest = set.earliest(&request).expect("cost 1 always fits");
            prop_assert!(earliest > request.now, "refused, yet it conforms at once");
            prop_assert!(passes(&set.clone().decide(&at(earliest.ns()))), "not at {earliest:?}");
            let before = set.clone().decide(&at(earliest.ns() - 1));
            prop_assert!(!passes(&before), "already before {earliest:?}");
        }
    }

    #[test]
    fn of_two_layers_the_earliest_instant_conforms_and_the_nanosecond_before_does_not(
        first in params(EXACT),
        second in params(EXACT),
        mode in prop::sample::select(&[Mode::AllOrNone, Mode::InSequence, Mode::AlwaysAll][..]),
        arrivals in arrivals(),
    ) {
        let mut set = set_of(&[first.layer(1, 0), second.layer(1, 0)], mode);
        for request in requests(&first, &arrivals, 1) {
            let verdict = set.decide(&request);
            if passes(&verdict) {
                continue;
            }
            let earliest = set.earliest(&request).expect("cost 1 always fits");
            let at = |ns: u64| Request { now: Time::from_ns(ns), ..request };
            prop_assert!(passes(&set.clone().decide(&at(earliest.ns()))), "not at {earliest:?}");
            let before = set.clone().decide(&at(earliest.ns() - 1));
            prop_assert!(!passes(&before), "already before {earliest:?}");
        }
    }

    #[test]
    fn a_table_never_holds_more_keys_than_its_bound(
        params in all_algorithms(),
        gaps in prop::collection::vec(0..3_u64, 50..200),
        most in 1..40_u64,
    ) {
        let mut set = params.set(most);
        let senders: Vec<_> = gaps.iter().zip(0..).map(|(gap, sender)| (*gap, sender)).collect();
        for request in requests(&params, &senders, 1) {
            set.decide(&request);
            prop_assert!(set.keys(0) as u64 <= most);
        }
        prop_assert!(set.evicted(0) <= gaps.len() as u64);
    }

    #[test]
    fn all_or_none_charges_nothing_where_one_refuses(
        first in params(EXACT),
        second in params(EXACT),
        arrivals in arrivals(),
    ) {
        // The same decisions as a set from which refused requests are kept away altogether.
        let layers = [first.clone(), second].map(|params| {
            Params { counts: "admitted", ..params }.layer(1, 0)
        });
        let mut together = set_of(&layers, Mode::AllOrNone);
        let mut spared = set_of(&layers, Mode::AllOrNone);
        for request in requests(&first, &arrivals, 1) {
            let verdict = together.decide(&request);
            prop_assert_eq!(spared.clone().decide(&request), verdict);
            if passes(&verdict) {
                spared.decide(&request);
            }
        }
    }
}

#[test]
fn every_algorithm_of_the_registry_has_its_property_tests() {
    let tested: Vec<&str> = [EXACT, ROUNDED, OTHERS].concat();
    for about in ALGORITHMS {
        let by_hand = about.name == "concurrency";
        assert!(
            by_hand || tested.contains(&about.name),
            "{} is not tested",
            about.name
        );
    }
}

#[test]
fn a_delay_is_a_ruling_of_its_own() {
    let layer: LayerSpec = toml::from_str(
        "algorithm = { leaky-queue = { rate = \"1/s\", capacity = 2 } }\nkey = \"sender\"",
    )
    .unwrap();
    let mut set = set_of(&[layer], Mode::AllOrNone);
    let params = Params {
        algorithm: "leaky-queue",
        limit: 2,
        window_ms: 1_000,
        units: 1,
        edge: "closed",
        phase: "clock",
        counts: "admitted",
    };
    // Four at once: one leaves, two wait one and two seconds, the fourth finds the queue full.
    let request = request(Time::ZERO, 0, &params);
    let rulings = [(); 4].map(|()| set.decide(&request).ruling);
    let until = |s| Time::ZERO + Span::from_s(s);
    assert_eq!(rulings[0], Ruling::Admit);
    assert_eq!(
        rulings[1],
        Ruling::Delay {
            layer: 0,
            until: until(1)
        }
    );
    assert_eq!(
        rulings[2],
        Ruling::Delay {
            layer: 0,
            until: until(2)
        }
    );
    assert!(matches!(
        rulings[3],
        Ruling::Refuse {
            layer: 0,
            retry_at: None,
            ..
        }
    ));
}
