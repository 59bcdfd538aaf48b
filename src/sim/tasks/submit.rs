//! Submits: requests for takes, in both dialects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use url::Url;

use super::record_info::callback_body;
use crate::base::TaskId;
use crate::catalog::{Dialect, InputKind};
use crate::media::decode_still;
use crate::sim::callback::{Announcement, announce};
use crate::sim::connection::ConnectionCutter;
use crate::sim::fault_rules::FaultKind;
use crate::sim::hosted_files::Upload;
use crate::sim::options::limits;
use crate::sim::refusal::ApiError;
use crate::sim::state::{SimState, stopped};
use crate::sim::take_request::TakeRequest;
use crate::sim::videos::SimTake;

/// Answers a request for a take: `POST /api/v1/kling/generate`, or `/api/v1/jobs/createTask`.
pub(in crate::sim) async fn submit(
    dialect: Dialect,
    State(state): State<Arc<SimState>>,
    ConnectInfo(cutter): ConnectInfo<ConnectionCutter>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = state.authorize(&headers, "a submit") {
        return refusal.answer(dialect);
    }
    let fault = state.account().submit();
    let prevented = fault.and_then(|fault| before_accepting(&state, dialect, fault, &cutter));
    if let Some(response) = prevented {
        return response;
    }
    match accept(&state, dialect, &headers, &body).await {
        Ok(task) => accepted(&state, dialect, fault, &cutter, &task).await,
        Err(refusal) => {
            state.account().refuse(refusal.code, &refusal.message);
            refusal.answer(dialect)
        }
    }
}

/// The answer of a rule that prevents a task.
fn before_accepting(
    state: &SimState,
    dialect: Dialect,
    fault: FaultKind,
    cutter: &ConnectionCutter,
) -> Option<Response> {
    let rehearsed = "this was rehearsed";
    let refusal = match fault {
        FaultKind::InvalidPrompt => ApiError::prompt(rehearsed),
        FaultKind::InvalidImage => ApiError::image(rehearsed),
        FaultKind::InsufficientCredits => ApiError::credits(rehearsed),
        FaultKind::InvalidParameters => ApiError::parameters(rehearsed),
        FaultKind::Overloaded => ApiError::overloaded(),
        FaultKind::Unauthorized => ApiError::unauthorized(),
        FaultKind::ModelUnavailable => ApiError::model_unavailable(),
        FaultKind::KeyLimit => ApiError::key_limit(),
        FaultKind::Maintenance => ApiError::maintenance(),
        FaultKind::TooManyRequests => ApiError::too_many(rehearsed),
        FaultKind::ServerError => ApiError::server_error(),
        FaultKind::Reset => {
            cutter.cut();
            state.account().refuse(0, "the connection was reset");
            return Some(StatusCode::OK.into_response());
        }
        _ => return None,
    };
    state.account().refuse(refusal.code, &refusal.message);
    Some(refusal.answer(dialect))
}

async fn accept(
    state: &Arc<SimState>,
    dialect: Dialect,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<TaskId, ApiError> {
    let take = read(state, dialect, headers, body).await.inspect_err(|refusal| {
        let words = format!("a submit breaks the rules: {}", refusal.message);
        state.account().violation(words);
    })?;
    let request = serde_json::from_slice(body).unwrap_or(Value::Null);
    let callback = take.request.callback_url.clone();
    let task = state.account().create(state.now(), take, request)?;
    if let Some(url) = callback {
        let fault = state.account().callback();
        let base = state.base_for(headers);
        let body = callback_body;
        let about = Announcement { task: task.clone(), url, base, body };
        announce(state.clone(), about, fault).await;
    }
    Ok(task)
}

/// Reads a request and the files it names, if they are here.
async fn read(
    state: &SimState,
    dialect: Dialect,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<SimTake, ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|value| value.starts_with("application/json")) {
        return Err(ApiError::parameters("the content type is not `application/json`"));
    }
    let request = TakeRequest::read(body, dialect, state.catalog())?;
    let base = state.base_for(headers);
    let file = |url: &Url| {
        let path = url.as_str().strip_prefix(&format!("{base}/files/"))?;
        Some((url.to_string(), state.uploads().get(path)))
    };
    let (mut pictures, mut input_seconds) = (BTreeMap::new(), None);
    for (slot, url) in &request.inputs {
        let Some((url, upload)) = file(url) else { continue };
        let kind = slot.role.kind();
        let Some(upload) = upload else {
            let words = format!("{url} cannot be fetched");
            return Err(match kind {
                InputKind::Picture => ApiError::image(words),
                InputKind::Voice | InputKind::Video => ApiError::parameters(words),
            });
        };
        let decides = !slot.role.is_of_element();
        match kind {
            InputKind::Picture => {
                let most = request.model.pictures.max_bytes;
                let image = checked_image((dialect, most), upload.bytes).await?;
                pictures.insert(*slot, image);
            }
            InputKind::Voice => {
                let seconds = checked_voice(dialect, &upload)?;
                input_seconds = if decides { Some(seconds) } else { input_seconds };
            }
            InputKind::Video => {
                let unreadable = || ApiError::parameters("File type not supported");
                let seconds = upload.seconds.ok_or_else(unreadable)?;
                input_seconds = if decides { Some(seconds) } else { input_seconds };
            }
        }
    }
    Ok(SimTake { request, pictures, input_seconds, is_odd: false })
}

/// An image that is small enough, for the model or the dialect, and readable.
async fn checked_image(
    (dialect, most): (Dialect, Option<u64>),
    bytes: Bytes,
) -> Result<Bytes, ApiError> {
    if bytes.len() as u64 > most.unwrap_or(limits(dialect).image_max_bytes) {
        return Err(ApiError::image("the file is too large"));
    }
    let file = bytes.clone();
    let decoded = tokio::task::spawn_blocking(move || decode_still(&file)).await;
    match decoded {
        Ok(Ok(_)) => Ok(bytes),
        _ => Err(ApiError::image("the format is not supported or the file is corrupted")),
    }
}

/// The length of a voice that is small enough and readable.
fn checked_voice(dialect: Dialect, upload: &Upload) -> Result<f64, ApiError> {
    if upload.bytes.len() as u64 > limits(dialect).voice_max_bytes {
        return Err(ApiError::parameters("the voice is too large"));
    }
    let unreadable = || ApiError::parameters("the voice's format is not supported");
    upload.seconds.ok_or_else(unreadable)
}

/// The answer to an accepted submit, changed by its fault if there is one.
async fn accepted(
    state: &SimState,
    dialect: Dialect,
    fault: Option<FaultKind>,
    cutter: &ConnectionCutter,
    task: &TaskId,
) -> Response {
    let body = match dialect {
        Dialect::Kling => json!({
            "code": 0,
            "message": "success",
            "data": { "taskId": task, "status": 0 }
        }),
        Dialect::Jobs => json!({
            "code": 200,
            "msg": "success",
            "data": { "taskId": task, "recordId": task }
        }),
    };
    match fault {
        Some(FaultKind::ServerErrorAfterAccept) => ApiError::server_error().answer(dialect),
        Some(FaultKind::ResetAfterAccept) => {
            cutter.cut();
            Json(body).into_response()
        }
        Some(FaultKind::CutAfterAccept) => cut(body.to_string()),
        Some(FaultKind::SilenceAfterAccept) => {
            stopped(state.stopping.clone()).await;
            Json(body).into_response()
        }
        _ => Json(body).into_response(),
    }
}

/// Half of an answer, and then a broken connection.
fn cut(whole: String) -> Response {
    let half = Bytes::copy_from_slice(&whole.as_bytes()[..whole.len() / 2]);
    let stream = futures_util::stream::unfold(Some(half), |half| async {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                // Lets the first half go out before the connection breaks.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)), None))
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_string()),
        (header::CONTENT_LENGTH, whole.len().to_string()),
    ];
    (headers, Body::from_stream(stream)).into_response()
}
