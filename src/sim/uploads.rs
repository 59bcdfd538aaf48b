//! `POST /api/file-stream-upload`: makes files public, as the upload service does
//! (`kie-jobs-api.md` section 4).

use std::io::Cursor;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::fault_rules::FaultKind;
use super::hosted_files::Upload;
use super::state::SimState;
use crate::media::{probe_video, probe_voice};

/// The largest upload, from the limits of voices in `kie-jobs-api.md` section 1.4.
pub(super) const UPLOAD_MAX_BYTES: usize = 100 * 1024 * 1024;

/// Accepts a file.
pub(super) async fn upload(
    State(state): State<Arc<SimState>>,
    headers: HeaderMap,
    parts: Multipart,
) -> Response {
    if let Err(refusal) = state.authorize(&headers, "an upload") {
        return refused(refusal.code, &refusal.message);
    }
    if state.account().upload() == Some(FaultKind::UploadError) {
        return refused(500, "this was rehearsed");
    }
    let form = match read(parts).await {
        Ok(form) => form,
        Err(why) => return refused(400, &why),
    };
    let path = format!("{}/{}", form.folder, form.name);
    let url = format!("{}/files/{path}", state.base_for(&headers));
    let data = json!({
        "success": true,
        "fileName": form.name,
        "filePath": path,
        "downloadUrl": url,
        "fileSize": form.upload.bytes.len(),
        "mimeType": form.upload.media_type,
        "uploadedAt": state.moment(state.now()),
    });
    state.uploads().put(path, form.upload);
    Json(json!({ "success": true, "code": 200, "msg": "File uploaded successfully", "data": data }))
        .into_response()
}

/// The parts of an upload.
struct Form {
    folder: String,
    name: String,
    upload: Upload,
}

async fn read(mut parts: Multipart) -> Result<Form, String> {
    let (mut folder, mut name, mut file) = (None, None, None);
    while let Some(part) = parts.next_field().await.map_err(|error| error.body_text())? {
        let field = part.name().unwrap_or_default().to_string();
        let own_name = part.file_name().map(str::to_string);
        let media_type = part.content_type().unwrap_or("application/octet-stream").to_string();
        let bytes = part.bytes().await.map_err(|error| error.body_text())?;
        let text =
            || String::from_utf8(bytes.to_vec()).map_err(|_| format!("`{field}` is not UTF-8"));
        match field.as_str() {
            "uploadPath" => folder = Some(text()?),
            "fileName" => name = Some(text()?),
            "file" => file = Some((bytes, media_type, own_name)),
            other => return Err(format!("unknown part `{other}`")),
        }
    }
    let folder = folder.ok_or("`uploadPath` is missing")?;
    let (bytes, media_type, own_name) = file.ok_or("`file` is missing")?;
    let name = name.or(own_name).ok_or("`fileName` is missing")?;
    if !folder.split('/').all(is_plain) {
        return Err(format!("`uploadPath` is `{folder}`; no slash may stand at its ends"));
    }
    if !is_plain(&name) {
        return Err(format!("`fileName` is `{name}`"));
    }
    let seconds = seconds_of(&bytes).await;
    Ok(Form { folder, name, upload: Upload { bytes, media_type, seconds } })
}

/// The length of a voice or a video; `None` for images and unreadable files.
async fn seconds_of(bytes: &Bytes) -> Option<f64> {
    let bytes = bytes.clone();
    let probe = move || match probe_video(&mut Cursor::new(&bytes)) {
        Ok(facts) => Some(facts.millis as f64 / 1_000.0),
        Err(_) => probe_voice(Cursor::new(bytes)).ok().map(|facts| facts.seconds),
    };
    tokio::task::spawn_blocking(probe).await.ok().flatten()
}

/// Whether a part of a path needs no encoding in a URL and does not leave its folder.
fn is_plain(part: &str) -> bool {
    !part.is_empty()
        && part != "."
        && part != ".."
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// Refusals of the upload service have `success: false`.
fn refused(code: i64, message: &str) -> Response {
    let status = if code == 401 { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let body = json!({ "success": false, "code": code, "msg": message, "data": null });
    (status, Json(body)).into_response()
}
