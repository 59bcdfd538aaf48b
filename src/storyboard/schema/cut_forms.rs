//! The forms of cuts and of the clips in them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::value_schemas::{Length, SceneName, wanted};
use super::written::{Template, Written};

wanted! {
    /// Clips in the order of a cut: the names of scenes, or maps.
    ClipList = |generator| {
        let name = generator.subschema_for::<Template<SceneName>>();
        let clip = generator.subschema_for::<WrittenClip>();
        let item = json_schema!({ "anyOf": [name, clip] });
        json_schema!({ "type": "array", "items": item })
    };
}

/// Scenes joined into one video.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Cut")]
pub(in crate::storyboard) struct WrittenCut {
    /// The cut's name before it was renamed: its file gets the new name without being joined again.
    /// A plain name gets the variant of each cut; a template must render as the whole name.
    pub was: Option<Written<Template<SceneName>>>,
    /// The scenes in the order of the cut; a scene may appear more than once.
    #[schemars(required)]
    pub scenes: Option<Written<ClipList>>,
}

/// A scene in a cut.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Clip")]
pub(in crate::storyboard) struct WrittenClip {
    /// The scene.
    #[schemars(required)]
    pub scene: Option<Written<Template<SceneName>>>,
    /// How many seconds of it this cut uses, from its start; if left out, those of the scene's own
    /// `length`.
    pub length: Option<Written<Template<Length>>>,
}
