//! Claims: only one process at a time has a take made, or builds a storyboard.
//!
//! A claim is a locked file. The system gives the lock back when its holder dies, however it dies,
//! so nothing is ever stuck.

use std::io;
use std::path::PathBuf;

use super::disk::{Held, SharedDisk};

/// The claims of a store.
#[derive(Clone, Debug)]
pub struct Claims {
    disk: SharedDisk,
    folder: PathBuf,
}

/// A claim that is held until it is dropped.
#[derive(Debug)]
pub struct Claim {
    name: String,
    _held: Box<dyn Held>,
}

impl Claims {
    /// The claims in that folder, which need not exist yet.
    pub fn at(disk: SharedDisk, folder: impl Into<PathBuf>) -> Claims {
        Claims { disk, folder: folder.into() }
    }

    /// Claims a name, or says who holds it: the line that the holder left.
    ///
    /// `note` is what others are told while it is held.
    pub fn claim(&self, name: &str, note: &str) -> io::Result<Result<Claim, String>> {
        self.disk.make_folder(&self.folder)?;
        let locked = self.disk.lock(&self.folder.join(name), note)?;
        Ok(locked.map(|held| Claim { name: name.to_string(), _held: held }))
    }
}

impl Claim {
    /// What is claimed.
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::LocalDisk;

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let claims = Claims::at(Arc::new(LocalDisk), folder.path().join("claims"));
        let first = claims.claim("a", "process 1").unwrap().unwrap();
        assert_eq!(first.name(), "a");
        assert_eq!(claims.claim("a", "process 2").unwrap().unwrap_err(), "process 1");
        assert!(claims.claim("b", "process 2").unwrap().is_ok());
        drop(first);
        assert!(claims.claim("a", "process 2").unwrap().is_ok());
    }
}
