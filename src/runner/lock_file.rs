//! The lock file: reading and writing `<storyboard>.lock`.

use std::io;
use std::path::{Path, PathBuf};

use super::exit::Refusal;
use crate::base::Diagnostic;
use crate::plan::{Lock, LockError};
use crate::store::{Disk, read_state, sweep_unfinished, write_atomically};

/// Where the lock of a storyboard is: `film.yaml` has `film.lock` beside it.
pub fn path_of(storyboard: &Path) -> PathBuf {
    storyboard.with_extension("lock")
}

/// Reads a lock and its text; no file is an empty lock.
pub fn read(disk: &dyn Disk, path: &Path) -> Result<(Lock, Option<String>), Refusal> {
    let name = path.display();
    let read = read_state(disk, path).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    });
    let text = match read {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok((Lock::default(), None));
        }
        Err(error) => {
            let what = format!("`{name}` cannot be read: {error}");
            return Err(Refusal::usage(Diagnostic::error("lock-unreadable", what)));
        }
    };
    match Lock::parse(&text) {
        Ok(lock) => Ok((lock, Some(text))),
        Err(error) => {
            let fix = match error {
                LockError::Conflict(_) => {
                    "resolve the conflict: each scene is a block of its own, keep one of the two"
                }
                LockError::Newer(_) => "install the version of kling-build that wrote it",
                LockError::Unreadable { .. } => {
                    "restore it from git, or remove it: takes in the store are found again"
                }
            };
            let what = format!("`{name}` cannot be used: {error}");
            Err(Refusal::usage(Diagnostic::error("lock-unreadable", what).fix(fix)))
        }
    }
}

/// Writes a lock, unless the file has this text already.
pub fn write(disk: &dyn Disk, path: &Path, lock: &Lock, before: Option<&str>) -> io::Result<bool> {
    let text = lock.print();
    if before == Some(text.as_str()) || (before.is_none() && lock.scenes.is_empty()) {
        return Ok(false);
    }
    sweep_unfinished(disk, path);
    write_atomically(disk, path, text.as_bytes())?;
    Ok(true)
}
