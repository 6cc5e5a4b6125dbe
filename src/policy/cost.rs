//! What the checks cost: per check a distribution of service time, or measured presets.
//!
//! The presets are medians of at least 20,000 calls on one machine with 2 cores: take them as
//! orders of magnitude. `node` is the reference implementation's packages on Node 20
//! (@atproto/xrpc-server 0.10.21, @atproto/crypto 0.4.5, @atproto/pds 0.4.217), with `SQLite`;
//! `rust` is k256 0.13 with `SQLite`. The contact look-up was not measured and is taken to cost
//! what the block look-up costs (guess); so is the limiter of `rust` (guess: that of `node`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::protocol::Check;
use crate::rng::Distribution;
use crate::units::Span;

/// Service time per check.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CheckCosts(BTreeMap<Check, Distribution>);

/// Measured costs by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CostPreset {
    /// The reference implementation's packages on Node; the cost of the check `contact` is a guess.
    Node,
    /// The same work in Rust; the costs of the checks `contact` and `rate-limit` are guesses.
    Rust,
}

impl CostPreset {
    /// The checks whose cost was not measured.
    pub const fn guessed(self) -> &'static [Check] {
        match self {
            Self::Node => &[Check::Contact],
            Self::Rust => &[Check::Contact, Check::RateLimit],
        }
    }
}

impl CheckCosts {
    /// The cost of a check, if it has one.
    pub fn of(&self, check: Check) -> Option<&Distribution> {
        self.0.get(&check)
    }

    /// Every cost that is named, by check.
    pub fn iter(&self) -> impl Iterator<Item = (Check, &Distribution)> {
        self.0.iter().map(|(check, cost)| (*check, cost))
    }

    /// Every cost that is named, by check, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Check, &mut Distribution)> {
        self.0.iter_mut().map(|(check, cost)| (*check, cost))
    }

    /// The measured costs of a preset.
    pub fn preset(preset: CostPreset) -> Self {
        let nanoseconds: [(Check, u64); 5] = match preset {
            CostPreset::Node => [
                (Check::Token, 4_809_480),
                (Check::Label, 11_560),
                (Check::Block, 10_330),
                (Check::Contact, 10_330),
                (Check::RateLimit, 3_250),
            ],
            CostPreset::Rust => [
                (Check::Token, 218_100),
                (Check::Label, 7_600),
                (Check::Block, 7_160),
                (Check::Contact, 7_160),
                (Check::RateLimit, 3_250),
            ],
        };
        let costs =
            nanoseconds.map(|(check, ns)| (check, Distribution::Constant(Span::from_ns(ns))));
        Self(costs.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for CheckCosts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CostsVisitor;

        impl<'de> de::Visitor<'de> for CostsVisitor {
            type Value = CheckCosts;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table of costs by check, or \"node\" or \"rust\"")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<CheckCosts, E> {
                let preset = CostPreset::deserialize(de::value::StrDeserializer::<E>::new(name))?;
                Ok(CheckCosts::preset(preset))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<CheckCosts, A::Error> {
                BTreeMap::deserialize(de::value::MapAccessDeserializer::new(map)).map(CheckCosts)
            }
        }

        deserializer.deserialize_any(CostsVisitor)
    }
}

impl JsonSchema for CheckCosts {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CheckCosts".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let preset = generator.subschema_for::<CostPreset>();
        let table = generator.subschema_for::<BTreeMap<Check, Distribution>>();
        schemars::json_schema!({ "anyOf": [preset, table] })
    }
}
