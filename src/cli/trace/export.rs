//! What is followed, as files: a timeline and an event log.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::Args;
use crate::cli::exit::Failure;
use crate::experiment::{Arm, tracing};
use crate::protocol::MessageId;
use crate::rng::{Purpose, Seed};
use crate::trace::{EventLog, Follow, Lanes, Perfetto};

/// The files of one trace, removed again unless they are finished.
pub(super) struct Exports {
    files: Vec<PathBuf>,
    is_done: bool,
}

/// The observers that write them.
pub(super) type Observers = (
    Option<EventLog<BufWriter<File>>>,
    Option<Perfetto<BufWriter<File>>>,
);

impl Exports {
    /// Creates the files; those of the chosen messages, or of a share of all.
    pub(super) fn open(
        args: &Args,
        arm: &Arm,
        chosen: &[MessageId],
    ) -> Result<(Self, Observers), Failure> {
        let mut exports = Self {
            files: Vec::new(),
            is_done: false,
        };
        let follow = follow(args, arm, chosen);
        let names = tracing::names(arm);
        let log = exports.create(args.ndjson.as_deref())?.map(|file| {
            let replication = u64::from(args.replication);
            EventLog::new(file, follow.clone(), names.clone(), replication)
        });
        let timeline = exports.create(args.perfetto.as_deref())?.map(|file| {
            let plan = arm.plan();
            let lanes = plan.workers().map_or(Lanes::AsNeeded, Lanes::Fixed);
            Perfetto::new(file, follow.clone(), names.clone(), plan.pds_count(), lanes)
        });
        Ok((exports, (log, timeline)))
    }

    fn create(&mut self, path: Option<&Path>) -> Result<Option<BufWriter<File>>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let file = File::create(path).map_err(|error| failed(path, &error.to_string()))?;
        self.files.push(path.to_owned());
        Ok(Some(BufWriter::new(file)))
    }

    /// Ends the files; returns a line for each.
    pub(super) fn finish(mut self, args: &Args, observers: Observers) -> Result<String, Failure> {
        let mut told = String::new();
        if let (Some(log), Some(path)) = (observers.0, &args.ndjson) {
            close(log.finish(), path)?;
            let _ = writeln!(told, "Event log in {}", path.display());
        }
        if let (Some(timeline), Some(path)) = (observers.1, &args.perfetto) {
            close(timeline.finish(), path)?;
            let _ = writeln!(
                told,
                "Timeline in {}; ui.perfetto.dev opens it",
                path.display()
            );
        }
        self.is_done = true;
        Ok(told)
    }
}

impl Drop for Exports {
    fn drop(&mut self) {
        if !self.is_done {
            for path in &self.files {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

fn close(file: Result<BufWriter<File>, String>, path: &Path) -> Result<(), Failure> {
    let flushed = file.and_then(|mut file| file.flush().map_err(|error| error.to_string()));
    flushed.map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &str) -> Failure {
    Failure::output(format!("cannot write {}: {error}", path.display()))
}

/// The messages that the files follow.
fn follow(args: &Args, arm: &Arm, chosen: &[MessageId]) -> Follow {
    if !args.messages.is_empty() || args.query.is_some() {
        return Follow::Chosen(chosen.iter().copied().collect());
    }
    let seed = Seed {
        seed: arm.scenario().spec.run.seed,
        replication: 0,
    };
    match args.sample {
        None => Follow::All,
        Some(share) => Follow::Sample(share, seed.counter_for(Purpose::Sample)),
    }
}
