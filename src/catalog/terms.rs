//! The field's terms as types: scene types, resolutions, model ids, dialects.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A word that is not a known term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a known {what}; known: {}", known.join(", "))]
pub struct UnknownTerm {
    /// What was expected, such as `resolution`.
    pub what: &'static str,
    /// The unknown word.
    pub found: String,
    /// All known terms.
    pub known: Vec<String>,
}

macro_rules! terms {
    (
        $(#[$doc:meta])* $name:ident, $what:literal;
        $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+
    ) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize,
            serde::Deserialize, schemars::JsonSchema,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word as written in storyboards and requests.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownTerm;
            fn from_str(text: &str) -> Result<Self, UnknownTerm> {
                Self::ALL.iter().copied().find(|term| term.as_str() == text).ok_or_else(|| {
                    UnknownTerm {
                        what: $what,
                        found: $crate::base::text::excerpt(text),
                        known: Self::ALL.iter().map(|term| term.as_str().to_string()).collect(),
                    }
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(super) use terms;

terms! {
    /// What a build does about a video that is not what was requested. It was paid for, so it is
    /// the scene's take in any case.
    Quality, "quality";
    /// It says so.
    Warn = "warn",
    /// It says so, and its exit code is 1.
    Fail = "fail",
}

terms! {
    /// The kind of a scene.
    SceneType, "scene type";
    /// Text to video: from a prompt alone.
    T2v = "t2v",
    /// Image to video: a prompt and a first picture.
    I2v = "i2v",
    /// Talking head: an image and a recorded voice.
    Avatar = "avatar",
    /// A picture, moved as by a camera. It is drawn by this program and costs nothing.
    Still = "still",
    /// Text on a plain ground. It is drawn by this program and costs nothing.
    Card = "card",
}

impl SceneType {
    /// The types that this program draws itself; no model makes them.
    pub const DRAWN: [SceneType; 2] = [SceneType::Still, SceneType::Card];

    /// Whether this program draws such scenes itself.
    pub const fn is_drawn(self) -> bool {
        matches!(self, SceneType::Still | SceneType::Card)
    }

    /// The types that models of an API make.
    pub fn made_by_models() -> impl Iterator<Item = SceneType> {
        SceneType::ALL.iter().copied().filter(|scene_type| !scene_type.is_drawn())
    }
}

terms! {
    /// What a picture, a recording or a video is for a take.
    InputRole, "input";
    /// The first picture, or the portrait of a talking head.
    Image = "image",
    /// The last picture.
    EndImage = "end_image",
    /// A picture between the first and the last one.
    KeyImage = "key_images",
    /// The recorded voice.
    Voice = "voice",
    /// The video that the take transforms, or whose motion it follows.
    Video = "video",
    /// A picture of what the take shows; not a frame of it.
    Reference = "references",
    /// A video that the take refers to.
    ReferenceVideo = "reference_videos",
    /// A recording that the take refers to.
    ReferenceVoice = "reference_voices",
    /// A picture of an element.
    ElementImage = "element_images",
    /// The video of an element.
    ElementVideo = "element_video",
    /// A recording of an element's voice.
    ElementVoice = "element_voice",
}

terms! {
    /// Output quality: the short side of the picture in pixels.
    Resolution, "resolution";
    /// 720 pixels on the short side.
    P720 = "720p",
    /// 1080 pixels on the short side.
    P1080 = "1080p",
    /// 2160 pixels on the short side.
    P2160 = "4k",
}

terms! {
    /// A dialect of the remote API.
    Dialect, "API dialect";
    /// The documented Kling API.
    Kling = "kling",
    /// The unified jobs API of the same service.
    Jobs = "jobs",
}

impl Resolution {
    /// The short side of the picture in pixels.
    pub const fn pixels(self) -> u32 {
        match self {
            Resolution::P720 => 720,
            Resolution::P1080 => 1_080,
            Resolution::P2160 => 2_160,
        }
    }
}

impl Default for Dialect {
    /// The one that is used unless something else is said.
    fn default() -> Self {
        Dialect::Kling
    }
}

impl Dialect {
    /// Whether it is the usual one, which files need not name.
    pub fn is_default(&self) -> bool {
        *self == Dialect::default()
    }
}

/// A model's id in the catalog, such as `kling-2-6`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ModelId(String);

impl ModelId {
    /// Wraps a model name, known or not.
    pub fn new(text: impl Into<String>) -> Self {
        ModelId(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
