//! Places: where each key and value stands in the storyboard's text.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::overridden::Overridden;
use super::value_origin::{ChosenValue, ValueOrigin};
use crate::base::{CutId, Place, SceneId, Source};
use crate::storyboard::text::yaml::tree::{MapEntry, NodeId, Tree};

/// The places of a storyboard's keys and values, by path; cheap to clone.
#[derive(Clone)]
pub struct Places {
    tree: Arc<Tree>,
    spots: Arc<PlaceIndex>,
}

/// Where the parts of a film are written that paths do not lead to.
#[derive(Default)]
pub(in crate::storyboard) struct PlaceIndex {
    /// Each scene, by its whole name.
    pub scenes: HashMap<SceneId, ScenePlace>,
    /// The name of each cut, by its whole name.
    pub cuts: HashMap<CutId, NodeId>,
    /// The pictures of characters, by the node that uses them and by path.
    pub pictures: HashMap<(NodeId, String), NodeId>,
    /// What the command line gave, and in which values it stands.
    pub outside: Overridden,
}

/// A use of a character's picture: the node that uses it, its path, and its own node.
pub(in crate::storyboard) type PictureUse = ((NodeId, String), NodeId);

/// Where a scene is written.
pub(in crate::storyboard) struct ScenePlace {
    /// Its name and its fields.
    pub entry: MapEntry,
    /// Its row, if it is one of a row.
    pub row: Option<Place>,
}

impl Places {
    /// The places of a tree, and of the parts of the film in it.
    pub(in crate::storyboard) fn new(tree: &Arc<Tree>, spots: PlaceIndex) -> Self {
        Places { tree: tree.clone(), spots: Arc::new(spots) }
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
    pub(in crate::storyboard) fn of_scene(&self, scene: &SceneId, field: &str) -> Option<Place> {
        let entry = self.spots.scenes.get(scene)?.entry;
        let field = self.tree.map(entry.value).and_then(|map| map.get(field));
        Some(self.tree.place(field.map_or(entry.key, |field| field.value)))
    }

    /// Where a scene's name stands.
    pub(in crate::storyboard) fn of_scene_name(&self, scene: &SceneId) -> Option<Place> {
        self.spots.scenes.get(scene).map(|spot| self.tree.place(spot.entry.key))
    }

    /// Where a scene's row stands, if it is one of a row.
    pub(in crate::storyboard) fn row_of_scene(&self, scene: &SceneId) -> Option<&Place> {
        self.spots.scenes.get(scene)?.row.as_ref()
    }

    /// Where the file of that path is named, which was chosen, and where the character is that has
    /// it as a picture, if one has.
    pub(in crate::storyboard) fn of_file(
        &self,
        chosen: ChosenValue,
        path: &str,
    ) -> Option<(Place, Option<Place>)> {
        let (ChosenValue::Own(node) | ChosenValue::Default(node)) = chosen else { return None };
        let place = |node| self.tree.place(node);
        Some(match self.spots.pictures.get(&(node, path.to_string())) {
            Some(picture) => (place(*picture), Some(place(node))),
            None => (place(node), None),
        })
    }

    /// Where a cut's name stands.
    pub(in crate::storyboard) fn of_cut(&self, cut: &CutId) -> Option<Place> {
        self.spots.cuts.get(cut).map(|key| self.tree.place(*key))
    }

    /// Where the value at a path comes from.
    pub(in crate::storyboard) fn origin_at(&self, path: &[&str]) -> ValueOrigin {
        let entry = self.tree.entry(path);
        self.origin(entry.map_or(ChosenValue::Neither, |entry| ChosenValue::Own(entry.value)))
    }

    /// Where a value comes from.
    pub(in crate::storyboard) fn origin(&self, chosen: ChosenValue) -> ValueOrigin {
        let outside = |node| self.spots.outside.within(&self.tree, node);
        match chosen {
            ChosenValue::Own(node) => {
                ValueOrigin::Written { place: self.tree.place(node), outside: outside(node) }
            }
            ChosenValue::Default(node) => {
                ValueOrigin::Defaults { place: self.tree.place(node), outside: outside(node) }
            }
            ChosenValue::Neither => ValueOrigin::Unwritten,
        }
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({})", self.source().name())
    }
}
