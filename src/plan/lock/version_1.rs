//! Locks of version 1, which had one take a scene: they are read without loss.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::scene::LockedScene;
use super::take::LockedTake;
use crate::base::{Digest, Key, Moment, SceneId, TaskId};
use crate::plan::key::{Listing, TakeChoice};

/// A lock of version 1.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LockOfVersion1 {
    #[serde(rename = "version")]
    _version: u32,
    scenes: BTreeMap<SceneId, TakeOfVersion1>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeOfVersion1 {
    take: u32,
    key: Key,
    #[serde(default)]
    seed: Option<u32>,
    artifact: Digest,
    bytes: u64,
    task: TaskId,
    finished: Moment,
    recipe: Listing,
}

impl LockOfVersion1 {
    /// The same scenes as they are kept today.
    pub fn scenes(self) -> BTreeMap<SceneId, LockedScene> {
        self.scenes.into_iter().map(|(scene, take)| (scene, take.scene())).collect()
    }
}

impl TakeOfVersion1 {
    fn scene(self) -> LockedScene {
        let mut scene = LockedScene::default();
        let take = LockedTake {
            task: Some(self.task),
            finished: self.finished,
            ..LockedTake::new(
                self.take,
                self.key,
                TakeChoice { seed: self.seed, ..TakeChoice::default() },
                (self.artifact, self.bytes),
            )
        };
        scene.picked = Some(scene.keep(take, &self.recipe));
        scene
    }
}
