//! Downloads: a finished video from its address into a writer, without the key.
//!
//! Bytes pass through in constant memory and are never decoded. Redirects are followed by hand, so
//! that every address is judged before it is asked. A transfer that breaks off goes on where it
//! stopped, if the server can prove that it is still the same file.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_RANGE, LAST_MODIFIED, LOCATION, RANGE,
};
use reqwest::{Client, Response, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::address::{Forbidden, GuardedResolver, Reach};
use super::config::{KieConfig, Timeouts};
use super::transport::{client_builder, media_type, retry_after};
use super::words;
use crate::engine::{Fault, FaultClass};

/// The most redirects that are followed for one answer.
const REDIRECTS_MAX: usize = 5;

/// How often one transfer is taken up again after it broke off.
const RESUMES_MAX: usize = 5;

/// The largest video: far above any of 10 s at 1080p, far below a full disk.
const VIDEO_MAX_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Fetches videos.
pub(super) struct Downloads {
    client: Client,
    resolver: Arc<GuardedResolver>,
    timeouts: Timeouts,
}

/// What is known of a transfer that has begun.
struct Transfer {
    /// Bytes written so far.
    written: u64,
    /// The length of the whole file, where the server said it.
    total: Option<u64>,
    /// What proves that the file is still the same.
    validator: Option<HeaderValue>,
}

/// Why a transfer stopped before its end.
enum Stop {
    /// The connection was lost or went silent; it may be taken up again.
    Broken(String),
    /// It makes no sense to go on.
    Final(Fault),
}

impl Downloads {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// Where the system's TLS roots cannot be used.
    pub fn new(config: &KieConfig) -> Result<Self, reqwest::Error> {
        let reach = if config.is_rehearsal() { Reach::PublicAndLoopback } else { Reach::Public };
        let resolver = Arc::new(GuardedResolver::new(reach));
        let client =
            client_builder(config).referer(false).dns_resolver(resolver.clone()).build()?;
        Ok(Downloads { client, resolver, timeouts: config.timeouts.clone() })
    }

    /// Writes the file at `address` to `into`, all of it or an error.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Broken`, `Transient` or `Local`, by what happened; after an error
    /// what was written is to be thrown away.
    pub async fn fetch(&self, address: &str, into: &mut (dyn Write + Send)) -> Result<(), Fault> {
        let wait_max = self.timeouts.download_total;
        timeout(wait_max, self.fetch_resuming(address, into)).await.unwrap_or_else(|_| {
            let message =
                format!("the download was not finished within {} s", wait_max.as_secs_f64());
            Err(Fault::new(FaultClass::Transient, message))
        })
    }

    async fn fetch_resuming(
        &self,
        address: &str,
        into: &mut (dyn Write + Send),
    ) -> Result<(), Fault> {
        let url = Url::parse(address).map_err(|error| {
            Fault::new(FaultClass::Forbidden, format!("the video's address is not a URL: {error}"))
        })?;
        let mut transfer = Transfer { written: 0, total: None, validator: None };
        let mut resumes = 0;
        loop {
            let words = match self.go_on(&url, &mut transfer, into).await {
                Ok(()) => return Ok(()),
                Err(Stop::Final(fault)) => return Err(fault),
                Err(Stop::Broken(words)) => words,
            };
            if !transfer.can_resume() || resumes == RESUMES_MAX {
                let message = format!("{words}, {}", transfer.progress());
                return Err(Fault::new(FaultClass::Transient, message));
            }
            resumes += 1;
            tokio::time::sleep(self.timeouts.resume_pause).await;
        }
    }

    /// Asks for what is missing and writes what comes.
    async fn go_on(
        &self,
        url: &Url,
        transfer: &mut Transfer,
        into: &mut (dyn Write + Send),
    ) -> Result<(), Stop> {
        let mut response = self.ask(url, transfer).await?;
        let skip = transfer.accept(&response)?;
        let stalled = |stall: Duration| format!("no byte came within {} s", stall.as_secs_f64());
        let stall = self.timeouts.download_stall;
        let mut to_skip = skip;
        loop {
            let chunk = match timeout(stall, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                Ok(Err(error)) => return Err(lost(&error)),
                Err(_) => return Err(Stop::Broken(stalled(stall))),
            };
            let skipped = to_skip.min(chunk.len() as u64);
            to_skip -= skipped;
            transfer.write(&chunk[skipped as usize..], into)?;
        }
        match transfer.total {
            Some(total) if transfer.written < total => {
                Err(Stop::Broken("the transfer ended early".into()))
            }
            _ if transfer.written == 0 => Err(broken("the video is empty")),
            _ => Ok(()),
        }
    }

    /// Sends the request, following redirects within reach.
    async fn ask(&self, url: &Url, transfer: &Transfer) -> Result<Response, Stop> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS_MAX {
            self.resolver.admit(&url).map_err(|forbidden| forbidden_stop(&forbidden))?;
            let request = self.client.get(url.clone()).headers(transfer.headers());
            let stall = self.timeouts.download_stall;
            let response = match timeout(stall, request.send()).await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => return Err(lost(&error)),
                Err(_) => {
                    let words = format!("no answer came within {} s", stall.as_secs_f64());
                    return Err(Stop::Broken(words));
                }
            };
            match redirect_of(&response) {
                Some(location) => {
                    url = url.join(&location).map_err(|error| {
                        broken(&format!("the video's address redirects to no URL: {error}"))
                    })?
                }
                None => return Ok(response),
            }
        }
        Err(broken(&format!("the video's address redirects more than {REDIRECTS_MAX} times")))
    }
}

impl Transfer {
    fn can_resume(&self) -> bool {
        self.written > 0 && self.total.is_some()
    }

    fn progress(&self) -> String {
        match self.total {
            Some(total) => format!("{} of {total} bytes came", self.written),
            None => format!("{} bytes came", self.written),
        }
    }

    /// The headers that ask for what is missing.
    fn headers(&self) -> HeaderMap {
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

    /// Judges an answer before its body, and says how many of its first bytes are here already.
    fn accept(&mut self, response: &Response) -> Result<u64, Stop> {
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
                Some((start, total)) if start == self.written && Some(total) == self.total => Ok(0),
                _ => Err(broken("the server went on with another part than it was asked for")),
            };
        }
        // The whole file again. It may only be gone on with if it is provably the same.
        let same = self.validator.is_some() && validator(response.headers()) == self.validator;
        match same && length == self.total {
            true => Ok(self.written),
            false => {
                let message = format!("the video changed during the transfer, {}", self.progress());
                Err(Stop::Final(Fault::new(FaultClass::Transient, message)))
            }
        }
    }

    fn accept_length(&self) -> Result<(), Stop> {
        match self.total {
            Some(total) if total > VIDEO_MAX_BYTES => {
                Err(broken(&format!("the video has {total} bytes, more than any video should")))
            }
            _ => Ok(()),
        }
    }

    fn write(&mut self, bytes: &[u8], into: &mut (dyn Write + Send)) -> Result<(), Stop> {
        self.written += bytes.len() as u64;
        if self.written > self.total.unwrap_or(VIDEO_MAX_BYTES) {
            return Err(broken("the video has more bytes than it should"));
        }
        into.write_all(bytes).map_err(|error| {
            let message = format!("the video cannot be written: {error}");
            Stop::Final(Fault::new(FaultClass::Local, message))
        })
    }
}

fn redirect_of(response: &Response) -> Option<String> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| redirects)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

fn accept_status(response: &Response) -> Result<(), Stop> {
    let status = response.status().as_u16();
    let class = match status {
        200 | 206 => return Ok(()),
        // A signed address that has expired is answered with 401 or 403 by some storages.
        401 | 403 | 404 | 410 => FaultClass::NotFound,
        408 | 425 | 429 | 500.. => FaultClass::Transient,
        _ => FaultClass::Broken,
    };
    let message = match class {
        FaultClass::NotFound => "the video's address is dead".to_string(),
        _ => format!("the video's address answered with HTTP {status}"),
    };
    let fault = Fault::new(class, message).with_code(i64::from(status));
    let wait = retry_after(response.headers(), std::time::SystemTime::now());
    Err(Stop::Final(fault.with_retry_after(wait)))
}

/// Refuses pages and error texts that come with a status of success, and packed bytes, which
/// nothing here unpacks.
fn accept_content(headers: &HeaderMap) -> Result<(), Stop> {
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

/// What proves that a file is the same: a strong entity tag, else the date of its last change.
fn validator(headers: &HeaderMap) -> Option<HeaderValue> {
    let strong = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""));
    strong.or_else(|| headers.get(LAST_MODIFIED)).cloned()
}

/// First byte and total length of `Content-Range: bytes 5-9/10`.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let name: HeaderName = CONTENT_RANGE;
    let (range, total) =
        headers.get(name)?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end, total) = (start.parse().ok()?, end.parse::<u64>().ok()?, total.parse().ok()?);
    (start <= end && end < total).then_some((start, total))
}

fn lost(error: &reqwest::Error) -> Stop {
    let forbidden = words::causes(error).find_map(|cause| cause.downcast_ref::<Forbidden>());
    match forbidden {
        Some(forbidden) => forbidden_stop(forbidden),
        None => Stop::Broken(format!("the connection was lost: {}", words::of_error(error))),
    }
}

fn forbidden_stop(forbidden: &Forbidden) -> Stop {
    Stop::Final(Fault::new(FaultClass::Forbidden, forbidden.to_string()))
}

fn broken(message: &str) -> Stop {
    Stop::Final(Fault::new(FaultClass::Broken, message))
}

#[cfg(test)]
mod tests {
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
