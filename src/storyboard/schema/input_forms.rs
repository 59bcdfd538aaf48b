//! The forms of images, voices and characters: a text, or one of several maps.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::value_schemas::{FrameName, Moment, SceneName, Text, WholeSeconds, wanted};
use super::written::{Template, Written};
use crate::catalog::Fit;

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
        let url = generator.subschema_for::<PictureUrl>();
        let file = generator.subschema_for::<PictureFile>();
        json_schema!({ "anyOf": [{ "type": "string" }, frame, character, url, file] })
    };
    /// Sources of images.
    ImageList = |generator| {
        let image = ImageForm::json_schema(generator);
        json_schema!({ "type": "array", "minItems": 1, "items": image })
    };
    /// The source of a video.
    VideoForm = |generator| {
        let take = generator.subschema_for::<SceneVideo>();
        let url = generator.subschema_for::<PinnedUrl>();
        let file = generator.subschema_for::<WrittenFile>();
        json_schema!({ "anyOf": [{ "type": "string" }, take, url, file] })
    };
    /// Sources of pictures, and of a video.
    ReferenceList = |generator| {
        let image = ImageForm::json_schema(generator);
        let video = generator.subschema_for::<VideoReference>();
        let voice = generator.subschema_for::<VoiceReference>();
        let item = json_schema!({ "anyOf": [image, video, voice] });
        json_schema!({ "type": "array", "minItems": 1, "items": item })
    };
    /// Elements, each with its name and its files.
    ElementList = |generator| {
        let element = generator.subschema_for::<WrittenElement>();
        json_schema!({ "type": "array", "minItems": 1, "items": element })
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

/// Something that a prompt can name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Element")]
pub(in crate::storyboard) struct WrittenElement {
    /// Its name: the prompt says `@name`.
    #[schemars(required)]
    pub name: Option<Written<Template<Text>>>,
    /// What it is.
    #[schemars(required)]
    pub description: Option<Written<Template<Text>>>,
    /// Two to four pictures of it.
    pub images: Option<Written<ImageList>>,
    /// A video of it, instead of pictures.
    pub video: Option<Written<VideoForm>>,
    /// Where the part of the video that shows it begins, in seconds.
    pub from: Option<Written<Template<Moment>>>,
    /// Where that part ends, in seconds.
    pub to: Option<Written<Template<Moment>>>,
    /// A recording of its voice, 5 to 30 seconds long.
    pub voice: Option<Written<VoiceForm>>,
}

/// A reference that is a video.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct VideoReference {
    /// The video.
    #[schemars(required)]
    pub video: Option<Written<VideoForm>>,
}

/// A reference that is a recording.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct VoiceReference {
    /// The recording.
    #[schemars(required)]
    pub voice: Option<Written<VoiceForm>>,
}

/// A video that is the take of another scene.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct SceneVideo {
    /// The scene whose take is used.
    #[schemars(required)]
    pub scene: Option<Written<Template<SceneName>>>,
}

/// An image that is the picture of a character.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct CharacterImage {
    /// The character.
    #[schemars(required)]
    pub character: Option<Written<Template<Text>>>,
    /// What to do if its shape differs from the scene's; overrides the scene's `fit`.
    pub fit: Option<Written<Template<Fit>>>,
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
    /// What to do if its shape differs from the scene's; overrides the scene's `fit`.
    pub fit: Option<Written<Template<Fit>>>,
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

/// A picture on the web.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct PictureUrl {
    /// Its https URL.
    #[schemars(required)]
    pub url: Option<Written<Template<Text>>>,
    /// The SHA-256 of its content, 64 hex digits, so that a change at the URL is noticed.
    pub sha256: Option<Written<Template<Text>>>,
    /// Only `keep`, where the scene has another `fit`: a picture on the web is used as it is.
    pub fit: Option<Written<Template<Fit>>>,
}

/// A picture of the project.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct PictureFile {
    /// Its path, relative to the storyboard.
    #[schemars(required)]
    pub file: Option<Written<Template<Text>>>,
    /// What to do if its shape differs from the scene's; overrides the scene's `fit`.
    pub fit: Option<Written<Template<Fit>>>,
}
