//! Origins: where each value of a scene comes from, for whoever asks why it is what it is.
//!
//! They are noted where a value is chosen, for nobody else knows whether the scene, the defaults or
//! the catalog won, and held as numbers of nodes: films have ten thousand scenes. They decide
//! nothing and are in no key.

use crate::base::Place;
use crate::storyboard::text::yaml::tree::NodeId;

/// How many fields there are.
const FIELDS: usize = SceneField::Tags as usize + 1;

/// A field of a scene whose value may come from several places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SceneField {
    /// `type`
    Type,
    /// `label`
    Label,
    /// `was`
    Was,
    /// `model`
    Model,
    /// `prompt`
    Prompt,
    /// `image`
    Image,
    /// `voice`
    Voice,
    /// `duration`
    Duration,
    /// `resolution`
    Resolution,
    /// `aspect_ratio`
    AspectRatio,
    /// `seed`
    Seed,
    /// `after`
    After,
    /// `tags`, the scene's own where it has some besides those of the defaults
    Tags,
}

/// Where a value of the film comes from.
#[derive(Clone, Debug)]
pub enum ValueOrigin {
    /// It stands there, in the scene itself or at the top of the storyboard.
    Written {
        /// Where.
        place: Place,
        /// What was given from outside of the storyboard and stands in the value.
        outside: Vec<String>,
    },
    /// It stands there, among the defaults.
    Defaults {
        /// Where.
        place: Place,
        /// What was given from outside of the storyboard and stands in the value.
        outside: Vec<String>,
    },
    /// Nothing is written; it follows from the rest.
    Unwritten,
}

/// What won when a value was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::storyboard) enum ChosenValue {
    /// The scene's own value.
    Own(NodeId),
    /// That of the defaults.
    Default(NodeId),
    /// Neither has one.
    #[default]
    Neither,
}

/// Where the values of one scene come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneOrigins([ChosenValue; FIELDS]);

impl SceneOrigins {
    /// Notes what won.
    pub(in crate::storyboard) fn note(&mut self, field: SceneField, chosen: ChosenValue) {
        self.0[field as usize] = chosen;
    }

    /// What won.
    pub(in crate::storyboard) fn chosen(&self, field: SceneField) -> ChosenValue {
        self.0[field as usize]
    }
}
