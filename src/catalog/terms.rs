//! The field's terms as types: scene types, resolutions, aspect ratios, model ids, dialects.

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
}

terms! {
    /// What a picture or a recording is for a take.
    InputRole, "input";
    /// The first picture, or the portrait of a talking head.
    Image = "image",
    /// The last picture.
    EndImage = "end_image",
    /// The recorded voice.
    Voice = "voice",
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
    /// Width to height of the picture.
    AspectRatio, "aspect ratio";
    /// Landscape.
    Wide = "16:9",
    /// Portrait.
    Tall = "9:16",
    /// Square.
    Square = "1:1",
}

terms! {
    /// A dialect of the remote API.
    Dialect, "API dialect";
    /// The documented Kling API.
    Kling = "kling",
    /// The unified jobs API of the same service.
    Jobs = "jobs",
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

/// The widest shape of a talking head, width to height; its inverse is the tallest.
const WIDEST: f64 = 16.0 / 9.0 * 1.5;

/// A picture size in pixels; both sides are even, as yuv420p requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct FrameSize {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl FrameSize {
    /// The size of a resolution in an aspect ratio: 1080p at 16:9 is 1920 × 1080.
    pub const fn of(resolution: Resolution, aspect_ratio: AspectRatio) -> Self {
        let (short, long) = match resolution {
            Resolution::P720 => (720, 1280),
            Resolution::P1080 => (1080, 1920),
            Resolution::P2160 => (2160, 3840),
        };
        match aspect_ratio {
            AspectRatio::Wide => FrameSize { width: long, height: short },
            AspectRatio::Tall => FrameSize { width: short, height: long },
            AspectRatio::Square => FrameSize { width: short, height: short },
        }
    }

    /// The size of a talking head: the short side is the resolution's, the shape is the portrait's.
    ///
    /// Without a portrait it is assumed to be 16:9. A shape within one hundredth of a known aspect
    /// ratio becomes that ratio; shapes beyond 8:3 or 3:8 are clamped to that.
    pub fn of_portrait(resolution: Resolution, portrait: Option<(u32, u32)>) -> Self {
        let portrait = portrait.filter(|sides| sides.0 > 0 && sides.1 > 0).unwrap_or((16, 9));
        let shape = f64::from(portrait.0) / f64::from(portrait.1);
        let known =
            AspectRatio::ALL.iter().map(|ratio| FrameSize::of(resolution, *ratio)).find(|size| {
                (shape * f64::from(size.height) / f64::from(size.width) - 1.0).abs() < 0.01
            });
        known.unwrap_or_else(|| {
            let shape = shape.clamp(1.0 / WIDEST, WIDEST);
            let short = FrameSize::of(resolution, AspectRatio::Square).width;
            let even = |side: f64| (side / 2.0).round() as u32 * 2;
            if shape >= 1.0 {
                FrameSize { width: even(f64::from(short) * shape), height: short }
            } else {
                FrameSize { width: short, height: even(f64::from(short) / shape) }
            }
        })
    }
}

impl fmt::Display for FrameSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_talking_head_has_the_shape_of_its_portrait() {
        let size = |portrait| FrameSize::of_portrait(Resolution::P720, portrait).to_string();
        assert_eq!(size(Some((1280, 720))), "1280x720");
        assert_eq!(size(Some((1365, 768))), "1280x720");
        assert_eq!(size(Some((1001, 1000))), "720x720");
        assert_eq!(size(Some((3, 4))), "720x960");
        assert_eq!(size(Some((10_000, 10))), "1920x720");
        assert_eq!(size(Some((10, 10_000))), "720x1920");
        assert_eq!(size(Some((0, 0))), "1280x720");
        assert_eq!(size(None), "1280x720");
    }
}
