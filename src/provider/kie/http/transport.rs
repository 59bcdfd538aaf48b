//! The transport: one HTTP request, one bounded answer, and never a second attempt.
//!
//! Invariant: a request is sent at most once. The HTTP library may repeat a request by itself in
//! three ways, all disabled for submits: its retry policy, its redirects, and the reuse of a pooled
//! connection that the server is just closing.

use std::time::{Duration, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};

use super::answer::{Answer, Body, NoAnswer};
use super::not_connected::not_connected;
use crate::base::Moment;
use crate::provider::kie::config::KieConfig;
use crate::provider::kie::key::ApiKey;
use crate::provider::kie::words;

/// The largest answer; documented ones are a few hundred bytes.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// The longest wait that a server can request; a wrong date must not stop a build forever.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// Always sent: the guard in front of the upload service rejects unnamed agents
/// (`kie-jobs-api.md` section 4).
pub(super) const USER_AGENT: &str = concat!("kling-build/", env!("CARGO_PKG_VERSION"));

/// Sends requests to the API and its upload service, with the key.
#[derive(Debug)]
pub(super) struct Transport {
    submits: Client,
    free_calls: Client,
    key: ApiKey,
}

impl Transport {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// This machine cannot do HTTPS.
    pub fn new(config: &KieConfig) -> Result<Self, NoHttps> {
        Ok(Transport {
            // HTTP/2 shares one connection between requests; losing it would put all of them in
            // doubt at once.
            submits: client(config, |builder| builder.http1_only().pool_max_idle_per_host(0))?,
            free_calls: client(config, |builder| builder)?,
            key: config.key.clone(),
        })
    }

    /// Sends a request that costs money; `request` builds it with the client it receives.
    pub async fn submit(
        &self,
        wait_max: Duration,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Answer, NoAnswer> {
        self.send(request(&self.submits), wait_max).await
    }

    /// Sends a free request; `request` builds it with the client it receives.
    pub async fn free_call(
        &self,
        wait_max: Duration,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Answer, NoAnswer> {
        self.send(request(&self.free_calls), wait_max).await
    }

    async fn send(&self, request: RequestBuilder, wait_max: Duration) -> Result<Answer, NoAnswer> {
        let request = request.header(AUTHORIZATION, self.key.bearer()).timeout(wait_max);
        let response = request.send().await.map_err(|error| unanswered(&error, wait_max))?;
        let status = response.status().as_u16();
        let media_type = media_type(response.headers());
        let retry_after = retry_after(response.headers(), SystemTime::now());
        let date = date(response.headers());
        let body = read_bounded(response, wait_max).await;
        Ok(Answer { status, media_type, retry_after, date, body })
    }
}

/// This machine cannot do HTTPS.
#[derive(Debug, thiserror::Error)]
#[error(
    "HTTPS does not work on this machine: {0}; install the package `ca-certificates`, or name a file \
     of certificates in `SSL_CERT_FILE`"
)]
pub struct NoHttps(String);

/// A client with the settings that all clients of this folder share, and those that `with` adds.
///
/// # Errors
/// The system has no usable certificates. This does not matter for a rehearsal: bare containers
/// have none, and a server on this machine needs none.
pub(super) fn client(
    config: &KieConfig,
    with: impl Fn(ClientBuilder) -> ClientBuilder,
) -> Result<Client, NoHttps> {
    let builder = || {
        let builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(config.timeouts.connect);
        // A proxy cannot reach a server on this machine, and rehearsals do not need one.
        with(if config.is_rehearsal() { builder.no_proxy() } else { builder })
    };
    let built = match builder().build() {
        Err(_) if config.is_rehearsal() => builder().tls_certs_only([]).build(),
        built => built,
    };
    built.map_err(|error| NoHttps(words::of_error(&error)))
}

/// Distinguishes a connection that was never made from one that was lost. Connecting ends with the
/// TLS handshake; no byte of a request is written before that.
pub(super) fn unanswered(error: &reqwest::Error, wait_max: Duration) -> NoAnswer {
    let words = words::of_error(error);
    if error.is_connect() {
        return not_connected(error);
    }
    if error.is_builder() {
        return NoAnswer::NeverSent(format!("the request could not be written: {words}"));
    }
    NoAnswer::Lost(if error.is_timeout() {
        format!("no answer came within {} s", wait_max.as_secs_f64())
    } else {
        format!("the connection was lost before an answer came: {words}")
    })
}

async fn read_bounded(mut response: Response, wait_max: Duration) -> Body {
    if response.content_length().is_some_and(|length| length > ANSWER_MAX_BYTES as u64) {
        return Body::TooLarge;
    }
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > ANSWER_MAX_BYTES => {
                return Body::TooLarge;
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Body::Whole(bytes),
            Err(error) if error.is_timeout() => {
                return Body::Cut(format!("not whole within {} s", wait_max.as_secs_f64()));
            }
            Err(error) => return Body::Cut(words::of_error(&error)),
        }
    }
}

/// The media type without its parameters, in lower case; empty if there is none.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// How long the server asked the client to wait: seconds, or a date (RFC 9110 section 10.2.3),
/// which is compared with the server's own clock if it sends the time. At most an hour.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    }
    let until = http_date(text)?;
    let from = headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?)).unwrap_or(now);
    Some(until.duration_since(from).unwrap_or_default().min(RETRY_AFTER_MAX))
}

/// The server's clock.
fn date(headers: &HeaderMap) -> Option<Moment> {
    let date = http_date(headers.get(DATE)?.to_str().ok()?)?;
    let millis = date.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis();
    Some(Moment::from_millis(i64::try_from(millis).ok()?))
}

fn http_date(text: &str) -> Option<SystemTime> {
    let zoned = jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned(text).ok()?;
    Some(zoned.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(rows: &[(&'static str, &str)]) -> HeaderMap {
        let rows = rows.iter();
        rows.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn waits_are_seconds_or_dates() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777 - 40);
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let cases = [
            (vec![("retry-after", "7")], Some(7)),
            (vec![("retry-after", "99999999999")], Some(3_600)),
            (vec![("retry-after", date)], Some(40)),
            (vec![("retry-after", date), ("date", "Sun, 06 Nov 1994 08:49:07 GMT")], Some(30)),
            (vec![("retry-after", "Sun, 06 Nov 1904 08:49:37 GMT")], Some(0)),
            (vec![("retry-after", "-3")], None),
            (vec![], None),
        ];
        for (rows, seconds) in cases {
            let wait = retry_after(&headers(&rows), now);
            assert_eq!(wait, seconds.map(Duration::from_secs), "{rows:?}");
        }
    }

    #[test]
    fn media_type_parameters_are_removed() {
        let json = headers(&[("content-type", "Application/JSON; charset=utf-8")]);
        assert_eq!(media_type(&json), "application/json");
        assert_eq!(media_type(&HeaderMap::new()), "");
    }
}
