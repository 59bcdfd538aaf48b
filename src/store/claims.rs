//! Claims: only one process at a time has a take made, or builds a storyboard.
//!
//! A claim is a locked file. The system gives the lock back when its holder dies, however it dies,
//! so nothing is ever stuck.

use std::io;
use std::path::PathBuf;

use super::disk::{DiskLock, SharedDisk};

/// The claims of a store.
#[derive(Clone, Debug)]
pub struct Claims {
    disk: SharedDisk,
    folder: PathBuf,
}

/// The claim of the whole store, among the others.
const WHOLE: &str = "whole-store";

/// A claim that is held until it is dropped.
#[derive(Debug)]
pub struct Claim {
    name: String,
    _held: Box<dyn DiskLock>,
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

    /// Claims the whole store, or says who holds any claim of it.
    ///
    /// Whoever works on the store claims something of it first and then asks [`Claims::whole`];
    /// here the order is the other way round, so one of two always sees the other.
    pub fn claim_whole(&self, note: &str) -> io::Result<Result<Claim, String>> {
        let whole = match self.claim(WHOLE, note)? {
            Ok(whole) => whole,
            Err(holder) => return Ok(Err(holder)),
        };
        for path in self.disk.list(&self.folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name != WHOLE
                && let Err(holder) = self.claim(&name, note)?
            {
                return Ok(Err(holder));
            }
        }
        Ok(Ok(whole))
    }

    /// Who has claimed the whole store, if anybody has.
    pub fn whole(&self) -> io::Result<Option<String>> {
        // A holder that was killed leaves the file, so a file alone says nothing.
        match self.disk.has_file(&self.folder.join(WHOLE)) {
            true => Ok(self.claim(WHOLE, "a process that is about to begin")?.err()),
            false => Ok(None),
        }
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

    #[test]
    fn the_whole_is_claimed_only_while_nobody_holds_a_part() {
        let folder = tempfile::tempdir().unwrap();
        let claims = Claims::at(Arc::new(LocalDisk), folder.path().join("claims"));
        let part = claims.claim("a", "process 1").unwrap().unwrap();
        assert_eq!(claims.claim_whole("process 2").unwrap().unwrap_err(), "process 1");
        assert_eq!(claims.whole().unwrap(), None, "what was not had is given back");
        drop(part);
        let whole = claims.claim_whole("process 2").unwrap().unwrap();
        let _late = claims.claim("a", "process 1").unwrap().unwrap();
        assert_eq!(claims.whole().unwrap().as_deref(), Some("process 2"));
        drop(whole);
        assert_eq!(claims.whole().unwrap(), None);
    }
}
