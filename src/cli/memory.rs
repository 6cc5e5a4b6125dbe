//! How much memory runs may use: what `--max-memory` says, or what the machine has to spare.
//!
//! It decides only whether a run begins, never what it gives.

use std::sync::OnceLock;

use crate::scenario::estimate::Room;
use crate::units::{Size, cast};

/// What the command line said, and how many replications run at once.
static ASKED: OnceLock<(Option<Size>, u32)> = OnceLock::new();

/// Notes what the command line says.
pub fn allow(most: Option<Size>, jobs: Option<u16>) {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = jobs.map_or_else(|| cast::id_u32(cores()), u32::from);
    // A second note is that of the same process and says the same.
    let _ = ASKED.set((most, threads));
}

/// The room that the command line gives; none where it does not say.
pub fn asked() -> Option<Room> {
    let (most, threads) = ASKED.get().copied()?;
    let bytes = most?.bytes();
    Some(Room { bytes, threads })
}

/// The room of a run; none where neither the command line nor the system says.
pub fn room() -> Option<Room> {
    asked().or_else(|| {
        let (_, threads) = ASKED.get().copied()?;
        let bytes = spare()?;
        Some(Room { bytes, threads })
    })
}

/// What the system could give without swapping: the less of what it has and of what the process's
/// group may have. Linux only.
fn spare() -> Option<u64> {
    let system = std::fs::read_to_string("/proc/meminfo").ok();
    let system = system.and_then(|text| available(&text));
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group = group.and_then(|text| text.trim().parse().ok());
    system.into_iter().chain(group).min()
}

/// `MemAvailable` of a `/proc/meminfo`, in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find(|line| line.starts_with("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_available_is_read_in_kibibytes() {
        let text = "MemTotal:  8000000 kB\nMemFree: 1 kB\nMemAvailable:    2048 kB\n";
        assert_eq!(available(text), Some(2_097_152));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
        assert_eq!(available("MemAvailable: many kB\n"), None);
    }
}
