//! The expansion: a resolved film, each value with its origin. `expand --json` prints it;
//! `schemas/expand.schema.json` describes it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::provenance::{OriginDocument, Sourced};
use crate::base::{Credits, CutId, Digest, Key, ProfileId, SceneId, Tag};
use crate::catalog::{AspectRatio, Dialect, Fit, ModelId, Quality, Resolution, SceneType, Setting};
use crate::plan::ProviderFamily;

/// The version of the document that this program writes.
pub const EXPANSION_VERSION: u32 = 1;

/// A resolved film.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Expansion {
    /// The version of this document's form.
    pub(super) version: u32,
    /// The storyboard's path, as it was given.
    pub(super) storyboard: String,
    /// The provider to which the keys belong.
    pub(super) provider: ProviderFamily,
    /// The profile whose values override those of the scenes, if one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<ProfileId>,
    /// The storyboard's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Sourced<String>>,
    /// The API dialect that makes the videos.
    pub(super) api: Sourced<Dialect>,
    /// The most credits that one build may cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) budget: Option<Sourced<Credits>>,
    /// What a build does about videos that differ from the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quality: Option<Sourced<Quality>>,
    /// An https URL under which the project's files are public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) base_url: Option<Sourced<String>>,
    /// The bucket that the project's files are put into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) s3: Option<Sourced<ExpandedBucket>>,
    /// Font files for previews.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fonts: Option<Sourced<Vec<String>>>,
    /// The chosen scenes, in film order.
    pub(super) scenes: Vec<ExpandedScene>,
    /// The cuts that join chosen scenes only, in the order written.
    pub(super) cuts: Vec<ExpandedCut>,
    /// The cuts that join scenes that were not chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cuts_left_out: Vec<CutId>,
}

/// A resolved scene; a field is absent if its type or its model does not have it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct ExpandedScene {
    /// Its name, with its row and its variant.
    pub scene: SceneId,
    /// Where it is written.
    pub origin: OriginDocument,
    /// The key of its take; absent while it waits for bytes that are not made yet, and if each
    /// build draws another seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// Its type.
    #[serde(rename = "type")]
    pub scene_type: Sourced<SceneType>,
    /// Its name in previews.
    pub label: Sourced<String>,
    /// Its previous name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Sourced<SceneId>>,
    /// The model that makes it.
    pub model: Sourced<ModelId>,
    /// The rendered prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Sourced<String>>,
    /// The rendered text of a card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Sourced<String>>,
    /// How the camera moves over a still.
    #[serde(rename = "move", skip_serializing_if = "Option::is_none")]
    pub camera: Option<Sourced<&'static str>>,
    /// What a narrator says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narration: Option<Sourced<String>>,
    /// The file with a recording of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voiceover: Option<Sourced<String>>,
    /// Who reads it in previews; absent if the script of the text decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scratch_voice: Option<Sourced<String>>,
    /// The first picture, or the portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Sourced<ExpandedInput>>,
    /// The last picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_image: Option<Sourced<ExpandedInput>>,
    /// The pictures between the first and the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_images: Option<Sourced<Vec<ExpandedInput>>>,
    /// The recorded voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<Sourced<ExpandedInput>>,
    /// The video that it transforms, or whose motion it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<Sourced<ExpandedInput>>,
    /// The references: pictures first, then videos, then voices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub references: Option<Sourced<Vec<ExpandedReference>>>,
    /// The elements that its prompt can name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elements: Option<Sourced<Vec<ExpandedElement>>>,
    /// The length in seconds; for an avatar, only if the storyboard sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Sourced<f64>>,
    /// How many seconds of it are used, if not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<Sourced<f64>>,
    /// The output quality.
    pub resolution: Sourced<Resolution>,
    /// The shape of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect_ratio: Option<Sourced<AspectRatio>>,
    /// The seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<Sourced<ExpandedSeed>>,
    /// The settings, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<Setting, Sourced<Value>>,
    /// The shots that it cuts between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shots: Option<Sourced<Vec<ExpandedShot>>>,
    /// How many takes it asks for, if more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes: Option<Sourced<u32>>,
    /// Its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Sourced<BTreeSet<Tag>>>,
    /// The chosen scenes that are made before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Sourced<Vec<SceneId>>>,
    /// The scenes that are made before this one and were not chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after_left_out: Vec<SceneId>,
}

/// A bucket, and where in it files are put.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct ExpandedBucket {
    /// Its name.
    pub bucket: String,
    /// The URL of the service, if the film names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Its region, if the film names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What the names of objects begin with.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The URL below which everyone can read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

/// One of several shots of a scene.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct ExpandedShot {
    /// What it shows.
    pub prompt: String,
    /// Its length in seconds.
    pub seconds: u32,
}

/// A reference of a scene.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ExpandedReference {
    /// A picture.
    Picture(ExpandedInput),
    /// A video.
    Video {
        /// The video.
        video: ExpandedInput,
    },
    /// A recording.
    Voice {
        /// The recording.
        voice: ExpandedInput,
    },
}

/// An element of a scene.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct ExpandedElement {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its pictures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ExpandedInput>,
    /// Its video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<ExpandedInput>,
    /// Where the part of the video that counts begins, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Where that part ends, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// Its voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<ExpandedInput>,
}

/// Where an image, a voice or a video comes from.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ExpandedInput {
    /// A file of the project.
    File {
        /// Its path, relative to the storyboard's folder.
        file: String,
        /// What is done about its shape, if it is not used as it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        fit: Option<Fit>,
    },
    /// A file on the network.
    Url {
        /// Its URL.
        url: String,
        /// The SHA-256 of its content, if it is pinned.
        #[serde(skip_serializing_if = "Option::is_none")]
        sha256: Option<Digest>,
    },
    /// A frame of another scene's take.
    Frame {
        /// The scene.
        scene: SceneId,
        /// `first`, `last`, or seconds from the start.
        frame: String,
        /// What is done about its shape, if it is not used as it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        fit: Option<Fit>,
    },
    /// The whole video of another scene's take.
    Video {
        /// The scene.
        scene: SceneId,
    },
}

/// How a scene's seed is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ExpandedSeed {
    /// This one.
    Number(u32),
    /// A new one for each build.
    Word(RandomWord),
}

/// The word for a seed that is new in each build.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RandomWord {
    /// A new one for each build.
    Random,
}

/// A resolved cut.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct ExpandedCut {
    /// Its name, with its variant.
    pub cut: CutId,
    /// Where it is written.
    pub origin: OriginDocument,
    /// Its previous name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<CutId>,
    /// The scenes joined, in order.
    pub scenes: Vec<ExpandedClip>,
}

/// A scene in a cut.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ExpandedClip {
    /// As much of it as its own `length` says.
    Scene(SceneId),
    /// As much of it as the cut says.
    Part {
        /// The scene.
        scene: SceneId,
        /// How many seconds of it are used.
        length: f64,
    },
}

impl Expansion {
    /// The expansion as JSON text, with a newline at the end.
    pub fn print_json(&self) -> String {
        crate::report::format::json::pretty(self)
    }
}
