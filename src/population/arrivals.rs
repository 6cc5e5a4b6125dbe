//! How often somebody sends.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gaps;
use crate::rng::Distribution;
use crate::units::{Rate, Span, UnitError};

/// When the senders of a group send; every rate is per sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ArrivalsSpec {
    /// A Poisson process; the first send comes an exponential gap after the start.
    Poisson {
        /// Mean rate of each sender.
        rate: Rate,
        /// How the rate varies over the day.
        #[serde(default, skip_serializing_if = "Profile::is_flat")]
        profile: Profile,
    },
    /// Every sender sends at start + offset, and then at equal gaps.
    Regular {
        /// The gap.
        every: Span,
        /// From the start to the first send.
        #[serde(default)]
        offset: Span,
    },
    /// The gaps of each sender are lognormal: bursts and long silences.
    Gaps {
        /// Mean rate of each sender.
        rate: Rate,
        /// Coefficient of variation of the gaps; real senders have 3.7 to 5.5.
        cv: f64,
    },
    /// Sessions start as a Poisson process; each is a geometric number of messages.
    ///
    /// With sessions much shorter than the time between them, the gaps of one sender have a
    /// coefficient of variation near `sqrt(2 messages - 1)`.
    Sessions {
        /// Mean rate of messages of each sender.
        rate: Rate,
        /// Mean number of messages in a session, 1 or more.
        messages: f64,
        /// From one message of a session to the next.
        gap: Distribution,
        /// How the rate of sessions varies over the day.
        #[serde(default, skip_serializing_if = "Profile::is_flat")]
        profile: Profile,
    },
}

/// How a rate varies over the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Not at all.
    #[default]
    Flat,
    /// 1 + 0.29 cos(2 pi (hour - 17) / 24) in UTC, a guess after public data.
    Diurnal,
}

impl Profile {
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks with a reference"
    )]
    fn is_flat(&self) -> bool {
        *self == Self::Flat
    }
}

impl ArrivalsSpec {
    /// Mean messages per second of each sender.
    pub fn rate_per_second(&self) -> f64 {
        match self {
            Self::Poisson { rate, .. } | Self::Sessions { rate, .. } | Self::Gaps { rate, .. } => {
                rate.per_second()
            }
            Self::Regular { every, .. } => 1.0 / every.as_seconds(),
        }
    }

    /// How the rate varies over the day.
    pub fn profile(&self) -> Profile {
        match self {
            Self::Poisson { profile, .. } | Self::Sessions { profile, .. } => *profile,
            Self::Regular { .. } | Self::Gaps { .. } => Profile::Flat,
        }
    }

    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        match self {
            Self::Regular { every, .. } if every.is_zero() => vec![(
                "regular.every",
                UnitError {
                    fault: "a gap of 0s sends for ever at one instant".to_owned(),
                    remedy: "write a gap above 0s".to_owned(),
                },
            )],
            Self::Gaps { cv, .. } => gaps::faults(*cv),
            Self::Sessions { messages, .. } if !(1.0..=1e6).contains(messages) => vec![(
                "sessions.messages",
                UnitError {
                    fault: format!("a session of {messages} messages on average is not possible"),
                    remedy: "write a mean from 1 to 1e6".to_owned(),
                },
            )],
            _ => Vec::new(),
        }
    }
}
