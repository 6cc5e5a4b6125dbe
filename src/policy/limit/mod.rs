//! Rate limits, exact to the decision: algorithms, layers, and the set of layers on one PDS.
//!
//! An algorithm is one file: its specification (as written in a scenario), its state per key, its
//! rule ([`rule::Rule`]: ask, charge, earliest conforming instant, when a key is as good as new) and
//! one line in [`registry`]. A [`LayerSpec`] puts an algorithm beside a key, a place and what a
//! refusal does; a [`LimitSet`] asks and charges the layers of one PDS together. Everything is
//! integers and exact rationals.

pub mod adaptive;
pub mod algorithm;
pub mod bucket_discrete_grid;
pub mod bucket_intsec;
pub mod charging;
pub mod concurrency;
pub mod extending_window;
pub mod fault;
pub mod first_hit_window;
pub mod fixed_window;
pub mod gcra;
pub mod greylist;
pub mod keeper;
pub mod layer;
pub mod leaky_queue;
pub mod meter;
pub mod new_contacts;
pub mod nginx_limit_req;
pub mod preset;
pub mod registry;
pub mod rule;
pub mod set;
pub mod sliding_counter;
pub mod sliding_log;
pub mod token_bucket;
pub mod trust_tiers;
pub mod vector;
pub mod window;

pub use algorithm::{About, Algorithm, Edge, Key, Phase, Rounding};
pub use charging::{ChargingSpec, Mode, validate};
pub use fault::Fault;
pub use gcra::GcraSpec;
pub use layer::{AppliesTo, Counts, LayerSpec, Place, Recipients, Refusal, RetryAfter};
pub use registry::{ALGORITHMS, AlgorithmSpec};
pub use set::{Kind, LimitSet, Parties, Request, Ruling, Standing, Verdict};

/// The worked example of the guide, in the registry as any other, but in unit tests only.
#[cfg(test)]
#[path = "../../../docs/examples/cooldown.rs"]
mod cooldown;
#[cfg(test)]
mod guide_tests;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod set_tests;
#[cfg(test)]
mod twin_tests;
