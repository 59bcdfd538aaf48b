//! Renames that were found: what scenes were called before, what they keep, and where it is unclear.
//!
//! What counts as a rename is decided in [`super::rename_search`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::key::Listing;
use super::lock::Lock;
use super::recovery::SubmissionOutcome;
use crate::base::{Key, SceneId};
use crate::storyboard::Film;

/// A request that this film has sent for a scene, under the name that the scene had then.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The scene's name then.
    pub scene: SceneId,
    /// The key of its recipe.
    pub key: Key,
    /// All that was asked for.
    pub recipe: Listing,
    /// How far it came.
    pub outcome: SubmissionOutcome,
}

/// Scenes and earlier scenes that are alike, where it is not clear which is which.
#[derive(Clone, Debug, PartialEq)]
pub struct UnclearRename {
    /// The positions of the scenes.
    pub positions: Vec<usize>,
    /// The earlier names whose takes are like them.
    pub names: BTreeSet<SceneId>,
    /// Those of them whose request may still be running.
    pub pending: BTreeMap<SceneId, SubmissionOutcome>,
}

/// What scenes were called before, and the seeds that they keep.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames {
    /// The earlier name of each renamed scene, by its position.
    pub(super) former: HashMap<usize, SceneId>,
    /// The seeds that scenes keep, by their positions.
    pub(super) seeds: HashMap<usize, u32>,
    /// The position to which each entry of the lock goes that has another name now.
    pub(super) moved: BTreeMap<SceneId, usize>,
    /// The scenes about which nothing is guessed, in film order.
    pub(super) unclear: Vec<UnclearRename>,
}

impl Sent {
    pub(super) const FAILED: u8 = 0;
    pub(super) const PENDING: u8 = 2;

    /// What is looked at first has the highest.
    pub(super) fn rank(&self) -> u8 {
        match self.outcome {
            SubmissionOutcome::Open(_) | SubmissionOutcome::Doubt => Sent::PENDING,
            SubmissionOutcome::Finished { .. } => 1,
            SubmissionOutcome::Failed(_) | SubmissionOutcome::NotAccepted => Sent::FAILED,
        }
    }
}

impl Renames {
    /// Whether there is anything to follow.
    pub fn is_empty(&self) -> bool {
        self.former.is_empty() && self.seeds.is_empty()
    }

    /// What a scene was called before.
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
        scenes.extend(self.moved.iter().filter_map(|(name, at)| {
            Some((film.scenes[*at].id.clone(), lock.scenes.get(name)?.clone()))
        }));
        Lock { version: lock.version, scenes }
    }
}
