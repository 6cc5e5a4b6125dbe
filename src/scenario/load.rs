//! Reading scenario files and what they name: the only file of the lower floors that opens files.
//!
//! A scenario names its base with `extends = "base.toml"` (or an array of files, later wins).
//! Paths are relative to the file that names them, those of `--set` to the working folder. Every
//! file is read once and kept, so that a run can record the bytes that it used.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{
    Faults, Grammar, MOST_BYTES, Node, Origin, Place, SourceId, Sources, Value, Wrong, assignment,
    overlay, parse,
};

/// Largest data file: a trace of about a hundred million messages.
pub const MOST_DATA_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// What some editors put before UTF-8 text. TOML has no place for it; data files may have it.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Longest chain of files that extend each other.
const LONGEST_CHAIN: usize = 32;

/// Why a file's bytes could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    Missing,
    /// The path names a folder.
    Folder,
    /// The file is larger than the limit asked for.
    TooLarge,
    /// The system's own words.
    Other(String),
}

/// Where files come from: the disk, or memory for tests and embedded scenarios.
pub trait Files {
    /// The bytes of the file at `path`, at most `most` of them.
    ///
    /// # Errors
    /// Where the file is missing, a folder, too large or unreadable.
    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, ReadError>;

    /// How places in these files are named.
    fn origin(&self) -> Origin {
        Origin::File
    }
}

/// The files of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
        let file = std::fs::File::open(path).map_err(|error| read_error(&error))?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(ReadError::Folder);
        }
        let mut bytes = Vec::new();
        let read = file.take(most.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| read_error(&error))?;
        within(bytes, most)
    }
}

fn read_error(error: &std::io::Error) -> ReadError {
    match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => ReadError::Missing,
        std::io::ErrorKind::IsADirectory => ReadError::Folder,
        std::io::ErrorKind::PermissionDenied => ReadError::Other("permission denied".to_owned()),
        _ => ReadError::Other(error.to_string()),
    }
}

fn within(bytes: Vec<u8>, most: u64) -> Result<Vec<u8>, ReadError> {
    if bytes.len() as u64 > most {
        return Err(ReadError::TooLarge);
    }
    Ok(bytes)
}

/// Files held in memory.
#[derive(Debug, Clone)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
    origin: Origin,
}

impl Memory {
    /// Files that are shown like files of the disk.
    pub fn files<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self::new(files, Origin::File)
    }

    /// Files embedded in the program.
    pub fn embedded<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self::new(files, Origin::Embedded)
    }

    fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>, origin: Origin) -> Self {
        let own = |(path, bytes): (&str, &[u8])| (PathBuf::from(path), bytes.to_vec());
        Self {
            files: files.into_iter().map(own).collect(),
            origin,
        }
    }
}

impl Files for Memory {
    fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
        let path = identity(path);
        if let Some(bytes) = self.files.get(&path) {
            return within(bytes.clone(), most);
        }
        let is_folder = self.files.keys().any(|file| file.starts_with(&path));
        Err(if is_folder {
            ReadError::Folder
        } else {
            ReadError::Missing
        })
    }

    fn origin(&self) -> Origin {
        self.origin
    }
}

/// A file that was read, with its bytes as they are on disk.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// The path by which it was reached.
    pub path: PathBuf,
    /// The number of its text.
    pub source: SourceId,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// Reads scenarios and the files that they name, collecting sources, faults and inputs.
pub struct Loader<'f> {
    files: &'f dyn Files,
    /// Every text read so far.
    pub sources: Sources,
    /// Every fault found so far.
    pub faults: Faults,
    inputs: Vec<InputFile>,
}

impl<'f> Loader<'f> {
    /// A loader that has read nothing yet.
    pub fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            sources: Sources::default(),
            faults: Faults::new(),
            inputs: Vec::new(),
        }
    }

    /// The tree of the scenario or study at `path`, with all that it extends below it. `None`
    /// where a file could not be read in whole; the faults say why.
    pub fn scenario(&mut self, path: &Path, grammar: &Grammar) -> Option<Node> {
        self.layers(path, None, grammar, &mut Vec::new())
    }

    /// The tree of the scenario that the string `named` names (`base = "spam-wave.toml"`).
    pub fn scenario_named(&mut self, named: &Node, grammar: &Grammar) -> Option<Node> {
        let path = self.named_path(named)?;
        self.layers(&path, Some(named.place), grammar, &mut Vec::new())
    }

    /// Lays one `--set KEY=VALUE` over the tree.
    pub fn set(&mut self, root: &mut Node, text: &str, grammar: &Grammar) {
        if let Some(over) = assignment(text, &mut self.sources, &mut self.faults) {
            overlay(root, over, grammar);
        }
    }

    /// Reads the data file that the string `named` names (`file = "data/messages.csv"`).
    pub fn data_named(&mut self, named: &Node) -> Option<SourceId> {
        let path = self.named_path(named)?;
        self.read(&path, Some(named.place), MOST_DATA_BYTES)
    }

    /// Reads the data file `name` that is named at `place`.
    pub fn data(&mut self, name: &str, place: Place) -> Option<SourceId> {
        let path = self.relative_to(place, name);
        self.read(&path, Some(place), MOST_DATA_BYTES)
    }

    /// Reads a data file that the command line names.
    pub fn data_at(&mut self, path: &Path) -> Option<SourceId> {
        self.read(path, None, MOST_DATA_BYTES)
    }

    /// Every file read so far, in the order of reading.
    pub fn inputs(&self) -> &[InputFile] {
        &self.inputs
    }

    /// `name` seen from the file in which `place` lies.
    fn relative_to(&self, place: Place, name: &str) -> PathBuf {
        let source = self.sources.get(place.source);
        let folder = match source.origin {
            Origin::Set => None,
            Origin::File | Origin::Embedded => Path::new(&source.name).parent(),
        };
        folder.unwrap_or(Path::new("")).join(name)
    }

    fn named_path(&mut self, named: &Node) -> Option<PathBuf> {
        if let Some(name) = named.text() {
            return Some(self.relative_to(named.place, name));
        }
        let remedy = "write the path of a file in quotes";
        self.faults
            .error("wrong-type", named.place, named.described(), remedy);
        None
    }

    /// The tree at `path` over all that it extends; `chain` holds the files that led here.
    fn layers(
        &mut self,
        path: &Path,
        named_at: Option<Place>,
        grammar: &Grammar,
        chain: &mut Vec<PathBuf>,
    ) -> Option<Node> {
        if let Some(place) = named_at
            && let Some(what) = circle(path, chain)
        {
            self.faults
                .error("cycle", place, what, "take one `extends` out");
            return None;
        }
        let source = self.read(path, named_at, MOST_BYTES)?;
        if self.sources.get(source).text.starts_with(BYTE_ORDER_MARK) {
            let place = Place::new(source, 0..BYTE_ORDER_MARK.len_utf8());
            let what = "the file starts with a byte-order mark";
            self.faults
                .error("not-text", place, what, "save it as UTF-8 without one");
            return None;
        }
        let parsed = parse(source, &self.sources, &mut self.faults);
        let mut root = parsed.root;
        let extends = root.table_mut().and_then(|table| table.remove("extends"));
        let mut tree = Some(Node::root(source));
        chain.push(path.to_owned());
        for named in extends.map_or(Vec::new(), bases) {
            let base = self.named_path(&named);
            let base = base.and_then(|base| self.layers(&base, Some(named.place), grammar, chain));
            tree = tree.zip(base).map(|(mut tree, base)| {
                overlay(&mut tree, base, grammar);
                tree
            });
        }
        chain.pop();
        let mut tree = tree.filter(|_| parsed.sound)?;
        overlay(&mut tree, root, grammar);
        Some(tree)
    }

    /// Reads a file as text, once; a fault is shown where the file is named.
    fn read(&mut self, path: &Path, named_at: Option<Place>, most: u64) -> Option<SourceId> {
        let same = |input: &&InputFile| identity(&input.path) == identity(path);
        if let Some(input) = self.inputs.iter().find(same) {
            return Some(input.source);
        }
        let bytes = match self.files.read(path, most) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.unreadable(path, named_at, &error, most);
                return None;
            }
        };
        let name = path.display().to_string();
        match text(bytes) {
            Ok(text) => {
                let source = self
                    .sources
                    .add(self.files.origin(), name, Arc::clone(&text));
                self.inputs.push(InputFile {
                    path: path.to_owned(),
                    source,
                    bytes: Arc::from(text),
                });
                Some(source)
            }
            Err(bad) => {
                let end = bad.before.len();
                let source = self
                    .sources
                    .add(self.files.origin(), name, bad.before.into());
                self.faults.wrong(Place::new(source, end..end), bad.wrong);
                None
            }
        }
    }

    fn unreadable(&mut self, path: &Path, named_at: Option<Place>, error: &ReadError, most: u64) {
        let shown = path.display().to_string();
        let (place, file) = match named_at {
            Some(place) => (place, format!("`{shown}`")),
            None => {
                let source = self.sources.add(self.files.origin(), shown, "".into());
                (Place::whole(source), "this file".to_owned())
            }
        };
        let from = named_at.map(|place| self.sources.get(place.source));
        let remedy = match from.filter(|source| source.origin != Origin::Set) {
            Some(_) => "check the path: it starts at the folder of the file that names it",
            None => "check the path: it starts at the working folder",
        };
        let (code, what, remedy) = match error {
            ReadError::Missing => ("missing-file", format!("{file} does not exist"), remedy),
            ReadError::Folder => (
                "unreadable-file",
                format!("{file} is a folder"),
                "name a file",
            ),
            ReadError::TooLarge => (
                "too-large",
                format!("{file} is larger than {} MiB", most / (1024 * 1024)),
                "use a smaller file",
            ),
            ReadError::Other(error) => (
                "unreadable-file",
                format!("{file} cannot be read: {error}"),
                "make it readable",
            ),
        };
        self.faults.error(code, place, what, remedy);
    }
}

/// The files that an `extends` names; a wrong type is found out when its path is asked for.
fn bases(extends: Node) -> Vec<Node> {
    match extends.value {
        Value::Array(items) => items,
        _ => vec![extends],
    }
}

/// What is wrong where `path` closes a circle with the files of `chain`, or makes it too long.
fn circle(path: &Path, chain: &[PathBuf]) -> Option<String> {
    if chain.len() >= LONGEST_CHAIN {
        return Some(format!("more than {LONGEST_CHAIN} files extend each other"));
    }
    let start = chain
        .iter()
        .position(|file| identity(file) == identity(path))?;
    let shown: Vec<String> = chain[start..]
        .iter()
        .map(PathBuf::as_path)
        .chain([path])
        .map(|file| identity(file).display().to_string())
        .collect();
    Some(shown.join(" extends "))
}

/// A path without `.` and `x/..`, by which two spellings of one file are known to be the same.
fn identity(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(clean.components().next_back(), Some(Component::Normal(_))) =>
            {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// Bytes that are not text: the text before the first bad one, and what is wrong with it.
struct BadText {
    before: String,
    wrong: Wrong,
}

/// The bytes as UTF-8 text without NUL.
fn text(bytes: Vec<u8>) -> Result<Arc<str>, BadText> {
    let bad = |bytes: &[u8], what: &str, remedy: &str| BadText {
        before: String::from_utf8_lossy(bytes).into_owned(),
        wrong: Wrong::new("not-text", what, remedy),
    };
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(bad(&[], "the file is UTF-16 text", "save it as UTF-8"));
    }
    if let Some(nul) = bytes.iter().position(|b| *b == 0) {
        let before = std::str::from_utf8(&bytes[..nul]).unwrap_or("");
        let remedy = "name a text file in UTF-8";
        return Err(bad(
            before.as_bytes(),
            "a NUL byte: this is not a text file",
            remedy,
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let byte = error.as_bytes()[before.len()];
            let what = format!("byte 0x{byte:02X} is not UTF-8 text");
            Err(bad(before, &what, "save the file as UTF-8"))
        }
    }
}

#[cfg(test)]
mod tests;
