//! Callbacks: announce the end of a task to the address that its request named.
//!
//! Best effort and a single attempt, the least that a client may rely on. A rule can make them
//! lost, late, early, duplicated, or mixed with forged ones.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::account::{SimTaskPhase, TaskView};
use super::fault_rules::FaultKind;
use super::state::{SimState, stopped};
use crate::base::TaskId;
use crate::provider::kie::{SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};

/// How long the receiver may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// The task that forged callbacks name.
const FORGED_TASK: &str = "kling_forged00";
/// The last part of a forged address: 32 digits that were never drawn.
const FORGED_TOKEN: &str = "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0";

/// An announcement to send.
#[derive(Clone)]
pub(super) struct Announcement {
    /// The task.
    pub task: TaskId,
    /// Where to announce its end.
    pub url: Url,
    /// The address of this server, as the client sees it.
    pub base: String,
    /// Writes what is posted, in the dialect of the request.
    pub body: fn(&SimState, &TaskId, &TaskView, &str) -> Value,
}

/// Announces the end of a task when it comes, or as the rule says. An early announcement is sent
/// before this returns, that is before the submit is answered.
pub(super) async fn announce(state: Arc<SimState>, about: Announcement, fault: Option<FaultKind>) {
    match fault {
        Some(FaultKind::CallbackLost) => {}
        Some(FaultKind::CallbackEarly) => {
            let Some(found) = look(&state, &about) else { return };
            let claim = TaskView { progress: SimTaskPhase::Succeeded, ..found };
            let body = body(&state, &about, &claim);
            post(&state, &about.task, about.url, &body).await;
        }
        fault => drop(tokio::spawn(announce_end(state, about, fault))),
    }
}

/// Sends once and records the answer; a client must poll anyway.
async fn post(state: &SimState, task: &TaskId, url: Url, body: &Value) {
    let mut request = state.callbacks.client.post(url).timeout(ANSWER_MAX).json(body);
    if let Some(secret) = &state.callbacks.secret {
        let seconds = (state.moment(state.now()).millis() / 1_000).to_string();
        let signature = sign(secret, task, &seconds);
        request = request.header(TIMESTAMP_HEADER, seconds).header(SIGNATURE_HEADER, signature);
    }
    let answer = request.send().await.ok().map(|response| response.status().as_u16());
    state.account().called(task.clone(), answer);
}

/// What an attacker who knows the form of callbacks could send: a false claim to the right address,
/// and a true claim to a guessed one. Not signed: that needs the secret.
async fn forge(state: &SimState, about: &Announcement) {
    let video = "https://forged.example/video.mp4";
    let lie = json!({ "taskId": FORGED_TASK, "status": 1, "videoUrl": video });
    let claim = json!({ "taskId": about.task, "status": 1, "videoUrl": video });
    let mut guessed = about.url.clone();
    if let Ok(mut parts) = guessed.path_segments_mut() {
        parts.pop().push(FORGED_TOKEN);
    }
    for (url, body) in [(about.url.clone(), lie), (guessed, claim)] {
        // Forgers ignore the answer.
        let _ = state.callbacks.client.post(url).timeout(ANSWER_MAX).json(&body).send().await;
    }
}

async fn announce_end(state: Arc<SimState>, about: Announcement, fault: Option<FaultKind>) {
    let Some(found) = look(&state, &about) else { return };
    if fault == Some(FaultKind::CallbackForged) {
        forge(&state, &about).await;
    }
    let mut wait = found.ends.saturating_sub(state.now());
    if fault == Some(FaultKind::CallbackLate) {
        wait += found.ends.saturating_sub(found.created);
    }
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = stopped(state.stopping.clone()) => return,
    }
    let now = state.now().max(found.ends);
    let found = state.account().look(now, &about.task);
    let Some(found) = found else { return };
    let body = body(&state, &about, &found);
    let times = if fault == Some(FaultKind::CallbackTwice) { 2 } else { 1 };
    for _ in 0..times {
        post(&state, &about.task, about.url.clone(), &body).await;
    }
}

fn look(state: &SimState, about: &Announcement) -> Option<TaskView> {
    state.account().look(state.now(), &about.task)
}

fn body(state: &SimState, about: &Announcement, found: &TaskView) -> Value {
    (about.body)(state, &about.task, found, &about.base)
}
