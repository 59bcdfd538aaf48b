//! The forms of images, voices and characters: a text, or one of several maps.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::value_schemas::{FrameName, SceneName, Text, WholeSeconds, wanted};
use super::written::{Template, Written};

wanted! {
    /// A character: its description, or its fields.
    CharacterText = |generator| {
        let fields = generator.subschema_for::<WrittenCharacter>();
        json_schema!({ "anyOf": [{ "type": "string" }, fields] })
    };
    /// The source of an image.
    ImageForm = |generator| {
        let frame = generator.subschema_for::<FrameImage>();
        let character = generator.subschema_for::<CharacterImage>();
        let url = generator.subschema_for::<PinnedUrl>();
        let file = generator.subschema_for::<WrittenFile>();
        json_schema!({ "anyOf": [{ "type": "string" }, frame, character, url, file] })
    };
    /// The source of a voice.
    VoiceForm = |generator| FileOrUrl::json_schema(generator);
    /// Shots, each with its prompt and its seconds.
    ShotList = |generator| {
        let shot = generator.subschema_for::<WrittenShot>();
        json_schema!({ "type": "array", "minItems": 1, "items": shot })
    };
    /// A file of the project, or a URL.
    FileOrUrl = |generator| {
        let url = generator.subschema_for::<PinnedUrl>();
        let file = generator.subschema_for::<WrittenFile>();
        json_schema!({ "anyOf": [{ "type": "string" }, url, file] })
    };
}

/// A character of the film.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Character")]
pub(in crate::storyboard) struct WrittenCharacter {
    /// The appearance of the character, for prompts: `{{mia}}` is this text.
    #[schemars(required)]
    pub description: Option<Written<Template<Text>>>,
    /// A picture of the character, for `image: { character: mia }`: a path or an https URL.
    pub image: Option<Written<FileOrUrl>>,
}

/// One of several shots of a clip.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Shot")]
pub(in crate::storyboard) struct WrittenShot {
    /// The description of the shot.
    #[schemars(required)]
    pub prompt: Option<Written<Template<Text>>>,
    /// Its length in whole seconds.
    #[schemars(required)]
    pub seconds: Option<Written<Template<WholeSeconds>>>,
}

/// An image that is the picture of a character.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct CharacterImage {
    /// The character.
    #[schemars(required)]
    pub character: Option<Written<Template<Text>>>,
}

/// An image that is a frame of another scene.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct FrameImage {
    /// The scene whose take is used.
    #[schemars(required)]
    pub scene: Option<Written<Template<SceneName>>>,
    /// Which frame: `first`, `last` (if left out), or seconds from the start.
    pub frame: Option<Written<Template<FrameName>>>,
}

/// A file on the web.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct PinnedUrl {
    /// Its https URL.
    #[schemars(required)]
    pub url: Option<Written<Template<Text>>>,
    /// The SHA-256 of its content, 64 hex digits, so that a change at the URL is noticed.
    pub sha256: Option<Written<Template<Text>>>,
}

/// A file of the project.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LocalFile")]
pub(in crate::storyboard) struct WrittenFile {
    /// Its path, relative to the storyboard.
    #[schemars(required)]
    pub file: Option<Written<Template<Text>>>,
}
