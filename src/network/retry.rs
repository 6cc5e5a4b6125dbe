//! What a sender's PDS does about a temporary failure: a full inbox, a lost attempt.
//!
//! The reference implementation tries up to 3 times, 100 ms * 2^n apart, capped at 1 s, with a
//! jitter of 15 %. Source: `retryHttp` of the package @atproto/common.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Share, Span, UnitError, cast};

/// A retry policy.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum RetrySpec {
    /// The first failure is final, as in the proof of concept.
    #[default]
    None,
    /// Exponential back-off, as the reference implementation does.
    Atproto {
        /// Attempts in all.
        #[serde(default = "default_tries")]
        tries: u8,
        /// Wait after the first failure; doubles with each.
        #[serde(default = "default_base")]
        base: Span,
        /// Longest wait.
        #[serde(default = "default_cap")]
        cap: Span,
        /// The wait varies by this share to either side.
        #[serde(default = "default_jitter")]
        jitter: Share,
    },
}

fn default_tries() -> u8 {
    3
}

fn default_base() -> Span {
    Span::from_ms(100)
}

fn default_cap() -> Span {
    Span::from_s(1)
}

fn default_jitter() -> Share {
    Share::new(0.15).expect("a share")
}

impl RetrySpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        match self {
            Self::Atproto { tries: 0, .. } => vec![(
                "atproto.tries",
                UnitError {
                    fault: "a message that is tried 0 times is never sent".to_owned(),
                    remedy: "write 1 or more".to_owned(),
                },
            )],
            Self::None | Self::Atproto { .. } => Vec::new(),
        }
    }
}

/// A retry policy at run time.
#[derive(Debug, Clone, Copy)]
pub struct Retry(RetrySpec);

impl Retry {
    /// The policy that follows `spec`.
    pub fn new(spec: RetrySpec) -> Self {
        Self(spec)
    }

    /// Whether the sender's PDS ever tries again, and so must hear of failures.
    pub fn reacts(self) -> bool {
        match self.0 {
            RetrySpec::None => false,
            RetrySpec::Atproto { tries, .. } => tries > 1,
        }
    }

    /// The wait before the next attempt after `attempts` failed ones; none to give up.
    ///
    /// `draw` is uniform and decides the jitter.
    pub fn wait(self, attempts: u8, draw: u64) -> Option<Span> {
        let RetrySpec::Atproto {
            tries,
            base,
            cap,
            jitter,
        } = self.0
        else {
            return None;
        };
        (attempts < tries).then(|| {
            let doublings = u32::from(attempts.saturating_sub(1)).min(63);
            let wait = base.ns().saturating_mul(1 << doublings).min(cap.ns());
            let swing = (2.0 * crate::rng::uniform::unit(draw) - 1.0) * jitter.value();
            Span::from_ns(cast::f64_to_ns(cast::count_to_f64(wait) * (1.0 + swing)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u64 = 1 << 63;

    fn atproto() -> Retry {
        Retry::new(RetrySpec::Atproto {
            tries: 6,
            base: default_base(),
            cap: default_cap(),
            jitter: default_jitter(),
        })
    }

    #[test]
    fn waits_double_up_to_the_cap_and_end_with_the_last_try() {
        // Half a draw is the middle of the jitter: 100, 200, 400, 800 ms, then the cap of 1 s.
        for (attempts, ms) in [(1, 100.0), (2, 200.0), (3, 400.0), (4, 800.0), (5, 1000.0)] {
            let wait = atproto().wait(attempts, HALF).unwrap().as_seconds() * 1e3;
            assert!((wait - ms).abs() < 1e-3, "{attempts}: {wait}");
        }
        assert_eq!(atproto().wait(6, HALF), None);
    }

    #[test]
    fn jitter_stays_within_its_share() {
        let wait = |draw| atproto().wait(1, draw).unwrap().as_seconds();
        assert!((wait(0) - 0.085).abs() < 1e-6);
        assert!((wait(u64::MAX) - 0.115).abs() < 1e-6);
    }

    #[test]
    fn none_never_tries_again() {
        let none = Retry::new(RetrySpec::None);
        assert!(!none.reacts());
        assert_eq!(none.wait(1, HALF), None);
    }
}
