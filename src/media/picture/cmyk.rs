//! JPEGs of printing colours with an ICC profile that says how they look.
//!
//! Programs store them as Adobe does, with 255 for no ink, and browsers take all of them for such. With
//! transform 2 in Adobe's segment they are stored as luma, chroma and black (ITU-T T.872, 6.5.3).

use image::RgbImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The picture in sRGB; `None` if it is not of printing colours, or if its profile is not for such.
pub(super) fn printed(jpeg: &[u8], profile: &[u8]) -> Option<RgbImage> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Cmyk {
        return None;
    }
    let (stored, mut pixels, (width, height)) = stored_pixels(jpeg)?;
    let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
    // Four values for a pixel have one layout, whatever they are.
    let transform =
        profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options).ok()?;
    let mut picture = RgbImage::new(width, height);
    let row = width as usize;
    for (inks, shown) in pixels.chunks_exact_mut(row * 4).zip(picture.chunks_exact_mut(row * 3)) {
        for pixel in inks.chunks_exact_mut(4) {
            let light = match stored {
                ColorSpace::YCCK => red_green_blue([pixel[0], pixel[1], pixel[2]]).map(|v| 255 - v),
                _ => [pixel[0], pixel[1], pixel[2]],
            };
            let inks = [light[0], light[1], light[2], pixel[3]].map(|value| 255 - value);
            pixel.copy_from_slice(&inks);
        }
        transform.transform(inks, shown).ok()?;
    }
    Some(picture)
}

/// The values as they are stored, four for a pixel, and what they are.
fn stored_pixels(jpeg: &[u8]) -> Option<(ColorSpace, Vec<u8>, (u32, u32))> {
    let options = |space| {
        let wide = DecoderOptions::default().set_max_width(usize::MAX).set_max_height(usize::MAX);
        wide.set_strict_mode(false).jpeg_set_out_colorspace(space)
    };
    for space in [ColorSpace::CMYK, ColorSpace::YCCK] {
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options(space));
        decoder.decode_headers().ok()?;
        if decoder.input_colorspace() != Some(space) {
            continue;
        }
        let size = decoder.dimensions()?;
        let size = (u32::try_from(size.0).ok()?, u32::try_from(size.1).ok()?);
        return Some((space, decoder.decode().ok()?, size));
    }
    None
}

/// A colour of luma and chroma (JFIF 1.02, "Conversion to and from RGB").
fn red_green_blue([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let colour = [y + 1.402 * cr, y - 0.344_14 * cb - 0.714_14 * cr, y + 1.772 * cb];
    colour.map(|value| value.round().clamp(0.0, 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use crate::media::picture::still::decode_still;

    /// 16 × 16 pixels of cyan alone, and of no ink, as ImageMagick 6.9.11 writes them: YCCK.
    const CYAN: &[u8] = include_bytes!("fixtures/cyan.jpg");
    const PAPER: &[u8] = include_bytes!("fixtures/paper.jpg");

    /// A profile of a press on which cyan is red, and every other ink black: a table with two values
    /// for each ink (ICC.1:2001-04, 6.5.6).
    fn profile() -> Vec<u8> {
        let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
        let matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1].map(|number: u32| (number << 16).to_be_bytes());
        table.extend(matrix.concat());
        table.extend((0..4).flat_map(|_| 0..=255u8));
        for node in 0..16 {
            table.extend(match node {
                0 => [255, 128, 128],
                0b1000 => [136, 208, 195],
                _ => [0, 128, 128],
            });
        }
        table.extend((0..3).flat_map(|_| 0..=255u8));
        let size = (128 + 4 + 12 + table.len()) as u32;
        let mut profile = vec![0; 128];
        let mut put =
            |at: usize, bytes: &[u8]| profile[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &size.to_be_bytes());
        put(8, &[2, 0x40, 0, 0]);
        put(12, b"prtrCMYKLab ");
        put(36, b"acsp");
        put(68, &[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
        profile.extend([0, 0, 0, 1]);
        profile.extend(b"A2B0\0\0\0\x90");
        profile.extend((table.len() as u32).to_be_bytes());
        profile.extend(table);
        profile
    }

    /// The middle of a JPEG with that profile.
    fn shown(jpeg: &[u8], transform: u8) -> [u8; 3] {
        let profile = profile();
        let mut segment = b"\xff\xe2".to_vec();
        segment.extend((profile.len() as u16 + 16).to_be_bytes());
        segment.extend(b"ICC_PROFILE\0\x01\x01");
        segment.extend(profile);
        let mut bytes = [&jpeg[..2], &segment, &jpeg[2..]].concat();
        let adobe = memchr::memmem::find(&bytes, b"Adobe").unwrap();
        bytes[adobe + 11] = transform;
        decode_still(&bytes).unwrap().get_pixel(8, 8).0
    }

    #[test]
    fn inks_look_as_their_profile_says() {
        let [red, green, blue] = shown(CYAN, 2);
        assert!(red > 220 && green < 60 && blue < 60, "{red} {green} {blue}");
        let paper = shown(PAPER, 2);
        assert!(paper.iter().all(|value| *value > 250), "{paper:?}");
        // The same numbers, read as inks: all cyan, half magenta and yellow, no black.
        let [red, green, blue] = shown(PAPER, 0);
        assert!(red > green + 40 && red > blue + 40 && red < 200, "{red} {green} {blue}");
    }

    #[test]
    fn without_a_profile_inks_are_what_browsers_take_them_for() {
        for (jpeg, expected) in [(CYAN, [0, 255, 255]), (PAPER, [255; 3])] {
            let pixel = decode_still(jpeg).unwrap().get_pixel(8, 8).0;
            assert!(pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{pixel:?}");
        }
    }
}
