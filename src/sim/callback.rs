//! Callbacks: the end of a task announced to the address that its request named.
//!
//! Best effort, one try, as little as a client may rely on.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::record_info::record;
use super::server::{Shared, stopped};
use crate::base::TaskId;

/// How long the other side may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(15);

/// Announces ends.
pub(super) struct Callbacks(reqwest::Client);

impl Callbacks {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn new() -> Result<Self, reqwest::Error> {
        let builder = || reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        // Bare containers have no certificates; callbacks over http need none.
        let client = builder().build().or_else(|_| builder().tls_certs_only([]).build());
        client.map(Callbacks)
    }

    /// Announces the end of a task when it comes; the page shows the record without `resolution`
    /// and `createdAt` ("Webhook Callback").
    pub fn announce(&self, shared: Arc<Shared>, task: TaskId, url: Url, base: String) {
        let client = self.0.clone();
        tokio::spawn(async move {
            let found = shared.account().look(shared.now(), &task);
            let Some(found) = found else { return };
            let wait = found.ends.saturating_sub(shared.now());
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopped(shared.stopping.clone()) => return,
            }
            let Some(found) = shared.account().look(shared.now().max(found.ends), &task) else {
                return;
            };
            let mut body = record(&shared, &task, &found, &base);
            if let Some(fields) = body.as_object_mut() {
                fields.retain(|name, _| name != "resolution" && name != "createdAt");
            }
            // Whether it arrives is not our business: polling has to suffice.
            let _ = client.post(url).timeout(ANSWER_MAX).json(&body).send().await;
        });
    }
}
