//! A locked take: one rendition of a scene, as the lock keeps it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Credits, Digest, Key, Moment, TaskId};
use crate::catalog::Dialect;
use crate::plan::key::TakeChoice;

/// One take of a scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedTake {
    /// Its number within the scene, from 1. Numbers are never used again, and some may be missing.
    pub take: u32,
    /// The key of its recipe.
    pub key: Key,
    /// The seed it was generated with, if the model supports one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// The number that distinguishes it from other takes of a model without seeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<u32>,
    /// Whether its video was adopted: it was not generated for this scene by this program.
    #[serde(default, skip_serializing_if = "is_false")]
    pub adopted: bool,
    /// The SHA-256 of the video.
    pub artifact: Digest,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The video's length in seconds, if it could be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The provider's task that generated it; absent for a file of the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The API dialect of that task, if it is not `kling`.
    #[serde(default, skip_serializing_if = "Dialect::is_default")]
    pub api: Dialect,
    /// What was paid for it; absent if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<Credits>,
    /// When the provider finished it, or when it was adopted.
    pub finished: Moment,
    /// Whether a person picked it for its recipe; of all takes of one recipe at most one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub chosen: bool,
    /// The seed that the storyboard had when a person picked this take. The pick holds until the
    /// storyboard has another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<u32>,
    /// Whether a person has rejected it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub rejected: bool,
    /// What a person wrote about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Which of its scene's recipes it was made from.
    pub recipe: String,
}

impl LockedTake {
    /// A take of a key that nobody has decided about, whose origin is not known.
    pub fn new(take: u32, key: Key, choice: TakeChoice, video: (Digest, u64)) -> LockedTake {
        let (artifact, bytes) = video;
        LockedTake {
            take,
            key,
            seed: choice.seed,
            salt: choice.salt,
            adopted: choice.adopted.is_some(),
            artifact,
            bytes,
            seconds: None,
            task: None,
            api: Dialect::default(),
            credits: None,
            finished: Moment::default(),
            chosen: false,
            over: None,
            rejected: false,
            note: None,
            recipe: String::new(),
        }
    }

    /// What distinguishes it from other takes of its recipe.
    pub fn choice(&self) -> TakeChoice {
        let adopted = self.adopted.then_some(self.artifact);
        TakeChoice { seed: self.seed, salt: self.salt, adopted }
    }
}

pub(super) fn is_false(value: &bool) -> bool {
    !value
}
