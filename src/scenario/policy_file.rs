//! A policy file: rate limits alone, to be tried on a bare vector of arrivals.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fault, Loader, Node, SCHEMA, decode};
use crate::policy::limit::{self, ChargingSpec, LayerSpec};

/// A policy file: `schema`, `[limits.*]` and `[limits-charging]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicySpec {
    /// Version of the format: 1.
    #[serde(default = "newest")]
    pub schema: u32,
    /// Rate limits by name.
    pub limits: BTreeMap<String, LayerSpec>,
    /// How several limits charge together.
    #[serde(default)]
    pub limits_charging: ChargingSpec,
}

fn newest() -> u32 {
    SCHEMA
}

impl PolicySpec {
    /// Decodes and validates the tree of a policy file.
    ///
    /// None where a fault was found; all of them are in the loader's faults.
    pub fn prepare(tree: &Node, loader: &mut Loader<'_>) -> Option<Self> {
        let policy: Self = decode(tree, &mut loader.faults)?;
        if policy.schema != SCHEMA {
            let what = format!("schema {} is not known", policy.schema);
            let remedy = format!("write schema = {SCHEMA}");
            let place = tree.place_of("schema");
            loader.faults.error("wrong-value", place, what, remedy);
        }
        for fault in limit::validate(&policy.limits, &policy.limits_charging) {
            loader.faults.push(at_its_place(fault, tree));
        }
        (!loader.faults.has_errors()).then_some(policy)
    }
}

/// A fault of a limit at its place in the tree.
pub fn at_its_place(fault: limit::Fault, tree: &Node) -> Fault {
    let place = tree.place_of(&fault.key);
    Fault::new("out-of-range", place, fault.fault, fault.remedy)
}
