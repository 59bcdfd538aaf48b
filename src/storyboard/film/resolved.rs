//! The film: a storyboard resolved. Variables are bound, templates rendered, defaults filled in.
//!
//! A film holds only scenes that are right; what was wrong is in the diagnostics beside it. Paths
//! are as written, relative to the storyboard; nothing here has looked at a disk.

use std::collections::{BTreeSet, HashMap};

use super::places::Places;
use super::value_origin::{SceneField, SceneOrigins, ValueOrigin};
use crate::base::{Credits, CutId, Digest, Place, SceneId, Tag};
use crate::catalog::{AspectRatio, Dialect, ModelId, Resolution, SceneType};

/// A storyboard resolved.
#[derive(Clone, Debug)]
pub struct Film {
    /// The storyboard's `title`.
    pub title: Option<String>,
    /// The API dialect that makes its takes.
    pub api: Dialect,
    /// The most credits that one build may cost.
    pub budget: Option<Credits>,
    /// Where local files and frames are public already, if they are.
    pub hosting: Option<Hosting>,
    /// Font files for the preview, before the built-in ones.
    pub preview_fonts: Vec<String>,
    /// The scenes in film order.
    pub scenes: Vec<Scene>,
    /// The cuts in the order written.
    pub cuts: Vec<Cut>,
    /// Where each value stands in the storyboard.
    pub places: Places,
}

impl Film {
    /// The scene of that name.
    pub fn scene(&self, id: &SceneId) -> Option<&Scene> {
        self.scenes.iter().find(|scene| scene.id == *id)
    }

    /// Each scene's position in film order.
    pub fn positions(&self) -> HashMap<&SceneId, usize> {
        self.scenes.iter().enumerate().map(|(at, scene)| (&scene.id, at)).collect()
    }

    /// Where a scene's field stands, or the scene's name where the field is not written.
    pub fn place_of(&self, scene: &SceneId, field: &str) -> Option<Place> {
        self.places.of_scene(scene, field)
    }

    /// Where the file of a scene's image or voice is named: in the scene, the defaults or a character;
    /// and for a character also where it is used.
    pub fn place_of_file(
        &self,
        scene: &Scene,
        field: SceneField,
        path: &str,
    ) -> Option<(Place, Option<Place>)> {
        self.places.of_file(scene.origins.chosen(field), path)
    }

    /// Where a scene is written.
    pub fn place_of_scene(&self, scene: &SceneId) -> Option<Place> {
        self.places.of_scene_name(scene)
    }

    /// Where a cut is written.
    pub fn place_of_cut(&self, cut: &CutId) -> Option<Place> {
        self.places.of_cut(cut)
    }

    /// Where the row stands that a scene was made for, if it was made for one.
    pub fn row_of(&self, scene: &SceneId) -> Option<&Place> {
        self.places.row_of_scene(scene)
    }

    /// Where the value at a path of the storyboard comes from.
    pub fn origin_at(&self, path: &[&str]) -> ValueOrigin {
        self.places.origin_at(path)
    }

    /// Where the value of a scene's field comes from.
    pub fn origin_of(&self, scene: &Scene, field: SceneField) -> ValueOrigin {
        self.places.origin(scene.origins.chosen(field))
    }
}

/// Where local files and frames are public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosting {
    /// Files of the project are found under this URL by their path relative to the storyboard.
    pub base_url: String,
}

/// A named part of the film.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Its name, with its row and its variant: `host.en.16x9`.
    pub id: SceneId,
    /// Its name without the variant: its variants share their automatic seed and place in the film.
    pub base: SceneId,
    /// What it was called before, as `was` says.
    pub was: Option<FormerName>,
    /// What its slate calls it, where that is not its name without the variant.
    pub label: Option<String>,
    /// The model that makes it.
    pub model: ModelId,
    /// What it shows and how it is made.
    pub shot: Shot,
    /// Scenes that come first for order's sake only.
    pub after: Vec<SceneId>,
    /// Where each of these values comes from.
    pub origins: SceneOrigins,
    /// What it is gathered under; decides nothing of its picture.
    pub tags: BTreeSet<Tag>,
}

/// The name that a scene had before it was renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerName {
    /// With its row and its variant.
    pub id: SceneId,
    /// Without the variant.
    pub base: SceneId,
}

/// What a scene shows, per type.
#[derive(Clone, Debug, PartialEq)]
pub enum Shot {
    /// Text to video.
    T2v {
        /// The rendered prompt.
        prompt: String,
        /// Length, size and seed.
        clip: Clip,
    },
    /// Image to video.
    I2v {
        /// The first picture.
        image: ImageInput,
        /// The rendered prompt.
        prompt: String,
        /// Length, size and seed.
        clip: Clip,
    },
    /// Talking head.
    Avatar {
        /// The portrait.
        image: ImageInput,
        /// The recorded voice.
        voice: VoiceInput,
        /// The tier: 720p is standard, 1080p is pro.
        resolution: Resolution,
        /// The voice's length in seconds as the storyboard states it (`duration`), if it does.
        stated_seconds: Option<f64>,
    },
}

/// Length, size and seed of a clip whose model takes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Length in seconds.
    pub duration: u32,
    /// Output quality.
    pub resolution: Resolution,
    /// Frame shape.
    pub aspect_ratio: AspectRatio,
    /// The seed; `None` where the model takes none.
    pub seed: Option<Seed>,
}

/// How a scene's seed is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// Written in the storyboard.
    Fixed(u32),
    /// Derived from the film's seed and the scene's id; an entry in the lock keeps its own.
    Auto(u32),
    /// A new one for each build.
    Random,
}

/// Where a scene's image comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageInput {
    /// A file, its path as written.
    File(String),
    /// An https URL, with the digest of its content if pinned.
    Url(String, Option<Digest>),
    /// A frame of another scene's take.
    Frame(SceneId, FrameAt),
}

/// Where a scene's voice comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum VoiceInput {
    /// A file, its path as written.
    File(String),
    /// An https URL, with the digest of its content if pinned.
    Url(String, Option<Digest>),
}

/// Which frame of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameAt {
    /// The first shown.
    First,
    /// The last shown.
    Last,
    /// The one shown at this many milliseconds.
    Millis(u64),
}

impl std::fmt::Display for FrameAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FrameAt::First => f.write_str("first"),
            FrameAt::Last => f.write_str("last"),
            FrameAt::Millis(millis) => write!(f, "{}", *millis as f64 / 1_000.0),
        }
    }
}

/// Takes joined into one video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Its name, with its variant: `launch.en.16x9`.
    pub id: CutId,
    /// What it was called before, as `was` says.
    pub was: Option<CutId>,
    /// The scenes joined, in order; a scene may stand more than once.
    pub scenes: Vec<SceneId>,
}

impl Scene {
    /// What its slate calls it.
    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or(self.base.as_str())
    }

    /// Its type.
    pub fn scene_type(&self) -> SceneType {
        match self.shot {
            Shot::T2v { .. } => SceneType::T2v,
            Shot::I2v { .. } => SceneType::I2v,
            Shot::Avatar { .. } => SceneType::Avatar,
        }
    }

    /// Its rendered prompt, where its type has one.
    pub fn prompt(&self) -> Option<&str> {
        match &self.shot {
            Shot::T2v { prompt, .. } | Shot::I2v { prompt, .. } => Some(prompt),
            Shot::Avatar { .. } => None,
        }
    }

    /// Its image, where its type has one.
    pub fn image(&self) -> Option<&ImageInput> {
        match &self.shot {
            Shot::T2v { .. } => None,
            Shot::I2v { image, .. } | Shot::Avatar { image, .. } => Some(image),
        }
    }

    /// Its voice, where its type has one.
    pub fn voice(&self) -> Option<&VoiceInput> {
        match &self.shot {
            Shot::Avatar { voice, .. } => Some(voice),
            Shot::T2v { .. } | Shot::I2v { .. } => None,
        }
    }

    /// Its length, size and seed, where its type has them.
    pub fn clip(&self) -> Option<&Clip> {
        match &self.shot {
            Shot::T2v { clip, .. } | Shot::I2v { clip, .. } => Some(clip),
            Shot::Avatar { .. } => None,
        }
    }

    /// Its output quality.
    pub fn resolution(&self) -> Resolution {
        match &self.shot {
            Shot::T2v { clip, .. } | Shot::I2v { clip, .. } => clip.resolution,
            Shot::Avatar { resolution, .. } => *resolution,
        }
    }

    /// Says whose take feeds this one's image, where a frame does.
    pub(in crate::storyboard) fn show_frame_of(&mut self, source: SceneId) {
        if let Shot::I2v { image, .. } | Shot::Avatar { image, .. } = &mut self.shot
            && let ImageInput::Frame(scene, _) = image
        {
            *scene = source;
        }
    }

    /// The scene whose take feeds this one's image, and the frame taken.
    pub fn frame_source(&self) -> Option<(&SceneId, FrameAt)> {
        match self.image() {
            Some(ImageInput::Frame(scene, frame)) => Some((scene, *frame)),
            _ => None,
        }
    }
}
