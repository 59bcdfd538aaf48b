//! The document: a storyboard as it is written, before anything is resolved.
//!
//! These types are the only list of the language's fields: the reader takes names from them, and
//! the JSON Schema is generated from them, so an editor and `kling-build` agree. The sentences
//! below are shown in editors. A value is held as its place in the tree ([`Written`]); what it
//! means, and whether it is right, is found when the film is resolved.

use schemars::JsonSchema;
use serde::Deserialize;

use super::input_forms::{CharacterText, ImageForm, VoiceForm};
use super::value_schemas::{
    AnyValue, ApiName, Dependencies, FilmSeed, FormatVersion, IncludeList, Length, MatrixForm,
    ModelName, ResolutionName, RowsForm, SceneName, SeedWish, TagList, Text, TextList,
};
use super::written::{NamedValues, Template, Written};
use crate::base::Credits;
use crate::catalog::{AspectRatio, SceneType};

/// A film in scenes: what `kling-build` reads.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["scenes"], "properties": { "scenes": { "minProperties": 1 } } },
    { "required": ["include"] }
]))]
pub(in crate::storyboard) struct Storyboard {
    /// The version of the storyboard format: 1.
    #[schemars(required)]
    pub version: Option<Written<FormatVersion>>,
    /// The film's name; templates can use it as `{{title}}`.
    pub title: Option<Written<Template<Text>>>,
    /// Other files whose vars, partials, characters, scenes and cuts join this one, before its own; paths are
    /// relative to this file.
    pub include: Option<Written<IncludeList>>,
    /// Values for templates: `{{product}}`. A value may be text, a number, a boolean, a list or a
    /// map (`{{hero.name}}`), and may be a template that uses other values.
    pub vars: Option<NamedValues<AnyValue>>,
    /// Axes and their values: every scene and every cut exists in every variant, as
    /// `host.en.16x9`. Templates use an axis by its name: `{{lang}}`.
    pub matrix: Option<Written<MatrixForm>>,
    /// Templates for use in templates: `{{> camera}}`.
    pub partials: Option<NamedValues<Text>>,
    /// Who is seen: `{{mia}}` in a prompt is a character's description, and
    /// `image: { character: mia }` the character's picture.
    pub characters: Option<NamedValues<CharacterText>>,
    /// Fields for scenes that do not have them; each fills only scenes whose type takes it. Under
    /// `t2v`, `i2v` and `avatar` stand those of one type.
    pub defaults: Option<Written<WrittenDefaults>>,
    /// Credits; a build that could cost more is refused before it starts.
    pub budget: Option<Written<Template<Credits>>>,
    /// A whole number from which the seeds of scenes with `seed: auto` are derived. Another number
    /// gives another film.
    pub seed: Option<Written<Template<FilmSeed>>>,
    /// The API dialect that makes the videos.
    pub api: Option<Written<ApiName>>,
    /// Where local images, voices and frames are public, so that the API can read them.
    pub hosting: Option<Written<WrittenHosting>>,
    /// How previews look.
    pub preview: Option<Written<Preview>>,
    /// The scenes by name, in film order; they may all stand in included files. A name may have
    /// parts after dots: `host.en`.
    pub scenes: Option<NamedValues<WrittenScene>>,
    /// Scenes joined into one video, by the cut's name.
    pub cuts: Option<NamedValues<WrittenCut>>,
}

/// What an included file is called in messages.
pub(in crate::storyboard) const INCLUDED: &str = "the included file";

/// A part of a film in a file of its own, for a storyboard to include.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct Included {
    /// The version of the storyboard format: 1.
    pub version: Option<Written<FormatVersion>>,
    /// Other files that join before this one; paths are relative to this file.
    pub include: Option<Written<IncludeList>>,
    /// Values for templates, in all files: `{{product}}`.
    pub vars: Option<NamedValues<AnyValue>>,
    /// Templates for use in templates, in all files: `{{> camera}}`.
    pub partials: Option<NamedValues<Text>>,
    /// Who is seen, in all files.
    pub characters: Option<NamedValues<CharacterText>>,
    /// Scenes by name; in the film they come before those of the file that includes this one.
    pub scenes: Option<NamedValues<WrittenScene>>,
    /// Scenes joined into one video, by the cut's name.
    pub cuts: Option<NamedValues<WrittenCut>>,
}

/// A named part of the film. Every value may be a template.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Scene")]
pub(in crate::storyboard) struct WrittenScene {
    /// How the scene comes to be: `t2v` from a prompt alone, `i2v` from a prompt and a first
    /// picture, `avatar` from a portrait and a recorded voice.
    #[serde(rename = "type")]
    #[schemars(required)]
    pub scene_type: Option<Written<Template<SceneType>>>,
    /// What previews call the scene on their slates: one line. Without it that is the scene's name
    /// without its variant. No paid video depends on it.
    pub label: Option<Written<Template<Text>>>,
    /// The name that the scene had before it was renamed: it keeps that scene's seed and take, and
    /// goes on with its open tasks, so the rename costs nothing. With rows or variants a name gets
    /// each one's (`host.en` was `presenter.en`), and a template is the whole name. The line can
    /// stay after the build.
    pub was: Option<Written<Template<SceneName>>>,
    /// The model that makes it.
    pub model: Option<Written<Template<ModelName>>>,
    /// What is to be seen. Spaces and empty lines around it are dropped.
    pub prompt: Option<Written<Template<Text>>>,
    /// The first picture, or an avatar's portrait: a path, an https URL, or a frame of another
    /// scene (`{ scene: opening, frame: last }`).
    pub image: Option<Written<ImageForm>>,
    /// An avatar's recorded voice: a path or an https URL.
    pub voice: Option<Written<VoiceForm>>,
    /// Length in seconds. For an avatar the voice decides; stating its length makes the plan's
    /// price exact where the voice is a URL.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<AspectRatio>>>,
    /// A number for the same video again, `auto` (derived from the film's seed and the scene's
    /// name), or `random` (a new take with each build).
    pub seed: Option<Written<Template<SeedWish>>>,
    /// Makes this scene once for each row, as `card.aurora`: a list, a map of names to rows, the
    /// name of a variable, or a CSV, JSON or YAML file. Templates use the row as `{{item.name}}`.
    pub for_each: Option<Written<RowsForm>>,
    /// What a row is called in the scene's name, such as `{{item.sku}}`. Without it a row is called
    /// by its `key` or its `id`, or by itself where it is a single value.
    pub key: Option<Written<Template<Text>>>,
    /// Scenes that are made before this one, for order's sake only.
    pub after: Option<Written<Dependencies>>,
    /// Words by which scenes are chosen together on the command line, as `tag:act1`: a list, or
    /// one text with commas between them. They add to those of `defaults` and never make a take
    /// stale. A template that renders as nothing is no tag.
    pub tags: Option<Written<TagList>>,
}

/// Fields for scenes that do not have them: those of all types, and those of each.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Defaults")]
pub(in crate::storyboard) struct WrittenDefaults {
    /// Fields of `t2v` scenes; they come before those of all types.
    pub t2v: Option<Written<T2vDefaults>>,
    /// Fields of `i2v` scenes; they come before those of all types.
    pub i2v: Option<Written<I2vDefaults>>,
    /// Fields of `avatar` scenes; they come before those of all types.
    pub avatar: Option<Written<AvatarDefaults>>,
    /// The model of `t2v` and `i2v` scenes.
    pub model: Option<Written<Template<ModelName>>>,
    /// The prompt of scenes that take one.
    pub prompt: Option<Written<Template<Text>>>,
    /// The image of `i2v` and `avatar` scenes.
    pub image: Option<Written<ImageForm>>,
    /// The voice of `avatar` scenes.
    pub voice: Option<Written<VoiceForm>>,
    /// Length in seconds of `t2v` and `i2v` scenes.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<AspectRatio>>>,
    /// The seed of `t2v` and `i2v` scenes.
    pub seed: Option<Written<Template<SeedWish>>>,
    /// Tags of all scenes, besides those of their own.
    pub tags: Option<Written<TagList>>,
}

/// Fields for `t2v` scenes that do not have them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct T2vDefaults {
    /// The model.
    pub model: Option<Written<Template<ModelName>>>,
    /// What is to be seen.
    pub prompt: Option<Written<Template<Text>>>,
    /// Length in seconds.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<AspectRatio>>>,
    /// The seed.
    pub seed: Option<Written<Template<SeedWish>>>,
    /// Tags of `t2v` scenes, besides those of all scenes and those of their own.
    pub tags: Option<Written<TagList>>,
}

/// Fields for `i2v` scenes that do not have them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct I2vDefaults {
    /// The model.
    pub model: Option<Written<Template<ModelName>>>,
    /// What is to be seen.
    pub prompt: Option<Written<Template<Text>>>,
    /// The first picture.
    pub image: Option<Written<ImageForm>>,
    /// Length in seconds.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<AspectRatio>>>,
    /// The seed.
    pub seed: Option<Written<Template<SeedWish>>>,
    /// Tags of `i2v` scenes, besides those of all scenes and those of their own.
    pub tags: Option<Written<TagList>>,
}

/// Fields for `avatar` scenes that do not have them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct AvatarDefaults {
    /// The model.
    pub model: Option<Written<Template<ModelName>>>,
    /// The portrait.
    pub image: Option<Written<ImageForm>>,
    /// The recorded voice.
    pub voice: Option<Written<VoiceForm>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Tags of `avatar` scenes, besides those of all scenes and those of their own.
    pub tags: Option<Written<TagList>>,
}

/// Every field that a default can fill.
#[derive(Default)]
pub(in crate::storyboard) struct SceneDefaults {
    /// The model.
    pub model: Option<Written<Template<ModelName>>>,
    /// What is to be seen.
    pub prompt: Option<Written<Template<Text>>>,
    /// The first picture, or the portrait.
    pub image: Option<Written<ImageForm>>,
    /// The recorded voice.
    pub voice: Option<Written<VoiceForm>>,
    /// Length in seconds.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<AspectRatio>>>,
    /// The seed.
    pub seed: Option<Written<Template<SeedWish>>>,
    /// Lists of tags, which add to one another.
    pub tags: Vec<Written<TagList>>,
}

/// Where files of the project are public.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Hosting")]
pub(in crate::storyboard) struct WrittenHosting {
    /// An https URL under which the project's files are found by their path relative to the
    /// storyboard.
    #[schemars(required)]
    pub base_url: Option<Written<Template<Text>>>,
}

/// How previews look.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct Preview {
    /// Font files to use before the built-in ones, for scripts that those do not have.
    pub fonts: Option<Written<TextList>>,
}

/// Scenes joined into one video.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Cut")]
pub(in crate::storyboard) struct WrittenCut {
    /// The name that the cut had before it was renamed: its file gets the new name and is not made
    /// again. With variants a name gets each one's, and a template is the whole name.
    pub was: Option<Written<Template<SceneName>>>,
    /// The scenes in the order of the cut; a scene may stand more than once.
    #[schemars(required)]
    pub scenes: Option<Written<Dependencies>>,
}
