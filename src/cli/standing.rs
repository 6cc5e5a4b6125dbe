//! Results of a study that stand where others are to be written: the same, or in the way.

use std::path::Path;

use serde_json::Value;

use super::exit::Failure;
use super::run::Place;
use crate::metrics::registry;
use crate::report;
use crate::scenario::nearest;

/// What is to be written, as far as it tells it from what stands there.
pub struct Standing<'s> {
    /// What results under another hash are.
    pub what: &'s str,
    /// SHA-256 of all scenarios.
    pub hash: &'s str,
    /// The table without which results are not whole.
    pub table: &'s str,
}

impl Standing<'_> {
    /// Whether the same results stand at the place, whole, and are to stay; `other` says what a
    /// manifest with the same hash is if not the same.
    ///
    /// # Errors
    /// Where something else stands there: other results that may not be overwritten, or a folder of
    /// something else, which is never replaced.
    pub fn is_up_to_date<'o>(
        &self,
        Place { overwrite, .. }: &Place,
        place: &Path,
        other: impl FnOnce(&Value) -> Option<&'o str>,
    ) -> Result<bool, Failure> {
        let Some(found) = report::manifest(place) else {
            return if is_empty(place) {
                Ok(false)
            } else {
                Err(Failure::input(format!(
                    "{} is a folder of something else than results; write --out DIR for another folder",
                    place.display()
                )))
            };
        };
        if *overwrite {
            return Ok(false);
        }
        if found["version"] != env!("CARGO_PKG_VERSION") {
            let version = found["version"].as_str().unwrap_or("unknown");
            return Err(in_the_way(place, &format!("results of version {version}")));
        }
        if found["scenario_sha256"] != self.hash {
            return Err(in_the_way(place, self.what));
        }
        match other(&found) {
            Some(what) => Err(in_the_way(place, what)),
            None => Ok(found["complete"] == true && place.join(self.table).is_file()),
        }
    }
}

fn is_empty(place: &Path) -> bool {
    std::fs::read_dir(place).map_or(true, |mut entries| entries.next().is_none())
}

fn in_the_way(place: &Path, what: &str) -> Failure {
    Failure::input(format!(
        "{} holds {what}; write --overwrite to replace results, or --out DIR for another folder",
        place.display()
    ))
}

/// Every metric must be one.
///
/// # Errors
/// For the first that is none, with the nearest that is one.
pub fn check_metrics(metrics: &[String]) -> Result<(), Failure> {
    let unknown = metrics.iter().find(|name| registry::find(name).is_none());
    unknown.map_or(Ok(()), |name| {
        let names = registry::METRICS.iter().map(|entry| entry.name);
        let near = nearest(name, names).unwrap_or("one of `pdsim explain metrics`");
        Err(Failure::input(format!(
            "there is no metric `{name}`; write {near}"
        )))
    })
}
