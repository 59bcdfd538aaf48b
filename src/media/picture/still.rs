//! Stills: decoding and encoding image files.

use std::io::Cursor;

use anyhow::{Context, Result};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, Limits, RgbImage};

use crate::media::error::MediaError;
use crate::media::probe::probe_image;

/// The most pixels that a still may have: 100 million, 300 MB in memory.
pub const PIXELS_MAX: u64 = 100_000_000;

/// Decodes a JPEG, PNG or WebP file, rotated by its orientation tag, with transparent parts on
/// black.
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
    let damaged = |error: image::ImageError| MediaError::DamagedImage {
        format: facts.format,
        reason: error.to_string(),
    };
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(PIXELS_MAX * 8);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    image.apply_orientation(orientation);
    Ok(on_black(image))
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
mod tests {
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

    #[test]
    fn exif_orientation_is_applied() {
        // A JPEG of 40 x 20 with an EXIF block that says "rotate by 90 degrees" (orientation 6).
        let image = DynamicImage::ImageRgb8(RgbImage::new(40, 20));
        let jpeg = to_jpeg(&image, 80).unwrap();
        let mut exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08".to_vec();
        exif.extend(b"\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
        let turned = [&jpeg[..2], &exif, &jpeg[2..]].concat();
        assert_eq!(decode_still(&turned).unwrap().dimensions(), (20, 40));
    }
}
