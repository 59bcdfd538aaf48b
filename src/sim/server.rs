//! The server: starts, routes and stops the simulator.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::connection::{ConnectionCutter, CuttableListener};
use super::files;
use super::options::SimOptions;
use super::records::SimRecords;
use super::refusal::ApiError;
use super::state::{SimState, stopped};
use super::tasks::{record_info, submit};
use super::uploads;
use crate::catalog::Dialect;
use crate::provider::kie::NOWHERE;

/// How long running answers may take when the simulator is stopped.
const STOP_MAX: Duration = Duration::from_secs(1);

/// A running simulator; dropping it stops it as well.
pub struct Sim {
    state: Arc<SimState>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Sim {
    /// Starts serving on a listener that is already bound.
    ///
    /// # Errors
    /// The listener has no address, or no HTTP client for callbacks can be created.
    pub async fn start(listener: TcpListener, options: SimOptions) -> io::Result<Sim> {
        let mut address = listener.local_addr()?;
        if address.ip().is_unspecified() {
            // Bound to all addresses: this machine reaches it at its loopback address.
            address.set_ip(match address.is_ipv4() {
                true => std::net::Ipv4Addr::LOCALHOST.into(),
                false => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        let (stop, stopping) = watch::channel(false);
        let base_url = format!("http://{address}");
        let state = SimState::new(base_url, options, stopping.clone()).map_err(io::Error::other)?;
        let state = Arc::new(state);
        let service =
            router(state.clone()).into_make_service_with_connect_info::<ConnectionCutter>();
        let served = axum::serve(CuttableListener(listener), service)
            .with_graceful_shutdown(stopped(stopping));
        let serving = tokio::spawn(async move {
            // Serving ends only at `stop`; single connections fail on their own.
            let _ = served.await;
        });
        Ok(Sim { state, stop, serving })
    }

    /// `http://HOST:PORT`, for `KIE_API_BASE`.
    pub fn base_url(&self) -> String {
        self.state.base_url.clone()
    }

    /// What it has seen so far.
    #[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
    pub fn records(&self) -> SimRecords {
        self.state.account().records()
    }

    /// Finishes the running answers, within a second, and stops.
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

fn router(state: Arc<SimState>) -> Router {
    let upload = post(uploads::upload).layer(DefaultBodyLimit::max(uploads::UPLOAD_MAX_BYTES));
    let submit = |dialect| {
        post(move |state, cutter, headers, body| {
            submit::submit(dialect, state, cutter, headers, body)
        })
    };
    let status = |dialect| {
        get(move |state, cutter, query, headers| {
            record_info::status(dialect, state, cutter, query, headers)
        })
    };
    Router::new()
        .route("/api/v1/kling/generate", submit(Dialect::Kling))
        .route("/api/v1/kling/record-info", status(Dialect::Kling))
        .route("/api/v1/jobs/createTask", submit(Dialect::Jobs))
        .route("/api/v1/jobs/recordInfo", status(Dialect::Jobs))
        .route("/api/v1/chat/credit", get(balance))
        .route("/api/v1/models", get(models))
        .route("/api/file-stream-upload", upload)
        .route("/videos/{name}", get(files::video))
        .route("/files/{*path}", get(files::uploaded))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(state)
}

/// Answers with the balance, in the envelope of the service's common calls.
async fn balance(State(state): State<Arc<SimState>>, headers: HeaderMap) -> Response {
    if let Err(refusal) = state.authorize(&headers, "a question about the balance") {
        return refusal.answer(Dialect::Jobs);
    }
    let balance = state.account().balance(state.now()).as_f64();
    Json(json!({ "code": 200, "msg": "success", "data": balance })).into_response()
}

/// Lists the models of the unified API, by their names in requests.
async fn models(State(state): State<Arc<SimState>>, headers: HeaderMap) -> Response {
    if let Err(refusal) = state.authorize(&headers, "a question about models") {
        return refusal.answer(Dialect::Jobs);
    }
    let all = state.catalog().dialect(Dialect::Jobs).models.iter();
    let named = all.flat_map(|model| {
        let forms = model.requests.iter();
        forms.flat_map(|form| form.1.models()).map(move |name| (name, model))
    });
    let models: Vec<serde_json::Value> = named
        .map(|(name, model)| {
            let price = model.price.words().join("\n");
            json!({ "model": name, "title": model.title, "pricingDesc": price })
        })
        .collect();
    let data = json!({ "total": models.len(), "models": models });
    Json(json!({ "code": 200, "msg": "success", "data": data })).into_response()
}

async fn unknown(State(state): State<Arc<SimState>>, method: Method, uri: Uri) -> Response {
    // The doctor asks here whether there is a server, and compares this answer with those of paths
    // that exist.
    if !matches!(uri.path(), "/" | NOWHERE) {
        state.account().violation(format!("{method} {} does not exist", uri.path()));
    }
    ApiError { code: 404, message: format!("{method} {} does not exist", uri.path()) }
        .into_response()
}
