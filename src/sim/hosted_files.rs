//! The files that were uploaded, kept in memory.

use std::collections::VecDeque;

use axum::body::Bytes;

/// The most bytes kept in memory; the oldest files are removed first.
const KEPT_MAX_BYTES: usize = 512 * 1024 * 1024;

/// A file that was uploaded.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    /// Its content.
    pub bytes: Bytes,
    /// The media type that came with it.
    pub media_type: String,
    /// Its length in seconds, if it is a voice or a video.
    pub seconds: Option<f64>,
}

/// The files that were uploaded, by path, newest first.
#[derive(Default)]
pub(super) struct Uploads(VecDeque<(String, Upload)>);

impl Uploads {
    /// The file at a path.
    pub fn get(&self, path: &str) -> Option<Upload> {
        self.0.iter().find(|(at, _)| at == path).map(|(_, upload)| upload.clone())
    }

    /// Stores a file, replacing an earlier one.
    pub fn put(&mut self, path: String, upload: Upload) {
        self.0.retain(|(at, _)| *at != path);
        self.0.push_front((path, upload));
        let mut kept = 0;
        self.0.retain(|(_, upload)| {
            kept += upload.bytes.len();
            kept <= KEPT_MAX_BYTES
        });
    }
}
