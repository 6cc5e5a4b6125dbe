//! Where the bytes of files come from: the disk, or memory.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use crate::scenario::Origin;

/// Why a file's bytes could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    Missing,
    /// The path names a folder.
    Folder,
    /// The path names a device, a pipe or a socket, which may have no end.
    Special(&'static str),
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

    /// The same for a file that the command line names, which may be a pipe: whoever typed it knows
    /// that it ends.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn read_stream(&self, path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
        self.read(path, most)
    }

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
        match kind(path)? {
            Kind::File => read(path, most),
            Kind::Folder => Err(ReadError::Folder),
            Kind::Pipe => Err(ReadError::Special("pipe")),
            Kind::Other(name) => Err(ReadError::Special(name)),
        }
    }

    fn read_stream(&self, path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
        match kind(path)? {
            Kind::Pipe => read(path, most.min(MOST_OF_A_PIPE)),
            _ => self.read(path, most),
        }
    }
}

/// What a path names.
enum Kind {
    File,
    Folder,
    Pipe,
    Other(&'static str),
}

/// A pipe has no size: more than this is a mistake.
const MOST_OF_A_PIPE: u64 = 1024 * 1024 * 1024;

/// Looked up before the file is opened: opening a pipe that nobody writes to would wait for ever.
fn kind(path: &Path) -> Result<Kind, ReadError> {
    let kind = std::fs::metadata(path).map_err(|error| read_error(&error))?;
    let kind = kind.file_type();
    if kind.is_file() {
        return Ok(Kind::File);
    } else if kind.is_dir() {
        return Ok(Kind::Folder);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Ok(Kind::Pipe);
        } else if kind.is_socket() {
            return Ok(Kind::Other("socket"));
        }
    }
    Ok(Kind::Other("device"))
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let file = std::fs::File::open(path).map_err(|error| read_error(&error))?;
    let mut bytes = Vec::new();
    let read = file.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| read_error(&error))?;
    within(bytes, most)
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

/// A path without `.` and `x/..`, by which two spellings of one file are known to be the same.
pub(super) fn identity(path: &Path) -> PathBuf {
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
