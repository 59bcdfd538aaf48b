//! Input limits: what a model accepts of pictures, videos, references and elements.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input_slot::InputKind;
use super::setting::Setting;

/// What a model accepts of a picture, beyond the limits of its dialect.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureLimits {
    /// The most bytes; the dialect's limit if absent.
    pub max_bytes: Option<u64>,
    /// The fewest pixels on a side; the dialect's limit if absent.
    pub min_side: Option<u32>,
    /// The narrowest and the widest shape, as width divided by height.
    pub ratio: Option<(f64, f64)>,
}

/// What a model accepts of a video.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VideoLimits {
    /// The most bytes.
    pub max_bytes: u64,
    /// The shortest and the longest, in seconds.
    pub seconds: (f64, f64),
    /// A setting with which it must be shorter.
    pub shorter: Option<ShorterWith>,
    /// The fewest and the most pixels on a side.
    pub sides: Option<(u32, u32)>,
    /// The most pixels of a picture.
    pub max_pixels: Option<u64>,
    /// The narrowest and the widest shape, as width divided by height.
    pub ratio: Option<(f64, f64)>,
    /// The fewest and the most pictures per second.
    pub fps: Option<(f64, f64)>,
}

/// A word of a setting with which a video must be shorter.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShorterWith {
    /// The setting.
    pub setting: Setting,
    /// Its word.
    pub word: String,
    /// The longest video in seconds.
    pub seconds: f64,
}

/// How many references of each kind a model accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceLimits {
    /// The most pictures.
    #[serde(default)]
    pub pictures: usize,
    /// The most videos.
    #[serde(default)]
    pub videos: usize,
    /// The most voices.
    #[serde(default)]
    pub voices: usize,
}

impl ReferenceLimits {
    /// The most references of a kind.
    pub const fn of(&self, kind: InputKind) -> usize {
        match kind {
            InputKind::Picture => self.pictures,
            InputKind::Video => self.videos,
            InputKind::Voice => self.voices,
        }
    }
}

/// What a model accepts of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElementLimits {
    /// The most elements with pictures; reference pictures count as well.
    pub pictures: usize,
    /// The most elements with a video.
    pub videos: usize,
    /// The most elements with pictures, and reference pictures, beside one with a video; `pictures`
    /// if absent.
    pub pictures_beside_videos: Option<usize>,
    /// The most elements of all kinds; no limit of its own if absent.
    pub number: Option<usize>,
    /// Whether a part of an element's video can be chosen.
    #[serde(default)]
    pub spans: bool,
}

/// The fewest and the most pictures of an element (section 1.3 of `kie-jobs-api.md`).
pub const ELEMENT_PICTURES: (usize, usize) = (2, 4);
/// The shortest and the longest voice of an element in seconds (section 1.3).
pub const ELEMENT_VOICE_SECONDS: (f64, f64) = (5.0, 30.0);
/// The shortest and the longest part of an element's video in milliseconds (section 1.3).
pub const ELEMENT_SPAN_MILLIS: (u32, u32) = (3_000, 8_000);
/// How many characters of a prompt the name of an element counts as (section 1.3).
pub const ELEMENT_NAME_CHARS: usize = 37;
