//! The manifest: `manifest.json`, the contents of a build directory.
//!
//! It contains facts about the film and its takes, never the time or machine of a build, so a build
//! that makes nothing does not change a byte of it. Paths are relative to the build directory, with
//! `/` between their parts.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{
    Credits, CutId, Digest, FrameRate, Key, Moment, ProfileId, SceneId, Tag, TaskId,
};
use crate::catalog::{AspectRatio, ModelId, Resolution, SceneType};
use crate::media::join::SoundShape;
use crate::plan::ProviderFamily;

/// The version of the form that this program writes.
pub const MANIFEST_VERSION: u32 = 1;

/// The contents of a build directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this file's form.
    pub version: u32,
    /// The storyboard's file name.
    pub storyboard: String,
    /// The storyboard's title, if it has one.
    pub title: Option<String>,
    /// The profile that the takes were made under, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileId>,
    /// Who made the takes.
    pub provider: ProviderFamily,
    /// The scenes that have a take, in film order.
    pub scenes: Vec<ManifestScene>,
    /// The cuts that exist, in the order of the storyboard.
    pub cuts: Vec<ManifestCut>,
    /// A table of all scenes for spreadsheet programs: `scenes.csv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shot_list: Option<String>,
}

/// A scene's take in the build directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestScene {
    /// The scene.
    pub scene: SceneId,
    /// The scene's label, if the storyboard sets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeSet<Tag>,
    /// The scene's type.
    #[serde(rename = "type")]
    pub scene_type: SceneType,
    /// The model that made it.
    pub model: ModelId,
    /// The rendered prompt, if the type has one.
    pub prompt: Option<String>,
    /// The requested resolution.
    pub resolution: Resolution,
    /// The requested aspect ratio, if the type has one.
    pub aspect_ratio: Option<AspectRatio>,
    /// The seed, if the model uses one.
    pub seed: Option<u32>,
    /// Which rendition of the scene it is, from 1.
    pub take: u32,
    /// The key of its recipe.
    pub key: Key,
    /// The video, such as `scenes/dawn.mp4`.
    pub video: String,
    /// A still from it, such as `posters/dawn.jpg`, if one could be made.
    pub poster: Option<String>,
    /// The SHA-256 of the video.
    pub artifact: Digest,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The picture's width in pixels, as the video has it.
    pub width: u32,
    /// The picture's height in pixels, as the video has it.
    pub height: u32,
    /// The video's length in seconds.
    pub seconds: f64,
    /// The video codec, such as `h264`.
    pub codec: String,
    /// The provider's task that made it; none in a preview.
    pub task: Option<TaskId>,
    /// Its maximum cost; 0 in a preview.
    pub credits: Credits,
    /// When the provider had finished it; none in a preview.
    pub made: Option<Moment>,
}

/// Takes joined into one video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestCut {
    /// The cut's name.
    pub name: CutId,
    /// The video, such as `cuts/launch.mp4`.
    pub path: String,
    /// What is narrated in it, as WebVTT: `cuts/launch.vtt`, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captions: Option<String>,
    /// The same cut for editing programs, as OpenTimelineIO, FCPXML and EDL: `cuts/launch.otio`, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timelines: Vec<String>,
    /// The scenes joined, in order.
    pub scenes: Vec<SceneId>,
    /// When each of them is seen, in the same order. A manifest of an older version has none.
    #[serde(default)]
    pub clips: Vec<ManifestClip>,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The SHA-256 of the video.
    pub sha256: Digest,
    /// The video's length in seconds.
    pub seconds: f64,
    /// The pictures per second in whose frames its clips are measured, such as `24` or
    /// `30000/1001`. A manifest of an older version has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<FrameRate>,
}

/// A scene in a cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestClip {
    /// The scene.
    pub scene: SceneId,
    /// When it begins, in seconds from the start of the cut.
    pub starts: f64,
    /// How many seconds of it are seen. They may be more than was asked for, by some pictures that
    /// cannot be left out without encoding.
    pub seconds: f64,
    /// How many seconds the storyboard asks for, if it does not use the whole video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<f64>,
    /// How many frames of the cut's rate it is seen; the frames of all clips are those of the cut.
    #[serde(default)]
    pub frames: u64,
    /// How many such frames the scene's whole video has.
    #[serde(default)]
    pub source_frames: u64,
    /// The scene's own pictures per second, if they are not those of the cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<FrameRate>,
    /// The scene's own sound, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<SoundShape>,
}

/// Why a manifest cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// A newer program wrote it.
    #[error("it has version {0}, this program knows version {MANIFEST_VERSION}")]
    Newer(u64),
    /// It is not a manifest.
    #[error("it is not a manifest: {0}")]
    Unreadable(String),
}

impl Manifest {
    /// Writes the manifest's text, two spaces per level, with a newline at the end.
    ///
    /// Seconds are written to the millisecond, because a number with all its digits does not always
    /// read back unchanged.
    pub fn print(&self) -> String {
        crate::report::format::json::pretty(&self.clone().rounded())
    }

    /// The same with all seconds to the millisecond.
    fn rounded(mut self) -> Manifest {
        let to_millis = |seconds: &mut f64| *seconds = (*seconds * 1_000.0).round() / 1_000.0;
        self.scenes.iter_mut().for_each(|scene| to_millis(&mut scene.seconds));
        for cut in &mut self.cuts {
            to_millis(&mut cut.seconds);
            for clip in &mut cut.clips {
                to_millis(&mut clip.starts);
                to_millis(&mut clip.seconds);
                clip.length.as_mut().map(to_millis);
            }
        }
        self
    }

    /// Reads a manifest's text.
    ///
    /// # Errors
    /// Describes what is wrong with it; a build knows enough to write it again.
    pub fn parse(text: &str) -> Result<Manifest, ManifestError> {
        #[derive(Deserialize)]
        struct VersionOnly {
            version: u64,
        }
        let version = serde_json::from_str::<VersionOnly>(text).map(|file| file.version);
        match version {
            Ok(newer) if newer > u64::from(MANIFEST_VERSION) => Err(ManifestError::Newer(newer)),
            _ => serde_json::from_str(text)
                .map(Manifest::rounded)
                .map_err(|error| ManifestError::Unreadable(error.to_string())),
        }
    }

    /// Its takes: one scene of each, where several share one.
    fn takes(&self) -> impl Iterator<Item = &ManifestScene> {
        let mut seen = BTreeSet::new();
        self.scenes.iter().filter(move |scene| seen.insert(scene.key))
    }

    /// How many takes it has; one that several scenes share counts once.
    pub fn take_count(&self) -> usize {
        self.takes().count()
    }

    /// The maximum cost of all its takes together; one that several scenes share was paid once.
    pub fn credits(&self) -> Credits {
        self.takes().map(|scene| scene.credits).sum()
    }

    /// The length of all its takes together, in seconds.
    pub fn seconds(&self) -> f64 {
        self.scenes.iter().map(|scene| scene.seconds).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::manifest;

    #[test]
    fn prints_and_parses_back() {
        let text = manifest().print();
        assert_eq!(Manifest::parse(&text), Ok(manifest()));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn says_what_is_wrong() {
        let text = manifest().print();
        let newer = text.replacen("\"version\": 1", "\"version\": 2", 1);
        assert_eq!(Manifest::parse(&newer), Err(ManifestError::Newer(2)));
        let odd = text.replacen("\"take\"", "\"tkae\"", 1);
        let Err(ManifestError::Unreadable(message)) = Manifest::parse(&odd) else {
            panic!("a misspelt field was taken");
        };
        assert!(message.contains("`tkae`") && message.contains("line 1"), "{message}");
    }
}
