//! The manifest: what the build directory holds, as `build/manifest.json`.
//!
//! Nothing in it changes on a build that changes nothing.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Credits, CutId, Digest, Key, Moment, SceneId, TaskId};
use crate::catalog::{AspectRatio, FrameSize, ModelId, Resolution, SceneType};
use crate::media::VideoFacts;
use crate::plan::{Project, Recipe};
use crate::store::KnownTake;

/// The form of the file that this program writes.
pub const MANIFEST_VERSION: u32 = 1;

/// What the build directory holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this file's form.
    pub version: u32,
    /// The storyboard's file name.
    pub storyboard: String,
    /// The film's title.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// Who made the videos: `kling`, `kling-rehearsal` or `preview`.
    pub provider: String,
    /// The scenes that are there, in film order.
    pub scenes: Vec<ManifestScene>,
    /// The cuts that are there, in the order of the storyboard.
    pub cuts: Vec<ManifestCut>,
}

/// A scene's video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestScene {
    /// The scene.
    pub scene: SceneId,
    /// Its type.
    #[serde(rename = "type")]
    pub scene_type: SceneType,
    /// The model that made it.
    pub model: ModelId,
    /// The rendered prompt, where its type has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prompt: Option<String>,
    /// The seed, where the model takes one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seed: Option<u32>,
    /// The resolution asked for.
    pub resolution: Resolution,
    /// The aspect ratio asked for, where one was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub aspect_ratio: Option<AspectRatio>,
    /// Which rendition of the scene, from 1.
    pub take: u32,
    /// The key of its recipe.
    pub key: Key,
    /// The provider's task that made it.
    pub task: TaskId,
    /// When the provider had finished it.
    pub made: Moment,
    /// The most it cost.
    pub credits: Credits,
    /// Its file, relative to the build directory.
    pub video: String,
    /// Its poster, relative to the build directory, where it could be decoded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub poster: Option<String>,
    /// The SHA-256 of the video.
    pub artifact: Digest,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The picture's width in pixels.
    pub width: u32,
    /// The picture's height in pixels.
    pub height: u32,
    /// The video's length in seconds.
    pub seconds: f64,
    /// How many pictures it has.
    pub frames: u64,
    /// The video's codec, such as `h264`.
    pub codec: String,
    /// Whether it has sound.
    pub sound: bool,
}

/// A cut's video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestCut {
    /// The cut.
    pub cut: CutId,
    /// Its file, relative to the build directory.
    pub video: String,
    /// The scenes joined, in order.
    pub scenes: Vec<SceneId>,
    /// The SHA-256 of each scene's video.
    pub parts: Vec<Digest>,
    /// The SHA-256 of the cut.
    pub sha256: Digest,
    /// The cut's length in bytes.
    pub bytes: u64,
    /// The cut's length in seconds.
    pub seconds: f64,
}

impl Manifest {
    /// An empty manifest of a project's build directory.
    pub fn new(project: &Project, storyboard: &Path) -> Manifest {
        let name = storyboard.file_name().unwrap_or(storyboard.as_os_str());
        Manifest {
            version: MANIFEST_VERSION,
            storyboard: name.to_string_lossy().into_owned(),
            title: project.film.title.clone(),
            provider: project.wishes.maker.family().to_string(),
            scenes: Vec::new(),
            cuts: Vec::new(),
        }
    }

    /// Reads a manifest's text.
    ///
    /// # Errors
    /// Where it is no manifest of this version; a build directory without one works as well.
    pub fn parse(text: &str) -> serde_json::Result<Manifest> {
        serde_json::from_str(text)
    }

    /// Writes the manifest's text, with a newline at the end.
    pub fn print(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("a manifest holds nothing JSON cannot");
        text.push('\n');
        text
    }

    /// The entry of a scene.
    pub fn scene(&self, id: &SceneId) -> Option<&ManifestScene> {
        self.scenes.iter().find(|entry| entry.scene == *id)
    }

    /// What all scenes that are there cost at most.
    pub fn credits(&self) -> Credits {
        self.scenes.iter().map(|scene| scene.credits).sum()
    }

    /// Every file that it lists, relative to the build directory, and itself.
    pub fn files(&self) -> Vec<&str> {
        let scenes = self.scenes.iter();
        let of_scenes = scenes.flat_map(|scene| {
            std::iter::once(scene.video.as_str()).chain(scene.poster.as_deref())
        });
        let of_cuts = self.cuts.iter().map(|cut| cut.video.as_str());
        of_scenes.chain(of_cuts).chain(["manifest.json", "index.html"]).collect()
    }
}

impl ManifestScene {
    /// The entry of the scene at a position, with the files where they always are.
    pub fn new(
        project: &Project,
        at: usize,
        made_by: (&Recipe, &Key),
        take: &KnownTake,
        facts: &VideoFacts,
    ) -> ManifestScene {
        let (recipe, key) = made_by;
        let scene = &project.scene(at).id;
        ManifestScene {
            scene: scene.clone(),
            scene_type: recipe.scene_type,
            model: recipe.model.clone(),
            prompt: recipe.prompt.clone(),
            seed: recipe.seed,
            resolution: recipe.resolution,
            aspect_ratio: recipe.aspect_ratio,
            take: 1,
            key: *key,
            task: take.task.clone(),
            made: take.finished,
            credits: project.price(at),
            video: format!("scenes/{scene}.mp4"),
            poster: Some(format!("posters/{scene}.jpg")),
            artifact: take.digest,
            bytes: take.bytes,
            width: facts.size.width,
            height: facts.size.height,
            seconds: facts.millis as f64 / 1_000.0,
            frames: facts.frames,
            codec: facts.codec.clone(),
            sound: facts.has_audio,
        }
    }

    /// The video's facts, as they were when it was placed.
    pub fn video_facts(&self) -> VideoFacts {
        VideoFacts {
            codec: self.codec.clone(),
            size: FrameSize { width: self.width, height: self.height },
            millis: (self.seconds * 1_000.0).round() as u64,
            frames: self.frames,
            has_audio: self.sound,
        }
    }
}
