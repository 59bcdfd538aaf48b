//! The webhook: a callback of our own, sent through the public address to the real listener.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::checkup::Doctor;
use crate::base::{TaskId, Token};
use crate::provider::kie::{Posted, SIGNATURE_HEADER, TIMESTAMP_HEADER, reach, sign};
use crate::report::HealthFinding;
use crate::runner::callbacks::{CallbackInbox, CallbackListener, system_token_bytes};
use crate::runner::options::Webhooks;

/// How long a callback that was answered may take to be seen.
const WAIT_MAX: Duration = Duration::from_secs(2);

impl Doctor {
    /// Listens as a build does, and sends itself a callback.
    pub(super) async fn examine_webhook(&self, webhooks: &Webhooks) -> HealthFinding {
        let about = "webhook";
        let Webhooks { listen, url, .. } = webhooks;
        let token = match system_token_bytes()() {
            Ok(bytes) => Token::from_bytes(bytes),
            Err(why) => return HealthFinding::fail(about, why, ""),
        };
        let (inbox, _unclaimed) = CallbackInbox::new();
        let inbox = Arc::new(inbox);
        inbox.expect(0, token.clone());
        let (secret, clock) = (self.environment.webhook_secret.clone(), Arc::clone(&self.clock));
        let listening =
            CallbackListener::start(listen, url.clone(), secret.clone(), Arc::clone(&inbox), clock);
        let _listener = match listening.await {
            Ok(listener) => listener,
            Err(error) => {
                let what = format!("cannot listen on `{listen}`: {error}");
                let advice = "give a free address of this machine, such as 127.0.0.1:9000";
                return HealthFinding::fail(about, what, advice);
            }
        };
        let task = TaskId::new("kling-build-doctor");
        let timestamp = ((self.clock)().millis() / 1_000).to_string();
        let headers = secret.map(|secret| {
            let signature = sign(&secret, &task, &timestamp);
            vec![(TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signature)]
        });
        let json = json!({ "code": 200, "data": { "taskId": task.as_str() } });
        let posted = Posted { json, headers: headers.unwrap_or_default() };
        let answer = reach(url.of_token(&token), Some(posted)).await;
        let advice = "lead the address to the listener: a tunnel or a proxy must forward POST \
                      requests with their whole path";
        let status = match answer {
            Ok(status) => status,
            Err(words) => return HealthFinding::fail(about, words, advice),
        };
        match tokio::time::timeout(WAIT_MAX, inbox.next()).await {
            Ok(_) => HealthFinding::ok(about, format!("a callback to {url} arrives on {listen}")),
            Err(_) => {
                let what =
                    format!("{url} answers HTTP {status}, but no callback arrives on {listen}");
                HealthFinding::fail(about, what, advice)
            }
        }
    }
}
