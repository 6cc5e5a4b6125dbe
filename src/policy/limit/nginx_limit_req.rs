//! nginx `limit_req` with `nodelay`: integers of 1/1000 request on a clock of milliseconds.
//!
//! ```text
//! R = floor(1000 rate)                                  milli-requests per second
//! excess = max(0, excess - floor(R dt_ms / 1000) + 1000);  refused iff excess > 1000 burst
//! ```
//!
//! The first request of a key sets its excess to 0, so a burst of b admits b + 1 requests at once.
//! A refused request changes nothing. Every request costs 1.
//!
//! Worst case in any interval of length W: `burst + 1 + floor(R (W + 1 ms))`.
//!
//! Source: nginx 1.22, `ngx_http_limit_req_module` (documentation of `limit_req`; behaviour measured).

use serde::{Deserialize, Serialize};

use crate::units::{Rate, Span, Time};

use super::algorithm::{About, Algorithm, Counting, Key, Setting};
use super::fault::Faults;
use super::gcra::fill_time;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, Rule};

/// `{ nginx-limit-req = { burst, rate } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NginxLimitReqSpec {
    /// Requests beyond the first that are admitted at once; may be 0.
    pub burst: u64,
    /// Requests per time; rounded down to 1/1000 request per second.
    pub rate: Rate,
}

impl NginxLimitReqSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "nginx-limit-req",
        summary: "nginx limit_req nodelay: a burst of b admits b + 1 requests at once",
        formula: "R = floor(1000 rate)                                  milli-requests per second\n\
                  excess = max(0, excess - floor(R dt_ms / 1000) + 1000);  refused iff excess > 1000 burst",
        memory: "3 words: excess, millisecond of the last admission",
        worst_case: "burst + 1 + floor(rate (W + 1 ms))",
        source: "nginx 1.22 ngx_http_limit_req_module",
        keys: Key::ALL,
        edge: None,
        phases: &[],
        roundings: &[],
        counting: Counting::OnlyAdmitted,
    };

    /// Milli-requests per second, rounded down.
    fn milli_per_s(&self) -> u64 {
        let milli = u128::from(self.rate.events()) * 1_000 * 1_000_000_000;
        // A rate is at most 1e9 per second, so this is at most 1e12.
        crate::units::cast::low_u64(milli / u128::from(self.rate.per_ns()))
    }
}

/// One request in 1/1000 requests.
const REQUEST: u64 = 1_000;
const NS_PER_MS: u64 = 1_000_000;

impl Algorithm for NginxLimitReqSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        if self.burst > 0 {
            faults.count("burst", self.burst);
        }
        if self.milli_per_s() == 0 {
            let fault = format!("rate \"{}\" is below 1/1000 request per second", self.rate);
            faults.add("rate", fault, "write \"0.001/s\" or more");
        }
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        None
    }

    fn worst_case(&self, span: Span, _: &Setting) -> Option<u64> {
        // Up to one millisecond more may be seen on its clock than passed; what it refills is
        // rounded down between two requests, and the last request may use a part of one.
        let seen_ms = span.ns().div_ceil(NS_PER_MS).saturating_add(1);
        let milli = u128::from(self.milli_per_s()) * u128::from(seen_ms) / 1_000;
        let refilled = u64::try_from(milli / u128::from(REQUEST)).unwrap_or(u64::MAX);
        Some((self.burst + 1).saturating_add(refilled))
    }

    fn natural_window(&self) -> Option<Span> {
        Some(fill_time(self.burst + 1, self.rate))
    }

    fn build(&self, setting: &Setting) -> Keeper {
        let rule = NginxLimitReq {
            most: self.burst * REQUEST,
            milli_per_s: self.milli_per_s(),
        };
        Counters::new(rule, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct NginxLimitReq {
    most: u64,
    milli_per_s: u64,
}

/// The excess at the last admission, as a request would have found it; the default is a key never
/// seen, whose first request is free.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NginxState {
    /// No request yet.
    #[default]
    Unseen,
    /// The excess in 1/1000 requests after the last admission, at that millisecond.
    Seen {
        /// Excess in 1/1000 requests.
        excess: u64,
        /// Millisecond of the last admission.
        last_ms: u64,
    },
}

impl NginxLimitReq {
    /// The excess that a request at `now` makes.
    fn excess(&self, state: &NginxState, now: Time) -> u64 {
        let NginxState::Seen { excess, last_ms } = *state else {
            return 0;
        };
        let passed = u128::from((now.ns() / NS_PER_MS).saturating_sub(last_ms));
        let drained = u128::from(self.milli_per_s) * passed / 1_000;
        let drained = u64::try_from(drained).unwrap_or(u64::MAX);
        (excess + REQUEST).saturating_sub(drained)
    }

    /// The first instant at which `drained` milli-requests have drained since `last_ms`.
    fn instant(&self, last_ms: u64, drained: u64) -> Time {
        let passed = (u128::from(drained) * 1_000).div_ceil(u128::from(self.milli_per_s));
        let ns = (u128::from(last_ms) + passed).saturating_mul(u128::from(NS_PER_MS));
        u64::try_from(ns).map_or(Time::NEVER, Time::from_ns)
    }
}

impl Rule for NginxLimitReq {
    type State = NginxState;

    fn ask(&self, state: &NginxState, attempt: &Attempt) -> Decision {
        Decision::admit_if(self.excess(state, attempt.now) <= self.most)
    }

    fn charge(&self, state: &mut NginxState, attempt: &Attempt) {
        *state = NginxState::Seen {
            excess: self.excess(state, attempt.now),
            last_ms: attempt.now.ns() / NS_PER_MS,
        };
    }

    fn earliest(&self, state: &NginxState, attempt: &Attempt) -> Option<Time> {
        let NginxState::Seen { excess, last_ms } = *state else {
            return Some(attempt.now);
        };
        let surplus = (excess + REQUEST).saturating_sub(self.most);
        Some(self.instant(last_ms, surplus).max(attempt.now))
    }

    fn fresh_at(&self, state: &NginxState) -> Time {
        match *state {
            NginxState::Unseen => Time::ZERO,
            // A request then makes an excess of 0, as the first one does.
            NginxState::Seen { excess, last_ms } => self.instant(last_ms, excess + REQUEST),
        }
    }
}
