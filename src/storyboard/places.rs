//! Places: where each key and value stands in the storyboard's text.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::yaml::{Entry, Tree};
use crate::base::{Place, SceneId, Source};

/// The places of a storyboard's keys and values, by path; cheap to clone.
#[derive(Clone)]
pub struct Places {
    tree: Arc<Tree>,
    /// Where each scene is written, by its whole name.
    scenes: Arc<HashMap<SceneId, Entry>>,
}

impl Places {
    /// The places of a tree, and of the scenes in it.
    pub(super) fn new(tree: &Arc<Tree>, scenes: HashMap<SceneId, Entry>) -> Self {
        Places { tree: tree.clone(), scenes: Arc::new(scenes) }
    }

    /// The text.
    pub fn source(&self) -> &Source {
        &self.tree.source
    }

    /// Where the value at a path stands; list items are named by their number from 0.
    pub fn value(&self, path: &[&str]) -> Option<Place> {
        self.tree.entry(path).map(|entry| self.tree.place(entry.value))
    }

    /// Where a scene's field stands, or the scene's name where the field is not written.
    pub(super) fn of_scene(&self, scene: &SceneId, field: &str) -> Option<Place> {
        let entry = self.scenes.get(scene)?;
        let field = self.tree.map(entry.value).and_then(|map| map.get(field));
        Some(self.tree.place(field.map_or(entry.key, |field| field.value)))
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({})", self.source().name())
    }
}
