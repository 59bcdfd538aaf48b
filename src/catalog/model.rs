//! Models with their abilities, limits and prices.

use std::time::Duration;

use serde::Deserialize;

use super::format::{ImageFormat, VoiceFormat};
use super::terms::{AspectRatio, ModelId, Resolution, SceneType};
use crate::base::{Credits, Digest};

/// One dialect: its limits, its default model for each scene type, and its models.
#[derive(Debug)]
pub struct DialectEntry {
    /// The limits that apply to every model.
    pub limits: Limits,
    /// The models in the order of the documentation.
    pub models: Vec<Model>,
    pub(super) defaults: Vec<(SceneType, ModelId)>,
}

/// What a dialect's API allows, regardless of the model.
#[derive(Clone, Debug, Deserialize)]
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
}

/// A number of submits in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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

/// Smallest and largest seed, both allowed.
pub type SeedRange = (u32, u32);

/// The seed that a digest stands for, within a range.
pub fn seed_of_digest(digest: &Digest, (least, most): SeedRange) -> u32 {
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let seeds = u64::from(most) - u64::from(least) + 1;
    least + (number % seeds) as u32
}

/// One model in one dialect.
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
    /// Longest prompt in characters; `None` if it accepts no prompt.
    pub prompt_max_chars: Option<usize>,
    /// Clip lengths in seconds; empty if the voice decides.
    pub durations: Vec<u32>,
    /// The supported resolutions.
    pub resolutions: Vec<Resolution>,
    /// The supported aspect ratios; empty if the image decides.
    pub aspect_ratios: Vec<AspectRatio>,
    /// The valid seeds; `None` if the API has no seed for it.
    pub seeds: Option<SeedRange>,
    /// What a take costs.
    pub price: Price,
    /// Seconds a take usually needs at the provider, until the ledger has measured it.
    pub typical_seconds: u32,
}

/// What a take costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Price {
    /// A price per clip of so many seconds.
    PerClip(Vec<(u32, Credits)>),
    /// A price per started second of voice, per resolution.
    PerVoiceSecond(Vec<(Resolution, Credits)>),
}

impl Price {
    /// Each price in words, in credits and dollars: `70 for 5 s ($0.35)`.
    pub fn words(&self) -> Vec<String> {
        match self {
            Price::PerClip(rows) => {
                let words = |(seconds, credits): &(u32, Credits)| {
                    format!("{credits} for {seconds} s ({})", credits.dollars())
                };
                rows.iter().map(words).collect()
            }
            Price::PerVoiceSecond(rows) => {
                let words = |(resolution, credits): &(Resolution, Credits)| {
                    format!("{credits} for 1 s in {resolution} ({})", credits.dollars())
                };
                rows.iter().map(words).collect()
            }
        }
    }

    /// The price of a clip of `seconds`; `None` if this length is not offered.
    pub fn of_clip(&self, seconds: u32) -> Option<Credits> {
        match self {
            Price::PerClip(rows) => rows.iter().find(|row| row.0 == seconds).map(|row| row.1),
            Price::PerVoiceSecond(_) => None,
        }
    }

    /// The most that a talking head with `voice_seconds` of voice can cost. Every started second
    /// counts, because the documentation does not say how fractions of a second are billed.
    pub fn of_voice(&self, resolution: Resolution, voice_seconds: f64) -> Option<Credits> {
        match self {
            Price::PerClip(_) => None,
            Price::PerVoiceSecond(rows) => rows
                .iter()
                .find(|row| row.0 == resolution)
                .map(|row| row.1 * (voice_seconds.max(0.0).ceil() as u32)),
        }
    }
}

impl DialectEntry {
    /// The model with that id.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id.as_str() == id)
    }

    /// The default model for a scene type, used when the storyboard names none.
    pub fn default_model(&self, scene_type: SceneType) -> &Model {
        self.defaults
            .iter()
            .find(|row| row.0 == scene_type)
            .and_then(|row| self.model(row.1.as_str()))
            .expect("every scene type has a default model, which this module's tests check")
    }

    /// The models that support a scene type.
    pub fn models_for(&self, scene_type: SceneType) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| model.types.contains(&scene_type))
    }
}
