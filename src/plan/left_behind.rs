//! What is left behind: takes of the lock whose scene has another name now, or is gone.
//!
//! Each is found by its key and by its likeness, and is given to one scene only.

use std::collections::{HashMap, HashSet, VecDeque};

use super::likeness::Likeness;
use super::lock::LockedTake;
use crate::base::{Digest, Key, SceneId};

/// Takes that no scene of their name has any more.
#[derive(Default)]
pub(super) struct LeftBehind<'a> {
    by_trait: HashMap<Digest, VecDeque<(&'a SceneId, &'a LockedTake)>>,
    names: HashSet<&'a SceneId>,
    given: HashSet<&'a SceneId>,
}

/// What a take is looked for by.
#[derive(Clone, Copy)]
pub(super) enum Trait {
    /// Its key.
    Key(Key),
    /// All of its recipe but the seed, and perhaps the frame's bytes.
    Likeness(Likeness),
}

impl<'a> LeftBehind<'a> {
    /// Adds a take with the name that its scene had.
    pub fn add(&mut self, name: &'a SceneId, take: &'a LockedTake) {
        self.names.insert(name);
        let likeness = |with_frame| Trait::Likeness(Likeness::of(&take.recipe, with_frame));
        for by in [Trait::Key(take.key), likeness(true), likeness(false)] {
            for digest in [by.digest(None), by.digest(Some(name))] {
                self.by_trait.entry(digest).or_default().push_back((name, take));
            }
        }
    }

    /// Gives away the first take that has that trait and fits: of a scene with the same row and
    /// variant as this one, or of any.
    pub fn give(
        &mut self,
        by: Trait,
        of_parts: Option<&SceneId>,
        fits: impl Fn(&SceneId, &LockedTake) -> bool,
    ) -> Option<(&'a SceneId, &'a LockedTake)> {
        let waiting = self.by_trait.get_mut(&by.digest(of_parts))?;
        while waiting.front().is_some_and(|(name, _)| self.given.contains(name)) {
            waiting.pop_front();
        }
        let is_wanted =
            |(name, take): &(&SceneId, &LockedTake)| !self.given.contains(name) && fits(name, take);
        let found = waiting.iter().position(is_wanted).and_then(|at| waiting.remove(at))?;
        self.given.insert(found.0);
        Some(found)
    }

    /// Leaves the take of that name to the scene that has the name still.
    pub fn leave(&mut self, name: &'a SceneId) {
        self.given.insert(name);
    }

    /// Gives away the take of that name; says whether it was still there.
    pub fn give_this(&mut self, name: &'a SceneId) -> bool {
        self.names.contains(name) && self.given.insert(name)
    }

    /// Whether the take of that name has been given to a scene.
    pub fn is_given(&self, name: &SceneId) -> bool {
        self.given.contains(name)
    }
}

impl Trait {
    /// What it is filed under; with the row and the variant of a name, if one is given.
    fn digest(self, of_parts: Option<&SceneId>) -> Digest {
        let digest = match self {
            Trait::Key(key) => key.0,
            Trait::Likeness(likeness) => likeness.digest(),
        };
        match of_parts {
            Some(name) => Digest::of(format!("{digest}.{}", parts(name)).as_bytes()),
            None => digest,
        }
    }
}

/// The row and the variant of a name: what stands behind its first dot.
pub(super) fn parts(name: &SceneId) -> &str {
    name.as_str().split_once('.').map_or("", |name| name.1)
}
