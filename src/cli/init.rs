//! `pdsim init FILE`: a commented scenario to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::console;
use super::exit::{Exit, Failure};

/// Arguments of `init`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The file to write; it must not exist
    pub file: PathBuf,
    /// What to start from
    #[arg(long, value_enum, default_value_t)]
    pub template: Template,
}

/// What to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Template {
    /// A spam wave against a rate limit and a labeler.
    #[default]
    SpamWave,
    /// A bare queue.
    Queue,
    /// Contact requests for strangers.
    Invitation,
    /// Rate limits alone, for `pdsim limits`.
    Policy,
}

impl Template {
    const fn text(self) -> &'static str {
        match self {
            Self::SpamWave => include_str!("templates/spam-wave.toml"),
            Self::Queue => include_str!("templates/queue.toml"),
            Self::Invitation => include_str!("templates/invitation.toml"),
            Self::Policy => include_str!("templates/policy.toml"),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Where the file exists or cannot be written.
pub fn main(args: &Args) -> Result<Exit, Failure> {
    let shown = args.file.display();
    let text = args.template.text().replace("NAME", &name(&args.file));
    let new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&args.file);
    let written = new.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::input(format!(
            "{shown} exists; name another file, or move it away"
        )),
        _ => Failure::output(format!("cannot write {shown}: {error}")),
    })?;
    let next = match args.template {
        Template::Policy => format!("pdsim limits VECTOR.csv --policy {shown}"),
        Template::SpamWave | Template::Queue | Template::Invitation => format!("pdsim run {shown}"),
    };
    console::print(&format!("Wrote {shown}. Next: {next}\n"))?;
    Ok(Exit::Done)
}

/// The scenario's name: that of its file, as far as a folder can be called so.
fn name(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = stem.chars().map(plain).collect();
    match name.trim_start_matches('.') {
        "" => "scenario".to_owned(),
        name => name.to_owned(),
    }
}
