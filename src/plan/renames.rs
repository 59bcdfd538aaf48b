//! Renames that were found: former names, the seeds that scenes keep, and ambiguous cases.
//!
//! What counts as a rename is decided in [`super::rename_search`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::key::Listing;
use super::lock::Lock;
use super::recovery::SubmissionOutcome;
use crate::base::{Key, SceneId};
use crate::storyboard::Film;

/// A request that this film has sent for a scene, under the name that the scene had at the time.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The scene's name at the time.
    pub scene: SceneId,
    /// The key of its recipe.
    pub key: Key,
    /// The full recipe.
    pub recipe: Listing,
    /// Its outcome so far.
    pub outcome: SubmissionOutcome,
}

/// Scenes and earlier scenes that are alike, where the match is ambiguous.
#[derive(Clone, Debug, PartialEq)]
pub struct UnclearRename {
    /// The positions of the scenes.
    pub positions: Vec<usize>,
    /// The former names whose takes are like them.
    pub names: BTreeSet<SceneId>,
    /// Those former names whose request may still be running.
    pub pending: BTreeMap<SceneId, SubmissionOutcome>,
}

/// Former names of scenes, and the seeds that they keep.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames {
    /// The former name of each renamed scene, by its position.
    pub(super) former: HashMap<usize, SceneId>,
    /// The seeds that scenes keep, by their positions.
    pub(super) seeds: HashMap<usize, u32>,
    /// The new position of each lock entry whose scene was renamed.
    pub(super) moved: BTreeMap<SceneId, usize>,
    /// The scenes whose match is ambiguous, in film order.
    pub(super) unclear: Vec<UnclearRename>,
}

impl Sent {
    pub(super) const FAILED: u8 = 0;
    pub(super) const PENDING: u8 = 2;

    /// The rank of a request; higher ranks are searched first.
    pub(super) fn rank(&self) -> u8 {
        match self.outcome {
            SubmissionOutcome::Open(_) | SubmissionOutcome::Doubt => Sent::PENDING,
            SubmissionOutcome::Finished { .. } => 1,
            SubmissionOutcome::Failed(_) | SubmissionOutcome::NotAccepted => Sent::FAILED,
        }
    }
}

impl Renames {
    /// Whether nothing was renamed.
    pub fn is_empty(&self) -> bool {
        self.former.is_empty() && self.seeds.is_empty()
    }

    /// The former name of a scene.
    pub fn former(&self, at: usize) -> Option<&SceneId> {
        self.former.get(&at)
    }

    /// The seed that a scene keeps.
    pub fn seed(&self, at: usize) -> Option<u32> {
        self.seeds.get(&at).copied()
    }

    /// The lock with every entry under its scene's present name.
    pub fn carry_over(&self, lock: &Lock, film: &Film) -> Lock {
        let mut scenes = lock.scenes.clone();
        scenes.retain(|name, _| !self.moved.contains_key(name));
        for (name, at) in &self.moved {
            let Some(mut moved) = lock.scenes.get(name).cloned() else { continue };
            let id = &film.scenes[*at].id;
            // What remains of another scene under that name is kept as well.
            if let Some(other) = scenes.remove(id) {
                moved.absorb(&other);
            }
            scenes.insert(id.clone(), moved);
        }
        Lock { scenes, ..lock.clone() }
    }
}
