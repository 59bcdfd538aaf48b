//! Copies of pictures for a service that judges them otherwise than a browser: turned by the camera's
//! note, or in another shape.

use anyhow::Result;
use image::{DynamicImage, RgbImage};

use super::fit::fitted;
use super::still::{decode_still, to_jpeg};
use crate::catalog::PictureFit;

/// A copy of a picture whose rows are those that are shown, for programs that do not heed the note of
/// the camera, as JPEG. It is not much longer than the picture, which a model has accepted. The same
/// bytes give the same copy.
///
/// # Errors
/// The picture cannot be decoded.
pub fn upright_copy(bytes: &[u8]) -> Result<Vec<u8>> {
    to_short_jpeg(decode_still(bytes)?, bytes.len())
}

/// A copy of a picture in another shape, as JPEG, turned by the camera's note; see [`upright_copy`].
///
/// # Errors
/// The picture cannot be decoded, or has over 100 million pixels in that shape.
pub fn fitted_copy(bytes: &[u8], fit: PictureFit) -> Result<Vec<u8>> {
    to_short_jpeg(fitted(decode_still(bytes)?, fit)?, bytes.len())
}

/// Encodes a copy of a picture that was so many bytes long.
fn to_short_jpeg(picture: RgbImage, original_bytes: usize) -> Result<Vec<u8>> {
    let picture = DynamicImage::ImageRgb8(picture);
    let most = original_bytes.max(COPY_BYTES_MIN);
    let mut copy = Vec::new();
    for quality in COPY_QUALITIES {
        copy = to_jpeg(&picture, quality)?;
        if copy.len() <= most {
            break;
        }
    }
    Ok(copy)
}

/// The JPEG qualities of a copy, the best that is short enough first.
const COPY_QUALITIES: [u8; 5] = [95, 90, 85, 75, 60];

/// The length in bytes that a copy may have in any case; every model accepts that.
const COPY_BYTES_MIN: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::Rgb;

    use super::*;
    use crate::base::Digest;
    use crate::catalog::{AspectRatio, ImageFormat};
    use crate::media::picture::still::tests::turned;
    use crate::media::picture::still::to_png;
    use crate::media::probe::probe_image;

    #[test]
    fn an_upright_copy_shows_the_same_without_the_note() {
        let copy = upright_copy(&turned()).unwrap();
        let facts = probe_image(Cursor::new(&copy)).unwrap();
        assert_eq!((facts.size, facts.is_turned), ((20, 40), false));
        assert_eq!(facts.format, ImageFormat::Jpeg);
        let (shown, copied) = (decode_still(&turned()).unwrap(), decode_still(&copy).unwrap());
        let off = shown.iter().zip(copied.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off < Some(8), "{off:?}");
        assert_eq!(upright_copy(&turned()).unwrap(), copy);
    }

    #[test]
    fn a_fitted_copy_is_upright_and_in_the_shape() {
        let wide = PictureFit::Pad(AspectRatio::WIDE);
        let copy = fitted_copy(&turned(), wide).unwrap();
        let facts = probe_image(Cursor::new(&copy)).unwrap();
        assert_eq!((facts.size, facts.is_turned), ((71, 40), false));
        let picture = decode_still(&copy).unwrap();
        let grey = |x: u32| picture.get_pixel(x, 20).0[0];
        assert!(grey(5) < 10 && grey(65) < 10, "black bars");
        assert!(grey(28) > 180 && (12..60).contains(&grey(42)), "the picture, turned");
    }

    /// The bytes are sent, and on another machine the copy must be the same file. If this fails after
    /// an update of the codecs, that is why files are uploaded again; no key depends on it.
    #[test]
    fn copies_are_the_same_bytes_everywhere() {
        let picture = RgbImage::from_fn(64, 48, |x, y| Rgb([x as u8 * 4, y as u8 * 5, 90]));
        let png = to_png(&picture).unwrap();
        let jpeg = to_jpeg(&DynamicImage::ImageRgb8(picture), 90).unwrap();
        let copies = [
            (&png, PictureFit::Crop(AspectRatio::WIDE)),
            (&png, PictureFit::Pad(AspectRatio::TALL)),
            (&jpeg, PictureFit::Crop(AspectRatio::SQUARE)),
        ];
        let digest = |(bytes, fit): (&Vec<u8>, PictureFit)| {
            Digest::of(&fitted_copy(bytes, fit).unwrap()).short()
        };
        assert_eq!(copies.map(digest), ["fd2aa5540b8e", "b91d1dfe607d", "a3d48af7802b"]);
    }
}
