//! `GET /api/v1/kling/record-info`: a task is asked about.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::base::TaskId;
use crate::sim::account::{Found, Progress};
use crate::sim::connection::Wire;
use crate::sim::fault_rules::FaultKind;
use crate::sim::refusal::Refusal;
use crate::sim::server::Shared;

/// The query.
#[derive(Deserialize)]
pub(in crate::sim) struct Asked {
    #[serde(rename = "taskId")]
    task_id: Option<String>,
}

/// Answers a poll.
pub(in crate::sim) async fn record_info(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = shared.authorize(&headers, "a poll") {
        return refusal.into_response();
    }
    let Some(task) = asked.task_id.filter(|id| !id.is_empty()).map(TaskId::new) else {
        shared.account().violation("a poll names no task".into());
        return Refusal::parameters("`taskId` is missing").into_response();
    };
    let polled = shared.account().poll(shared.now(), &task);
    let Some((fault, found)) = polled else { return Refusal::unknown_task().into_response() };
    match fault {
        Some(FaultKind::PollPage) => {
            let page = Html("<html><h1>502 Bad Gateway</h1></html>");
            return (StatusCode::BAD_GATEWAY, page).into_response();
        }
        Some(FaultKind::PollTooMany) => {
            return Refusal::too_many("this was rehearsed").into_response();
        }
        Some(FaultKind::PollReset) => wire.cut(),
        Some(FaultKind::NotVisible) => return Refusal::unknown_task().into_response(),
        _ => {}
    }
    let data = record(&shared, &task, &found, &shared.base_for(&headers));
    let message = match found.progress {
        Progress::Failed => "generation failed",
        Progress::Generating | Progress::Succeeded => "success",
    };
    Json(json!({ "code": 0, "message": message, "data": data })).into_response()
}

/// A task's record, with the fields of the page; those of its end only when it has ended.
pub(in crate::sim) fn record(shared: &Shared, task: &TaskId, found: &Found, base: &str) -> Value {
    let status = match found.progress {
        Progress::Generating => 0,
        Progress::Succeeded => 1,
        Progress::Failed => 2,
    };
    let mut record = json!({
        "taskId": task,
        "status": status,
        "duration": found.take.millis() as f64 / 1_000.0,
        "resolution": found.take.request.resolution,
        "createdAt": shared.moment(found.created),
    });
    // The page shows whole durations as `10`, not as `10.0`.
    if found.take.millis().is_multiple_of(1_000) {
        record["duration"] = Value::from(found.take.millis() / 1_000);
    }
    if found.progress == Progress::Succeeded {
        record["videoUrl"] = Value::from(format!("{base}/videos/{task}.mp4"));
    }
    if found.progress != Progress::Generating {
        record["completedAt"] = json!(shared.moment(found.ends));
    }
    record
}
