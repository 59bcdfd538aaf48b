//! Blocking: work on disks and databases from async code, and its failures as faults.

use std::io;

use crate::engine::{Fault, FaultClass};

/// A failure of this machine as a fault.
pub fn local(error: impl std::fmt::Display) -> Fault {
    Fault::new(FaultClass::Local, error.to_string())
}

/// Runs what blocks on a thread where blocking is fine.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => Err(local(io::Error::other(error))),
    }
}
