//! The state that all handlers share: account, files, videos, and the server's own address.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio::time::Instant;

use super::account::SimAccount;
use super::hosted_files::Uploads;
use super::options::SimOptions;
use super::refusal::ApiError;
use super::videos::SimVideos;
use crate::base::Moment;
use crate::catalog::Catalog;

/// What the handlers share.
pub(super) struct SimState {
    /// `http://HOST:PORT` as seen from this machine.
    pub base_url: String,
    /// The videos.
    pub videos: SimVideos,
    /// The announcements.
    pub callbacks: CallbackSender,
    /// Becomes true when the simulator stops.
    pub stopping: watch::Receiver<bool>,
    key: Option<SecretString>,
    catalog: &'static Catalog,
    started: (Instant, Moment),
    account: Mutex<SimAccount>,
    uploads: Mutex<Uploads>,
}

/// What callbacks are sent with.
pub(super) struct CallbackSender {
    /// Makes the requests; it follows no redirects.
    pub client: Client,
    /// Signs them, as the unified API does.
    pub secret: Option<SecretString>,
}

impl SimState {
    /// A simulator before its first request.
    ///
    /// # Errors
    /// No HTTP client for callbacks can be created.
    pub fn new(
        base_url: String,
        options: SimOptions,
        stopping: watch::Receiver<bool>,
    ) -> Result<Self, reqwest::Error> {
        Ok(SimState {
            base_url,
            videos: SimVideos::new(),
            callbacks: CallbackSender::new(options.webhook_secret.clone())?,
            stopping,
            key: options.key.clone(),
            catalog: options.catalog,
            started: (Instant::now(), now()),
            account: Mutex::new(SimAccount::new(options)),
            uploads: Mutex::default(),
        })
    }

    /// The account; locked only while an answer is decided, never across an `await`.
    pub fn account(&self) -> MutexGuard<'_, SimAccount> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The catalog that requests are read by.
    pub const fn catalog(&self) -> &'static Catalog {
        self.catalog
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

    /// The address of this server as the client used it, so that it works through containers and
    /// tunnels.
    pub fn base_for(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.map_or(self.base_url.clone(), |host| format!("http://{host}"))
    }

    /// Checks the key.
    ///
    /// # Errors
    /// 401, which is also a violation if the request had no key.
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

    /// Records a key that was sent where none belongs.
    pub fn note_key(&self, headers: &HeaderMap, what: &str) {
        if headers.contains_key(header::AUTHORIZATION) {
            self.account().violation(format!("the key was sent to {what}"));
        }
    }
}

impl CallbackSender {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// No HTTP client can be created.
    pub fn new(secret: Option<SecretString>) -> Result<Self, reqwest::Error> {
        let builder = || Client::builder().redirect(reqwest::redirect::Policy::none());
        // Bare containers have no certificates; callbacks over http need none.
        let client = builder().build().or_else(|_| builder().tls_certs_only([]).build());
        Ok(CallbackSender { client: client?, secret })
    }
}

/// Resolves when the simulator stops.
pub(super) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the simulator was dropped, which stops it too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Moment::from_millis(0) + since.unwrap_or_default()
}
