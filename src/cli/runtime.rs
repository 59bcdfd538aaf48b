//! The runtime: where async work runs.

use crate::runner::Refusal;

/// The signal of a write past the largest size that a file may have here (`ulimit -f`).
#[cfg(any(target_os = "linux", target_os = "macos"))]
const SIGXFSZ: i32 = 25;

/// Starts the threads that async work runs on.
///
/// # Errors
/// The system has no more threads.
pub fn runtime() -> Result<tokio::runtime::Runtime, Refusal> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal::machine("runtime", error, "close some other programs"))?;
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let _inside = runtime.enter();
        // Once it is listened for, such a write fails with an error like that of a full disk, and
        // the build says so instead of being killed.
        if let Err(error) = signal(SignalKind::from_raw(SIGXFSZ)) {
            tracing::debug!(%error, "a limit on file sizes would end this process");
        }
    }
    Ok(runtime)
}
