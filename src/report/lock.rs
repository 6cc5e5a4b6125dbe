//! One process at a time writes to a folder of results.
//!
//! The lock is the system's own on the file `lock` in `.NAME.partial`, so that it ends with its
//! process, however that ends. Where the file system knows no locks nothing is locked.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::WriteError;
use super::folder::partial;

/// Holds a folder of results until it is dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// Locked, unless the file system cannot.
    _file: File,
}

const FILE: &str = "lock";

/// A file that is removed while it is waited for must be opened anew; nobody does that so often.
const MOST_TRIES: u32 = 100;

impl Lock {
    /// Locks the folder of results at `place`.
    ///
    /// # Errors
    /// Where another process holds it, or the file of the lock cannot be made.
    pub fn take(place: &Path) -> Result<Self, WriteError> {
        let folder = partial(place)?;
        let path = folder.join(FILE);
        let failed = |error| WriteError {
            path: place.to_owned(),
            error,
        };
        for _ in 0..MOST_TRIES {
            fs::create_dir_all(&folder).map_err(failed)?;
            let mut options = OpenOptions::new();
            let opened = options.create(true).truncate(false).read(true).write(true);
            let file = match opened.open(&path) {
                // The process before removed the folder between the two lines above.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened.map_err(failed)?,
            };
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Err(failed(is_held(&file))),
                // Locks are unknown here: as good as none.
                Err(TryLockError::Error(_)) => return Ok(Self { path, _file: file }),
                Ok(()) if is_still(&file, &path) => {
                    // For the message of the process that comes too late; it says less without.
                    let _ = file.set_len(0);
                    let _ = write!(&file, "{}", std::process::id());
                    return Ok(Self { path, _file: file });
                }
                Ok(()) => {}
            }
        }
        Err(failed(io::Error::other(
            "its lock vanishes again and again",
        )))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Gone already where the results were written; the folder stays where something is kept.
        let _ = fs::remove_file(&self.path);
        if let Some(folder) = self.path.parent() {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn is_held(mut file: &File) -> io::Error {
    let mut process = String::new();
    let read = file.read_to_string(&mut process);
    let who = match read {
        Ok(_) if !process.is_empty() => format!("another pdsim (process {process})"),
        _ => "another pdsim".to_owned(),
    };
    io::Error::new(
        io::ErrorKind::WouldBlock,
        format!("{who} writes there; wait for it, or write --out DIR for another folder"),
    )
}

/// Whether the file that was locked is the one that has the name: the process that held it before
/// may have removed it.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity =
        |metadata: io::Result<fs::Metadata>| metadata.ok().map(|it| (it.dev(), it.ino()));
    let named = identity(fs::metadata(path));
    named.is_some() && named == identity(file.metadata())
}

/// A file that is open cannot be removed there.
#[cfg(not(unix))]
fn is_still(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_and_free_again_afterwards() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("run");
        let held = Lock::take(&place).unwrap();
        let refused = Lock::take(&place).unwrap_err().to_string();
        let process = std::process::id().to_string();
        assert!(
            refused.contains(&process) && refused.contains("--out DIR"),
            "{refused}"
        );
        let other = Lock::take(&root.path().join("other")).unwrap();
        drop((held, other));
        assert!(fs::read_dir(root.path()).unwrap().next().is_none());
        Lock::take(&place).unwrap();
    }

    #[test]
    fn a_lock_that_a_dead_process_left_behind_holds_nobody() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(".run.partial");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(FILE), "999999").unwrap();
        fs::write(folder.join("kept"), "").unwrap();
        drop(Lock::take(&root.path().join("run")).unwrap());
        assert!(folder.join("kept").exists() && !folder.join(FILE).exists());
    }
}
