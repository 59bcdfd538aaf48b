//! Renames: which scene of the film is which of before, whatever both are called.
//!
//! The lock and the ledger know takes by the names that scenes had. A take is a scene's own where
//! the name is the same and the recipes differ at most in the seed. What is left then, because
//! nobody has its name or whoever has it asks for something else, is given to a scene that has no
//! take and whose recipe differs at most in the seed: that scene was renamed, and keeps the seed, so
//! that it has the same key and pays nothing. Two scenes that swap names, or a row of scenes that
//! move on by one number, are found in this way as well.
//!
//! What it does not recognise, and takes for a new scene: one that was renamed and changed at once,
//! unless the change is in what feeds it; one that another storyboard or clone has sent and no lock
//! has. Scenes that differ in nothing but their seeds and swap names keep each the take of its name,
//! and what shows their frames is made again; so may what shows the frames of scenes that share a
//! written seed as well and are renamed together.

use std::collections::{BTreeMap, HashMap};

use super::key::Listing;
use super::lock::Lock;
use super::project::{Inventory, Project};
use super::recovery::SubmissionOutcome;
use super::rename_search::Search;
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

/// Finds the requests of this film that differ from a recipe at most in the seed and the bytes of
/// the frame shown, oldest first.
pub type FindSent<'a> = &'a dyn Fn(&Listing) -> Vec<Sent>;

/// What scenes were called before, and the seeds that they keep.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames {
    /// The earlier name of each renamed scene, by its position.
    pub(super) former: HashMap<usize, SceneId>,
    /// The seeds that scenes keep, by their positions.
    pub(super) seeds: HashMap<usize, u32>,
    /// The position to which each entry of the lock goes that has another name now.
    pub(super) moved: BTreeMap<SceneId, usize>,
}

impl Renames {
    /// Looks through the whole film, for what one scene takes no other may have.
    pub fn find(project: &Project, knowledge: &dyn Inventory, sent: FindSent<'_>) -> Renames {
        Search::new(project, knowledge, sent).run()
    }

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

impl Sent {
    /// Whether it may be running, or has run unseen.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.outcome, SubmissionOutcome::Open(_) | SubmissionOutcome::Doubt)
    }
}
