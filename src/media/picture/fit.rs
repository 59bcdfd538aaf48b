//! Fitting: brings a picture to the shape of its scene.
//!
//! Pixels are moved and never mixed, so the result is the same everywhere.

use image::imageops::{crop_imm, replace};
use image::{Rgb, RgbImage};

use super::still::PIXELS_MAX;
use crate::catalog::PictureFit;
use crate::media::error::MediaError;

/// A picture in another shape: the middle of it, or all of it between two black bars.
///
/// # Errors
/// It would have over 100 million pixels.
pub fn fitted(picture: RgbImage, fit: PictureFit) -> Result<RgbImage, MediaError> {
    let (width, height) = fit.size_of(picture.dimensions());
    if (width, height) == picture.dimensions() {
        return Ok(picture);
    }
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(MediaError::TooLarge {
            what: "a padded image",
            found: format!("{width}x{height} pixels"),
            limit: "100 million pixels".into(),
        });
    }
    let before = |outer: u32, inner: u32| outer.saturating_sub(inner) / 2;
    Ok(match fit {
        PictureFit::Crop(_) => {
            let (left, top) = (before(picture.width(), width), before(picture.height(), height));
            crop_imm(&picture, left, top, width, height).to_image()
        }
        PictureFit::Pad(_) => {
            let (left, top) = (before(width, picture.width()), before(height, picture.height()));
            let mut page = RgbImage::from_pixel(width, height, Rgb([0; 3]));
            replace(&mut page, &picture, i64::from(left), i64::from(top));
            page
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::AspectRatio;

    /// Each pixel says where it is.
    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| Rgb([x as u8 + 1, y as u8 + 1, 7]))
    }

    #[test]
    fn crops_the_middle_out() {
        let cropped = fitted(picture(100, 40), PictureFit::Crop(AspectRatio::SQUARE)).unwrap();
        assert_eq!(cropped.dimensions(), (40, 40));
        assert_eq!(cropped.get_pixel(0, 0).0, [31, 1, 7]);
        assert_eq!(cropped.get_pixel(39, 39).0, [70, 40, 7]);
        let cropped = fitted(picture(90, 160), PictureFit::Crop(AspectRatio::WIDE)).unwrap();
        assert_eq!(cropped.dimensions(), (90, 51));
        assert_eq!(cropped.get_pixel(0, 0).0, [1, 55, 7]);
    }

    #[test]
    fn pads_with_equal_bars() {
        let padded = fitted(picture(40, 100), PictureFit::Pad(AspectRatio::SQUARE)).unwrap();
        assert_eq!(padded.dimensions(), (100, 100));
        for (x, y, pixel) in padded.enumerate_pixels() {
            let shown = match (30..70).contains(&x) {
                true => [(x - 30) as u8 + 1, y as u8 + 1, 7],
                false => [0; 3],
            };
            assert_eq!(pixel.0, shown, "{x} {y}");
        }
    }

    #[test]
    fn a_picture_of_the_shape_stays_as_it_is() {
        for fit in [PictureFit::Crop, PictureFit::Pad].map(|fit| fit(AspectRatio::WIDE)) {
            assert_eq!(fitted(picture(160, 90), fit).unwrap(), picture(160, 90));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let ratio: AspectRatio = "1:99".parse().unwrap();
        let padded = fitted(RgbImage::new(2_000, 10), PictureFit::Pad(ratio));
        assert!(matches!(padded, Err(MediaError::TooLarge { .. })));
    }
}
