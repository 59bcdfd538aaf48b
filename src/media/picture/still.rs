//! Stills: decoding and encoding image files.

use std::io::Cursor;

use anyhow::{Context, Result};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, Limits, RgbImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use super::cmyk::printed;
use crate::catalog::ImageFormat;
use crate::media::error::MediaError;
use crate::media::probe::probe_image;

/// The most pixels that a still may have: 100 million, 300 MB in memory.
pub const PIXELS_MAX: u64 = 100_000_000;

/// Decodes a JPEG, PNG or WebP file as a browser shows it: turned by the camera's note, in sRGB, with
/// transparent parts on black.
///
/// Refuses pictures of more than 100 million pixels before decompressing them.
pub fn decode_still(bytes: &[u8]) -> Result<RgbImage, MediaError> {
    let facts = probe_image(Cursor::new(bytes))?;
    let (width, height) = facts.size;
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(MediaError::TooLarge {
            what: "an image",
            found: format!("{width}x{height} pixels"),
            limit: "100 million pixels".into(),
        });
    }
    let damaged = |_: image::ImageError| MediaError::DamagedImage {
        format: facts.format,
        reason: "its pixels cannot be decoded (the data is damaged)".to_string(),
    };
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(PIXELS_MAX * 8);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    // Notes that cannot be read are ignored, as browsers do.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    if facts.format == ImageFormat::Jpeg
        && let Some(picture) = profile.as_deref().and_then(|profile| printed(bytes, profile))
    {
        let mut image = DynamicImage::ImageRgb8(picture);
        image.apply_orientation(orientation);
        return Ok(image.into_rgb8());
    }
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    image.apply_orientation(orientation);
    let mut picture = on_black(image);
    if let Some(profile) = profile {
        to_srgb(&mut picture, &profile);
    }
    Ok(picture)
}

/// Converts a picture from the colours of its ICC profile; one that cannot be read, or that is not of
/// red, green and blue, is ignored.
fn to_srgb(picture: &mut RgbImage, profile: &[u8]) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
    let Ok(transform) = profile.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options)
    else {
        return;
    };
    let row_bytes = picture.width() as usize * 3;
    let mut row = vec![0; row_bytes];
    for pixels in picture.chunks_exact_mut(row_bytes) {
        if transform.transform(pixels, &mut row).is_ok() {
            pixels.copy_from_slice(&row);
        }
    }
}

/// The picture without transparency.
fn on_black(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let rgba = image.into_rgba8();
    let mut rgb = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u16::from);
        to.0 = [red, green, blue].map(|value| ((value * alpha + 127) / 255) as u8);
    }
    rgb
}

/// Encodes a picture as PNG, without loss.
pub fn to_png(image: &RgbImage) -> Result<Vec<u8>> {
    let mut png = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive);
    encoder
        .write_image(image, image.width(), image.height(), image::ExtendedColorType::Rgb8)
        .context("a picture could not be written as PNG")?;
    Ok(png)
}

/// Encodes a picture as JPEG; `quality` goes from 1 to 100.
pub(in crate::media) fn to_jpeg(image: &DynamicImage, quality: u8) -> Result<Vec<u8>> {
    let mut jpeg = Vec::new();
    image
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, quality))
        .context("a picture could not be written as JPEG")?;
    Ok(jpeg)
}

#[cfg(test)]
pub(super) mod tests {
    use image::{Rgb, Rgba, RgbaImage};

    use super::*;

    #[test]
    fn png_round_trips() {
        let image = RgbImage::from_fn(33, 17, |x, y| Rgb([x as u8 * 7, y as u8 * 9, 5]));
        assert_eq!(decode_still(&to_png(&image).unwrap()).unwrap(), image);
    }

    #[test]
    fn transparent_parts_become_black() {
        let mut bytes = Cursor::new(Vec::new());
        let image = RgbaImage::from_pixel(2, 2, Rgba([200, 100, 0, 128]));
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        let pixel = decode_still(&bytes.into_inner()).unwrap().get_pixel(0, 0).0;
        assert_eq!(pixel, [100, 50, 0]);
    }

    #[test]
    fn a_truncated_image_is_an_error() {
        let png = to_png(&RgbImage::new(50, 50)).unwrap();
        assert!(matches!(
            decode_still(&png[..png.len() / 2]),
            Err(MediaError::DamagedImage { .. })
        ));
    }

    /// A JPEG of 40 × 20, dark above and bright below, whose camera says "rotate by 90 degrees"
    /// (orientation 6).
    pub fn turned() -> Vec<u8> {
        let picture = RgbImage::from_fn(40, 20, |_, y| Rgb([if y < 10 { 20 } else { 220 }; 3]));
        let jpeg = to_jpeg(&DynamicImage::ImageRgb8(picture), 90).unwrap();
        let mut exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08".to_vec();
        exif.extend(b"\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
        [&jpeg[..2], &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn the_note_of_the_camera_turns_the_picture() {
        let facts = probe_image(Cursor::new(turned())).unwrap();
        assert_eq!((facts.size, facts.is_turned), ((20, 40), true));
        let picture = decode_still(&turned()).unwrap();
        assert_eq!(picture.dimensions(), (20, 40));
        assert!(picture.get_pixel(18, 20).0[0] < 60 && picture.get_pixel(2, 20).0[0] > 180);
    }

    #[test]
    fn colours_of_a_profile_are_converted() {
        let encode = |profile: Option<ColorProfile>| {
            let mut png = Vec::new();
            let mut encoder = PngEncoder::new(&mut png);
            if let Some(profile) = profile {
                encoder.set_icc_profile(profile.encode().unwrap()).unwrap();
            }
            let picture = RgbImage::from_pixel(4, 4, Rgb([200, 60, 40]));
            encoder.write_image(&picture, 4, 4, image::ExtendedColorType::Rgb8).unwrap();
            decode_still(&png).unwrap().get_pixel(1, 1).0
        };
        assert_eq!(encode(None), [200, 60, 40]);
        let near = |found: [u8; 3], wanted: [u8; 3]| {
            let off = found.iter().zip(wanted).map(|(a, b)| a.abs_diff(b)).max();
            assert!(off <= Some(1), "{found:?} is not {wanted:?}");
        };
        near(encode(Some(ColorProfile::new_srgb())), [200, 60, 40]);
        // By the matrices of Display P3 (D65) and of sRGB, and the curve that both have.
        near(encode(Some(ColorProfile::new_display_p3())), [217, 42, 23]);
    }
}
