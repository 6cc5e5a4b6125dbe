//! What a run was made from; no clock, host, path or thread count.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Arm, Completion, Results};

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
    /// The arms.
    pub arms: Vec<String>,
    /// Events processed, over all arms and replications.
    pub events: u64,
    /// Events that shared their instant with the one before them.
    pub ties: u64,
    /// Whether every replication reached its horizon.
    pub complete: bool,
    /// What a reader must know before trusting a number.
    pub warnings: Vec<String>,
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
            replications: spec.run.replications,
            arms: arms.iter().map(|arm| arm.name().to_owned()).collect(),
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
