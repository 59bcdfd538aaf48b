//! Reaching: whether an address answers at all. The key is not sent.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use url::Url;

use super::answer::NoAnswer;
use super::transport::{USER_AGENT, unanswered};
use crate::provider::kie::config::is_loopback_host;

/// How long an answer may take.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// What is posted to an address.
pub struct Posted {
    /// The body.
    pub json: Value,
    /// Headers by name.
    pub headers: Vec<(&'static str, String)>,
}

/// The HTTP status with which an address answers, to a GET or to what is posted.
///
/// # Errors
/// The words about why there is none: no connection could be made, or no answer came.
pub async fn reach(url: Url, posted: Option<Posted>) -> Result<u16, String> {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .timeout(WAIT_MAX);
    // As for the API: no proxy reaches a server on this machine, and it needs no certificates.
    let client = match is_loopback_host(&url) {
        true => builder.no_proxy().tls_certs_only([]),
        false => builder,
    };
    let client = client.build().map_err(|error| error.to_string())?;
    let request: RequestBuilder = match posted {
        None => client.get(url),
        Some(Posted { json, headers }) => {
            let request = client.post(url).json(&json);
            headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
        }
    };
    let answer = request.send().await.map_err(|error| match unanswered(&error, WAIT_MAX) {
        NoAnswer::NeverSent(words) | NoAnswer::Untrusted(words) | NoAnswer::Lost(words) => words,
    })?;
    Ok(answer.status().as_u16())
}
