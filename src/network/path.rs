//! The way between two PDSes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RetrySpec;
use crate::rng::{Distribution, Lognormal};
use crate::units::{Share, Span};

/// Delay and loss of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NetworkSpec {
    /// One way, per message: 5 ms + lognormal(median 35 ms, sigma 0.6) by default (guess).
    #[serde(default = "default_delay")]
    pub delay: Distribution,
    /// Share of attempts that never arrive.
    #[serde(default)]
    pub loss: Share,
    /// What a sender's PDS does about a temporary failure, unless its group says otherwise.
    #[serde(default)]
    pub retry: RetrySpec,
    /// How long a sender's PDS waits for an answer before it calls an attempt failed.
    #[serde(default = "default_timeout")]
    pub timeout: Span,
}

impl Default for NetworkSpec {
    fn default() -> Self {
        Self {
            delay: default_delay(),
            loss: Share::ZERO,
            retry: RetrySpec::default(),
            timeout: default_timeout(),
        }
    }
}

fn default_delay() -> Distribution {
    Distribution::Lognormal(Lognormal {
        median: Span::from_ms(35),
        sigma: Some(0.6),
        p99: None,
        shift: Span::from_ms(5),
    })
}

fn default_timeout() -> Span {
    Span::from_s(10)
}
