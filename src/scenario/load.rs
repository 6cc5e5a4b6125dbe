//! Reading scenario files and what they name: the only file of the lower floors that opens files.
//!
//! A scenario names its base with `extends = "base.toml"` (or an array of files, later wins).
//! Paths are relative to the file that names them, those of `--set` to the working folder. Every
//! file is read once and kept, so that a run can record the bytes that it used.

mod files;
mod text;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::files::identity;
pub use self::files::{Disk, Files, Memory, ReadError};
pub(super) use self::text::BYTE_ORDER_MARK;
use self::text::text;
use super::estimate::Room;
use super::{
    Faults, Grammar, MOST_BYTES, Node, Origin, Place, SourceId, Sources, Value, assignment,
    overlay, parse,
};

/// Largest data file: a trace of about a hundred million messages.
pub const MOST_DATA_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Longest chain of files that extend each other.
const LONGEST_CHAIN: usize = 32;

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
    /// What a run of the scenarios may use; no bound by default.
    pub room: Option<Room>,
    inputs: Vec<InputFile>,
}

impl<'f> Loader<'f> {
    /// A loader that has read nothing yet.
    pub fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            sources: Sources::default(),
            faults: Faults::new(),
            room: None,
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
        let read = match named_at {
            Some(_) => self.files.read(path, most),
            None => self.files.read_stream(path, most),
        };
        let bytes = match read {
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

    /// Reports a file where it is named, or by its own name where the command line names it.
    fn unreadable(&mut self, path: &Path, named_at: Option<Place>, error: &ReadError, most: u64) {
        let shown = path.display().to_string();
        let (place, file) = if let Some(place) = named_at {
            (place, format!("`{shown}`"))
        } else {
            let source = self.sources.add(self.files.origin(), shown, "".into());
            (Place::whole(source), "this file".to_owned())
        };
        let by_a_file = named_at.is_some_and(|p| self.sources.get(p.source).origin != Origin::Set);
        let folder = if by_a_file {
            "the folder of the file that names it"
        } else {
            "the working folder"
        };
        let (code, what, remedy) = words(error, most, folder);
        self.faults
            .error(code, place, format!("{file} {what}"), remedy);
    }
}

/// Code, fault and remedy of a file that cannot be read; its path starts at `folder`.
fn words(error: &ReadError, most: u64, folder: &str) -> (&'static str, String, String) {
    let (code, what, remedy) = match error {
        ReadError::Missing => {
            let remedy = format!("check the path: it starts at {folder}");
            return ("missing-file", "does not exist".to_owned(), remedy);
        }
        ReadError::Folder => ("not-a-file", "is a folder".to_owned(), "name a file"),
        ReadError::Special(kind) => {
            let what = format!("is a {kind}, not a file");
            ("not-a-file", what, "name an ordinary file")
        }
        ReadError::TooLarge => {
            let what = format!("is larger than {} MiB", most / (1024 * 1024));
            ("too-large", what, "use a smaller file")
        }
        ReadError::Other(error) => {
            let what = format!("cannot be read: {error}");
            ("unreadable-file", what, "make it readable")
        }
    };
    (code, what, remedy.to_owned())
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

#[cfg(test)]
mod tests;
