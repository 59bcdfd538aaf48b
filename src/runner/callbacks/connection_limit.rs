//! The connection limit: connections from anywhere, but few at once and each for a short time.
//!
//! The listener may be open to the whole network. A client that connects and sends nothing occupies
//! a place for some seconds and then loses it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

/// How many connections are open at once; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 64;
/// How long a connection may stay open; a callback is a single request of a few hundred bytes.
pub const CONNECTION_TIME_MAX: Duration = Duration::from_secs(10);

/// Accepts connections within these limits.
pub struct ConnectionLimit {
    listener: TcpListener,
    places: Arc<Semaphore>,
    time_max: Duration,
}

/// A connection with its place and its deadline.
pub struct LimitedConnection {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl ConnectionLimit {
    /// Guards a listener that is already bound; each connection may stay open for that long.
    pub fn new(listener: TcpListener, time_max: Duration) -> ConnectionLimit {
        ConnectionLimit { listener, places: Arc::new(Semaphore::new(CONNECTIONS_MAX)), time_max }
    }
}

impl Listener for ConnectionLimit {
    type Io = LimitedConnection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (LimitedConnection, SocketAddr) {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("the places are never closed");
        // As Axum does: it waits when the system is out of handles.
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let end = Box::pin(tokio::time::sleep(self.time_max));
        (LimitedConnection { stream, end, _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl LimitedConnection {
    fn check_time(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.end.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for LimitedConnection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check_time(cx)?;
        Pin::new(&mut this.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for LimitedConnection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.check_time(cx)?;
        Pin::new(&mut this.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::Router;
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn silent_connections_are_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let gate = ConnectionLimit::new(listener, Duration::from_millis(300));
        let router = Router::new().fallback(|| async { "here" });
        let serving = tokio::spawn(async move { axum::serve(gate, router).await });
        let mut silent = Vec::new();
        for _ in 0..CONNECTIONS_MAX + 10 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"POST /k HTTP/1.1\r\n").await.unwrap();
            silent.push(stream);
        }
        let begun = Instant::now();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("http://{address}/")).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "here");
        let waited = begun.elapsed();
        assert!(waited > Duration::from_millis(100), "all places were taken: {waited:?}");
        serving.abort();
    }
}
