//! The runtime that async work runs on.

use crate::runner::Refusal;

/// The signal for a write past the file size limit (`ulimit -f`).
#[cfg(any(target_os = "linux", target_os = "macos"))]
const SIGXFSZ: i32 = 25;

/// The runtime of a command. Async work runs on the thread that waits for it, because it only carries
/// calls and events: what takes long goes to threads of its own, and handing each answer to yet another
/// thread would cost more than the work itself.
///
/// # Errors
/// The system gives no more open files.
pub fn runtime() -> Result<tokio::runtime::Runtime, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal::machine("runtime", error, "close some other programs"))?;
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let _inside = runtime.enter();
        // Listening for it makes such a write fail with an error, as a full disk does, and the
        // build reports that instead of being killed.
        if let Err(error) = signal(SignalKind::from_raw(SIGXFSZ)) {
            tracing::debug!(%error, "a limit on file sizes would end this process");
        }
    }
    Ok(runtime)
}
