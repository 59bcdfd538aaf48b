//! Frame sizes: pixels of a picture, from its resolution and its shape.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aspect_ratio::AspectRatio;
use super::terms::Resolution;

/// The widest shape of a talking head, width to height; its inverse is the tallest.
const WIDEST: f64 = 16.0 / 9.0 * 1.5;

/// The other side for one side, in the proportion of two numbers, rounded to an even number.
const fn even_side(side: u32, other: u32, own: u32) -> u32 {
    (side * other + own) / (2 * own) * 2
}

/// A picture size in pixels; both sides are even, as yuv420p requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct FrameSize {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl FrameSize {
    /// The size of a resolution in an aspect ratio: 1080p at 16:9 is 1920 × 1080. The longer side
    /// is rounded to an even number.
    pub const fn of(resolution: Resolution, aspect_ratio: AspectRatio) -> Self {
        let short = resolution.pixels();
        let (width, height) = aspect_ratio.sides();
        if width >= height {
            FrameSize { width: even_side(short, width, height), height: short }
        } else {
            FrameSize { width: short, height: even_side(short, height, width) }
        }
    }

    /// The largest size of the same shape whose sides are no longer than this.
    pub const fn within_side(self, most: u32) -> Self {
        let FrameSize { width, height } = self;
        if width <= most && height <= most {
            self
        } else if width >= height {
            FrameSize { width: most, height: even_side(most, height, width) }
        } else {
            FrameSize { width: even_side(most, width, height), height: most }
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
            AspectRatio::USUAL.iter().map(|(ratio, _)| FrameSize::of(resolution, *ratio)).find(
                |size| (shape * f64::from(size.height) / f64::from(size.width) - 1.0).abs() < 0.01,
            );
        known.unwrap_or_else(|| {
            let shape = shape.clamp(1.0 / WIDEST, WIDEST);
            let short = resolution.pixels();
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

    #[test]
    fn sizes_have_even_sides_in_the_shape_of_their_ratio() {
        let size =
            |resolution, ratio: &str| FrameSize::of(resolution, ratio.parse().unwrap()).to_string();
        assert_eq!(size(Resolution::P720, "16:9"), "1280x720");
        assert_eq!(size(Resolution::P1080, "9:16"), "1080x1920");
        assert_eq!(size(Resolution::P2160, "1:1"), "2160x2160");
        assert_eq!(size(Resolution::P720, "21:9"), "1680x720");
        assert_eq!(size(Resolution::P1080, "7:3"), "2520x1080");
        assert_eq!(size(Resolution::P720, "13:7"), "1338x720");
    }

    #[test]
    fn a_size_is_brought_within_a_side() {
        let wide = FrameSize::of(Resolution::P2160, "21:9".parse().unwrap());
        assert_eq!(wide.within_side(3_840), FrameSize { width: 3_840, height: 1_646 });
        let usual = FrameSize::of(Resolution::P2160, AspectRatio::TALL);
        assert_eq!(usual.within_side(3_840), usual);
    }
}
