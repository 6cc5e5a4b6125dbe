//! Partitions and slow hosts: windows in which PDSes do not reach each other, or work slowly.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PdsSet;
use super::outage::window_fault;
use crate::units::{Span, UnitError};

/// A window in which what leaves one side never reaches the other. The sender's PDS learns so
/// after its time-out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PartitionSpec {
    /// The PDSes of one side.
    pub side: PdsSet,
    /// Those of the other; by default all that are not of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<PdsSet>,
    /// When it begins.
    pub start: Span,
    /// When it is over.
    pub stop: Span,
}

/// PDSes that work slowly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlowSpec {
    /// Which PDSes.
    #[serde(default)]
    pub pds: PdsSet,
    /// How many times longer every service takes.
    pub factor: f64,
    /// When it begins; the start of the run by default.
    #[serde(default)]
    pub start: Span,
    /// When it is over; the end of the run by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Span>,
}

impl PartitionSpec {
    /// What is wrong with the parameters in a network of `count` PDSes: the key and the error.
    pub fn faults(&self, count: usize) -> Vec<(&'static str, UnitError)> {
        let of_side = self.side.fault(count).map(|error| ("side", error));
        let other = self.other.as_ref();
        let of_other = other.and_then(|other| other.fault(count));
        let everybody = (self.other.is_none() && self.side == PdsSet::All).then(|| UnitError {
            fault: "one side is everybody, so nobody is on the other".to_owned(),
            remedy: "name fewer PDSes, or write other = \"all\" to cut every way".to_owned(),
        });
        let of_window = window_fault(self.start, self.stop);
        of_side
            .into_iter()
            .chain(everybody.map(|error| ("side", error)))
            .chain(of_other.map(|error| ("other", error)))
            .chain(of_window.map(|error| ("stop", error)))
            .collect()
    }
}

impl SlowSpec {
    /// What is wrong with the parameters in a network of `count` PDSes: the key and the error.
    pub fn faults(&self, count: usize) -> Vec<(&'static str, UnitError)> {
        let of_set = self.pds.fault(count).map(|error| ("pds", error));
        let is_sound = self.factor > 0.0 && self.factor <= MOST;
        let of_factor = (!is_sound).then(|| UnitError {
            fault: format!("a service cannot take {} times as long", self.factor),
            remedy: format!("write a number above 0 and up to {MOST}, such as 10"),
        });
        let stop = self.stop;
        let of_window = stop.and_then(|stop| window_fault(self.start, stop));
        of_set
            .into_iter()
            .chain(of_factor.map(|error| ("factor", error)))
            .chain(of_window.map(|error| ("stop", error)))
            .collect()
    }
}

/// Largest factor: beyond it a service would outlast the clock.
const MOST: f64 = 1e6;
