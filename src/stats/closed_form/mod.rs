//! What theory says a run must show: formulas of queues, limiters, labels, retries and caches.
//!
//! Rates and times are plain doubles in any consistent unit (per second and seconds, per minute
//! and minutes); each file names its sources. Tests hold runs against these, `explain` prints
//! them, and overload warnings use the utilisations.

pub mod attempts;
pub mod cache;
pub mod docket;
pub mod infinite_servers;
pub mod labelers;
pub mod labels;
pub mod limiters;
pub mod network_of_queues;
pub mod single_server;
pub mod station;

/// An integer-valued double as a loop bound and back.
fn steps(count: u32) -> impl Iterator<Item = f64> {
    (1..=count).map(f64::from)
}
