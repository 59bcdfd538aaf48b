//! The lock: `<storyboard>.lock`, kept in git. It says which take each scene has.
//!
//! The format is JSON with sorted names and one block per scene, so that git merges edits of
//! different scenes. Each entry includes its recipe's listing, so that a plan can say what changed
//! even on a machine that has never seen the take.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Key, Moment, SceneId, TaskId};
use crate::plan::key::Listing;

/// The format version that this program writes.
pub const LOCK_VERSION: u32 = 1;

/// Which take each scene has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The format version of this file.
    pub version: u32,
    /// The picked take of each scene, by scene id.
    pub scenes: BTreeMap<SceneId, LockedTake>,
}

/// A scene's picked take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedTake {
    /// Which rendition of the scene, from 1.
    pub take: u32,
    /// The key of its recipe.
    pub key: Key,
    /// The seed it was generated with, if the model supports one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// The SHA-256 of the video.
    pub artifact: Digest,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The provider's task that generated it.
    pub task: TaskId,
    /// When the provider finished it.
    pub finished: Moment,
    /// Everything that decided the picture.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub recipe: Listing,
}

/// Why a lock cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// It contains git conflict markers; the first is at this line.
    #[error("line {0} is a conflict marker of git")]
    Conflict(usize),
    /// A newer program wrote it.
    #[error("it has version {0}, this program knows version {LOCK_VERSION}")]
    Newer(u64),
    /// It is not a lock.
    #[error("line {line}, column {column}: {message}")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The error.
        message: String,
    },
}

impl Default for Lock {
    fn default() -> Self {
        Lock { version: LOCK_VERSION, scenes: BTreeMap::new() }
    }
}

impl Lock {
    /// Reads a lock's text.
    pub fn parse(text: &str) -> Result<Lock, LockError> {
        let marker = |line: &str| {
            ["<<<<<<< ", "=======", ">>>>>>> "].iter().any(|marker| line.starts_with(marker))
        };
        if let Some(at) = text.lines().position(marker) {
            return Err(LockError::Conflict(at + 1));
        }
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let newer = serde_json::from_str::<Version>(text)
            .ok()
            .filter(|file| file.version > u64::from(LOCK_VERSION));
        if let Some(file) = newer {
            return Err(LockError::Newer(file.version));
        }
        serde_json::from_str(text).map_err(|error| LockError::Unreadable {
            line: error.line(),
            column: error.column(),
            message: strip_position(&error.to_string()),
        })
    }

    /// Writes the lock's text, two spaces per level, with a newline at the end.
    pub fn print(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("a lock holds nothing that JSON cannot");
        text.push('\n');
        text
    }
}

/// Removes the ` at line 3 column 7` that serde_json appends to its messages.
fn strip_position(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |parts| parts.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ModelId, Resolution, SceneType};
    use crate::plan::key::{ProviderFamily, Recipe};

    fn lock() -> Lock {
        let recipe = Recipe {
            family: ProviderFamily::Kling,
            scene_type: SceneType::T2v,
            model: ModelId::new("kling-2-6"),
            prompt: Some("fog".into()),
            duration: Some(5),
            resolution: Resolution::P1080,
            aspect_ratio: Some(crate::catalog::AspectRatio::Wide),
            seed: Some(45678),
            image: None,
            voice: None,
            preview: None,
        };
        let take = LockedTake {
            take: 1,
            key: recipe.key(),
            seed: recipe.seed,
            artifact: Digest::of(b"video"),
            bytes: 5,
            task: TaskId::new("kling_1"),
            finished: Moment::from_millis(1_759_147_200_000),
            recipe: recipe.listing(),
        };
        let scenes = [("dawn".parse().unwrap(), take)].into();
        Lock { version: LOCK_VERSION, scenes }
    }

    #[test]
    fn prints_and_parses_back() {
        let text = lock().print();
        assert_eq!(Lock::parse(&text), Ok(lock()));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Lock::parse("{\n<<<<<<< HEAD\n"), Err(LockError::Conflict(2)));
        let newer = lock().print().replace("\"version\": 1", "\"version\": 2");
        assert_eq!(Lock::parse(&newer), Err(LockError::Newer(2)));
        let odd = lock().print().replace("\"take\": 1", "\"tkae\": 1");
        assert!(matches!(Lock::parse(&odd), Err(LockError::Unreadable { line: 5, .. })));
    }
}
