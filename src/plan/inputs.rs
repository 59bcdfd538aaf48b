//! Inputs: facts about the local files that a film uses. The caller inspects the files.

use std::collections::HashMap;

use crate::base::Digest;

/// The facts about a local file.
#[derive(Clone, Debug, PartialEq)]
pub struct InputFile {
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its media type, such as `image/png`.
    pub media_type: &'static str,
    /// The usual extension of that type, without the dot.
    pub extension: &'static str,
    /// Width and height in pixels as it is shown, for an image or a video.
    pub picture: Option<(u32, u32)>,
    /// Whether it is an image that a note of the camera turns.
    pub is_turned: bool,
    /// Length in seconds, for a voice or a video.
    pub seconds: Option<f64>,
}

impl InputFile {
    /// A file of which nothing but the digest is known, or matters.
    pub fn of_digest(digest: Digest) -> InputFile {
        InputFile {
            digest,
            bytes: 0,
            media_type: "application/octet-stream",
            extension: "bin",
            picture: None,
            is_turned: false,
            seconds: None,
        }
    }
}

/// The local files that a film uses, by path as the storyboard writes it.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    files: HashMap<String, InputFile>,
}

impl Inputs {
    /// Adds the facts about a file.
    pub fn insert(&mut self, path: impl Into<String>, facts: InputFile) {
        self.files.insert(path.into(), facts);
    }

    /// The facts about the file at that path.
    pub fn get(&self, path: &str) -> Option<&InputFile> {
        self.files.get(path)
    }
}
