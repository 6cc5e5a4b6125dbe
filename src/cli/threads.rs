//! How many threads one replication gets, and what is said of it.

use super::console::Console;
use super::progress::Divided;
use crate::experiment::Arm;
use crate::units::cast;

/// The threads of one replication.
pub struct Threads {
    /// How many it may use.
    pub per_replication: usize,
    /// Whether somebody asked for so many.
    is_asked: bool,
}

/// What `provenance.json` says of threads.
#[derive(Debug, Default)]
pub struct Told {
    /// Threads of one replication.
    pub threads: usize,
    /// Why no more.
    pub reason: Option<String>,
}

/// Messages below which a replication is over before further threads have begun.
const FEW: u64 = 50_000;

impl Threads {
    /// As many as were asked for; else the cores that are left idle if `jobs` replications of all
    /// arms run at once.
    pub fn new(asked: Option<u16>, arms: &[Arm], jobs: Option<usize>) -> Self {
        let per_replication = asked.map_or_else(|| idle_cores(arms, jobs), usize::from);
        Self {
            per_replication,
            is_asked: asked.is_some(),
        }
    }

    /// Says how it went, where somebody asked and did not get what he asked for.
    pub fn tell(&self, divided: &Divided, console: Console) -> Told {
        let threads = divided.threads.max(1);
        let reason = divided.not.map(|reason| reason.to_string());
        if let Some(reason) = &reason
            && self.is_asked
        {
            console.note(&format!("one thread per replication: {reason}"));
        } else if self.is_asked && threads < self.per_replication {
            console.note(&format!(
                "{threads} threads per replication: there are no more PDSes with accounts"
            ));
        }
        Told { threads, reason }
    }
}

fn idle_cores(arms: &[Arm], jobs: Option<usize>) -> usize {
    let cores = super::provenance::all_threads();
    let replications = arms.iter().map(|arm| {
        let most = arm.scenario().spec.run.replications.most();
        cast::index(u64::from(most))
    });
    let at_once = replications.sum::<usize>().min(jobs.unwrap_or(cores));
    let is_small = |arm: &Arm| arm.plan().expected_messages() < FEW;
    if arms.iter().all(is_small) {
        return 1;
    }
    (cores / at_once.max(1)).max(1)
}
