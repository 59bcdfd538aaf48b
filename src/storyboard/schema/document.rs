//! The document: a storyboard as written, before it is resolved.
//!
//! These types are the only list of the language's fields: the reader takes names from them, and
//! the JSON Schema is generated from them, so an editor and `kling-build` agree. The sentences
//! below are shown in editors. A value is stored as its place in the tree ([`Written`]); its
//! meaning is checked when the film is resolved.

use schemars::JsonSchema;
use serde::Deserialize;

use super::cut_forms::WrittenCut;
use super::input_forms::{
    CharacterText, ElementList, ImageForm, ImageList, ReferenceList, ShotList, VideoForm, VoiceForm,
};
use super::value_schemas::{
    AnyValue, ApiName, Background, CameraMoveName, Dependencies, FilmSeed, FormatVersion,
    IncludeList, Length, MatrixForm, ModelName, Orientation, RatioName, ResolutionName, RowsForm,
    Scale, SceneName, SeedWish, Switch, TagList, TakeCount, Text, TextList,
};
use super::written::{NamedValues, Template, Written};
use crate::base::Credits;
use crate::catalog::{Fit, Quality, SceneType};

/// A film in scenes, as read by `kling-build`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["scenes"], "properties": { "scenes": { "minProperties": 1, "minItems": 1 } } },
    { "required": ["include"] }
]))]
pub(in crate::storyboard) struct Storyboard {
    /// The version of the storyboard format: 1.
    #[schemars(required)]
    pub version: Option<Written<FormatVersion>>,
    /// The film's name; templates can use it as `{{title}}`.
    pub title: Option<Written<Template<Text>>>,
    /// Other files whose vars, partials, characters, scenes and cuts are added before those of this
    /// file; paths are relative to this file.
    pub include: Option<Written<IncludeList>>,
    /// Values for templates: `{{product}}`. A value may be text, a number, a boolean, a list or a
    /// map (`{{hero.name}}`), and may be a template that uses other values.
    pub vars: Option<NamedValues<AnyValue>>,
    /// Axes and their values: every scene and every cut exists in every variant, such as
    /// `host.en.16x9`. Templates use an axis by its name: `{{lang}}`.
    pub matrix: Option<Written<MatrixForm>>,
    /// Templates to use in other templates: `{{> camera}}`.
    pub partials: Option<NamedValues<Text>>,
    /// The people in the film: `{{mia}}` in a prompt is a character's description, and `image: {
    /// character: mia }` is the character's picture.
    pub characters: Option<NamedValues<CharacterText>>,
    /// Values for fields that a scene does not set; each applies only to scenes whose type supports
    /// it. Values under `t2v`, `i2v` and `avatar` apply to that type only.
    pub defaults: Option<Written<WrittenDefaults>>,
    /// Named sets of values that override those of scenes and defaults while `--profile` names one:
    /// `draft: { model: kling-2-5-turbo, resolution: 720p }`. Each has a build directory of its own.
    pub profiles: Option<NamedValues<WrittenProfile>>,
    /// Credits; a build that could cost more is refused before it starts.
    pub budget: Option<Written<Template<Credits>>>,
    /// What a build does about a video of another size or length than requested: `warn` says so,
    /// `fail` also makes the exit code 1. The video was paid for and is the take in any case.
    pub quality: Option<Written<Template<Quality>>>,
    /// A whole number from which the seeds of scenes with `seed: auto` are derived. Another number
    /// gives another film.
    pub seed: Option<Written<Template<FilmSeed>>>,
    /// A file that adds models to the built-in catalog or replaces their prices: `kling-build catalog
    /// --print` prints the built-in one in that form. Paths are relative to this file.
    pub catalog: Option<Written<Template<Text>>>,
    /// The API dialect that generates the videos.
    pub api: Option<Written<ApiName>>,
    /// Where local images, voices and frames are public, so that the API can fetch them.
    pub hosting: Option<Written<WrittenHosting>>,
    /// The appearance of previews.
    pub preview: Option<Written<Preview>>,
    /// The scenes by name, in film order, or a list of scenes with an `id` each; all of them may be
    /// in included files. A name may have parts after dots: `host.en`.
    pub scenes: Option<NamedValues<WrittenScene>>,
    /// Scenes joined into one video, by the cut's name.
    pub cuts: Option<NamedValues<WrittenCut>>,
}

/// The name of an included file in messages.
pub(in crate::storyboard) const INCLUDED: &str = "the included file";

/// A part of a film in a separate file, for a storyboard to include.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct Included {
    /// The version of the storyboard format: 1.
    pub version: Option<Written<FormatVersion>>,
    /// Other files that are added before this one; paths are relative to this file.
    pub include: Option<Written<IncludeList>>,
    /// Values for templates, in all files: `{{product}}`.
    pub vars: Option<NamedValues<AnyValue>>,
    /// Templates to use in other templates, in all files: `{{> camera}}`.
    pub partials: Option<NamedValues<Text>>,
    /// The people in the film, for all files.
    pub characters: Option<NamedValues<CharacterText>>,
    /// Scenes by name, or a list of scenes with an `id` each; in the film they come before those of
    /// the file that includes this one.
    pub scenes: Option<NamedValues<WrittenScene>>,
    /// Scenes joined into one video, by the cut's name.
    pub cuts: Option<NamedValues<WrittenCut>>,
}

/// A named part of the film. Every value may be a template.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Scene")]
pub(in crate::storyboard) struct WrittenScene {
    /// The scene's name, where `scenes` is a list.
    pub id: Option<Written<SceneName>>,
    /// The type of the scene: `t2v` from a prompt alone, `i2v` from a prompt and a first picture,
    /// `avatar` from a portrait and a recorded voice. `still` is a picture and `card` is text, which
    /// are drawn on this machine and cost nothing. It may be left out if `defaults` has one.
    #[serde(rename = "type")]
    pub scene_type: Option<Written<Template<SceneType>>>,
    /// The scene's name on preview slates: one line. The default is the scene's name without its
    /// variant. Paid videos do not depend on it.
    pub label: Option<Written<Template<Text>>>,
    /// The scene's name before it was renamed. The scene keeps that name's seed and take, and
    /// continues its open tasks, so the rename costs nothing. A plain name gets the row and variant
    /// of each scene (`host.en` was `presenter.en`); a template must render as the whole name. The
    /// line can stay after the build.
    pub was: Option<Written<Template<SceneName>>>,
    /// The model that generates it.
    pub model: Option<Written<Template<ModelName>>>,
    /// The description of the shot. Spaces and empty lines around it are dropped.
    pub prompt: Option<Written<Template<Text>>>,
    /// The text of a card. Lines are broken where they are too long, and where the text breaks them.
    pub text: Option<Written<Template<Text>>>,
    /// How the camera moves over a still, such as `push in` or `pan left`. Without it the still comes
    /// a little nearer. Clips that are generated move as their prompt says.
    #[serde(rename = "move")]
    pub camera: Option<Written<Template<CameraMoveName>>>,
    /// What a narrator says while the scene is seen. Previews show it, and cuts get captions. Paid
    /// videos do not depend on it.
    pub narration: Option<Written<Template<Text>>>,
    /// A recording of what the narrator says, a file of the project. It is heard in previews; without
    /// one, espeak-ng reads the narration there, if it is installed.
    pub voiceover: Option<Written<Template<Text>>>,
    /// The voice in which espeak-ng reads what is narrated in previews, as `espeak-ng --voices` lists
    /// it, such as `en-gb`, `de` or `{{lang}}`; `off` for silence. Without it the script of the text
    /// decides: `en` for Latin letters.
    pub scratch_voice: Option<Written<Template<Text>>>,
    /// The first picture, an avatar's portrait, or the picture of a still: a path, an https URL, or a
    /// frame of another scene (`{ scene: opening, frame: last }`).
    pub image: Option<Written<ImageForm>>,
    /// The last picture, in the same forms as `image`. Only some models of the API dialect `jobs`
    /// take it.
    pub end_image: Option<Written<ImageForm>>,
    /// Pictures between the first and the last one, in order and in the same forms. Only models of
    /// a catalog of your own take them.
    pub key_images: Option<Written<ImageList>>,
    /// What to do with a picture whose shape differs from the scene's: `crop` cuts out the middle,
    /// `pad` adds black bars, and `keep` (the default) uses it as it is. It applies to the first and
    /// the last picture and those in between, if they are files of the project or frames of other
    /// scenes. One picture can have its own: `{ file: hero.png, fit: pad }`.
    pub fit: Option<Written<Template<Fit>>>,
    /// An avatar's recorded voice: a path or an https URL.
    pub voice: Option<Written<VoiceForm>>,
    /// A video: a path, an https URL, or the take of another scene (`{ scene: opening }`). In `t2v`
    /// scenes it is transformed as the prompt says; in `i2v` scenes the figure of `image` moves as
    /// in it, and the clip has its sound, voices as well. Only some models of the API dialect `jobs`
    /// take one.
    pub video: Option<Written<VideoForm>>,
    /// Pictures of what the clip shows, in the same forms as `image`, and at most one video
    /// (`{ video: { scene: opening } }`). They are not frames of the clip. Only some models of the
    /// API dialect `jobs` take them.
    pub references: Option<Written<ReferenceList>>,
    /// People and things that the prompt can name as `@name`, each with pictures or a video. Only
    /// some models of the API dialect `jobs` take them.
    pub elements: Option<Written<ElementList>>,
    /// Length in seconds; of a still or a card any length, 5 if left out. An avatar's length is that of its voice; giving it makes the plan's price
    /// exact if the voice is a URL.
    pub duration: Option<Written<Template<Length>>>,
    /// How many seconds of the clip are used: the shortest clip that is long enough is generated, and
    /// cuts leave out the rest. The `last` frame of the scene is the last one used.
    pub length: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<RatioName>>>,
    /// A number to get the same video again, `auto` (derived from the film's seed and the scene's
    /// name), or `random` (a new take with each build).
    pub seed: Option<Written<Template<SeedWish>>>,
    /// What the picture must not show. Only some models of the API dialect `jobs` take it.
    pub negative_prompt: Option<Written<Template<Text>>>,
    /// How closely the picture follows the prompt, from 0 to 1. Only some models of the API dialect
    /// `jobs` take it.
    pub cfg_scale: Option<Written<Template<Scale>>>,
    /// Whether the clip has sound. It may change the price; only some models of the API dialect
    /// `jobs` let it be chosen, and for those it is off if left out.
    pub sound: Option<Written<Template<Switch>>>,
    /// Whether the figure of `image` faces as in the `video` or as in the `image`.
    pub character_orientation: Option<Written<Template<Orientation>>>,
    /// Whether the background is that of the `video` (`input_video`) or of the `image`
    /// (`input_image`).
    pub background_source: Option<Written<Template<Background>>>,
    /// The shots that the clip cuts between, as `- { prompt: a pier at dawn, seconds: 3 }`. The sum
    /// of their seconds is the clip's duration, and without a `prompt` theirs are the clip's. Only
    /// some models of the API dialect `jobs` take them.
    pub shots: Option<Written<ShotList>>,
    /// How many takes to generate, each with another seed, to choose from with `pick`: each costs
    /// as much as one.
    pub takes: Option<Written<Template<TakeCount>>>,
    /// Creates this scene once for each row, as `card.aurora`: a list, a map of names to rows, the
    /// name of a variable, or a CSV, JSON or YAML file. Templates use the row as `{{item.name}}`.
    pub for_each: Option<Written<RowsForm>>,
    /// The name of a row in the scene's name, such as `{{item.sku}}`. The default is the row's
    /// `key` or `id`, or the row itself if it is a single value.
    pub key: Option<Written<Template<Text>>>,
    /// Scenes to generate before this one; affects only the order.
    pub after: Option<Written<Dependencies>>,
    /// Words for selecting scenes on the command line, as `tag:act1`: a list, or one text separated
    /// by commas. They are added to those of `defaults` and never make a take stale. A template
    /// that renders as empty adds no tag.
    pub tags: Option<Written<TagList>>,
    /// The act that the scene belongs to, as another tag: `2` is `tag:act2`, and `finale` is
    /// `tag:finale`.
    pub act: Option<Written<Template<Text>>>,
}

/// Values for fields that scenes do not set: those of all types, and those of each type.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Defaults")]
pub(in crate::storyboard) struct WrittenDefaults {
    /// Fields of `t2v` scenes; they override those of all types.
    pub t2v: Option<Written<T2vDefaults>>,
    /// Fields of `i2v` scenes; they override those of all types.
    pub i2v: Option<Written<I2vDefaults>>,
    /// Fields of `avatar` scenes; they override those of all types.
    pub avatar: Option<Written<AvatarDefaults>>,
    /// The type of scenes that do not say theirs.
    #[serde(rename = "type")]
    pub scene_type: Option<Written<Template<SceneType>>>,
    /// The model of `t2v` and `i2v` scenes.
    pub model: Option<Written<Template<ModelName>>>,
    /// The prompt of scenes that have one.
    pub prompt: Option<Written<Template<Text>>>,
    /// The image of `i2v` and `avatar` scenes.
    pub image: Option<Written<ImageForm>>,
    /// What to do with pictures whose shape differs from their scene's, if they can be changed.
    pub fit: Option<Written<Template<Fit>>>,
    /// The voice of `avatar` scenes.
    pub voice: Option<Written<VoiceForm>>,
    /// The voice in which espeak-ng reads narrations in previews.
    pub scratch_voice: Option<Written<Template<Text>>>,
    /// Length in seconds of `t2v` and `i2v` scenes.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<RatioName>>>,
    /// The seed of `t2v` and `i2v` scenes.
    pub seed: Option<Written<Template<SeedWish>>>,
    /// What the picture must not show.
    pub negative_prompt: Option<Written<Template<Text>>>,
    /// How closely the picture follows the prompt, from 0 to 1.
    pub cfg_scale: Option<Written<Template<Scale>>>,
    /// Whether clips have sound, where that can be chosen.
    pub sound: Option<Written<Template<Switch>>>,
    /// How many takes to generate, to choose from.
    pub takes: Option<Written<Template<TakeCount>>>,
    /// Tags of all scenes, in addition to their own.
    pub tags: Option<Written<TagList>>,
}

/// Values for fields that `t2v` scenes do not set.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct T2vDefaults {
    /// The model.
    pub model: Option<Written<Template<ModelName>>>,
    /// The description of the shot.
    pub prompt: Option<Written<Template<Text>>>,
    /// Length in seconds.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<RatioName>>>,
    /// The seed.
    pub seed: Option<Written<Template<SeedWish>>>,
    /// What the picture must not show.
    pub negative_prompt: Option<Written<Template<Text>>>,
    /// How closely the picture follows the prompt, from 0 to 1.
    pub cfg_scale: Option<Written<Template<Scale>>>,
    /// Whether clips have sound, where that can be chosen.
    pub sound: Option<Written<Template<Switch>>>,
    /// How many takes to generate, to choose from.
    pub takes: Option<Written<Template<TakeCount>>>,
    /// Tags of `t2v` scenes, in addition to those of all scenes and their own.
    pub tags: Option<Written<TagList>>,
}

/// Values for fields that `i2v` scenes do not set.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct I2vDefaults {
    /// The model.
    pub model: Option<Written<Template<ModelName>>>,
    /// The description of the shot.
    pub prompt: Option<Written<Template<Text>>>,
    /// The first picture.
    pub image: Option<Written<ImageForm>>,
    /// What to do with pictures whose shape differs from their scene's.
    pub fit: Option<Written<Template<Fit>>>,
    /// Length in seconds.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<RatioName>>>,
    /// The seed.
    pub seed: Option<Written<Template<SeedWish>>>,
    /// What the picture must not show.
    pub negative_prompt: Option<Written<Template<Text>>>,
    /// How closely the picture follows the prompt, from 0 to 1.
    pub cfg_scale: Option<Written<Template<Scale>>>,
    /// Whether clips have sound, where that can be chosen.
    pub sound: Option<Written<Template<Switch>>>,
    /// How many takes to generate, to choose from.
    pub takes: Option<Written<Template<TakeCount>>>,
    /// Tags of `i2v` scenes, in addition to those of all scenes and their own.
    pub tags: Option<Written<TagList>>,
}

/// Values for fields that `avatar` scenes do not set.
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
    /// How many takes to generate, to choose from.
    pub takes: Option<Written<Template<TakeCount>>>,
    /// Tags of `avatar` scenes, in addition to those of all scenes and their own.
    pub tags: Option<Written<TagList>>,
}

/// Values that override those of every scene whose type supports them. Values under `t2v`, `i2v` and
/// `avatar` apply to that type only.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Profile")]
pub(in crate::storyboard) struct WrittenProfile {
    /// Fields of `t2v` scenes; they override those of all types.
    pub t2v: Option<Written<ClipProfile>>,
    /// Fields of `i2v` scenes; they override those of all types.
    pub i2v: Option<Written<ClipProfile>>,
    /// Fields of `avatar` scenes; they override those of all types.
    pub avatar: Option<Written<AvatarProfile>>,
    /// The model of `t2v` and `i2v` scenes.
    pub model: Option<Written<Template<ModelName>>>,
    /// Length in seconds of `t2v` and `i2v` scenes.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture of `t2v` and `i2v` scenes.
    pub aspect_ratio: Option<Written<Template<RatioName>>>,
}

/// Values that override those of `t2v` or of `i2v` scenes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct ClipProfile {
    /// The model.
    pub model: Option<Written<Template<ModelName>>>,
    /// Length in seconds.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<RatioName>>>,
}

/// Values that override those of `avatar` scenes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct AvatarProfile {
    /// The model.
    pub model: Option<Written<Template<ModelName>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
}

/// Every field that can have a default.
#[derive(Default)]
pub(in crate::storyboard) struct SceneDefaults {
    /// The type.
    pub scene_type: Option<Written<Template<SceneType>>>,
    /// The model.
    pub model: Option<Written<Template<ModelName>>>,
    /// The description of the shot.
    pub prompt: Option<Written<Template<Text>>>,
    /// The first picture, or the portrait.
    pub image: Option<Written<ImageForm>>,
    /// What to do with pictures whose shape differs from their scene's.
    pub fit: Option<Written<Template<Fit>>>,
    /// The recorded voice.
    pub voice: Option<Written<VoiceForm>>,
    /// The voice that reads narrations in previews.
    pub scratch_voice: Option<Written<Template<Text>>>,
    /// Length in seconds.
    pub duration: Option<Written<Template<Length>>>,
    /// Output quality.
    pub resolution: Option<Written<Template<ResolutionName>>>,
    /// Shape of the picture.
    pub aspect_ratio: Option<Written<Template<RatioName>>>,
    /// The seed.
    pub seed: Option<Written<Template<SeedWish>>>,
    /// What the picture must not show.
    pub negative_prompt: Option<Written<Template<Text>>>,
    /// How closely the picture follows the prompt, from 0 to 1.
    pub cfg_scale: Option<Written<Template<Scale>>>,
    /// Whether clips have sound, where that can be chosen.
    pub sound: Option<Written<Template<Switch>>>,
    /// How many takes to generate.
    pub takes: Option<Written<Template<TakeCount>>>,
    /// Lists of tags, all of which apply.
    pub tags: Vec<Written<TagList>>,
}

/// Where project files are public: below a URL, or in a bucket that they are put into.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Hosting", extend("anyOf" = [
    { "required": ["base_url"] },
    { "required": ["s3"] }
]))]
pub(in crate::storyboard) struct WrittenHosting {
    /// An https URL; the project's files are available below it, by their path relative to the
    /// storyboard.
    pub base_url: Option<Written<Template<Text>>>,
    /// A bucket of Amazon S3 or of a service that speaks its protocol. Files are put there under
    /// names that contain their SHA-256, each once. The credentials are read from the environment:
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary ones, `AWS_SESSION_TOKEN`.
    pub s3: Option<Written<WrittenBucket>>,
}

/// A bucket, and where in it files are put.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Bucket")]
pub(in crate::storyboard) struct WrittenBucket {
    /// Its name.
    #[schemars(required)]
    pub bucket: Option<Written<Template<Text>>>,
    /// The URL of the service, without the bucket. The default is `AWS_ENDPOINT_URL_S3`,
    /// `AWS_ENDPOINT_URL`, or Amazon S3 in the region.
    pub endpoint: Option<Written<Template<Text>>>,
    /// Its region. The default is `AWS_REGION`, `AWS_DEFAULT_REGION`, or `us-east-1`.
    pub region: Option<Written<Template<Text>>>,
    /// A folder in the bucket.
    pub prefix: Option<Written<Template<Text>>>,
    /// The URL below which everyone can read the bucket. Without it, the API gets URLs that are signed
    /// anew for each request and expire after 24 hours, which `api: jobs` does not accept.
    pub public_url: Option<Written<Template<Text>>>,
}

/// The appearance of previews.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::storyboard) struct Preview {
    /// Font files to use before the built-in ones, for scripts that those do not support.
    pub fonts: Option<Written<TextList>>,
}
