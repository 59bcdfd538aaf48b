//! Work on the disk from async code, and its failures as faults.

use std::io;

use crate::engine::{Fault, FaultClass};
use crate::store::SharedDisk;

/// A failure of this machine as a fault.
pub fn local(error: impl std::fmt::Display) -> Fault {
    Fault::new(FaultClass::Local, error.to_string())
}

/// Does work that waits for the disk, on a thread where waiting is fine.
pub async fn on_disk<T: Send + 'static>(
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
