//! The door of a PDS: what it turns away before a message is in its inbox.
//!
//! One token bucket (as GCRA) per key on every PDS, asked about each attempt that arrives, before any
//! check and at no cost of service. A refusal is answered 429, so that the sender's PDS may try again.
//! It cannot know whether the sender is who he says: his token is looked at later.
//!
//! Source: the limits per address of HTTP servers; the reference PDS has 3,000 requests per 5 minutes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limit::{
    AlgorithmSpec, ChargingSpec, GcraSpec, Key, LayerSpec, LimitSet, Place, Refusal, RetryAfter,
};
use crate::units::{Rate, UnitError};

/// `[ingress]`: what a PDS turns away at its door.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct IngressSpec {
    /// A limit on attempts, asked before they enter the inbox; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<DoorLimitSpec>,
}

/// A token bucket at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DoorLimitSpec {
    /// Most attempts at one instant.
    pub burst: u64,
    /// Attempts per time in the long run.
    pub rate: Rate,
    /// Whom it counts: by default the sender's PDS, as a server sees the address of a request.
    #[serde(default = "per_host")]
    pub key: Key,
    /// What a refusal says.
    #[serde(default, skip_serializing_if = "DoorRefusal::is_bare")]
    pub refusal: DoorRefusal,
}

/// What a refusal at the door says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DoorRefusal {
    /// 429 without a hint.
    #[default]
    Reject,
    /// 429 with the exact instant at which the next attempt conforms.
    RetryAfter,
}

impl DoorRefusal {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes by reference"
    )]
    fn is_bare(&self) -> bool {
        *self == Self::Reject
    }
}

const fn per_host() -> Key {
    Key::SenderPds
}

impl IngressSpec {
    /// For serde: whether nothing was written.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(String, UnitError)> {
        let faults = self.layer().into_iter().flat_map(|layer| layer.validate());
        let below = |key: String| key.replace("algorithm.gcra.", "");
        faults
            .map(|found| {
                let error = UnitError {
                    fault: found.fault,
                    remedy: found.remedy,
                };
                (format!("limit.{}", below(found.key)), error)
            })
            .collect()
    }

    /// The door of one PDS, with an empty memory.
    ///
    /// # Panics
    /// If the limit was not validated.
    pub fn build(&self, epoch_s: u64) -> LimitSet {
        let layers: BTreeMap<String, LayerSpec> = self
            .layer()
            .map(|layer| ("ingress".to_owned(), layer))
            .into_iter()
            .collect();
        LimitSet::new(&layers, &ChargingSpec::default(), Place::Recipient, epoch_s)
    }

    fn layer(&self) -> Option<LayerSpec> {
        let limit = self.limit.as_ref()?;
        let bucket = AlgorithmSpec::Gcra(GcraSpec {
            burst: limit.burst,
            rate: limit.rate,
        });
        let mut layer = LayerSpec::new(bucket, limit.key);
        layer.refusal = match limit.refusal {
            DoorRefusal::Reject => Refusal::Reject,
            DoorRefusal::RetryAfter => Refusal::RetryAfter(RetryAfter::default()),
        };
        Some(layer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_that_holds_nothing_is_a_fault_at_its_own_key() {
        let limit = DoorLimitSpec {
            burst: 0,
            rate: "1/s".parse().expect("a rate"),
            key: Key::SenderPds,
            refusal: DoorRefusal::Reject,
        };
        let door = IngressSpec { limit: Some(limit) };
        let keys: Vec<String> = door.faults().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["limit.burst"]);
        assert!(IngressSpec::default().build(0).is_empty());
    }
}
