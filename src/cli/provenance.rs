//! `provenance.json`: on which machine, when, how long, with how many threads. The only file of a
//! run that may differ between two machines.

use std::time::Duration;

use serde::Serialize;

use super::threads::Told;

/// The content of `provenance.json`.
#[derive(Debug, Serialize)]
pub struct Provenance {
    host: Option<String>,
    os: &'static str,
    arch: &'static str,
    threads: usize,
    threads_per_replication: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_divided: Option<String>,
    wall_time_s: f64,
    finished_unix_s: u64,
    command: Vec<String>,
}

impl Provenance {
    /// That of a run on this machine which took `wall_time` and ends now.
    pub fn new(wall_time: Duration, threads: Option<usize>) -> Self {
        Self {
            host: host(),
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            threads: threads.unwrap_or_else(all_threads),
            threads_per_replication: 1,
            not_divided: None,
            wall_time_s: wall_time.as_secs_f64(),
            finished_unix_s: now_unix_s(),
            command: std::env::args().collect(),
        }
    }

    /// The same, of replications that ran on several threads, or why they did not.
    #[must_use]
    pub fn with_division(self, told: Told) -> Self {
        Self {
            threads_per_replication: told.threads,
            not_divided: told.reason,
            ..self
        }
    }
}

fn host() -> Option<String> {
    let name = std::fs::read_to_string("/etc/hostname").ok()?;
    Some(name.trim().to_owned())
}

/// The cores of this machine.
pub(super) fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[expect(clippy::disallowed_types, reason = "only `cli` looks at the clock")]
fn now_unix_s() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
