//! The picture fit: how a picture is brought to the shape of its scene before it is sent.
//!
//! It is part of a take's key, by the text that [`PictureFit`] prints: neither that text nor the
//! sizes may change.

use std::fmt;

use super::aspect_ratio::AspectRatio;
use super::terms::{UnknownTerm, terms};

terms! {
    /// What is done with a picture whose shape differs from its scene's.
    Fit, "fit";
    /// Nothing: the picture is used as it is.
    Keep = "keep",
    /// The middle is cut out in the shape of the scene.
    Crop = "crop",
    /// Black bars are added on two sides.
    Pad = "pad",
}

/// How a picture is brought to a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureFit {
    /// The middle is cut out.
    Crop(AspectRatio),
    /// Black bars are added on two sides.
    Pad(AspectRatio),
}

impl PictureFit {
    /// How a picture is brought to this shape; `None` if it is used as it is.
    pub const fn of(fit: Fit, ratio: AspectRatio) -> Option<PictureFit> {
        match fit {
            Fit::Keep => None,
            Fit::Crop => Some(PictureFit::Crop(ratio)),
            Fit::Pad => Some(PictureFit::Pad(ratio)),
        }
    }

    /// The fit as it is written in a storyboard.
    pub const fn written(self) -> Fit {
        match self {
            PictureFit::Crop(_) => Fit::Crop,
            PictureFit::Pad(_) => Fit::Pad,
        }
    }

    /// The shape.
    pub const fn ratio(self) -> AspectRatio {
        match self {
            PictureFit::Crop(ratio) | PictureFit::Pad(ratio) => ratio,
        }
    }

    /// The size in pixels of a fitted picture, given its own; at least one pixel on each side. One
    /// side stays as it is, and the other one is rounded. A picture that has the shape to a pixel
    /// keeps its size.
    pub fn size_of(self, (width, height): (u32, u32)) -> (u32, u32) {
        let (across, down) = self.ratio().sides();
        let scaled = |side: u32, of: u32, to: u32| {
            let (side, of, to) = (u64::from(side), u64::from(of), u64::from(to));
            u32::try_from((2 * side * to + of) / (2 * of)).unwrap_or(u32::MAX).max(1)
        };
        let (for_height, for_width) = (scaled(height, down, across), scaled(width, across, down));
        if width == for_height || height == for_width {
            return (width, height);
        }
        match (self, width > for_height) {
            (PictureFit::Crop(_), true) | (PictureFit::Pad(_), false) => (for_height, height),
            (PictureFit::Crop(_), false) | (PictureFit::Pad(_), true) => (width, for_width),
        }
    }

    /// What was done, to follow the name of a picture.
    pub const fn done(self) -> &'static str {
        match self {
            PictureFit::Crop(_) => "cropped",
            PictureFit::Pad(_) => "padded",
        }
    }

    /// Parses what [`fmt::Display`] prints.
    pub fn of_text(text: &str) -> Option<PictureFit> {
        let (fit, ratio) = text.split_once(" to ")?;
        PictureFit::of(fit.parse().ok()?, ratio.parse().ok()?)
    }
}

impl fmt::Display for PictureFit {
    /// `crop to 16:9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.written(), self.ratio())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_and_pads_to_the_shape() {
        let (crop, pad) = (PictureFit::Crop, PictureFit::Pad);
        for (fit, size, fitted) in [
            (crop(AspectRatio::WIDE), (1_000, 1_000), (1_000, 563)),
            (crop(AspectRatio::WIDE), (4_000, 1_000), (1_778, 1_000)),
            (crop(AspectRatio::TALL), (1_920, 1_080), (608, 1_080)),
            (pad(AspectRatio::WIDE), (1_000, 1_000), (1_778, 1_000)),
            (pad(AspectRatio::WIDE), (4_000, 1_000), (4_000, 2_250)),
            (pad(AspectRatio::TALL), (1_920, 1_080), (1_920, 3_413)),
            (pad(AspectRatio::SQUARE), (1, 3), (3, 3)),
            (crop(AspectRatio::WIDE), (1, 30), (1, 1)),
        ] {
            assert_eq!(fit.size_of(size), fitted, "{fit} of {size:?}");
        }
    }

    #[test]
    fn a_picture_of_the_shape_keeps_its_size() {
        for size in [(16, 9), (1_280, 720), (1_920, 1_080), (1_000, 563), (1_366, 768)] {
            for fit in [PictureFit::Crop, PictureFit::Pad].map(|fit| fit(AspectRatio::WIDE)) {
                assert_eq!(fit.size_of(size), size, "{fit}");
            }
        }
        // Fitting twice is fitting once.
        for fit in [PictureFit::Crop, PictureFit::Pad].map(|fit| fit(AspectRatio::TALL)) {
            for size in [(641, 359), (1_000, 1_000), (77, 3_001)] {
                assert_eq!(fit.size_of(fit.size_of(size)), fit.size_of(size), "{fit} {size:?}");
            }
        }
    }

    #[test]
    fn what_is_printed_is_read_back() {
        for fit in [PictureFit::Crop(AspectRatio::TALL), PictureFit::Pad(AspectRatio::WIDE)] {
            assert_eq!(PictureFit::of_text(&fit.to_string()), Some(fit));
        }
        assert_eq!(PictureFit::Crop(AspectRatio::WIDE).to_string(), "crop to 16:9");
        for odd in ["keep to 16:9", "crop", "crop to wide", "crop 16:9"] {
            assert_eq!(PictureFit::of_text(odd), None, "{odd}");
        }
    }
}
