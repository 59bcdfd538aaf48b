//! Claims: only one process at a time has a take made, or builds a storyboard.
//!
//! A claim is a locked file. The system gives the lock back when its holder dies, however it dies,
//! so nothing is ever stuck.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::stamp::Stamp;

/// The claims of a store.
#[derive(Clone, Debug)]
pub struct Claims(PathBuf);

/// A claim that is held until it is dropped.
#[derive(Debug)]
pub struct Claim {
    name: String,
    path: PathBuf,
    _file: File,
}

/// How often a claim is tried whose file was removed by its holder between open and lock.
const TRIES: usize = 100;

impl Claims {
    /// The claims in that folder, which need not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Claims {
        Claims(folder.into())
    }

    /// Claims a name, or says who holds it: the line that the holder left.
    ///
    /// `note` is what others are told while it is held.
    pub fn claim(&self, name: &str, note: &str) -> io::Result<Result<Claim, String>> {
        fs::create_dir_all(&self.0)?;
        claim_file(&self.0.join(name), name, note)
    }
}

impl Claim {
    /// What is claimed.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Removed while still locked: whoever opened it meanwhile sees that it is gone and opens
        // anew. A file that stays is no harm, only litter.
        let _ = fs::remove_file(&self.path);
    }
}

fn claim_file(path: &Path, name: &str, note: &str) -> io::Result<Result<Claim, String>> {
    for _ in 0..TRIES {
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) if !is_still_at(&file, path) => continue,
            Ok(()) => {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(note.as_bytes())?;
                let path = path.to_path_buf();
                return Ok(Ok(Claim { name: name.to_string(), path, _file: file }));
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // A holder writes its note after it has the lock, so it may be missing for a moment.
                let _ = file.take(1_000).read_to_string(&mut holder);
                return Ok(Err(holder));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::other(format!("`{}` keeps being removed", path.display())))
}

fn is_still_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(opened), Ok(there)) => {
            Stamp::of_metadata(&opened).same_file(&Stamp::of_metadata(&there))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let claims = Claims::at(folder.path().join("claims"));
        let first = claims.claim("a", "process 1").unwrap().unwrap();
        assert_eq!(first.name(), "a");
        assert_eq!(claims.claim("a", "process 2").unwrap().unwrap_err(), "process 1");
        assert!(claims.claim("b", "process 2").unwrap().is_ok());
        drop(first);
        assert!(claims.claim("a", "process 2").unwrap().is_ok());
    }
}
