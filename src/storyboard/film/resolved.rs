//! The film: a storyboard resolved. Variables are bound, templates rendered, defaults filled in.
//!
//! A film contains only valid scenes; errors are in the diagnostics returned with it. Paths are as
//! written, relative to the storyboard; no disk was accessed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::camera_move::CameraMove;
use super::places::Places;
use super::value_origin::{SceneField, SceneOrigins, ValueOrigin};
use crate::base::{Credits, CutId, Digest, Place, ProfileId, SceneId, Tag};
use crate::catalog::{
    AspectRatio, Catalog, Dialect, FrameSize, InputRole, InputSlot, Model, ModelId, PictureFit,
    Quality, Resolution, SceneType, Setting, SettingValue,
};

/// A resolved storyboard.
#[derive(Clone, Debug)]
pub struct Film {
    /// The storyboard's `title`.
    pub title: Option<String>,
    /// The profile whose values override those of its scenes, if one was chosen.
    pub profile: Option<ProfileId>,
    /// The names of all its profiles, in the order written.
    pub profiles: Vec<ProfileId>,
    /// What the models can do and cost.
    pub catalog: &'static Catalog,
    /// The API dialect that generates its takes.
    pub api: Dialect,
    /// Whether `--api` or `KIE_API` chose it.
    pub api_is_given: bool,
    /// The most credits that one build may cost.
    pub budget: Option<Credits>,
    /// What a build does about videos that differ from the request; `warn` if it is not written.
    pub quality: Option<Quality>,
    /// Where local files and frames are already public, if they are.
    pub hosting: Option<Hosting>,
    /// Font files for the preview, before the built-in ones.
    pub preview_fonts: Vec<String>,
    /// The scenes in film order.
    pub scenes: Vec<Scene>,
    /// The cuts in the order written.
    pub cuts: Vec<Cut>,
    /// The place of each value in the storyboard.
    pub places: Places,
}

impl Film {
    /// The URL below which the project's files are public by themselves.
    pub fn base_url(&self) -> Option<&str> {
        match &self.hosting {
            Some(Hosting::BaseUrl(url)) => Some(url),
            Some(Hosting::Bucket(_)) | None => None,
        }
    }

    /// The bucket that files are put into.
    pub fn bucket(&self) -> Option<&BucketPlace> {
        match &self.hosting {
            Some(Hosting::Bucket(place)) => Some(place),
            Some(Hosting::BaseUrl(_)) | None => None,
        }
    }

    /// The scene with that name.
    pub fn scene(&self, id: &SceneId) -> Option<&Scene> {
        self.scenes.iter().find(|scene| scene.id == *id)
    }

    /// The name of its profile; empty for the film itself.
    pub fn profile_name(&self) -> &str {
        self.profile.as_ref().map_or("", ProfileId::as_str)
    }

    /// Each scene's position in film order.
    pub fn positions(&self) -> HashMap<&SceneId, usize> {
        self.scenes.iter().enumerate().map(|(at, scene)| (&scene.id, at)).collect()
    }

    /// The place of a scene's field, or of the scene's name if the field is not written.
    pub fn place_of(&self, scene: &SceneId, field: &str) -> Option<Place> {
        self.places.of_scene(scene, field)
    }

    /// The place that names the file of a scene's image or voice: in the scene, the defaults or a
    /// character; for a character also the place that uses it.
    pub fn place_of_file(
        &self,
        scene: &Scene,
        field: SceneField,
        path: &str,
    ) -> Option<(Place, Option<Place>)> {
        self.places.of_file(scene.origins.chosen(field), path)
    }

    /// The place of the value of a scene's field, in the scene or in the defaults.
    pub fn place_of_value(&self, scene: &Scene, field: SceneField) -> Option<Place> {
        match self.origin_of(scene, field) {
            ValueOrigin::Written { place, .. }
            | ValueOrigin::Defaults { place, .. }
            | ValueOrigin::Profile { place, .. } => Some(place),
            ValueOrigin::Unwritten => None,
        }
    }

    /// The place of a scene.
    pub fn place_of_scene(&self, scene: &SceneId) -> Option<Place> {
        self.places.of_scene_name(scene)
    }

    /// The place of a cut.
    pub fn place_of_cut(&self, cut: &CutId) -> Option<Place> {
        self.places.of_cut(cut)
    }

    /// The place of the row that a scene was expanded from, if any.
    pub fn row_of(&self, scene: &SceneId) -> Option<&Place> {
        self.places.row_of_scene(scene)
    }

    /// The origin of the value at a path of the storyboard.
    pub fn origin_at(&self, path: &[&str]) -> ValueOrigin {
        self.places.origin_at(path)
    }

    /// The origin of the value of a scene's field.
    pub fn origin_of(&self, scene: &Scene, field: SceneField) -> ValueOrigin {
        self.places.origin(scene.origins.chosen(field))
    }
}

/// Where local files and frames are public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosting {
    /// Project files are available below this URL, by their path relative to the storyboard.
    BaseUrl(String),
    /// Files are put into this bucket.
    Bucket(BucketPlace),
}

/// A bucket that speaks the protocol of S3, and where in it files are put. The rest is in the
/// environment, secrets always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketPlace {
    /// Its name.
    pub bucket: String,
    /// The URL of the service, if it is not the one of the environment or of Amazon.
    pub endpoint: Option<String>,
    /// Its region, if it is not the one of the environment.
    pub region: Option<String>,
    /// What the names of objects begin with, without a slash at its ends; may be empty.
    pub prefix: String,
    /// The URL below which everyone can read the bucket; without it, each request has addresses of
    /// its own, which are signed and expire.
    pub public_url: Option<String>,
}

/// A named part of the film.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Its name, with its row and its variant: `host.en.16x9`.
    pub id: SceneId,
    /// Its name without the variant; all its variants have the same automatic seed and position.
    pub base: SceneId,
    /// Its former name, from `was`.
    pub was: Option<FormerName>,
    /// Its name on preview slates, if that is not its name without the variant.
    pub label: Option<String>,
    /// What a narrator says while it is seen.
    pub narration: Option<String>,
    /// The file with a recording of that.
    pub voiceover: Option<String>,
    /// Who reads it in previews, where there is no recording.
    pub scratch_voice: ScratchVoice,
    /// The model that generates it.
    pub model: ModelId,
    /// What it shows and how it is generated.
    pub shot: Shot,
    /// Its other inputs: pictures between the first and the last, a video, references, and the files
    /// of its elements.
    pub other_inputs: BTreeMap<InputSlot, SceneInput>,
    /// How its pictures are brought to its shape, by what they are for; the others are used as they
    /// are. Only files and frames are listed.
    pub fits: BTreeMap<InputSlot, PictureFit>,
    /// Scenes that must be generated first; affects only the order.
    pub after: Vec<SceneId>,
    /// The origin of each of these values.
    pub origins: SceneOrigins,
    /// Its tags; they do not affect its picture.
    pub tags: BTreeSet<Tag>,
    /// How many takes it asks for.
    pub takes: u32,
    /// How much of its video is used, in milliseconds from its start; all of it if `None`.
    pub used_millis: Option<u64>,
}

/// Who reads in previews what is narrated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ScratchVoice {
    /// A voice for the script that the text is in.
    #[default]
    ByScript,
    /// The voice with this name.
    Named(String),
    /// Nobody.
    Off,
}

impl ScratchVoice {
    /// As a storyboard says it; `None` if it says nothing.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            ScratchVoice::ByScript => None,
            ScratchVoice::Named(name) => Some(name),
            ScratchVoice::Off => Some("off"),
        }
    }
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
        /// Length, size, seed, settings, shots and elements.
        clip: Clip,
    },
    /// Image to video.
    I2v {
        /// The first picture.
        image: SceneInput,
        /// The last picture, if it is given.
        end_image: Option<SceneInput>,
        /// The rendered prompt; empty if none is written and the model needs none.
        prompt: String,
        /// Length, size, seed, settings, shots and elements.
        clip: Clip,
    },
    /// Talking head.
    Avatar {
        /// The portrait.
        image: SceneInput,
        /// The recorded voice.
        voice: SceneInput,
        /// The tier: 720p is standard, 1080p is pro.
        resolution: Resolution,
        /// The voice's length in seconds, if the storyboard gives it (`duration`).
        stated_seconds: Option<f64>,
    },
    /// A picture that fills the frame, drawn by this program.
    Still {
        /// The picture.
        image: SceneInput,
        /// How the camera moves over it; `None` if nothing is written, and then it comes a little
        /// nearer.
        camera: Option<CameraMove>,
        /// Its length and size.
        frame: DrawnFrame,
    },
    /// Text on a plain ground, drawn by this program.
    Card {
        /// The rendered text.
        text: String,
        /// Its length and size.
        frame: DrawnFrame,
    },
}

impl Shot {
    /// Its length and size, if this program draws it.
    pub fn drawn_frame(&self) -> Option<DrawnFrame> {
        match self {
            Shot::Still { frame, .. } | Shot::Card { frame, .. } => Some(*frame),
            Shot::T2v { .. } | Shot::I2v { .. } | Shot::Avatar { .. } => None,
        }
    }

    /// Its length, size and seed, if its type has them.
    pub fn clip(&self) -> Option<&Clip> {
        match self {
            Shot::T2v { clip, .. } | Shot::I2v { clip, .. } => Some(clip),
            Shot::Avatar { .. } | Shot::Still { .. } | Shot::Card { .. } => None,
        }
    }

    /// Its shape, where the storyboard alone decides it.
    pub fn aspect_ratio(&self) -> Option<AspectRatio> {
        match (self.clip(), self.drawn_frame()) {
            (Some(clip), _) => clip.aspect_ratio,
            (None, frame) => frame.map(|frame| frame.aspect_ratio),
        }
    }

    /// Its image, if its type has one.
    pub fn image(&self) -> Option<&SceneInput> {
        match self {
            Shot::T2v { .. } | Shot::Card { .. } => None,
            Shot::I2v { image, .. } | Shot::Avatar { image, .. } | Shot::Still { image, .. } => {
                Some(image)
            }
        }
    }

    /// Its voice, if its type has one.
    pub fn voice(&self) -> Option<&SceneInput> {
        match self {
            Shot::Avatar { voice, .. } => Some(voice),
            _ => None,
        }
    }

    /// The image, the last image and the voice, as far as its type has them.
    pub fn inputs(&self) -> impl Iterator<Item = (InputSlot, &SceneInput)> {
        let end_image = match self {
            Shot::I2v { end_image, .. } => end_image.as_ref(),
            _ => None,
        };
        let all = [
            (InputRole::Image, self.image()),
            (InputRole::EndImage, end_image),
            (InputRole::Voice, self.voice()),
        ];
        let own = all.into_iter();
        own.filter_map(|(role, input)| Some((InputSlot::only(role), input?)))
    }
}

/// Length and size of a scene that this program draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawnFrame {
    /// The length in milliseconds.
    pub millis: u64,
    /// Output quality.
    pub resolution: Resolution,
    /// Frame shape.
    pub aspect_ratio: AspectRatio,
}

/// The settings of a clip, by name.
pub type ClipSettings = BTreeMap<Setting, SettingValue>;

/// Length, size, seed and settings of a clip whose model supports them.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Length in seconds; `None` if it is as long as the video that it follows.
    pub duration: Option<u32>,
    /// Output quality.
    pub resolution: Resolution,
    /// Frame shape; `None` if it is that of the video that it follows.
    pub aspect_ratio: Option<AspectRatio>,
    /// The seed; `None` if the model supports none.
    pub seed: Option<Seed>,
    /// The settings that are written or that every request states.
    pub settings: ClipSettings,
    /// The shots that it cuts between, in order; empty if it is one shot. Their lengths add up to
    /// its duration.
    pub shots: Vec<ClipShot>,
    /// The elements that its prompt can name, in order.
    pub elements: Vec<Element>,
}

/// Something that a prompt can name as `@name`; its files are inputs of the scene.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    /// Its name, without the `@`.
    pub name: String,
    /// What it is, rendered.
    pub description: String,
    /// The part of its video that counts, in milliseconds from the start; all of it if absent.
    pub span: Option<(u32, u32)>,
}

/// One of several shots of a clip.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClipShot {
    /// What it shows, rendered.
    pub prompt: String,
    /// Its length in seconds.
    pub seconds: u32,
}

impl Clip {
    /// Whether it has sound, as far as that can be chosen.
    pub fn has_sound(&self) -> bool {
        self.settings.get(&Setting::Sound) == Some(&SettingValue::Switch(true))
    }
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

/// The source of a picture or a recording. Only pictures are frames.
#[derive(Clone, Debug, PartialEq)]
pub enum SceneInput {
    /// A file, its path as written.
    File(String),
    /// An https URL, with the digest of its content if pinned.
    Url(String, Option<Digest>),
    /// A frame of another scene's take.
    Frame(SceneId, FrameAt),
    /// The whole video of another scene's take.
    Video(SceneId),
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
    /// Its former name, from `was`.
    pub was: Option<CutId>,
    /// The clips joined, in order.
    pub clips: Vec<CutClip>,
}

/// A scene in a cut. A scene may appear more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutClip {
    /// The scene.
    pub scene: SceneId,
    /// How many milliseconds of its video are used, from the start: those that the cut says,
    /// otherwise those of the scene; all of it if `None`, or if it is shorter.
    pub used_millis: Option<u64>,
}

impl Cut {
    /// The scenes joined, in order; a scene may appear more than once.
    pub fn scenes(&self) -> impl Iterator<Item = &SceneId> {
        self.clips.iter().map(|clip| &clip.scene)
    }
}

impl Scene {
    /// Its name on preview slates.
    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or(self.base.as_str())
    }

    /// Its type.
    pub fn scene_type(&self) -> SceneType {
        match self.shot {
            Shot::T2v { .. } => SceneType::T2v,
            Shot::I2v { .. } => SceneType::I2v,
            Shot::Avatar { .. } => SceneType::Avatar,
            Shot::Still { .. } => SceneType::Still,
            Shot::Card { .. } => SceneType::Card,
        }
    }

    /// Its length and size, if this program draws it.
    pub fn drawn_frame(&self) -> Option<DrawnFrame> {
        self.shot.drawn_frame()
    }

    /// Its rendered prompt, or the text of a card, if its type has one.
    pub fn prompt(&self) -> Option<&str> {
        match &self.shot {
            Shot::T2v { prompt, .. } | Shot::I2v { prompt, .. } => {
                Some(prompt.as_str()).filter(|prompt| !prompt.is_empty())
            }
            Shot::Card { text, .. } => Some(text),
            Shot::Avatar { .. } | Shot::Still { .. } => None,
        }
    }

    /// How the camera moves over it, if it is a still that says so.
    pub fn camera(&self) -> Option<CameraMove> {
        match self.shot {
            Shot::Still { camera, .. } => camera,
            _ => None,
        }
    }

    /// Its image, if its type has one.
    pub fn image(&self) -> Option<&SceneInput> {
        self.shot.image()
    }

    /// Its pictures, recordings and videos, each with what it is for.
    pub fn inputs(&self) -> impl Iterator<Item = (InputSlot, &SceneInput)> {
        self.shot.inputs().chain(self.other_inputs.iter().map(|(slot, input)| (*slot, input)))
    }

    /// The input in a slot, if there is one.
    pub fn input(&self, slot: InputSlot) -> Option<&SceneInput> {
        self.inputs().find(|input| input.0 == slot).map(|input| input.1)
    }

    /// The inputs that decide which entry of its model it belongs to; see [`Model::SELECTING`].
    pub fn selecting_inputs(&self) -> BTreeSet<InputRole> {
        selecting(self.other_inputs.keys())
    }

    /// The video that its take transforms, follows or refers to.
    pub fn video(&self) -> Option<&SceneInput> {
        let roles = [InputRole::Video, InputRole::ReferenceVideo];
        roles.iter().find_map(|role| self.other_inputs.get(&InputSlot::only(*role)))
    }

    /// Its length, size and seed, if its type has them.
    pub fn clip(&self) -> Option<&Clip> {
        self.shot.clip()
    }

    /// The size of its picture, where the storyboard alone decides it.
    pub fn frame_size(&self) -> Option<FrameSize> {
        match (self.clip(), self.drawn_frame()) {
            (Some(clip), _) => Some(FrameSize::of(clip.resolution, clip.aspect_ratio?)),
            (None, Some(frame)) => Some(FrameSize::of(frame.resolution, frame.aspect_ratio)),
            (None, None) => None,
        }
    }

    /// Its output quality.
    pub fn resolution(&self) -> Resolution {
        match &self.shot {
            Shot::T2v { clip, .. } | Shot::I2v { clip, .. } => clip.resolution,
            Shot::Avatar { resolution, .. } => *resolution,
            Shot::Still { frame, .. } | Shot::Card { frame, .. } => frame.resolution,
        }
    }

    /// Sets the scene whose take feeds this input, if a take does.
    pub(in crate::storyboard) fn use_take_of(&mut self, slot: InputSlot, source: SceneId) {
        let input = match (&mut self.shot, slot.role) {
            (
                Shot::I2v { image, .. } | Shot::Avatar { image, .. } | Shot::Still { image, .. },
                InputRole::Image,
            ) => Some(image),
            (Shot::I2v { end_image, .. }, InputRole::EndImage) => end_image.as_mut(),
            _ => self.other_inputs.get_mut(&slot),
        };
        if let Some(SceneInput::Frame(scene, _) | SceneInput::Video(scene)) = input {
            *scene = source;
        }
    }

    /// The takes of other scenes that it uses: for what, of which scene, and which frame; `None` for
    /// the whole video.
    pub fn sources(&self) -> impl Iterator<Item = (InputSlot, &SceneId, Option<FrameAt>)> {
        self.inputs().filter_map(|(slot, input)| match input {
            SceneInput::Frame(scene, frame) => Some((slot, scene, Some(*frame))),
            SceneInput::Video(scene) => Some((slot, scene, None)),
            SceneInput::File(_) | SceneInput::Url(..) => None,
        })
    }
}

/// The inputs among these that decide which entry of a model a scene belongs to.
pub fn selecting<'s>(slots: impl Iterator<Item = &'s InputSlot>) -> BTreeSet<InputRole> {
    slots.map(|slot| slot.role).filter(|role| Model::SELECTING.contains(role)).collect()
}
