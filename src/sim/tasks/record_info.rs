//! Records: answers to status calls, in both dialects.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::base::TaskId;
use crate::catalog::Dialect;
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

/// Answers a status call: `GET /api/v1/kling/record-info`, or `/api/v1/jobs/recordInfo`.
pub(in crate::sim) async fn status(
    dialect: Dialect,
    State(state): State<Arc<SimState>>,
    ConnectInfo(cutter): ConnectInfo<ConnectionCutter>,
    Query(asked): Query<RecordQuery>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = state.authorize(&headers, "a poll") {
        return refusal.answer(dialect);
    }
    let Some(task) = asked.task_id.filter(|id| !id.is_empty()).map(TaskId::new) else {
        state.account().violation("a poll names no task".into());
        return ApiError::parameters("`taskId` is missing").answer(dialect);
    };
    let polled = state.account().poll(state.now(), &task);
    // A task is known only in the dialect that made it.
    let polled = polled.filter(|(_, found)| found.take.request.dialect == dialect);
    let Some((fault, found)) = polled else {
        return ApiError::unknown_task(dialect).answer(dialect);
    };
    match fault {
        Some(FaultKind::PollPage) => {
            let page = Html("<html><h1>502 Bad Gateway</h1></html>");
            return (StatusCode::BAD_GATEWAY, page).into_response();
        }
        Some(FaultKind::PollTooMany) => {
            return ApiError::too_many("this was rehearsed").answer(dialect);
        }
        Some(FaultKind::PollReset) => cutter.cut(),
        Some(FaultKind::NotVisible) => {
            return ApiError::unknown_task(dialect).answer(dialect);
        }
        _ => {}
    }
    let data = record(&state, &task, &found, &state.base_for(&headers));
    let words = match (dialect, found.progress) {
        (Dialect::Kling, SimTaskPhase::Failed) => "generation failed",
        _ => "success",
    };
    Json(match dialect {
        Dialect::Kling => json!({ "code": 0, "message": words, "data": data }),
        Dialect::Jobs => json!({ "code": 200, "msg": words, "data": data }),
    })
    .into_response()
}

/// A task's record, with the fields of the page; the fields of its end only after it.
fn record(state: &SimState, task: &TaskId, found: &TaskView, base: &str) -> Value {
    match found.take.request.dialect {
        Dialect::Kling => kling_record(state, task, found, base),
        Dialect::Jobs => job_record(state, task, found, base),
    }
}

/// What is posted when a task has ended.
pub(in crate::sim) fn callback_body(
    state: &SimState,
    task: &TaskId,
    found: &TaskView,
    base: &str,
) -> Value {
    let mut record = record(state, task, found, base);
    match found.take.request.dialect {
        Dialect::Kling => {
            // The page shows the record without these ("Webhook Callback").
            if let Some(fields) = record.as_object_mut() {
                fields.retain(|name, _| name != "resolution" && name != "createdAt");
            }
            record
        }
        Dialect::Jobs => {
            let failed = found.progress == SimTaskPhase::Failed;
            let (code, words) = if failed { (501, "failed") } else { (200, "completed") };
            let words = format!("Playground task {words}.");
            json!({ "code": code, "msg": words, "data": record })
        }
    }
}

fn kling_record(state: &SimState, task: &TaskId, found: &TaskView, base: &str) -> Value {
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

/// The record of the unified API, as it was recorded (`kie-jobs-api.md` section 2.1).
fn job_record(state: &SimState, task: &TaskId, found: &TaskView, base: &str) -> Value {
    let request = &found.take.request;
    let form = request.model.request(request.scene_type);
    let (word, result) = match found.progress {
        SimTaskPhase::Generating => ("generating", String::new()),
        SimTaskPhase::Failed => ("fail", String::new()),
        SimTaskPhase::Succeeded => {
            let url = format!("{base}/videos/{task}.mp4");
            ("success", json!({ "resultUrls": [url] }).to_string())
        }
    };
    let ended = found.progress != SimTaskPhase::Generating;
    let failed = found.progress == SimTaskPhase::Failed;
    let millis = |at| state.moment(at).millis();
    json!({
        "taskId": task,
        "model": form.and_then(|form| form.model_at(request.resolution)),
        "state": word,
        "param": "{}",
        "resultJson": result,
        "failCode": failed.then_some("500"),
        "failMsg": failed.then_some("Internal Error, Please try again later."),
        "costTime": ended.then(|| (found.ends - found.created).as_secs()),
        "createTime": millis(found.created),
        "completeTime": ended.then(|| millis(found.ends)),
        "creditsConsumed": if failed { 0.0 } else { found.take.price().as_f64() },
    })
}
