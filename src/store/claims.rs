//! Claims: only one process at a time generates a take or builds a storyboard.
//!
//! A claim is a locked file. The system releases the lock when its holder dies in any way, so no
//! claim is ever left behind.

use std::io;
use std::path::PathBuf;

use super::disk::{DiskLock, SharedDisk};

/// The claims of a store.
#[derive(Clone, Debug)]
pub struct Claims {
    disk: SharedDisk,
    folder: PathBuf,
}

/// The name of the claim of the whole store.
const WHOLE: &str = "whole-store";

/// A claim, held until it is dropped.
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

    /// Claims a name, or returns the note of its holder.
    ///
    /// `note` is what other processes read while it is held.
    pub fn claim(&self, name: &str, note: &str) -> io::Result<Result<Claim, String>> {
        self.disk.make_folder(&self.folder)?;
        let locked = self.disk.lock(&self.folder.join(name), note)?;
        Ok(locked.map(|held| Claim { name: name.to_string(), _held: held }))
    }

    /// Claims the whole store, or returns the note of the holder of any claim in it.
    ///
    /// A process that works on the store first claims a part and then checks [`Claims::whole`];
    /// here the order is reversed, so at least one of two processes sees the other.
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

    /// The holder of the claim of the whole store, if any.
    pub fn whole(&self) -> io::Result<Option<String>> {
        // A killed holder leaves the file behind, so the file alone proves nothing.
        match self.disk.has_file(&self.folder.join(WHOLE)) {
            true => Ok(self.claim(WHOLE, "a process that is about to begin")?.err()),
            false => Ok(None),
        }
    }
}

impl Claim {
    /// The claimed name.
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
    fn the_whole_store_is_claimed_only_without_other_claims() {
        let folder = tempfile::tempdir().unwrap();
        let claims = Claims::at(Arc::new(LocalDisk), folder.path().join("claims"));
        let part = claims.claim("a", "process 1").unwrap().unwrap();
        assert_eq!(claims.claim_whole("process 2").unwrap().unwrap_err(), "process 1");
        assert_eq!(claims.whole().unwrap(), None, "a failed claim is released");
        drop(part);
        let whole = claims.claim_whole("process 2").unwrap().unwrap();
        let _late = claims.claim("a", "process 1").unwrap().unwrap();
        assert_eq!(claims.whole().unwrap().as_deref(), Some("process 2"));
        drop(whole);
        assert_eq!(claims.whole().unwrap(), None);
    }
}
