//! A strict, scripted HTTP server on a raw socket: for each request it does exactly what the next
//! step of its script says, lies included, and it records every byte received.
//!
//! It shares no code with `src/sim` and uses no HTTP library, so a mistake in either is not
//! repeated here. Requests that violate HTTP/1.1 panic the connection and are missing from the
//! records.

pub mod api;
#[allow(dead_code, reason = "each test file uses the part that it needs")]
pub mod fault;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Step {
    /// Resets the connection before it has read anything.
    ResetOnAccept,
    /// Resets the connection after it has read this many bytes.
    ResetAfterReading(usize),
    /// Reads the request, writes these bytes, then does this.
    Answer(Vec<u8>, Then),
}

/// What the server does after it has answered.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// Waits for another request on the same connection.
    KeepOpen,
    /// Closes the connection in order.
    Close,
    /// Resets the connection.
    Reset,
    /// Keeps the connection open and silent.
    Hang,
    /// Sends a byte now and then, as long as the client listens: never silent for long.
    Dribble,
}

/// A received request.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Which connection it came on, from 0.
    pub connection: usize,
    /// Method and target, as `GET /path?query`.
    pub line: String,
    /// Header names in lower case, with their values, in order.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
}

impl Seen {
    /// The value of a header that occurs at most once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|header| header.0 == name);
        let value = values.next().map(|header| header.1.as_str());
        assert!(values.next().is_none(), "`{name}` stands more than once");
        value
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the request's body is JSON")
    }
}

/// The server; it ends when this is dropped.
pub struct StrictServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Step>,
    seen: Vec<Seen>,
    connections: usize,
}

impl StrictServer {
    /// Starts on a free port of 127.0.0.1 with a script of one step per request.
    pub async fn start(script: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = script.into_iter().collect();
        let state = Arc::new(Mutex::new(State { script, ..State::default() }));
        let accepting = tokio::spawn(accept(listener, state.clone()));
        StrictServer { address, state, accepting }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request of which at least a byte was read, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// How many steps were not needed.
    pub fn left(&self) -> usize {
        self.state.lock().unwrap().script.len()
    }
}

impl Drop for StrictServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// An answer with a JSON body.
pub fn json(status: u16, body: &str) -> Vec<u8> {
    answer(status, &[("Content-Type", "application/json")], body.as_bytes())
}

/// An answer with these headers and its length.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = {
            let mut state = state.lock().unwrap();
            state.connections += 1;
            state.connections - 1
        };
        tokio::spawn(serve(stream, connection, state.clone()));
    }
}

async fn serve(mut stream: TcpStream, connection: usize, state: Arc<Mutex<State>>) {
    let mut unread = Vec::new();
    loop {
        let on_accept = {
            let mut state = state.lock().unwrap();
            let resets = matches!(state.script.front(), Some(Step::ResetOnAccept));
            if resets { state.script.pop_front() } else { None }
        };
        if on_accept.is_some() {
            return reset(stream);
        }
        // A client that only keeps a connection open must not use up a step.
        if unread.is_empty() && !read_more(&mut stream, &mut unread).await {
            return;
        }
        let step = state.lock().unwrap().script.pop_front();
        match step.unwrap_or_else(|| Step::Answer(json(599, "{}"), Then::Close)) {
            Step::ResetOnAccept | Step::ResetAfterReading(0) => return reset(stream),
            Step::ResetAfterReading(bytes) => {
                while unread.len() < bytes && read_more(&mut stream, &mut unread).await {}
                let line = String::from_utf8_lossy(&unread).lines().next().unwrap_or("").into();
                let seen = Seen { connection, line, ..Seen::default() };
                state.lock().unwrap().seen.push(seen);
                return reset(stream);
            }
            Step::Answer(bytes, then) => {
                let Some(seen) = read_request(&mut stream, &mut unread, connection).await else {
                    return;
                };
                state.lock().unwrap().seen.push(seen);
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
                match then {
                    Then::KeepOpen => {}
                    Then::Close => return,
                    Then::Reset => {
                        // Lets the client read what was written before the reset discards it.
                        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
                        return reset(stream);
                    }
                    Then::Hang => std::future::pending().await,
                    Then::Dribble => {
                        while stream.write_all(b" ").await.is_ok() {
                            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                        }
                        return;
                    }
                }
            }
        }
    }
}

fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
}

async fn read_more(stream: &mut TcpStream, into: &mut Vec<u8>) -> bool {
    matches!(stream.read_buf(into).await, Ok(read) if read > 0)
}

/// Reads one request, strictly; the bytes after it stay in `unread`.
async fn read_request(
    stream: &mut TcpStream,
    unread: &mut Vec<u8>,
    connection: usize,
) -> Option<Seen> {
    let head_end = loop {
        if let Some(at) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if !read_more(stream, unread).await {
            return None;
        }
    };
    let head = std::str::from_utf8(&unread[..head_end]).expect("a head is ASCII").to_string();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap().strip_suffix(" HTTP/1.1").expect("HTTP/1.1").to_string();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").expect("`name: value`"))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_string()))
        .collect();
    let mut seen = Seen { connection, line, headers, body: Vec::new() };
    assert_eq!(seen.header("transfer-encoding"), None, "a body must say its length");
    let length: usize = seen.header("content-length").map_or(0, |text| text.parse().unwrap());
    let end = head_end + 4 + length;
    while unread.len() < end && read_more(stream, unread).await {}
    if unread.len() < end {
        return None;
    }
    seen.body = unread[head_end + 4..end].to_vec();
    unread.drain(..end);
    Some(seen)
}
