//! Finished replications on disk, so that a run that was interrupted goes on.
//!
//! Beside the folder of results `NAME` stands, while it is unfinished, the hidden folder
//! `.NAME.partial` with the file `replications.jsonl`. Every line is the SHA-256 of a JSON object
//! and the object: the first says what is being run, each other one is a finished replication of one arm.
//! Lines are appended whole; a line that does not have its sum (the program was killed, the file
//! was damaged) is passed over and its replication is made again. What a replication was made from
//! is part of its line: version, resolved scenario, data files, warm-up; nothing else is taken for
//! it. The folder vanishes when the results are written.

mod record;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::folder::partial;
use super::{Resolved, WriteError};
use crate::experiment::{Arm, InputEntry, Kept, Replication, Slot, sha256_hex};
use crate::scenario::ScenarioSpec;

use record::Record;

/// What is run: the same work has the same identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Version of the program.
    pub version: String,
    /// Name of the scenario or study.
    pub name: String,
    /// Names all random numbers.
    pub seed: u64,
    /// SHA-256 over everything that is run.
    pub work: String,
}

/// Finished replications of a run that is not finished.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    identity: Identity,
    /// What the replications of each arm are made from.
    keys: Vec<String>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Open for appending since the first replication was kept.
    file: Option<File>,
    /// Where the line of a replication is, and how long.
    found: BTreeMap<(String, u32, u64), (u64, usize)>,
    /// Replications that were kept or found for the arms of this run.
    kept: u64,
}

/// What an unfinished run left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Nothing, or work of the same identity.
    Nothing,
    /// Work of something else; in which respects.
    Other(Vec<String>),
}

const FILE: &str = "replications.jsonl";

impl Identity {
    /// That of a run of these arms under the name of a scenario or study.
    ///
    /// # Panics
    /// If there is no arm.
    pub fn of(name: &str, arms: &[Arm], resolved: &[Resolved]) -> Self {
        let mut text = super::study_text(arms, resolved);
        for resolved in resolved {
            add_inputs(&mut text, resolved.inputs.iter().map(|input| &input.entry));
        }
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: name.to_owned(),
            seed: arms[0].scenario().spec.run.seed,
            work: sha256_hex(text.as_bytes()),
        }
    }

    fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.version != other.version {
            found.push(format!("version {}", other.version));
        }
        if self.name != other.name {
            found.push(format!("the scenario {}", other.name));
        }
        if self.seed != other.seed {
            found.push(format!("seed {}", other.seed));
        }
        if found.is_empty() && self.work != other.work {
            found.push("other values of the scenario".to_owned());
        }
        found
    }
}

impl Journal {
    /// The journal beside the folder of results at `place`, for arms whose replications are made
    /// from what `keys` say ([`work_keys`]); nothing is written yet.
    ///
    /// # Errors
    /// Where a journal that stands there cannot be read.
    pub fn open(
        place: &Path,
        identity: Identity,
        keys: Vec<String>,
    ) -> Result<(Self, Left), WriteError> {
        let folder = partial(place)?;
        let path = folder.join(FILE);
        let failed = |error| WriteError {
            path: path.clone(),
            error,
        };
        let (header, found) = match File::open(&path) {
            Ok(file) => scan(file).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => (None, BTreeMap::new()),
            Err(error) => return Err(failed(error)),
        };
        let differences = header.map_or_else(Vec::new, |other| identity.differences(&other));
        let left = match differences.as_slice() {
            [] => Left::Nothing,
            _ => Left::Other(differences),
        };
        let journal = Self {
            folder,
            identity,
            keys,
            state: Mutex::new(State {
                found,
                ..State::default()
            }),
        };
        Ok((journal, left))
    }

    /// How many replications of these arms were kept before.
    pub fn waiting(&self) -> usize {
        let state = self.state();
        let found = state.found.keys();
        found.filter(|(key, _, _)| self.keys.contains(key)).count()
    }

    /// How many replications of this run are kept.
    pub fn kept(&self) -> u64 {
        self.state().kept
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes what is kept: the run is finished, or begins anew.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn discard(&self) -> Result<(), WriteError> {
        let mut state = self.state();
        *state = State::default();
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(WriteError {
                path: self.folder.clone(),
                error,
            }),
            _ => Ok(()),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, slot: Slot) -> Option<Record> {
        let mut state = self.state();
        let key = (self.keys[slot.arm].clone(), slot.number, slot.warm_up.ns());
        let (start, length) = *state.found.get(&key)?;
        let mut line = vec![0; length];
        let mut file = File::open(self.folder.join(FILE)).ok()?;
        file.seek(SeekFrom::Start(start)).ok()?;
        file.read_exact(&mut line).ok()?;
        let record = serde_json::from_slice(checked(&line)?).ok()?;
        state.kept += 1;
        Some(record)
    }

    fn append(&self, record: &Record) -> io::Result<()> {
        let mut state = self.state();
        if state.file.is_none() {
            state.file = Some(self.begin()?);
        }
        let file = state.file.as_mut().expect("it was opened just now");
        file.write_all(&line(record))?;
        state.kept += 1;
        Ok(())
    }

    /// Opens the file for appending; its first line says what is run. What a killed writer left
    /// of a line is ended.
    fn begin(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(FILE);
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        match file.metadata()?.len() {
            0 => file.write_all(&line(&self.identity))?,
            _ => file.write_all(b"\n")?,
        }
        Ok(file)
    }
}

impl Kept for Journal {
    fn find(&self, slot: Slot) -> Option<Vec<Replication>> {
        self.record(slot)?.into_parts()
    }

    fn keep(&self, slot: Slot, parts: &[Replication]) -> Result<(), String> {
        let record = Record::new(&self.keys[slot.arm], slot, parts);
        let appended = self.append(&record);
        appended
            .map_err(|error| format!("cannot write {}: {error}", self.folder.join(FILE).display()))
    }
}

/// What the replications of each arm are made from.
pub fn work_keys(arms: &[Arm], resolved: &[Resolved]) -> Vec<String> {
    let parts = arms.iter().zip(resolved);
    let key = |(arm, resolved): (&Arm, &Resolved)| {
        let inputs = resolved.inputs.iter().map(|input| &input.entry);
        work_key(super::explicit(arm), inputs)
    };
    parts.map(key).collect()
}

/// What the replications of a scenario are made from: everything in it but how many there are and
/// what is made of them.
pub fn work_key<'i>(
    mut spec: ScenarioSpec,
    inputs: impl Iterator<Item = &'i InputEntry>,
) -> String {
    let of_one = crate::scenario::RunSpec::default();
    spec.run.replications = of_one.replications;
    spec.run.confidence = of_one.confidence;
    (spec.name, spec.title) = (String::new(), String::new());
    spec.expect.clear();
    let mut text = format!(
        "pdsim {}\n{}",
        env!("CARGO_PKG_VERSION"),
        super::text(&spec)
    );
    add_inputs(&mut text, inputs);
    sha256_hex(text.as_bytes())
}

fn add_inputs<'i>(text: &mut String, inputs: impl Iterator<Item = &'i InputEntry>) {
    for entry in inputs {
        text.push_str(&entry.sha256);
        text.push('\n');
    }
}

/// A value as a line: its sum and itself.
fn line(value: &impl Serialize) -> Vec<u8> {
    let json = serde_json::to_string(value).expect("records are what JSON can say");
    format!("{} {json}\n", sha256_hex(json.as_bytes())).into_bytes()
}

/// The JSON of a line that has its sum.
fn checked(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, json) = (line.get(..64)?, line.get(65..)?);
    (sum == sha256_hex(json).as_bytes()).then_some(json)
}

type Found = BTreeMap<(String, u32, u64), (u64, usize)>;

/// The head of a journal and the places of the replications in it.
fn scan(file: File) -> io::Result<(Option<Identity>, Found)> {
    let mut reader = BufReader::new(file);
    let (mut header, mut found) = (None, BTreeMap::new());
    let (mut start, mut line) = (0, Vec::new());
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok((header, found));
        }
        if let Some(json) = checked(&line) {
            if start == 0 {
                header = serde_json::from_slice(json).ok();
            } else if let Ok(slot) = serde_json::from_slice::<record::Place>(json) {
                let slot = (slot.key, slot.replication, slot.warm_up_ns);
                found.insert(slot, (start, length));
            }
        }
        start += crate::units::cast::count_to_u64(length);
    }
}

#[cfg(test)]
mod tests;
