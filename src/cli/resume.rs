//! What a run that was interrupted left behind: whether to go on with it, and what to say of it.

use std::path::Path;

use super::console::Console;
use super::exit::{Exit, Failure};
use super::run::Place;
use crate::report::{Journal, Left, Lock};

/// Refuses to go on where another run was not finished.
///
/// # Errors
/// Where it stands in the way and may not be overwritten.
pub fn check(journal: &Journal, left: &Left, place: &Place) -> Result<(), Failure> {
    match left {
        Left::Other(reasons) if !place.overwrite => Err(Failure::input(format!(
            "{} holds the unfinished results of {}; run that again to finish them, write --overwrite to drop them, or --out DIR for another folder",
            journal.folder().display(),
            reasons.join(", ")
        ))),
        Left::Other(_) | Left::Nothing => Ok(()),
    }
}

/// Says how much is there already.
pub fn tell(journal: &Journal, console: Console) {
    match journal.waiting() {
        0 => {}
        1 => console.note("going on: 1 replication is kept"),
        kept => console.note(&format!("going on: {kept} replications are kept")),
    }
}

/// Removes what a run left behind whose results stand there already: it was killed at its very end.
/// What another process is working on is left alone.
///
/// # Errors
/// Where it cannot be removed.
pub fn forget(journal: &Journal, left: &Left, place: &Path) -> Result<(), Failure> {
    match left {
        Left::Nothing if journal.folder().exists() => match Lock::take(place) {
            Ok(_lock) => Ok(journal.discard()?),
            Err(_) => Ok(()),
        },
        Left::Nothing | Left::Other(_) => Ok(()),
    }
}

/// The end of a run that was interrupted.
pub fn interrupted(journal: &Journal, of: usize) -> Failure {
    let message = match journal.kept() {
        0 => format!("interrupted before the first of {of} replications was finished"),
        kept => format!(
            "interrupted; {kept} of {of} replications are kept in {}, and the same command goes on",
            journal.folder().display()
        ),
    };
    Failure {
        exit: Exit::Interrupted,
        message,
    }
}
