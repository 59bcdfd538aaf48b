//! Guarded streams: a connection that a guard can end at its next use.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Decides whether a connection may still be used.
pub trait StreamGuard: Unpin {
    /// Called before each read. An error ends the connection.
    fn before_read(&mut self, _stream: &TcpStream, _cx: &mut Context<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Called before each write and before the orderly end. An error ends the connection.
    fn before_write(&mut self, stream: &TcpStream, cx: &mut Context<'_>) -> io::Result<()>;
}

/// A connection with its guard.
pub struct GuardedStream<G> {
    stream: TcpStream,
    guard: G,
}

impl<G> GuardedStream<G> {
    /// Puts a guard before a connection.
    pub fn new(stream: TcpStream, guard: G) -> GuardedStream<G> {
        GuardedStream { stream, guard }
    }
}

impl<G: StreamGuard> AsyncRead for GuardedStream<G> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.guard.before_read(&this.stream, cx)?;
        Pin::new(&mut this.stream).poll_read(cx, buf)
    }
}

impl<G: StreamGuard> AsyncWrite for GuardedStream<G> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.guard.before_write(&this.stream, cx)?;
        Pin::new(&mut this.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.guard.before_write(&this.stream, cx)?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}
