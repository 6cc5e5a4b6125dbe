//! The folder of a run on disk: all of it or nothing.
//!
//! Everything is written into a temporary folder below `.NAME.partial`, beside the final one, and
//! is then renamed. What stood there before is moved aside first and moved back if the renaming
//! fails, so that a failure leaves it as it was. Whatever a killed writer left behind is in that
//! one hidden folder, and vanishes with the next results that are written there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::File;

/// A folder that is being written under a temporary name.
#[derive(Debug)]
pub struct Staging {
    place: PathBuf,
    partial: PathBuf,
    temporary: PathBuf,
}

/// Why a folder could not be written: the path, and the system's words.
#[derive(Debug)]
pub struct WriteError {
    /// What could not be written.
    pub path: PathBuf,
    /// Why not.
    pub error: io::Error,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot write {}: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for WriteError {}

impl Staging {
    /// An empty temporary folder for `place`; folders above are made.
    ///
    /// # Errors
    /// Where they cannot be made.
    pub fn new(place: &Path) -> Result<Self, WriteError> {
        let partial = partial(place)?;
        let place = absolute(place).map_err(|error| failed(place, error))?;
        let temporary = partial.join(own("new"));
        // One of a dead process with the same number may be in the way.
        let _ = fs::remove_dir_all(&temporary);
        fs::create_dir_all(&temporary).map_err(|error| failed(&place, error))?;
        Ok(Self {
            place,
            partial,
            temporary,
        })
    }

    /// Writes one file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, file: &File<'_>) -> Result<(), WriteError> {
        let path = self.temporary.join(&file.name);
        let shown = self.place.join(&file.name);
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, &file.bytes))
            .map_err(|error| failed(&shown, error))
    }

    /// Gives the folder its final name; what stood there is replaced, and what was kept of an
    /// unfinished run is removed.
    ///
    /// # Errors
    /// Where the renaming fails; what stood there stands there again.
    pub fn commit(self) -> Result<(), WriteError> {
        let old = self.partial.join(own("old"));
        let had_old = match fs::rename(&self.place, &old) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(failed(&self.place, error)),
        };
        if let Err(error) = fs::rename(&self.temporary, &self.place) {
            if had_old {
                let _ = fs::rename(&old, &self.place);
            }
            return Err(failed(&self.place, error));
        }
        fs::remove_dir_all(&self.partial).map_err(|error| failed(&self.partial, error))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Gone already after a commit; the folder above stays where something is kept in it.
        let _ = fs::remove_dir_all(&self.temporary);
        let _ = fs::remove_dir(&self.partial);
    }
}

/// Writes all files of a folder, replacing what stood there.
///
/// # Errors
/// Where one cannot be written; what stood there is as it was then.
pub fn write_folder(place: &Path, files: &[File<'_>]) -> Result<(), WriteError> {
    let staging = Staging::new(place)?;
    for file in files {
        staging.write(file)?;
    }
    staging.commit()
}

/// Whether a folder could be written at `place`: found out before a long run, not after it.
///
/// # Errors
/// Where it could not.
pub fn probe(place: &Path) -> Result<(), WriteError> {
    Staging::new(place).map(drop)
}

fn failed(path: &Path, error: io::Error) -> WriteError {
    WriteError {
        path: path.to_owned(),
        error,
    }
}

/// The path itself, from the root, so that `.` and `runs/` have a name and a parent.
fn absolute(place: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(place),
        found => found,
    }
}

/// The hidden folder beside `place` in which unfinished work is kept.
///
/// # Errors
/// Where `place` has no path from the root.
pub(super) fn partial(place: &Path) -> Result<PathBuf, WriteError> {
    let place = absolute(place).map_err(|error| failed(place, error))?;
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    Ok(place.with_file_name(format!(".{name}.partial")))
}

/// A name that no other process uses.
fn own(what: &str) -> String {
    format!("{what}-{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_appears_whole_and_replaces_the_old_one() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("above/run");
        write_folder(&place, &[File::new("a.csv", b"1".as_slice())]).unwrap();
        write_folder(&place, &[File::new("inputs/b", b"2".as_slice())]).unwrap();
        assert_eq!(names(&place), ["inputs"]);
        assert_eq!(fs::read(place.join("inputs/b")).unwrap(), b"2");
        assert_eq!(names(place.parent().unwrap()), ["run"]);
    }

    #[test]
    fn a_failure_leaves_the_old_folder_and_no_temporary_one() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("run");
        write_folder(&place, &[File::new("a.csv", b"1".as_slice())]).unwrap();
        // A file cannot be a folder as well.
        let files = [
            File::new("x", b"2".as_slice()),
            File::new("x/y", b"3".as_slice()),
        ];
        assert!(write_folder(&place, &files).is_err());
        assert_eq!(names(root.path()), ["run"]);
        assert_eq!(fs::read(place.join("a.csv")).unwrap(), b"1");
    }

    #[test]
    fn a_file_in_place_of_the_folder_above_is_told() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let error = probe(&file.join("run")).unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
        assert_eq!(names(root.path()), ["file"]);
    }
}
