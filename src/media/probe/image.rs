//! Probes a still image: format and size.

use std::io::{BufRead, ErrorKind, Seek};

use image::metadata::Orientation;
use image::{ImageDecoder, ImageReader};

use super::odd_picture::odd_picture;
use crate::catalog::ImageFormat;
use crate::media::error::{CUT_SHORT, MediaError};
use crate::media::sniff::{look_at, picture_in};

/// The properties of a still image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// The format, detected from the bytes and not from the name.
    pub format: ImageFormat,
    /// Width and height in pixels, as it is shown.
    pub size: (u32, u32),
    /// Whether a note of the camera (EXIF orientation) turns it. Not every program heeds it.
    pub is_turned: bool,
}

/// Reads the properties of an image from its header; no pixel is decoded.
///
/// # Errors
/// `OtherPicture` names a picture that has to be converted.
pub fn probe_image(mut file: impl BufRead + Seek) -> Result<ImageFacts, MediaError> {
    let other = |(kind, converter)| MediaError::OtherPicture { kind, converter };
    if let Some(odd) = odd_picture(&mut file)? {
        return Err(other(odd));
    }
    file.rewind()?;
    let mut reader = ImageReader::new(file).with_guessed_format()?;
    let format = match reader.format() {
        Some(image::ImageFormat::Jpeg) => ImageFormat::Jpeg,
        Some(image::ImageFormat::Png) => ImageFormat::Png,
        Some(image::ImageFormat::WebP) => ImageFormat::Webp,
        _ => {
            let mut file = reader.into_inner();
            if let Some(known) = picture_in(&mut file)? {
                return Err(other(known));
            }
            let found = look_at(&mut file)?;
            return Err(MediaError::WrongKind { expected: "a JPEG, PNG or WebP image", found });
        }
    };
    reader.no_limits();
    let damaged = |reason: String| MediaError::DamagedImage { format, reason };
    let unreadable = |error: image::ImageError| match error {
        image::ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            damaged(CUT_SHORT.to_string())
        }
        _ => damaged("its header cannot be read".to_string()),
    };
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(damaged("it has no pixels".to_string()));
    }
    // A note that cannot be read turns nothing.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let is_turned = orientation != Orientation::NoTransforms;
    let size = if stands_on_its_side(orientation) { (height, width) } else { (width, height) };
    Ok(ImageFacts { format, size, is_turned })
}

/// Whether a picture's rows are shown as its columns.
fn stands_on_its_side(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, RgbImage};

    use super::*;

    fn encoded(format: image::ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(RgbImage::new(30, 20)).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn the_bytes_decide_the_format() {
        for (format, ours) in [
            (image::ImageFormat::Jpeg, ImageFormat::Jpeg),
            (image::ImageFormat::Png, ImageFormat::Png),
            (image::ImageFormat::WebP, ImageFormat::Webp),
        ] {
            let facts = probe_image(Cursor::new(encoded(format))).unwrap();
            assert_eq!(facts, ImageFacts { format: ours, size: (30, 20), is_turned: false });
        }
    }

    #[test]
    fn a_decompression_bomb_is_measured_without_decoding() {
        // A PNG header that claims 60,000 x 60,000 pixels, with nothing after it.
        let mut png = encoded(image::ImageFormat::Png);
        png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let crc = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(probe_image(Cursor::new(png)).unwrap().size, (60_000, 60_000));
    }

    #[test]
    fn other_file_types_are_named() {
        let error = probe_image(Cursor::new(b"<html></html>")).unwrap_err();
        let words = "not a JPEG, PNG or WebP image: it looks like an HTML page";
        assert_eq!(error.to_string(), words);
        let cut = &encoded(image::ImageFormat::Png)[..20];
        assert!(matches!(probe_image(Cursor::new(cut)), Err(MediaError::DamagedImage { .. })));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            })
        })
    }
}
