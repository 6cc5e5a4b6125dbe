//! What a run was made from; no clock, host, path or thread count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::compare::{self, Terms};
use super::draws::Draws;
use super::{Arm, Completion, Precision, Results};
use crate::units::Share;

/// The content of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// Version of the program.
    pub version: &'static str,
    /// Name of the scenario or study.
    pub name: String,
    /// Its question.
    pub title: String,
    /// SHA-256 of the resolved scenario, as written to `scenario.toml`.
    pub scenario_sha256: String,
    /// The data files that entered.
    pub inputs: Vec<InputEntry>,
    /// Names all random numbers.
    pub seed: u64,
    /// Replications per arm.
    pub replications: u32,
    /// The warm-up that was found, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up_s: Option<f64>,
    /// How precise the metrics are that the run waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// The arms.
    pub arms: Vec<String>,
    /// What the arms were compared in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<CompareEntry>,
    /// Events processed, over all arms and replications.
    pub events: u64,
    /// Events that shared their instant with the one before them.
    pub ties: u64,
    /// Whether every replication reached its horizon.
    pub complete: bool,
    /// What a reader must know before trusting a number.
    pub warnings: Vec<String>,
}

/// The terms of a comparison, and how many messages the arms do not share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompareEntry {
    /// The arm that the others are held against.
    pub baseline: String,
    /// The metrics.
    pub metrics: Vec<String>,
    /// Differences that do not matter, by metric, in the metric's unit.
    pub indifference: BTreeMap<String, f64>,
    /// Of all intervals together.
    pub confidence: Share,
    /// Whose random numbers the arms had.
    pub draws: Draws,
    /// Per arm, messages that exist in it or in the baseline only, at least.
    pub unpaired: BTreeMap<String, u64>,
}

impl CompareEntry {
    /// That of results under the given terms.
    pub fn new(results: &Results, terms: &Terms) -> Self {
        Self {
            baseline: terms.baseline.clone(),
            metrics: terms.metrics.clone(),
            indifference: terms.indifference.clone(),
            confidence: terms.confidence,
            draws: terms.draws,
            unpaired: compare::unpaired(results, terms).into_iter().collect(),
        }
    }

    /// The terms.
    pub fn terms(&self) -> Terms {
        Terms {
            baseline: self.baseline.clone(),
            metrics: self.metrics.clone(),
            indifference: self.indifference.clone(),
            confidence: self.confidence,
            draws: self.draws,
        }
    }
}

/// A data file that entered a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputEntry {
    /// Its name under `inputs/`.
    pub name: String,
    /// Its SHA-256.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

impl Manifest {
    /// The manifest of `results`.
    ///
    /// `scenario` is the text of `scenario.toml`.
    ///
    /// # Panics
    /// If there is no arm.
    pub fn new(
        arms: &[Arm],
        results: &Results,
        scenario: &str,
        inputs: Vec<InputEntry>,
        warnings: Vec<String>,
    ) -> Self {
        let spec = &arms[0].scenario().spec;
        let all = || results.arms.iter().flat_map(|arm| &arm.replications);
        Self {
            version: env!("CARGO_PKG_VERSION"),
            name: spec.name.clone(),
            title: spec.title.clone(),
            scenario_sha256: sha256_hex(scenario.as_bytes()),
            inputs,
            seed: spec.run.seed,
            replications: crate::units::cast::id_u32(results.arms[0].replications.len()),
            warm_up_s: results.warm_up.map(|found| found.span.as_seconds()),
            precision: results.precision.clone(),
            arms: arms.iter().map(|arm| arm.name().to_owned()).collect(),
            compare: None,
            events: all().map(|replication| replication.events).sum(),
            ties: all().map(|replication| replication.ties).sum(),
            complete: all().all(|replication| replication.completion == Completion::Complete),
            warnings,
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("a string takes any text");
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_hash_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            super::sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
