//! Models with their abilities, limits and prices.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use std::collections::BTreeSet;

use super::aspect_ratio::AspectRatio;
use super::format::{ImageFormat, VoiceFormat};
use super::input_limits::{ElementLimits, PictureLimits, ReferenceLimits, VideoLimits};
use super::price::{Price, PricedTake};
use super::request_form::RequestForm;
use super::setting::{Setting, SettingRange};
use super::terms::{InputRole, ModelId, Resolution, SceneType};
use crate::base::Digest;

/// What a dialect's API allows, regardless of the model.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The most tasks that may run at once.
    pub concurrent_tasks: usize,
    /// How many submits an account may send in a span of time.
    pub submits: SubmitLimit,
    /// Days during which a finished video can be downloaded.
    pub retention_days: u32,
    /// Shortest and longest seconds between two polls of a task.
    pub poll_seconds: (f64, f64),
    /// Largest image in bytes.
    pub image_max_bytes: u64,
    /// Accepted image formats.
    pub image_formats: Vec<ImageFormat>,
    /// Largest voice in bytes.
    pub voice_max_bytes: u64,
    /// Accepted voice formats.
    pub voice_formats: Vec<VoiceFormat>,
    /// The longest voice in seconds that the documentation mentions.
    pub voice_max_seconds: f64,
    /// Whether longer voices than that are refused, instead of being priced as what they are.
    #[serde(default)]
    pub voice_max_is_final: bool,
    /// A length in seconds from which on sources disagree about whether a voice is accepted.
    pub voice_sure_seconds: Option<f64>,
    /// The fewest pixels on a side of an image.
    pub image_min_side: Option<u32>,
    /// Whether the service judges a file by its address: one with a query string, or without the
    /// extension of its format, is refused.
    #[serde(default)]
    pub plain_urls: bool,
}

/// A number of submits in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitLimit {
    /// The number of submits.
    pub number: usize,
    /// The span in seconds.
    pub seconds: u64,
}

impl SubmitLimit {
    /// The span of time.
    pub const fn span(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

impl Limits {
    /// How long a finished video can be downloaded.
    pub fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention_days) * 24 * 60 * 60)
    }
}

/// What a model accepts of a list of shots.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShotLimits {
    /// The most shots.
    pub number: usize,
    /// The longest prompt of a shot in characters.
    pub prompt_max_chars: usize,
    /// The shortest and the longest shot in whole seconds.
    pub seconds: (u32, u32),
    /// The inputs that it does not accept together with shots.
    #[serde(default)]
    pub excludes: Vec<InputRole>,
    /// Whether some copies of its documentation accept shots only with sound.
    #[serde(default)]
    pub wants_sound: bool,
}

/// Smallest and largest seed, both allowed.
pub type SeedRange = (u32, u32);

/// The seed that a digest stands for, within a range.
pub fn seed_of_digest(digest: &Digest, (least, most): SeedRange) -> u32 {
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let seeds = u64::from(most) - u64::from(least) + 1;
    least + (number % seeds) as u32
}

/// One model in one dialect, as it makes scenes of some types with some inputs. A model that differs
/// by them has several entries with one id.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its id in storyboards and requests.
    pub id: ModelId,
    /// Its display name.
    pub title: String,
    /// What it is good at.
    pub notes: String,
    /// The supported scene types.
    pub types: Vec<SceneType>,
    /// The inputs with which a scene belongs to this entry, of those that [`Model::SELECTING`]
    /// lists: it has all of them.
    pub with: BTreeSet<InputRole>,
    /// Those of them that it may have besides; it has no others.
    pub may_have: BTreeSet<InputRole>,
    /// Longest prompt in characters; `None` if it accepts no prompt.
    pub prompt_max_chars: Option<usize>,
    /// A length in characters from which on sources disagree about whether a prompt is accepted.
    pub prompt_sure_chars: Option<usize>,
    /// Clip lengths in seconds; empty if the voice or the video decides.
    pub durations: Vec<u32>,
    /// The supported resolutions.
    pub resolutions: Vec<Resolution>,
    /// The supported aspect ratios; empty if the image or the video decides.
    pub aspect_ratios: Vec<AspectRatio>,
    /// The valid seeds; `None` if its takes are numbered instead. Where requests do not state the
    /// seed, it only distinguishes takes.
    pub seeds: Option<SeedRange>,
    /// The settings that it has, with the values that it accepts.
    pub settings: Vec<(Setting, SettingRange)>,
    /// What it accepts of a list of shots; `None` if a take is one shot.
    pub shots: Option<ShotLimits>,
    /// How many pictures between the first and the last one it accepts.
    pub key_images: usize,
    /// How many references it accepts, if it accepts any.
    pub references: Option<ReferenceLimits>,
    /// What it accepts of elements; `None` if it takes none.
    pub elements: Option<ElementLimits>,
    /// What it accepts of pictures, beyond the limits of the dialect.
    pub pictures: PictureLimits,
    /// What it accepts of a video; `None` if it takes none.
    pub videos: Option<VideoLimits>,
    /// What a take costs.
    pub price: Price,
    /// The form of a request for each type.
    pub requests: Vec<(SceneType, RequestForm)>,
    /// Seconds a take usually needs at the provider, until the ledger has measured it.
    pub typical_seconds: u32,
}

impl Model {
    /// The inputs that decide which entry of a model a scene belongs to.
    pub const SELECTING: [InputRole; 4] = [
        InputRole::Video,
        InputRole::Reference,
        InputRole::ReferenceVideo,
        InputRole::ReferenceVoice,
    ];

    /// The form of a request for a scene of this type; `None` if the model makes none.
    pub fn request(&self, scene_type: SceneType) -> Option<&RequestForm> {
        self.requests.iter().find(|form| form.0 == scene_type).map(|form| &form.1)
    }

    /// The values that the model accepts for a setting; `None` if it does not have it.
    pub fn setting(&self, setting: Setting) -> Option<&SettingRange> {
        self.settings.iter().find(|known| known.0 == setting).map(|known| &known.1)
    }

    /// Whether a take follows or refers to a video of the scene.
    pub fn takes_video(&self) -> bool {
        self.takes(InputRole::Video) || self.takes(InputRole::ReferenceVideo)
    }

    /// Whether it takes one of the inputs that decide which entry a scene belongs to.
    pub fn takes(&self, role: InputRole) -> bool {
        self.with.contains(&role) || self.may_have.contains(&role)
    }

    /// Whether a scene with these of the deciding inputs belongs to this entry.
    pub(super) fn is_for(&self, inputs: &BTreeSet<InputRole>) -> bool {
        self.with.is_subset(inputs) && inputs.iter().all(|role| self.takes(*role))
    }

    /// Whether a request for a scene of this type may lack a prompt.
    pub fn prompt_is_optional(&self, scene_type: SceneType) -> bool {
        let form = self.request(scene_type);
        form.is_some_and(|form| form.optional.iter().any(|name| name == "prompt"))
    }

    /// Whether requests for scenes of this type state a part of the recipe.
    pub fn sends(&self, scene_type: SceneType, name: &str) -> bool {
        self.request(scene_type).is_some_and(|form| form.sends(name))
    }
}

impl Model {
    /// Checks that its parts fit together, as everything that makes requests relies on.
    ///
    /// # Errors
    /// Something is missing or superfluous.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(drawn) = self.types.iter().find(|scene_type| scene_type.is_drawn()) {
            return Err(format!("{drawn} scenes are drawn by this program, not made by a model"));
        }
        for (scene_type, form) in &self.requests {
            self.check_request(*scene_type, form)
                .map_err(|what| format!("{scene_type}: {what}"))?;
        }
        let lengths = match self.durations.as_slice() {
            [] => &[1],
            durations => durations,
        };
        for (seconds, resolution) in
            lengths.iter().flat_map(|length| self.resolutions.iter().map(move |one| (length, one)))
        {
            for sound in [false, true] {
                let take =
                    PricedTake { seconds: f64::from(*seconds), resolution: *resolution, sound };
                let is_made = !sound || self.setting(Setting::Sound).is_some();
                if is_made && self.price.of(&take).is_none() {
                    let sound = if sound { " with sound" } else { "" };
                    return Err(format!("it has no price for {seconds} s in {resolution}{sound}"));
                }
            }
        }
        Ok(())
    }

    fn check_request(&self, scene_type: SceneType, form: &RequestForm) -> Result<(), String> {
        let is_field = |name: &&String| !form.fields.iter().any(|field| field.0 == **name);
        if let Some(name) = form.optional.iter().find(is_field) {
            return Err(format!("`{name}` is optional in its request, but no field of it"));
        }
        let is_unnamed = |one: &&Resolution| form.model_at(**one).is_none() && !form.sends("model");
        if let Some(resolution) = self.resolutions.iter().find(is_unnamed) {
            return Err(format!("its request names no model for {resolution}"));
        }
        let known = Setting::ALL.iter().map(|one| one.as_str());
        let known: Vec<&str> = known.chain(InputRole::ALL.iter().map(|one| one.as_str())).collect();
        let others = [
            "prompt",
            "duration",
            "resolution",
            "aspect_ratio",
            "seed",
            "model",
            "shots",
            "elements",
        ];
        let names = form.fields.iter().flat_map(|(_, source)| source.names());
        if let Some(name) = names.into_iter().find(|it| !known.contains(it) && !others.contains(it))
        {
            return Err(format!("its request sends `{name}`, which takes do not have"));
        }
        let must = [
            ("voice", scene_type == SceneType::Avatar),
            ("image", scene_type != SceneType::T2v),
            ("shots", self.shots.is_some()),
            ("elements", self.elements.is_some()),
            (InputRole::KeyImage.as_str(), self.key_images > 0),
        ];
        let must = must
            .into_iter()
            .chain(Model::SELECTING.iter().map(|role| (role.as_str(), self.takes(*role))));
        let settings = Setting::ALL.iter().map(|one| (one.as_str(), self.setting(*one).is_some()));
        for (name, is_wanted) in must.chain(settings) {
            match (form.sends(name), is_wanted) {
                (true, false) => {
                    return Err(format!("its request sends `{name}`, which it does not take"));
                }
                (false, true) => return Err(format!("its request does not send `{name}`")),
                _ => {}
            }
        }
        if scene_type != SceneType::Avatar && !form.sends("prompt") {
            return Err("its request does not send `prompt`".to_string());
        }
        if self.takes_video() && self.videos.is_none() {
            return Err("it takes a video, but has no `videos` with its limits".to_string());
        }
        let is_optional = |role: &InputRole| {
            let mut fields = form.fields.iter();
            let field = fields.find(|(_, source)| source.names().any(|name| name == role.as_str()));
            field.is_some_and(|(name, _)| form.optional.contains(name))
        };
        if let Some(role) = self.may_have.iter().find(|role| !is_optional(role)) {
            return Err(format!("it may have `{role}`, but the field of it is not optional"));
        }
        let references =
            [InputRole::Reference, InputRole::ReferenceVideo, InputRole::ReferenceVoice];
        for role in references.into_iter().filter(|role| self.takes(*role)) {
            if self.references.is_none_or(|limits| limits.of(role.kind()) == 0) {
                return Err(format!("it takes `{role}`, but its `references` allow none"));
            }
        }
        Ok(())
    }
}
