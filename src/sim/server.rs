//! The server: starts, routes and stops the simulator.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::account::SimAccount;
use super::callback::CallbackSender;
use super::connection::{ConnectionCutter, CuttableListener};
use super::files;
use super::kling::{generate, record_info};
use super::options::SimOptions;
use super::records::SimRecords;
use super::refusal::ApiError;
use super::uploads::{self, Uploads};
use super::videos::SimVideos;
use crate::base::Moment;

/// How long running answers may take when the simulator is stopped.
const STOP_MAX: Duration = Duration::from_secs(1);

/// A running simulator; dropping it stops it as well.
pub struct Sim {
    state: Arc<SimState>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

/// What the handlers share.
pub(super) struct SimState {
    /// `http://HOST:PORT` as seen from this machine.
    pub base_url: String,
    /// The videos.
    pub videos: SimVideos,
    /// The announcements.
    pub callbacks: CallbackSender,
    /// Turns true when the simulator stops.
    pub stopping: watch::Receiver<bool>,
    key: Option<secrecy::SecretString>,
    started: (Instant, Moment),
    account: Mutex<SimAccount>,
    uploads: Mutex<Uploads>,
}

impl Sim {
    /// Starts serving on a listener that is bound already.
    ///
    /// # Errors
    /// Where the listener has no address, or no HTTP client for callbacks can be made.
    pub async fn start(listener: TcpListener, options: SimOptions) -> io::Result<Sim> {
        let mut address = listener.local_addr()?;
        if address.ip().is_unspecified() {
            // Bound to all addresses: this machine finds it under its own.
            address.set_ip(match address.is_ipv4() {
                true => std::net::Ipv4Addr::LOCALHOST.into(),
                false => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        let (stop, stopping) = watch::channel(false);
        let state = Arc::new(SimState {
            base_url: format!("http://{address}"),
            videos: SimVideos::new(),
            callbacks: CallbackSender::new(options.webhook_secret.clone())
                .map_err(io::Error::other)?,
            stopping: stopping.clone(),
            key: options.key.clone(),
            started: (Instant::now(), now()),
            account: Mutex::new(SimAccount::new(options)),
            uploads: Mutex::default(),
        });
        let service =
            router(state.clone()).into_make_service_with_connect_info::<ConnectionCutter>();
        let served = axum::serve(CuttableListener(listener), service)
            .with_graceful_shutdown(stopped(stopping));
        let serving = tokio::spawn(async move {
            // Serving ends only when it is told to; single connections fail on their own.
            let _ = served.await;
        });
        Ok(Sim { state, stop, serving })
    }

    /// `http://HOST:PORT`, for `KIE_API_BASE`.
    pub fn base_url(&self) -> String {
        self.state.base_url.clone()
    }

    /// What it has seen so far.
    pub fn records(&self) -> SimRecords {
        self.state.account().records()
    }

    /// Finishes the answers that are under way, within a second, and stops.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // A client that keeps a connection busy must not keep the simulator alive.
        if tokio::time::timeout(STOP_MAX, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl SimState {
    /// The account, for as long as an answer is decided; never across an `await`.
    pub fn account(&self) -> MutexGuard<'_, SimAccount> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The uploaded files.
    pub fn uploads(&self) -> MutexGuard<'_, Uploads> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time since the start.
    pub fn now(&self) -> Duration {
        self.started.0.elapsed()
    }

    /// The time of day at a time since the start.
    pub fn moment(&self, at: Duration) -> Moment {
        self.started.1 + at
    }

    /// Where the caller finds this server: by the name it used, so that it works through
    /// containers and tunnels.
    pub fn base_for(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.map_or(self.base_url.clone(), |host| format!("http://{host}"))
    }

    /// Checks the key.
    ///
    /// # Errors
    /// 401, which is also a violation where no key came at all.
    pub fn authorize(&self, headers: &HeaderMap, what: &str) -> Result<(), ApiError> {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = value.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if bearer.is_empty() {
            self.account().violation(format!("{what} came without a key"));
            return Err(ApiError::unauthorized());
        }
        match &self.key {
            Some(key) if key.expose_secret() != bearer => Err(ApiError::unauthorized()),
            _ => Ok(()),
        }
    }

    /// Notes a key that was sent to where none belongs.
    pub fn note_key(&self, headers: &HeaderMap, what: &str) {
        if headers.contains_key(header::AUTHORIZATION) {
            self.account().violation(format!("the key was sent to {what}"));
        }
    }
}

/// Resolves when the simulator is told to stop.
pub(super) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the simulator was dropped, which stops it too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

fn router(state: Arc<SimState>) -> Router {
    let upload = post(uploads::upload).layer(DefaultBodyLimit::max(uploads::UPLOAD_MAX_BYTES));
    Router::new()
        .route("/api/v1/kling/generate", post(generate::generate))
        .route("/api/v1/kling/record-info", get(record_info::record_info))
        .route("/api/file-stream-upload", upload)
        .route("/videos/{name}", get(files::video))
        .route("/files/{*path}", get(files::uploaded))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(state)
}

async fn unknown(State(state): State<Arc<SimState>>, method: Method, uri: Uri) -> Response {
    state.account().violation(format!("{method} {} does not exist", uri.path()));
    ApiError { code: 404, message: format!("{method} {} does not exist", uri.path()) }
        .into_response()
}

fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Moment::from_millis(0) + since.unwrap_or_default()
}
