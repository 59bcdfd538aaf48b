//! `GET /api/v1/kling/record-info`: asks about a task.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::base::TaskId;
use crate::sim::account::{SimTaskPhase, TaskView};
use crate::sim::connection::ConnectionCutter;
use crate::sim::fault_rules::FaultKind;
use crate::sim::refusal::ApiError;
use crate::sim::state::SimState;

/// The query.
#[derive(Deserialize)]
pub(in crate::sim) struct RecordQuery {
    #[serde(rename = "taskId")]
    task_id: Option<String>,
}

/// Answers a poll.
pub(in crate::sim) async fn record_info(
    State(state): State<Arc<SimState>>,
    ConnectInfo(cutter): ConnectInfo<ConnectionCutter>,
    Query(asked): Query<RecordQuery>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = state.authorize(&headers, "a poll") {
        return refusal.into_response();
    }
    let Some(task) = asked.task_id.filter(|id| !id.is_empty()).map(TaskId::new) else {
        state.account().violation("a poll names no task".into());
        return ApiError::parameters("`taskId` is missing").into_response();
    };
    let polled = state.account().poll(state.now(), &task);
    let Some((fault, found)) = polled else { return ApiError::unknown_task().into_response() };
    match fault {
        Some(FaultKind::PollPage) => {
            let page = Html("<html><h1>502 Bad Gateway</h1></html>");
            return (StatusCode::BAD_GATEWAY, page).into_response();
        }
        Some(FaultKind::PollTooMany) => {
            return ApiError::too_many("this was rehearsed").into_response();
        }
        Some(FaultKind::PollReset) => cutter.cut(),
        Some(FaultKind::NotVisible) => return ApiError::unknown_task().into_response(),
        _ => {}
    }
    let data = record(&state, &task, &found, &state.base_for(&headers));
    let message = match found.progress {
        SimTaskPhase::Failed => "generation failed",
        SimTaskPhase::Generating | SimTaskPhase::Succeeded => "success",
    };
    Json(json!({ "code": 0, "message": message, "data": data })).into_response()
}

/// A task's record, with the fields of the page; the fields of its end only after it.
pub(in crate::sim) fn record(
    state: &SimState,
    task: &TaskId,
    found: &TaskView,
    base: &str,
) -> Value {
    let status = match found.progress {
        SimTaskPhase::Generating => 0,
        SimTaskPhase::Succeeded => 1,
        SimTaskPhase::Failed => 2,
    };
    let mut record = json!({
        "taskId": task,
        "status": status,
        "duration": found.take.millis() as f64 / 1_000.0,
        "resolution": found.take.request.resolution,
        "createdAt": state.moment(found.created),
    });
    // The page shows whole durations as `10`, not as `10.0`.
    if found.take.millis().is_multiple_of(1_000) {
        record["duration"] = Value::from(found.take.millis() / 1_000);
    }
    if found.progress == SimTaskPhase::Succeeded {
        record["videoUrl"] = Value::from(format!("{base}/videos/{task}.mp4"));
    }
    if found.progress != SimTaskPhase::Generating {
        record["completedAt"] = json!(state.moment(found.ends));
    }
    record
}
