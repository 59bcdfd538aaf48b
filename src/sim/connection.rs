//! Connections that a handler can cut, for rehearsing what a lost connection does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Context;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};

use crate::net::{GuardedStream, StreamGuard};

/// Lets a handler cut its own connection.
#[derive(Clone, Debug, Default)]
pub(super) struct ConnectionCutter(Arc<AtomicBool>);

impl ConnectionCutter {
    /// Resets the connection instead of writing anything more.
    pub fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Accepts connections that can be cut.
pub(super) struct CuttableListener(pub TcpListener);

impl Listener for CuttableListener {
    type Io = GuardedStream<ConnectionCutter>;
    type Addr = ConnectionCutter;

    async fn accept(&mut self) -> (GuardedStream<ConnectionCutter>, ConnectionCutter) {
        // As Axum does: it waits when the system is out of handles.
        let (stream, _) = Listener::accept(&mut self.0).await;
        let cutter = ConnectionCutter::default();
        (GuardedStream::new(stream, cutter.clone()), cutter)
    }

    fn local_addr(&self) -> io::Result<ConnectionCutter> {
        Ok(ConnectionCutter::default())
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for ConnectionCutter {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.remote_addr().clone()
    }
}

impl StreamGuard for ConnectionCutter {
    fn before_write(&mut self, stream: &TcpStream, _cx: &mut Context<'_>) -> io::Result<()> {
        if !self.is_cut() {
            return Ok(());
        }
        // Without lingering, closing sends a reset instead of an orderly end.
        stream.set_zero_linger()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }
}
