//! Transfers: how much of a download is here, and whether an answer may continue it.
//!
//! Invariant: the bytes written are one file from its first byte on, never parts of two. A part is
//! accepted only if its position, total length and tag match the file that was begun; the whole
//! file is accepted again only if a tag or date proves that it is the same.

use std::time::SystemTime;

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, IF_RANGE,
    LAST_MODIFIED, RANGE, TRANSFER_ENCODING,
};
use reqwest::{Response, StatusCode, Version};

use super::transport::{media_type, retry_after};
use crate::base::{Fault, FaultClass};
use crate::provider::contract::VideoSink;

/// The largest video: far more than 10 s at 1080p, far less than a full disk.
const VIDEO_MAX_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// What is known about a transfer; nothing before it has begun.
#[derive(Debug, Default)]
pub(super) struct Transfer {
    /// Bytes written so far.
    written: u64,
    /// The length of the whole file, if the server said it.
    total: Option<u64>,
    /// What proves that the file has not changed.
    validator: Option<HeaderValue>,
}

/// Why a transfer stopped before its end.
pub(super) enum TransferStop {
    /// The connection was lost or went silent; it may be resumed.
    Broken(String),
    /// Continuing makes no sense.
    Final(Fault),
}

impl Transfer {
    /// Whether it makes sense to request the rest.
    pub fn can_resume(&self) -> bool {
        self.written > 0 && self.total.is_some()
    }

    /// How many bytes arrived.
    pub fn progress(&self) -> String {
        match self.total {
            Some(total) => format!("{} of {total} bytes came", self.written),
            None => format!("{} bytes came", self.written),
        }
    }

    /// The headers that request the missing part.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if self.written > 0 {
            let range = HeaderValue::try_from(format!("bytes={}-", self.written));
            headers.insert(RANGE, range.expect("digits are allowed in a header"));
            if let Some(validator) = &self.validator {
                headers.insert(IF_RANGE, validator.clone());
            }
        }
        headers
    }

    /// Checks an answer before its body, and returns how many of its first bytes are here already.
    ///
    /// # Errors
    /// It is not a video, or does not continue the one that was begun.
    pub fn accept(&mut self, response: &Response) -> Result<u64, TransferStop> {
        accept_status(response)?;
        accept_content(response.headers())?;
        let length = response.content_length();
        if self.written == 0 {
            if response.status() == StatusCode::PARTIAL_CONTENT {
                return Err(broken("the server sent a part of the video unasked"));
            }
            self.total = length;
            self.validator = validator(response.headers());
            return self.accept_length().map(|()| 0);
        }
        if response.status() == StatusCode::PARTIAL_CONTENT {
            return match content_range(response.headers()) {
                Some((start, total))
                    if start == self.written
                        && Some(total) == self.total
                        && !self.contradicted_by(response.headers()) =>
                {
                    Ok(0)
                }
                _ => Err(broken("the server went on with another part than it was asked for")),
            };
        }
        // The whole file again. It may be continued only if it is provably the same.
        let same = self.validator.is_some() && validator(response.headers()) == self.validator;
        match same && length == self.total {
            true => Ok(self.written),
            false => {
                let message = format!("the video changed during the transfer, {}", self.progress());
                Err(TransferStop::Final(Fault::new(FaultClass::Transient, message)))
            }
        }
    }

    /// Whether an answer belongs to another file; servers that ignore `If-Range` can send one.
    fn contradicted_by(&self, headers: &HeaderMap) -> bool {
        let now = validator(headers);
        now.is_some() && self.validator.is_some() && now != self.validator
    }

    fn accept_length(&self) -> Result<(), TransferStop> {
        match self.total {
            Some(total) if total > VIDEO_MAX_BYTES => {
                Err(broken(&format!("the video has {total} bytes, more than any video should")))
            }
            _ => Ok(()),
        }
    }

    /// Checks whether the end of the body is the end of the file.
    ///
    /// # Errors
    /// Bytes are missing.
    pub fn end(&self) -> Result<(), TransferStop> {
        match self.total {
            Some(total) if self.written < total => {
                Err(TransferStop::Broken("the transfer ended early".into()))
            }
            _ if self.written == 0 => Err(broken("the video is empty")),
            _ => Ok(()),
        }
    }

    /// Whether a body that has ended like this answer's is whole: its length was announced, or it
    /// came in parts of which the last says that it is the last.
    pub fn has_proven_end(&self, response: &Response) -> bool {
        self.total.is_some()
            || response.version() >= Version::HTTP_2
            || response.headers().contains_key(TRANSFER_ENCODING)
    }

    /// Writes the next bytes.
    ///
    /// # Errors
    /// There are too many, or this machine cannot write them.
    pub async fn write(
        &mut self,
        bytes: &[u8],
        into: &mut dyn VideoSink,
    ) -> Result<(), TransferStop> {
        self.written += bytes.len() as u64;
        if self.written > self.total.unwrap_or(VIDEO_MAX_BYTES) {
            return Err(broken("the video has more bytes than it should"));
        }
        into.write(bytes).await.map_err(|error| {
            let message = format!("the video cannot be written: {error}");
            TransferStop::Final(Fault::new(FaultClass::Local, message))
        })
    }
}

fn accept_status(response: &Response) -> Result<(), TransferStop> {
    let status = response.status().as_u16();
    let class = match status {
        200 | 206 => return Ok(()),
        // Some storages answer 401 or 403 for a signed address that has expired.
        401 | 403 | 404 | 410 => FaultClass::NotFound,
        408 | 425 | 429 | 500.. => FaultClass::Transient,
        _ => FaultClass::Broken,
    };
    let message = match class {
        FaultClass::NotFound => "the video's address is dead".to_string(),
        _ => format!("the video's address answered with HTTP {status}"),
    };
    let fault = Fault::new(class, message).with_code(i64::from(status));
    let wait = retry_after(response.headers(), SystemTime::now());
    Err(TransferStop::Final(fault.with_retry_after(wait)))
}

/// Refuses pages and error texts that arrive with a status of success, and compressed bytes, which
/// nothing here decompresses.
fn accept_content(headers: &HeaderMap) -> Result<(), TransferStop> {
    let media_type = media_type(headers);
    let is_text = media_type.starts_with("text/")
        || ["/json", "+json", "/xml", "+xml"].iter().any(|end| media_type.ends_with(end));
    if is_text {
        return Err(broken(&format!("the video's address gave `{media_type}` instead of a video")));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => {
            Err(broken("the server packed the video, although it was asked not to"))
        }
        _ => Ok(()),
    }
}

/// What proves that a file is the same: a strong entity tag, or else its modification date.
fn validator(headers: &HeaderMap) -> Option<HeaderValue> {
    let strong = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""));
    strong.or_else(|| headers.get(LAST_MODIFIED)).cloned()
}

/// First byte and total length of `Content-Range: bytes 5-9/10`.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let (range, total) =
        headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end, total) = (start.parse().ok()?, end.parse::<u64>().ok()?, total.parse().ok()?);
    (start <= end && end < total).then_some((start, total))
}

/// A video that is not what it should be.
pub(super) fn broken(message: &str) -> TransferStop {
    TransferStop::Final(Fault::new(FaultClass::Broken, message))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderName;

    use super::*;

    #[test]
    fn content_ranges_must_make_sense() {
        let range = |text: &str| {
            content_range(&HeaderMap::from_iter([(CONTENT_RANGE, text.parse().unwrap())]))
        };
        assert_eq!(range("bytes 5-9/10"), Some((5, 10)));
        for odd in
            ["bytes 5-10/10", "bytes 9-5/10", "bytes 5-9/*", "bytes */10", "items 5-9/10", ""]
        {
            assert_eq!(range(odd), None, "{odd}");
        }
    }

    #[test]
    fn weak_tags_prove_nothing() {
        let headers = |rows: &[(HeaderName, &'static str)]| {
            let rows = rows.iter();
            HeaderMap::from_iter(rows.map(|(n, v)| (n.clone(), HeaderValue::from_static(v))))
        };
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(
            validator(&headers(&[(ETAG, "\"a\""), (LAST_MODIFIED, date)])).unwrap(),
            "\"a\""
        );
        assert_eq!(validator(&headers(&[(ETAG, "W/\"a\""), (LAST_MODIFIED, date)])).unwrap(), date);
        assert_eq!(validator(&headers(&[(ETAG, "W/\"a\"")])), None);
    }
}
