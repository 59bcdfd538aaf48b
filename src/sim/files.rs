//! `GET /videos/…` and `GET /files/…`: public files, served without a key.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::fault_rules::FaultKind;
use super::state::SimState;
use crate::base::{Digest, TaskId};

/// A slow download sends this many bytes …
const SLOW_BYTES: usize = 16 * 1024;

/// … at this interval: about 160 kB/s.
const SLOW_PAUSE: Duration = Duration::from_millis(100);

/// Serves a task's video.
pub(super) async fn video(
    State(state): State<Arc<SimState>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    state.note_key(&headers, "a video's address");
    let downloaded = name
        .strip_suffix(".mp4")
        .and_then(|task| state.account().download(state.now(), &TaskId::new(task)));
    let Some((fault, take)) = downloaded else { return StatusCode::NOT_FOUND.into_response() };
    match fault {
        Some(FaultKind::DeadUrl) => return StatusCode::NOT_FOUND.into_response(),
        Some(FaultKind::DownloadPage) => {
            return Html("<html><h1>Please come back later</h1></html>").into_response();
        }
        Some(FaultKind::DownloadNoise) => {
            let noise = Bytes::from_static(&[0x5a; 4_096]);
            return ranged(&headers, "video/mp4", noise, SendSpeed::Full);
        }
        _ => {}
    }
    let pace = match fault {
        Some(FaultKind::SlowDownload) => SendSpeed::Slow,
        Some(FaultKind::CutDownload) => SendSpeed::Cut,
        _ => SendSpeed::Full,
    };
    match state.videos.of(&take).await {
        Ok(video) => ranged(&headers, "video/mp4", video, pace),
        Err(error) => {
            let words = format!("the video cannot be made: {error:#}");
            (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
        }
    }
}

/// Serves an uploaded file.
pub(super) async fn uploaded(
    State(state): State<Arc<SimState>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    state.note_key(&headers, "an uploaded file's address");
    let upload = state.uploads().get(&path);
    match upload {
        Some(upload) => ranged(&headers, &upload.media_type, upload.bytes, SendSpeed::Full),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// How a body is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SendSpeed {
    /// At full speed.
    Full,
    /// In small parts with pauses.
    Slow,
    /// The first half, then the connection is reset.
    Cut,
}

/// A file, or the requested part of it.
fn ranged(headers: &HeaderMap, media_type: &str, bytes: Bytes, pace: SendSpeed) -> Response {
    let tag = format!("\"{}\"", Digest::of(&bytes).short());
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let same = text(header::IF_RANGE).is_none_or(|validator| validator == tag);
    let wanted = text(header::RANGE).filter(|_| same);
    let total = bytes.len();
    let (status, part) = match wanted.map(|range| parse_range(range, total)) {
        None | Some(RangeAsked::Ignored) => (StatusCode::OK, 0..total),
        Some(RangeAsked::Part(part)) => (StatusCode::PARTIAL_CONTENT, part),
        Some(RangeAsked::Outside) => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{total}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, range).into_response();
        }
    };
    let mut response = (
        status,
        [
            (header::CONTENT_TYPE, media_type.to_string()),
            (header::CONTENT_LENGTH, part.len().to_string()),
            (header::ACCEPT_RANGES, "bytes".to_string()),
            (header::ETAG, tag),
        ],
        body(bytes.slice(part.clone()), pace),
    )
        .into_response();
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{total}", part.start, part.end - 1);
        let range = range.parse().expect("digits are allowed in a header");
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

fn body(bytes: Bytes, pace: SendSpeed) -> Body {
    if pace == SendSpeed::Full {
        return Body::from(bytes);
    }
    let end = if pace == SendSpeed::Cut { bytes.len() / 2 } else { bytes.len() };
    Body::from_stream(futures_util::stream::unfold(0, move |at| {
        let bytes = bytes.clone();
        async move {
            match pace {
                _ if at == bytes.len() => None,
                // Lets the first half go out before the connection breaks.
                SendSpeed::Cut if at == end => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), bytes.len()))
                }
                SendSpeed::Cut | SendSpeed::Full => Some((Ok(bytes.slice(at..end)), end)),
                SendSpeed::Slow => {
                    tokio::time::sleep(SLOW_PAUSE).await;
                    let next = end.min(at + SLOW_BYTES);
                    Some((Ok(bytes.slice(at..next)), next))
                }
            }
        }
    }))
}

/// The meaning of a `Range` header.
#[derive(Debug, PartialEq, Eq)]
enum RangeAsked {
    /// These bytes.
    Part(Range<usize>),
    /// Bytes that do not exist.
    Outside,
    /// An unsupported form, so the whole file is served (RFC 9110 section 14.2).
    Ignored,
}

fn parse_range(text: &str, total: usize) -> RangeAsked {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return RangeAsked::Ignored;
    };
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..total.min(last.saturating_add(1)),
        (Ok(first), Err(_)) if last.is_empty() => first..total,
        (Err(_), Ok(length)) if first.is_empty() => total - total.min(length)..total,
        _ => return RangeAsked::Ignored,
    };
    if range.start < range.end { RangeAsked::Part(range) } else { RangeAsked::Outside }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_the_http_rules() {
        let cases = [
            ("bytes=0-", RangeAsked::Part(0..10)),
            ("bytes=4-", RangeAsked::Part(4..10)),
            ("bytes=4-6", RangeAsked::Part(4..7)),
            ("bytes=4-99", RangeAsked::Part(4..10)),
            ("bytes=-3", RangeAsked::Part(7..10)),
            ("bytes=-99", RangeAsked::Part(0..10)),
            ("bytes=10-", RangeAsked::Outside),
            ("bytes=-0", RangeAsked::Outside),
            ("bytes=6-4", RangeAsked::Ignored),
            ("bytes=0-1,3-4", RangeAsked::Ignored),
            ("lines=0-", RangeAsked::Ignored),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_range(text, 10), expected, "{text}");
        }
    }
}
