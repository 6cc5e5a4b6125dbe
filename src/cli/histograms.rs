//! `pdsim show RUN --hgrm --hlog`: the latency histograms of a run in the formats of the
//! `HdrHistogram` tools.

use std::path::{Path, PathBuf};

use super::console;
use super::exit::{Exit, Failure};
use super::show::Args;
use crate::report::{RunFolder, hdr, read_records};
use crate::units::Span;

/// Writes the files that are asked for.
///
/// # Errors
/// Where the run has no histograms, or a file cannot be written.
pub(super) fn write(args: &Args, folder: &RunFolder) -> Result<Exit, Failure> {
    let table = args.run.join("histograms.csv");
    let records = read_records(&table).map_err(Failure::input)?;
    let histograms = hdr::histograms_of(&records).map_err(Failure::input)?;
    if histograms.is_empty() {
        let message = format!("{}: no message was delivered", table.display());
        return Err(Failure::input(message));
    }
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    if let Some(place) = &args.hgrm {
        let place = place.as_deref().unwrap_or(&args.run);
        for named in &histograms {
            let path = place.join(format!("{}.hgrm", named.name));
            files.push((path, hdr::hgrm(&named.histogram).into_bytes()));
        }
    }
    if let Some(place) = &args.hlog {
        let place = place.as_deref().unwrap_or(&args.run);
        let length = folder.spec.run.duration.unwrap_or(Span::from_s(1));
        let log = hdr::hlog(&histograms, length).map_err(Failure::output)?;
        files.push((place.join("histograms.hlog"), log));
    }
    for (path, bytes) in &files {
        save(path, bytes)?;
    }
    let names = files
        .iter()
        .map(|(path, _)| format!("{}\n", path.display()));
    console::print(&names.collect::<String>())?;
    Ok(Exit::Done)
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|error| Failure::output(format!("cannot write {}: {error}", path.display())))
}
