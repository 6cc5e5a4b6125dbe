//! The way between two PDSes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OutagesSpec, PartitionSpec, RetrySpec, SlowSpec, WhenDown};
use crate::rng::{Distribution, Lognormal};
use crate::units::{Share, Span, UnitError};

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
    /// When PDSes are down: they answer nobody, and their senders' messages wait.
    #[serde(default, skip_serializing_if = "is_none")]
    pub outages: OutagesSpec,
    /// What the sender's PDS sees of a PDS that is down.
    #[serde(default, skip_serializing_if = "is_refused")]
    pub when_down: WhenDown,
    /// Windows by name in which some PDSes do not reach others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub partitions: BTreeMap<String, PartitionSpec>,
    /// PDSes by name that work slowly.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slow: BTreeMap<String, SlowSpec>,
}

fn is_none(outages: &OutagesSpec) -> bool {
    *outages == OutagesSpec::None
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_refused(when_down: &WhenDown) -> bool {
    *when_down == WhenDown::Refused
}

impl NetworkSpec {
    /// What is wrong with its failures in a network of `count` PDSes: the key and the error.
    pub fn failure_faults(&self, count: usize) -> Vec<(String, UnitError)> {
        let mut found = Vec::new();
        for (key, error) in self.outages.faults(count) {
            found.push((format!("outages.{key}"), error));
        }
        for (name, partition) in &self.partitions {
            for (key, error) in partition.faults(count) {
                found.push((format!("partitions.{name}.{key}"), error));
            }
        }
        for (name, slow) in &self.slow {
            for (key, error) in slow.faults(count) {
                found.push((format!("slow.{name}.{key}"), error));
            }
        }
        found
    }
}

impl Default for NetworkSpec {
    fn default() -> Self {
        Self {
            delay: default_delay(),
            loss: Share::ZERO,
            retry: RetrySpec::default(),
            timeout: default_timeout(),
            outages: OutagesSpec::None,
            when_down: WhenDown::Refused,
            partitions: BTreeMap::new(),
            slow: BTreeMap::new(),
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
