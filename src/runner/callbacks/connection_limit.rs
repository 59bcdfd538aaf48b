//! The connection limit: a bounded number of connections, each for a bounded time.
//!
//! The listener may be open to the whole network. A client that opens connections and sends nothing
//! occupies places for some seconds and then loses them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

use crate::net::{GuardedStream, StreamGuard};

/// How many connections there are at once; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 64;
/// How long a connection may stay open; a callback is a single request of a few hundred bytes.
pub const CONNECTION_TIME_MAX: Duration = Duration::from_secs(10);

/// Accepts connections within those limits.
pub struct ConnectionLimit {
    listener: TcpListener,
    places: Arc<Semaphore>,
    time_max: Duration,
}

/// The place that a connection occupies until it ends.
pub struct ConnectionPlace {
    end: Pin<Box<Sleep>>,
    _permit: OwnedSemaphorePermit,
}

impl ConnectionLimit {
    /// Guards a listener that is already bound; each connection may stay open for that long.
    pub fn new(listener: TcpListener, time_max: Duration) -> ConnectionLimit {
        ConnectionLimit { listener, places: Arc::new(Semaphore::new(CONNECTIONS_MAX)), time_max }
    }
}

impl Listener for ConnectionLimit {
    type Io = GuardedStream<ConnectionPlace>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (GuardedStream<ConnectionPlace>, SocketAddr) {
        let permit = Arc::clone(&self.places).acquire_owned().await;
        let permit = permit.expect("the places are never closed");
        // Axum's own way to accept: it waits when the system is out of handles.
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let end = Box::pin(tokio::time::sleep(self.time_max));
        (GuardedStream::new(stream, ConnectionPlace { end, _permit: permit }), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl StreamGuard for ConnectionPlace {
    fn before_read(&mut self, _stream: &TcpStream, cx: &mut Context<'_>) -> io::Result<()> {
        match self.end.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }

    fn before_write(&mut self, stream: &TcpStream, cx: &mut Context<'_>) -> io::Result<()> {
        self.before_read(stream, cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::Router;
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn silent_clients_lose_their_places() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limit = ConnectionLimit::new(listener, Duration::from_millis(300));
        let router = Router::new().fallback(|| async { "here" });
        let serving = tokio::spawn(async move { axum::serve(limit, router).await });
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
