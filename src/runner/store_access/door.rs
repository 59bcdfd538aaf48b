//! The door from async code to the store.
//!
//! SQLite waits for other processes, disks are slow, and hashing keeps a processor busy: none of it
//! may happen on a thread that other tasks of the build need. Async code receives a [`StoreDoor`]
//! instead of a [`LocalStore`], so [`StoreDoor::run`] is its only way to the ledger, the artifacts,
//! the claims and the disk.

use std::io;
use std::sync::Arc;

use super::local_store::LocalStore;
use crate::base::{Fault, FaultClass};
use crate::store::SharedDisk;

/// A store that can be reached only outside the async threads.
#[derive(Clone)]
pub struct StoreDoor(Arc<LocalStore>);

impl StoreDoor {
    /// Wraps a store.
    pub fn new(store: LocalStore) -> StoreDoor {
        StoreDoor(Arc::new(store))
    }

    /// Runs work on a thread that may block.
    ///
    /// # Errors
    /// Those of the work, and `Local` where it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&LocalStore) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let store = Arc::clone(&self.0);
        off_thread(self.0.disk(), move || work(&store)).await
    }
}

/// Turns a failure of this machine into a fault.
pub fn local(error: impl std::fmt::Display) -> Fault {
    Fault::new(FaultClass::Local, error.to_string())
}

/// Runs work that waits for that disk on a thread that may block; at once if the disk is a
/// simulated one.
///
/// # Errors
/// Those of the work, and `Local` where it panicked.
pub async fn off_thread<T: Send + 'static>(
    disk: &SharedDisk,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    if !disk.is_slow() {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => Err(local(io::Error::other(error))),
    }
}
