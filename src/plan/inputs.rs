//! Inputs: facts about the local files that a film uses. The caller inspects the files.

use std::collections::HashMap;

use super::key::Narrator;
use crate::base::{Digest, SceneId};

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
    /// The installed fonts that the previews of scenes use.
    installed_fonts: HashMap<SceneId, Vec<Digest>>,
    /// Who is heard in the previews of scenes.
    narrators: HashMap<SceneId, Narrator>,
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

    /// Says which fonts of this machine the preview of a scene uses.
    pub fn insert_installed_fonts(&mut self, scene: &SceneId, fonts: Vec<Digest>) {
        if !fonts.is_empty() {
            self.installed_fonts.insert(scene.clone(), fonts);
        }
    }

    /// Says who is heard in the preview of a scene.
    pub fn insert_narrator(&mut self, scene: &SceneId, narrator: Narrator) {
        self.narrators.insert(scene.clone(), narrator);
    }

    /// Who is heard in the preview of a scene.
    pub fn narrator(&self, scene: &SceneId) -> Option<&Narrator> {
        self.narrators.get(scene)
    }

    /// The fonts of this machine that the preview of a scene uses.
    pub fn installed_fonts(&self, scene: &SceneId) -> &[Digest] {
        self.installed_fonts.get(scene).map_or(&[], Vec::as_slice)
    }
}
