//! The listener: accepts callbacks, answers at once, and knows nothing about takes or money.
//!
//! It reveals nothing to strangers: every well-formed callback gets the same answer, whether its
//! token is known or not.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::connection_limit::{CONNECTION_TIME_MAX, ConnectionLimit};
use super::inbox::{CallbackInbox, ReceivedCallback};
use crate::provider::kie::{
    SIGNATURE_HEADER, SignatureCheck, SignatureResult, TIMESTAMP_HEADER, named_task,
};
use crate::runner::options::Clock;
use crate::runner::public_url::PublicUrl;

/// The largest callback; documented ones are a few hundred bytes.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// A running listener; dropping it stops it.
pub struct CallbackListener {
    address: SocketAddr,
    _serving: JoinSet<()>,
}

/// What the handlers share.
struct ListenerState {
    url: PublicUrl,
    inbox: Arc<CallbackInbox>,
    signatures: Option<Mutex<SignatureCheck>>,
    /// Whether the user was warned that signatures are missing or wrong.
    told: AtomicBool,
    clock: Clock,
}

impl CallbackListener {
    /// Listens on `host:port` for callbacks under that URL. With a secret, only signed callbacks
    /// are accepted.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn start(
        on: &str,
        url: PublicUrl,
        secret: Option<SecretString>,
        inbox: Arc<CallbackInbox>,
        clock: Clock,
    ) -> io::Result<CallbackListener> {
        let listener = TcpListener::bind(on).await?;
        let address = listener.local_addr()?;
        let signatures = secret.map(|secret| Mutex::new(SignatureCheck::new(secret)));
        let desk = ListenerState { url, inbox, signatures, told: AtomicBool::new(false), clock };
        let router = Router::new()
            .fallback(receive)
            .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
            .with_state(Arc::new(desk));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // Serving never ends by itself; single connections fail on their own.
            let _ = axum::serve(ConnectionLimit::new(listener, CONNECTION_TIME_MAX), router).await;
        });
        Ok(CallbackListener { address, _serving: serving })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn receive(
    State(desk): State<Arc<ListenerState>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let status = desk.take(&method, uri.path(), &headers, body);
    // One request per connection: a client that has its answer makes room.
    (status, [(header::CONNECTION, "close")], status.canonical_reason().unwrap_or_default())
        .into_response()
}

impl ListenerState {
    fn take(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> StatusCode {
        let Some(token) = self.url.token_in(path) else { return StatusCode::NOT_FOUND };
        if *method != Method::POST {
            return StatusCode::METHOD_NOT_ALLOWED;
        }
        let body = match body {
            Ok(body) => body,
            Err(rejection) => return rejection.status(),
        };
        let Some(task) = named_task(&body) else { return StatusCode::BAD_REQUEST };
        let call = ReceivedCallback { token, task };
        match self.judge(&call, headers) {
            SignatureResult::Not => return StatusCode::UNAUTHORIZED,
            SignatureResult::Again => return StatusCode::OK,
            SignatureResult::Now => {}
        }
        match self.inbox.put(call) {
            Ok(()) => StatusCode::OK,
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Checks the signature of a callback; without a secret, every callback passes.
    fn judge(&self, call: &ReceivedCallback, headers: &HeaderMap) -> SignatureResult {
        let Some(signatures) = &self.signatures else { return SignatureResult::Now };
        let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let (timestamp, signature) = (value(TIMESTAMP_HEADER), value(SIGNATURE_HEADER));
        let mut signatures = signatures.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = signatures.judge(&call.task, timestamp, signature, (self.clock)());
        let genuine = signed == SignatureResult::Not && self.inbox.knows(&call.token);
        if genuine && !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "callbacks come with a missing or wrong signature and are ignored: compare \
                 `KIE_WEBHOOK_SECRET` with the key on https://kie.ai/settings, or unset it if \
                 there is none"
            );
        }
        signed
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use reqwest::Client;

    use super::*;
    use crate::base::{TaskId, Token};
    use crate::provider::kie::sign;
    use crate::runner::system_clock;

    struct TestListener {
        listener: CallbackListener,
        inbox: Arc<CallbackInbox>,
        _unclaimed: tokio::sync::mpsc::Receiver<ReceivedCallback>,
        client: Client,
    }

    async fn stand(secret: Option<&str>) -> TestListener {
        let (inbox, unclaimed) = CallbackInbox::new();
        let inbox = Arc::new(inbox);
        inbox.expect(7, token(1));
        let url = "https://hooks.example.com/k".parse().unwrap();
        let (secret, shared) = (secret.map(Into::into), Arc::clone(&inbox));
        let started =
            CallbackListener::start("127.0.0.1:0", url, secret, shared, system_clock()).await;
        let client = Client::builder().no_proxy().build().unwrap();
        TestListener { listener: started.unwrap(), inbox, _unclaimed: unclaimed, client }
    }

    fn token(byte: u8) -> Token {
        Token::from_bytes([byte; 16])
    }

    impl TestListener {
        fn url(&self, path: &str) -> String {
            format!("http://{}{path}", self.listener.address())
        }

        async fn post(&self, path: &str, body: &str) -> (u16, String) {
            let request = self.client.post(self.url(path)).body(body.to_string());
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        }

        fn called(&self) -> Option<(usize, TaskId)> {
            self.inbox.next().now_or_never()
        }
    }

    const BODY: &str = r#"{"taskId":"k1","status":1,"videoUrl":"https://evil.example/v.mp4"}"#;

    #[tokio::test]
    async fn callbacks_are_queued_and_strangers_learn_nothing() {
        let stand = stand(None).await;
        let (ours, other) =
            (format!("/k/{}", token(1).as_str()), format!("/{}", token(2).as_str()));
        assert_eq!(stand.post(&ours, BODY).await, stand.post(&other, BODY).await);
        assert_eq!(stand.called(), Some((7, TaskId::new("k1"))));
        assert_eq!(stand.called(), None);
        for (path, body, status) in [
            ("/", BODY, 404),
            ("/k/", BODY, 404),
            ("/k/0123", BODY, 404),
            ("/../../etc/passwd", BODY, 404),
            (ours.as_str(), "", 400),
            (ours.as_str(), "<html>", 400),
            (ours.as_str(), r#"{"task":"k1"}"#, 400),
            (ours.as_str(), &"x".repeat(BODY_MAX_BYTES + 1), 413),
        ] {
            assert_eq!(stand.post(path, body).await.0, status, "{path}");
        }
        let get = stand.client.get(stand.url(&ours)).send().await.unwrap();
        assert_eq!(get.status(), 405);
        assert_eq!(stand.called(), None);
    }

    #[tokio::test]
    async fn with_a_secret_only_signed_callbacks_are_accepted() {
        let stand = stand(Some("whsec")).await;
        let path = format!("/k/{}", token(1).as_str());
        assert_eq!(stand.post(&path, BODY).await.0, 401);
        let seconds = (system_clock()().millis() / 1_000).to_string();
        for (secret, status, called) in [("guess", 401, false), ("whsec", 200, true)] {
            let signature = sign(&secret.into(), &TaskId::new("k1"), &seconds);
            let request = stand.client.post(stand.url(&path)).body(BODY);
            let request = request.header(TIMESTAMP_HEADER, &seconds);
            let answer = request.header(SIGNATURE_HEADER, &signature).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), stand.called().is_some()), (status, called));
        }
    }
}
