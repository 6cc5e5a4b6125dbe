//! Limiters against naive twins that keep every instant.

use std::collections::BTreeMap;

use pdsim::policy::limit::{
    ChargingSpec, Kind, LayerSpec, LimitSet, Parties, Place, Request, Ruling, Standing,
};
use pdsim::units::Time;

/// Which rule, how many per window, how long the window; then a gap in half windows of 1/64 and a sender
/// for each arrival.
pub fn limiter(data: &[u8]) {
    let [rule, limit, window, arrivals @ ..] = data else {
        return;
    };
    let limit = u64::from(limit % 16) + 1;
    // Whole nanoseconds of a window that 64 divides.
    let window_ns = (u64::from(*window) + 1) * 64;
    let twin = TWINS[usize::from(*rule) % TWINS.len()];
    let mut set = built(&(twin.algorithm)(limit, window_ns));
    let mut admitted: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let mut now_ns = 0;
    for pair in arrivals.chunks_exact(2) {
        now_ns += u64::from(pair[0] % 130) * window_ns / 64;
        let sender = u32::from(pair[1] % 3);
        let before = admitted.entry(sender).or_default();
        let expected = (twin.admits)(before, now_ns, limit, window_ns);
        let verdict = set.decide(&request(now_ns, sender));
        assert_eq!(
            verdict.ruling == Ruling::Admit,
            expected,
            "{} at {now_ns}",
            twin.name
        );
        if expected {
            before.push(now_ns);
        }
    }
}

/// A rule, and what it means said in the plainest way.
#[derive(Clone, Copy)]
struct Twin {
    name: &'static str,
    /// As a scenario writes it, for a limit and a window in nanoseconds.
    algorithm: fn(u64, u64) -> String,
    /// Whether it admits after all that it admitted.
    admits: fn(&[u64], u64, u64, u64) -> bool,
}

const TWINS: [Twin; 4] = [
    Twin {
        name: "sliding-log",
        algorithm: |limit, ns| {
            format!(r#"{{"sliding-log":{{"limit":{limit},"window":"{ns}ns"}}}}"#)
        },
        // Closed: what is exactly one window old still counts.
        admits: |before, now, limit, ns| count(before, |at| now - at <= ns) < limit,
    },
    Twin {
        name: "fixed-window",
        algorithm: |limit, ns| {
            format!(r#"{{"fixed-window":{{"limit":{limit},"window":"{ns}ns"}}}}"#)
        },
        admits: |before, now, limit, ns| count(before, |at| at / ns == now / ns) < limit,
    },
    Twin {
        name: "token-bucket",
        algorithm: |limit, ns| {
            format!(r#"{{"token-bucket":{{"burst":{limit},"refill":"{limit}/{ns}ns"}}}}"#)
        },
        admits: |before, now, limit, ns| level(before, now, limit, ns) >= u128::from(ns),
    },
    Twin {
        name: "gcra",
        algorithm: |limit, ns| format!(r#"{{"gcra":{{"burst":{limit},"rate":"{limit}/{ns}ns"}}}}"#),
        admits: |before, now, limit, ns| level(before, now, limit, ns) >= u128::from(ns),
    },
];

fn count(before: &[u64], counts: impl Fn(u64) -> bool) -> u64 {
    before.iter().filter(|at| counts(**at)).count() as u64
}

/// The level of a bucket in units of a token / window: it starts full, `limit` tokens per window flow in,
/// and each admission took one.
fn level(before: &[u64], now: u64, limit: u64, ns: u64) -> u128 {
    let (limit, ns) = (u128::from(limit), u128::from(ns));
    let full = limit * ns;
    let (mut level, mut last) = (full, 0);
    for at in before {
        level = (level + u128::from(at - last) * limit).min(full) - ns;
        last = *at;
    }
    (level + u128::from(now - last) * limit).min(full)
}

fn built(algorithm: &str) -> LimitSet {
    let text = format!(r#"{{"algorithm":{algorithm},"key":"sender"}}"#);
    let layer: LayerSpec = serde_json::from_str(&text).expect("the rule is sound");
    assert!(layer.validate().is_empty(), "{text}");
    let layers = BTreeMap::from([("it".to_owned(), layer)]);
    LimitSet::new(&layers, &ChargingSpec::default(), Place::Recipient, 0)
}

fn request(now_ns: u64, sender: u32) -> Request {
    Request {
        now: Time::from_ns(now_ns),
        parties: Parties {
            sender,
            sender_pds: 0,
            recipient: 9,
        },
        standing: Standing::Accepted,
        kind: Kind::Fresh,
        cost: 1,
        recipients: 1,
        account_age: None,
    }
}
