//! Presets: the limits of real systems by name, as text that can be pasted into a scenario.
//!
//! Each says where its numbers come from and of which date they are. What a source leaves open (an
//! algorithm, a key) is chosen here and said in the note.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::charging::ChargingSpec;
use super::layer::LayerSpec;

/// The limits of a real system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Where the numbers come from.
    pub source: &'static str,
    /// When they were read, as year and month.
    pub date: &'static str,
    /// What was chosen here, and what cannot be expressed.
    pub note: &'static str,
    /// `[limits.*]` and `[limits-charging]` as TOML.
    pub text: &'static str,
}

/// Limits as a file holds them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// The layers by name.
    pub limits: BTreeMap<String, LayerSpec>,
    /// Which of them are charged when one refuses.
    #[serde(default)]
    pub limits_charging: ChargingSpec,
}

impl Preset {
    /// The preset called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The layers.
    ///
    /// # Panics
    /// Never: every text is read by a test.
    pub fn limits(&self) -> Limits {
        toml::from_str(self.text).expect("the text of a preset is read by a test")
    }
}

/// Every preset, by name.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "extending-window",
        summary: "a fault seen in production: a client that keeps trying is locked out for ever",
        source: "INCR followed by EXPIRE on every hit instead of on the first",
        date: "2026-11",
        note: "the numbers are those of the proof of concept",
        text: r#"
[limits.per-pair]
algorithm = { extending-window = { limit = 10, window = "60s" } }
key       = "pair"
counts    = "all"
"#,
    },
    Preset {
        name: "mail-consumer",
        summary: "a consumer mail provider: 500 messages per day and sender",
        source: "Gmail help, sending limits",
        date: "2026-11",
        note: "the provider says \"in a period of 24 hours\": a sliding log; kept at the sender's",
        text: r#"
[limits.per-day]
algorithm = { sliding-log = { limit = 500, window = "24h" } }
key       = "sender"
at        = "sender"
recipients = "each"
"#,
    },
    Preset {
        name: "mail-warm-up",
        summary: "a mail provider's warm-up of a new address over 42 days, per hour",
        source: "Twilio SendGrid API reference, IP warmup schedule (hourly limit by day, 0 to 41)",
        date: "2026-11",
        note: "all 42 days as published (day 18 too, which breaks the factor of 1.4 of its \
               neighbours); the source counts per IP address, this per sender; the last step stays \
               where the source lifts the limit; an hour is one of the clock",
        text: r#"
[limits.warm-up]
key       = "sender"
at        = "sender"
[limits.warm-up.algorithm.trust-tiers]
window = "1h"
quota.steps = [
    { age = "0d", limit = 20 }, { age = "1d", limit = 28 }, { age = "2d", limit = 39 },
    { age = "3d", limit = 55 }, { age = "4d", limit = 77 }, { age = "5d", limit = 108 },
    { age = "6d", limit = 151 }, { age = "7d", limit = 211 }, { age = "8d", limit = 295 },
    { age = "9d", limit = 413 }, { age = "10d", limit = 579 }, { age = "11d", limit = 810 },
    { age = "12d", limit = 1000 }, { age = "13d", limit = 1587 }, { age = "14d", limit = 2222 },
    { age = "15d", limit = 3111 }, { age = "16d", limit = 4356 }, { age = "17d", limit = 6098 },
    { age = "18d", limit = 8583 }, { age = "19d", limit = 11953 }, { age = "20d", limit = 16734 },
    { age = "21d", limit = 23427 }, { age = "22d", limit = 32798 }, { age = "23d", limit = 45917 },
    { age = "24d", limit = 64284 }, { age = "25d", limit = 89998 }, { age = "26d", limit = 125997 },
    { age = "27d", limit = 176395 }, { age = "28d", limit = 246953 }, { age = "29d", limit = 345735 },
    { age = "30d", limit = 484029 }, { age = "31d", limit = 677640 },
    { age = "32d", limit = 948696 }, { age = "33d", limit = 1328175 },
    { age = "34d", limit = 1859444 }, { age = "35d", limit = 2603222 },
    { age = "36d", limit = 3644511 }, { age = "37d", limit = 5102316 },
    { age = "38d", limit = 7143242 }, { age = "39d", limit = 10000539 },
    { age = "40d", limit = 14000754 }, { age = "41d", limit = 19601056 },
]
"#,
    },
    Preset {
        name: "mail-workspace",
        summary: "a mail provider for firms: 2,000 messages per day and sender",
        source: "Google Workspace admin help, Gmail sending limits",
        date: "2026-11",
        note: "the provider says \"rolling 24 hour period\": a sliding log; kept at the sender's",
        text: r#"
[limits.per-day]
algorithm = { sliding-log = { limit = 2000, window = "24h" } }
key       = "sender"
at        = "sender"
"#,
    },
    Preset {
        name: "mastodon",
        summary: "300 statuses per 3 hours and account",
        source: "mastodon/mastodon app/lib/rate_limiter.rb",
        date: "2026-11",
        note: "a counter per period of the UNIX clock, refused ones not counted; kept where the \
               account lives",
        text: r#"
[limits.statuses]
algorithm = { fixed-window = { limit = 300, window = "3h" } }
key       = "sender"
at        = "sender"
"#,
    },
    Preset {
        name: "nginx",
        summary: "limit_req rate=10r/s burst=20 nodelay: a burst of b admits b + 1 at once",
        source: "nginx 1.22 ngx_http_limit_req_module",
        date: "2026-11",
        note: "the rate and burst are an example; the source counts per client address, this per \
               PDS of the senders",
        text: r#"
[limits.limit-req]
algorithm = { nginx-limit-req = { rate = "10/s", burst = 20 } }
key       = "sender-pds"
"#,
    },
    Preset {
        name: "postgrey",
        summary: "greylisting with the defaults of Postgrey",
        source: "postgrey(8) 1.37: delay 300 s, retry window 2 days, max age 35 days",
        date: "2026-11",
        note: "the source keys on (address, sender, recipient), this on the pair",
        text: r#"
[limits.greylist]
algorithm = { greylist = { delay = "300s", retry-within = "2d", lifetime = "35d" } }
key       = "pair"
refusal   = { retry-after = {} }
"#,
    },
    Preset {
        name: "proof-of-concept",
        summary: "10 messages per 60 s and pair of accepted contacts, answered 200",
        source: "the proof of concept: sorted set of instants per pair",
        date: "2026-11",
        note: "an admission exactly 60 s old still counts; refused ones are not counted",
        text: r#"
[limits.per-pair]
algorithm  = { sliding-log = { limit = 10, window = "60s" } }
key        = "pair"
applies-to = "accepted"
edge       = "closed"
counts     = "admitted"
refusal    = "status"
"#,
    },
    Preset {
        name: "reference-pds",
        summary: "3000 requests per 5 min and address; 5,000 points per hour and 35,000 per day",
        source: "docs.bsky.app, rate limits; @atproto/xrpc-server RedisRateLimiter",
        date: "2026-11",
        note: "first-hit windows, closed (Redis), every layer charged on every request; a message \
               costs 3 points, as creating a record does; address = PDS of the sender, DID = sender; \
               Retry-After rounded down to the second",
        text: r#"
[limits.address]
algorithm = { first-hit-window = { limit = 3000, window = "5m" } }
key       = "sender-pds"
edge      = "closed"
counts    = "all"
refusal   = { retry-after = { resolution = "1s" } }
[limits.points-day]
algorithm = { first-hit-window = { limit = 35000, window = "1d" } }
key       = "sender"
cost      = 3
edge      = "closed"
counts    = "all"
refusal   = { retry-after = { resolution = "1s" } }
[limits.points-hour]
algorithm = { first-hit-window = { limit = 5000, window = "1h" } }
key       = "sender"
cost      = 3
edge      = "closed"
counts    = "all"
refusal   = { retry-after = { resolution = "1s" } }
[limits-charging]
mode = "always-all"
"#,
    },
    Preset {
        name: "reference-relay",
        summary: "a relay's caps per host: 50/s, 2,600 per hour, 21,000 per day",
        source: "docs.bsky.app, rate limits of the relay for hosts it does not know",
        date: "2026-11",
        note: "its sliding counters, one after the other; its cap of 100 accounts per host is no \
               rate and is left out",
        text: r#"
[limits.day]
algorithm = { sliding-counter = { limit = 21000, window = "1d" } }
key       = "sender-pds"
[limits.hour]
algorithm = { sliding-counter = { limit = 2600, window = "1h" } }
key       = "sender-pds"
[limits.second]
algorithm = { sliding-counter = { limit = 50, window = "1s" } }
key       = "sender-pds"
[limits-charging]
mode  = "in-sequence"
order = ["second", "hour", "day"]
"#,
    },
    Preset {
        name: "signal",
        summary: "60 messages at once and one per second per pair",
        source: "signalapp/Signal-Server RateLimiters: messages, 60, 1 s",
        date: "2026-11",
        note: "a leaky bucket, which is a token bucket seen from the other side",
        text: r#"
[limits.messages]
algorithm = { token-bucket = { burst = 60, refill = "1/s" } }
key       = "pair"
"#,
    },
    Preset {
        name: "synapse",
        summary: "messages .2/s burst 10; invites per invitee .003/s burst 5, per issuer .3/s burst 10",
        source: "element-hq/synapse, configuration manual: rc_message, rc_invites",
        date: "2026-11",
        note: "an invite is a first contact; limits of the issuer are kept at the sender's",
        text: r#"
[limits.invites-per-invitee]
algorithm  = { token-bucket = { burst = 5, refill = "0.003/s" } }
key        = "recipient"
applies-to = "requests"
refusal    = { retry-after = {} }
[limits.invites-per-issuer]
algorithm  = { token-bucket = { burst = 10, refill = "0.3/s" } }
key        = "sender"
at         = "sender"
applies-to = "requests"
refusal    = { retry-after = {} }
[limits.messages]
algorithm  = { token-bucket = { burst = 10, refill = "0.2/s" } }
key        = "sender"
at         = "sender"
refusal    = { retry-after = {} }
"#,
    },
];

#[cfg(test)]
mod tests {
    use super::super::charging::validate;
    use super::super::layer::Place;
    use super::super::set::{Kind, LimitSet, Parties, Request, Standing};
    use super::*;
    use crate::units::{Span, Time};

    /// The layers of a preset at the sender's and at the recipient's PDS.
    fn sets(name: &str) -> [LimitSet; 2] {
        let Limits {
            limits,
            limits_charging,
        } = Preset::named(name).unwrap().limits();
        [Place::Sender, Place::Recipient]
            .map(|place| LimitSet::new(&limits, &limits_charging, place, 0))
    }

    /// Whether a message of one pair, from a new account, passes both PDSes.
    fn passes(sets: &mut [LimitSet; 2], at: Span) -> bool {
        let request = Request {
            now: Time::ZERO + at,
            parties: Parties {
                sender: 1,
                sender_pds: 1,
                recipient: 2,
            },
            standing: Standing::Accepted,
            kind: Kind::Fresh,
            cost: 1,
            recipients: 1,
            account_age: Some(at),
        };
        sets.iter_mut().all(|set| set.decide(&request).refused == 0)
    }

    #[test]
    fn each_preset_admits_as_many_at_once_as_its_system() {
        for (name, at_once) in [
            ("extending-window", 10),
            ("mail-consumer", 500),
            ("mail-warm-up", 20),
            ("mail-workspace", 2_000),
            ("mastodon", 300),
            // A burst of 20 admits 21.
            ("nginx", 21),
            ("postgrey", 0),
            ("proof-of-concept", 10),
            // 5,000 points of 3 each.
            ("reference-pds", 1_666),
            ("reference-relay", 50),
            ("signal", 60),
            ("synapse", 10),
        ] {
            let mut sets = sets(name);
            let admitted = (0..3_000).take_while(|_| passes(&mut sets, Span::ZERO));
            assert_eq!(admitted.count(), at_once, "{name}");
        }
        assert_eq!(PRESETS.len(), 12, "each of them stands above");
    }

    #[test]
    fn the_extending_window_locks_a_client_out_that_keeps_trying() {
        // Ten at once, then one try every 59 s for a day: none passes. After a minute of silence ten do.
        let mut sets = sets("extending-window");
        let passed = |sets: &mut [LimitSet; 2], at| u32::from(passes(sets, Span::from_s(at)));
        let first: u32 = (0..10).map(|_| passed(&mut sets, 0)).sum();
        let tries = (1..1_464).map(|n| 59 * n);
        let later: u32 = tries.map(|at| passed(&mut sets, at)).sum();
        let last = 59 * 1_463 + 60;
        let rested: u32 = (0..11).map(|_| passed(&mut sets, last)).sum();
        assert_eq!((first, later, rested), (10, 0, 10));
    }

    #[test]
    fn the_warm_up_grows_by_the_day_and_is_counted_by_the_hour() {
        let hourly = |day: u64, hour: u64| {
            let mut sets = sets("mail-warm-up");
            let at = Span::from_s(86_400 * day + 3_600 * hour);
            (0..200_000).take_while(|_| passes(&mut sets, at)).count()
        };
        assert_eq!((hourly(0, 0), hourly(0, 23), hourly(1, 0)), (20, 20, 28));
        assert_eq!((hourly(18, 5), hourly(25, 0)), (8_583, 89_998));
        // Forty-two days, one step for each.
        let text = Preset::named("mail-warm-up").unwrap().text;
        assert_eq!(text.matches("age =").count(), 42);
        assert!(text.contains("{ age = \"41d\", limit = 19601056 }"));
    }

    #[test]
    fn every_preset_is_read_and_valid_and_the_table_is_in_order_of_name() {
        for preset in PRESETS {
            let limits = preset.limits();
            assert_eq!(
                validate(&limits.limits, &limits.limits_charging),
                [],
                "{}",
                preset.name
            );
            assert_eq!(Preset::named(preset.name), Some(preset));
        }
        assert!(PRESETS.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(Preset::named("no such system"), None);
    }
}
