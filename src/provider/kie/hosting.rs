//! Hosting: makes local images and voices public, so that the API can fetch them.
//!
//! Either the service's own upload service stores them (`kie-jobs-api.md` section 4), or they are
//! already public under a base URL and only their address is needed.

use std::io::Read;
use std::sync::Arc;

use reqwest::multipart::{Form, Part};
use url::Url;

use super::config::{is_loopback_host, under};
use crate::base::{Digest, Fault, FaultClass};
use crate::provider::contract::FileToHost;
use crate::store::SharedDisk;

/// The upload endpoint that accepts any size.
const UPLOAD_PATH: &str = "/api/file-stream-upload";

/// The folder at the service; required, without slashes at its ends.
const UPLOAD_FOLDER: &str = "kling-build";

/// The largest file that is uploaded. The catalog limits images and voices to 10 MB; this only
/// bounds the memory for a file that grew after it was inspected.
const UPLOAD_MAX_BYTES: u64 = 100 * 1024 * 1024;

/// Where a file goes.
pub(super) fn upload_url(base: &Url) -> Url {
    under(base, UPLOAD_PATH)
}

/// The bytes of a file, if they are those that its digest names: they are stored under that name,
/// and an address would be remembered that serves something else.
///
/// # Errors
/// `Local` if the file cannot be read, is too large, or has changed.
pub(in crate::provider) async fn checked_bytes(
    disk: &SharedDisk,
    file: &FileToHost,
) -> Result<Vec<u8>, Fault> {
    let path = file.path.display();
    let local = |why: String| Fault::new(FaultClass::Local, format!("`{path}` {why}"));
    let unreadable = |error: std::io::Error| local(format!("cannot be read: {error}"));
    let (disk, from) = (Arc::clone(disk), file.path.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        disk.open(&from)?.take(UPLOAD_MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Ok((Digest::of(&bytes), bytes))
    });
    let read = reading.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    let (digest, bytes) = read.map_err(unreadable)?;
    if bytes.len() as u64 > UPLOAD_MAX_BYTES {
        return Err(local(format!("is larger than {} MB", UPLOAD_MAX_BYTES / 1024 / 1024)));
    }
    if digest != file.digest {
        return Err(local("changed while the build was running; run the build again".into()));
    }
    Ok(bytes)
}

/// Reads a file and packs it for the upload service.
///
/// The name at the service is the content's digest, because uploading under an existing name
/// overwrites the file while caches keep serving the old one.
///
/// # Errors
/// Those of [`checked_bytes`].
pub(super) async fn upload_form(disk: &SharedDisk, file: &FileToHost) -> Result<Form, Fault> {
    let bytes = checked_bytes(disk, file).await?;
    let path = file.path.display();
    let local = |why: String| Fault::new(FaultClass::Local, format!("`{path}` {why}"));
    let name = format!("{}.{}", file.digest, file.extension);
    let part = Part::bytes(bytes)
        .file_name(name.clone())
        .mime_str(file.media_type)
        .map_err(|_| local(format!("has the impossible media type `{}`", file.media_type)))?;
    Ok(Form::new().text("uploadPath", UPLOAD_FOLDER).text("fileName", name).part("file", part))
}

/// Where the service put a file: `downloadUrl`, on some pages `fileUrl`.
///
/// # Errors
/// `Transient` if the answer names no address that the API could fetch.
pub(super) fn uploaded_url(
    data: &serde_json::Value,
    loopback_allowed: bool,
) -> Result<String, Fault> {
    let named = ["downloadUrl", "fileUrl"].into_iter().find_map(|name| data.get(name)?.as_str());
    let unusable =
        |why: &str| Err(Fault::new(FaultClass::Transient, format!("the upload's answer {why}")));
    let Some(text) = named.map(str::trim).filter(|text| !text.is_empty()) else {
        return unusable("does not say where the file is");
    };
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" => Ok(text.to_string()),
        Ok(url) if url.scheme() == "http" && loopback_allowed && is_loopback_host(&url) => {
            Ok(text.to_string())
        }
        _ => unusable(&format!("says that the file is at `{text}`, which is not an https URL")),
    }
}

/// A path that has no address under a base URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostedPathError {
    /// The base is not a URL under which files can be.
    #[error("`base_url` is `{0}`, which is not a URL like `https://cdn.example.com/film`")]
    Base(String),
    /// The path leaves the project.
    #[error("`{0}` is not a path inside the project, so it has no place under `base_url`")]
    Outside(String),
}

/// The address of a project's file under the URL at which the project is public.
///
/// `relative_path` has `/` between its parts, on every system; each part is percent-encoded.
///
/// # Errors
/// The base is not an http or https URL, or the path is absolute, empty or outside the project.
pub fn public_url(base_url: &str, relative_path: &str) -> Result<String, HostedPathError> {
    let outside = || HostedPathError::Outside(relative_path.to_string());
    let not_a_base = || HostedPathError::Base(base_url.to_string());
    let mut url = Url::parse(base_url.trim()).map_err(|_| not_a_base())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.query().is_none()
        && url.fragment().is_none();
    if !plain {
        return Err(not_a_base());
    }
    if relative_path.starts_with('/') {
        return Err(outside());
    }
    let mut segments = url.path_segments_mut().map_err(|()| not_a_base())?;
    segments.pop_if_empty();
    let mut depth = 0;
    for part in relative_path.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(outside()),
            part => {
                segments.push(part);
                depth += 1;
            }
        }
    }
    drop(segments);
    if depth == 0 { Err(outside()) } else { Ok(url.into()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn public_urls_are_encoded_part_by_part() {
        let url = |base, path| public_url(base, path).map_err(|error| error.to_string());
        let cases = [
            (
                "https://cdn.example.com/film",
                "assets/host.jpg",
                "https://cdn.example.com/film/assets/host.jpg",
            ),
            (
                "https://cdn.example.com/film/",
                "./a b/ü#?.png",
                "https://cdn.example.com/film/a%20b/%C3%BC%23%3F.png",
            ),
            ("https://cdn.example.com", "50%.png", "https://cdn.example.com/50%25.png"),
            ("http://localhost:8080", "a/b.wav", "http://localhost:8080/a/b.wav"),
        ];
        for (base, path, expected) in cases {
            assert_eq!(url(base, path), Ok(expected.to_string()));
        }
    }

    #[test]
    fn paths_that_leave_the_project_have_no_url() {
        for path in ["../secret.png", "a/../../b", "/etc/passwd", "", ".", "//"] {
            assert_eq!(
                public_url("https://cdn.example.com/film", path),
                Err(HostedPathError::Outside(path.into()))
            );
        }
        for base in ["cdn.example.com", "ftp://x/", "https://x/?sig=1", "data:text/plain,x"] {
            assert_eq!(public_url(base, "a.png"), Err(HostedPathError::Base(base.into())));
        }
    }

    #[test]
    fn only_addresses_that_the_api_can_fetch_are_accepted() {
        let at = |data: serde_json::Value, loopback| uploaded_url(&data, loopback).ok();
        let good = "https://tempfile.redpandaai.co/kieai/1/kling-build/a.png";
        assert_eq!(
            at(json!({ "downloadUrl": good, "fileUrl": "https://b/" }), false),
            Some(good.into())
        );
        assert_eq!(at(json!({ "fileUrl": good }), false), Some(good.into()));
        let local = "http://127.0.0.1:1/files/a.png";
        assert_eq!(at(json!({ "downloadUrl": local }), false), None);
        assert_eq!(at(json!({ "downloadUrl": local }), true), Some(local.into()));
        assert_eq!(at(json!({ "downloadUrl": "http://a.example/x" }), true), None);
        assert_eq!(at(json!({ "downloadUrl": "" }), true), None);
        assert_eq!(at(json!(null), true), None);
    }
}
