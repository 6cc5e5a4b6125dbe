//! `[limits-charging]`: which layers are charged when one of several refuses, and their order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fault::{Fault, Faults};
use super::layer::LayerSpec;

/// `[limits-charging]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChargingSpec {
    /// Which layers are charged.
    #[serde(default)]
    pub mode: Mode,
    /// Names of layers in the order in which they are asked; those not named follow by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
}

/// Which layers are charged. A layer with `counts = "all"` is charged whenever it is asked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// All layers are asked; all are charged if all admit, else none.
    #[default]
    AllOrNone,
    /// Layers are asked in order and charged as they admit, until the first refusal.
    InSequence,
    /// All layers are asked, and each that admits is charged although another refuses.
    AlwaysAll,
}

/// Layers are told apart in masks of 64 bits.
pub const MOST_LAYERS: usize = 64;

impl ChargingSpec {
    /// The names of `layers` in the order in which they are asked.
    pub fn ordered<'a>(&'a self, layers: &'a BTreeMap<String, LayerSpec>) -> Vec<&'a str> {
        let named = self.order.iter().map(String::as_str);
        let rest = layers
            .keys()
            .map(String::as_str)
            .filter(|name| !self.names(name));
        named
            .filter(|name| layers.contains_key(*name))
            .chain(rest)
            .collect()
    }

    fn names(&self, name: &str) -> bool {
        self.order.iter().any(|ordered| ordered == name)
    }

    fn find_faults(&self, layers: &BTreeMap<String, LayerSpec>, faults: &mut Faults) {
        for (place, name) in self.order.iter().enumerate() {
            let known: Vec<_> = layers.keys().map(|name| format!("\"{name}\"")).collect();
            if !layers.contains_key(name) {
                let fault = format!("there is no layer \"{name}\"");
                faults.add("order", fault, format!("name only {}", known.join(", ")));
            } else if self.order[..place].contains(name) {
                faults.add(
                    "order",
                    format!("\"{name}\" is named twice"),
                    "name it once",
                );
            }
        }
    }
}

/// Every fault of the layers and their charging, with keys from the root of the file.
pub fn validate(layers: &BTreeMap<String, LayerSpec>, charging: &ChargingSpec) -> Vec<Fault> {
    let mut faults = Faults::default();
    if layers.len() > MOST_LAYERS {
        let fault = format!("{} layers are more than {MOST_LAYERS}", layers.len());
        faults.add("limits", fault, "leave some out");
    }
    faults.under("limits-charging", |faults| {
        charging.find_faults(layers, faults);
    });
    for (name, layer) in layers {
        faults.under("limits", |faults| {
            faults.under(name, |faults| {
                for found in layer.validate() {
                    faults.add(&found.key, found.fault, found.remedy);
                }
            });
        });
    }
    faults.into_vec()
}
