//! Stop signals: how a user, a terminal or a service manager asks the program to end.

use std::io;

use tokio::sync::mpsc;

/// A request to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// Ctrl-C.
    CtrlC,
    /// SIGTERM: `kill`, `systemctl stop`, a cancelled CI job.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has it"))]
    Terminate,
    /// SIGHUP: the terminal was closed.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has it"))]
    HangUp,
}

/// Receives requests to stop. From [`StopSignals::listen`] on, they no longer end the process.
pub struct StopSignals(mpsc::UnboundedReceiver<StopSignal>);

impl StopSignals {
    /// Listens on the current runtime.
    ///
    /// # Errors
    /// The system refuses a handler.
    pub fn listen() -> io::Result<StopSignals> {
        let (sender, receiver) = mpsc::unbounded_channel();
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            for (kind, stop) in [
                (SignalKind::interrupt(), StopSignal::CtrlC),
                (SignalKind::terminate(), StopSignal::Terminate),
                (SignalKind::hangup(), StopSignal::HangUp),
            ] {
                let (mut signals, sender) = (signal(kind)?, sender.clone());
                tokio::spawn(async move {
                    while signals.recv().await.is_some() && sender.send(stop).is_ok() {}
                });
            }
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() && sender.send(StopSignal::CtrlC).is_ok() {}
        });
        Ok(StopSignals(receiver))
    }

    /// Waits for the next request.
    pub async fn next(&mut self) -> StopSignal {
        match self.0.recv().await {
            Some(stop) => stop,
            None => std::future::pending().await,
        }
    }
}
