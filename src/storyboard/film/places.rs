//! Places: the location of each key and value in the storyboard's text.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::overridden::Overridden;
use super::value_origin::{ChosenValue, ValueOrigin};
use crate::base::{CutId, Place, ProfileId, SceneId, Source};
use crate::storyboard::text::yaml::tree::{MapEntry, NodeId, Tree};

/// The places of a storyboard's keys and values, by path; cheap to clone.
#[derive(Clone)]
pub struct Places {
    tree: Arc<Tree>,
    spots: Arc<PlaceIndex>,
}

/// The locations of the parts of a film that paths do not lead to.
#[derive(Default)]
pub(in crate::storyboard) struct PlaceIndex {
    /// Each scene, by its full name.
    pub scenes: HashMap<SceneId, ScenePlace>,
    /// The name of each cut, by its full name.
    pub cuts: HashMap<CutId, NodeId>,
    /// The pictures of characters, by the node that uses them and by path.
    pub pictures: HashMap<(NodeId, String), NodeId>,
    /// What the command line set, and which values contain it.
    pub outside: Overridden,
    /// The chosen profile.
    pub profile: Option<ProfileId>,
}

/// A use of a file that is written elsewhere, as the picture of a character or in a list: the node
/// that uses it, its path, and its own node.
pub(in crate::storyboard) type PictureUse = ((NodeId, String), NodeId);

/// The location of a scene.
pub(in crate::storyboard) struct ScenePlace {
    /// Its name and its fields.
    pub entry: MapEntry,
    /// Its row, if it was expanded from one.
    pub row: Option<Place>,
}

impl Places {
    /// The places of a tree, and of the film's parts in it.
    pub(in crate::storyboard) fn new(tree: &Arc<Tree>, spots: PlaceIndex) -> Self {
        Places { tree: tree.clone(), spots: Arc::new(spots) }
    }

    /// The text.
    pub fn source(&self) -> &Source {
        &self.tree.source
    }

    /// The place of the value at a path; list items are named by their number from 0.
    pub fn value(&self, path: &[&str]) -> Option<Place> {
        self.tree.entry(path).map(|entry| self.tree.place(entry.value))
    }

    /// The place of a scene's field, or of the scene's name if the field is not written.
    pub(in crate::storyboard) fn of_scene(&self, scene: &SceneId, field: &str) -> Option<Place> {
        let entry = self.spots.scenes.get(scene)?.entry;
        let field = self.tree.map(entry.value).and_then(|map| map.get(field));
        Some(self.tree.place(field.map_or(entry.key, |field| field.value)))
    }

    /// The place of a scene's name.
    pub(in crate::storyboard) fn of_scene_name(&self, scene: &SceneId) -> Option<Place> {
        self.spots.scenes.get(scene).map(|spot| self.tree.place(spot.entry.key))
    }

    /// The place of a scene's row, if it was expanded from one.
    pub(in crate::storyboard) fn row_of_scene(&self, scene: &SceneId) -> Option<&Place> {
        self.spots.scenes.get(scene)?.row.as_ref()
    }

    /// The place that names the file with this path, and the place that uses the character whose
    /// picture it is, if it is one.
    pub(in crate::storyboard) fn of_file(
        &self,
        chosen: ChosenValue,
        path: &str,
    ) -> Option<(Place, Option<Place>)> {
        let (ChosenValue::Own(node) | ChosenValue::Default(node)) = chosen else { return None };
        let place = |node| self.tree.place(node);
        Some(match self.spots.pictures.get(&(node, path.to_string())) {
            Some(picture) => {
                let (picture, user) = (place(*picture), place(node));
                let is_within = picture.source.name() == user.source.name()
                    && (user.span.start..=user.span.end).contains(&picture.span.start);
                (picture, (!is_within).then_some(user))
            }
            None => (place(node), None),
        })
    }

    /// The place of a cut's name.
    pub(in crate::storyboard) fn of_cut(&self, cut: &CutId) -> Option<Place> {
        self.spots.cuts.get(cut).map(|key| self.tree.place(*key))
    }

    /// The origin of the value at a path.
    pub(in crate::storyboard) fn origin_at(&self, path: &[&str]) -> ValueOrigin {
        let entry = self.tree.entry(path);
        self.origin(entry.map_or(ChosenValue::Neither, |entry| ChosenValue::Own(entry.value)))
    }

    /// The origin of a value.
    pub(in crate::storyboard) fn origin(&self, chosen: ChosenValue) -> ValueOrigin {
        let outside = |node| self.spots.outside.within(&self.tree, node);
        match chosen {
            ChosenValue::Own(node) => {
                ValueOrigin::Written { place: self.tree.place(node), outside: outside(node) }
            }
            ChosenValue::Profile(node) => {
                let profile = self.spots.profile.clone();
                let profile = profile.expect("only a chosen profile has values");
                let (place, outside) = (self.tree.place(node), outside(node));
                ValueOrigin::Profile { profile, place, outside }
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
