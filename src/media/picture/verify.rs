//! Verification: decodes a picture once, to know that it is whole before anything is paid for it.
//!
//! Decoders that draw are lenient: half of a JPEG becomes a picture with a grey half. The ones here
//! are strict, and they keep no more of the picture than the format forces them to. Of a JPEG every
//! code is read; its pixels are made only where something else might be wrong with it.

use std::io::{BufRead, Cursor, Seek};

use image_webp::WebPDecoder;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::jpeg_scans::check_scans;
use super::jpeg_segments::JpegSegments;
use super::webp_lossless::check_lossless;
use crate::catalog::ImageFormat;
use crate::media::error::{CUT_SHORT, MediaError};
use crate::media::probe::ImageFacts;

/// The most memory in bytes that one picture may need. A picture of a format that cannot be decoded
/// in parts, and that would need more, is not decoded: a JPEG and a lossless WebP are read code by code,
/// and of a lossy WebP only the structure is followed to its end.
pub const VERIFICATION_MEMORY_MAX: u64 = 100_000_000;

/// A picture that is going to be verified.
pub struct PictureVerification {
    facts: ImageFacts,
    source: PictureSource,
    memory: u64,
}

enum PictureSource {
    /// Decoded row by row from the file.
    Png(Box<dyn PngFile>),
    /// The whole file and its structure.
    Jpeg(Vec<u8>, JpegSegments),
    /// The whole file.
    Webp(Vec<u8>),
}

/// What a PNG is read from.
trait PngFile: BufRead + Seek + Send {}

impl<T: BufRead + Seek + Send> PngFile for T {}

impl PictureVerification {
    /// Reads what must be known before decoding.
    ///
    /// # Errors
    /// The file cannot be read, or its structure does not lead to its end: it was cut short.
    pub fn of(
        mut file: impl BufRead + Seek + Send + 'static,
        facts: ImageFacts,
    ) -> Result<PictureVerification, MediaError> {
        file.rewind()?;
        let pixels = u64::from(facts.size.0) * u64::from(facts.size.1);
        if facts.format == ImageFormat::Png {
            // A row and its neighbour, of 8 bytes per pixel at most, and the window of deflate.
            let memory = (1 << 20) + 16 * u64::from(facts.size.0.max(facts.size.1));
            return Ok(PictureVerification {
                facts,
                source: PictureSource::Png(Box::new(file)),
                memory,
            });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let held = bytes.len() as u64;
        let (source, memory) = match facts.format {
            ImageFormat::Jpeg => {
                let segments = JpegSegments::of(&bytes).map_err(|why| damaged(&facts, why))?;
                // Grey or colours; a progressive one also keeps the coefficients of three planes.
                let planes = if segments.keeps_colours { 3 } else { 1 };
                let coefficients = if segments.is_progressive { 6 } else { 0 };
                let memory = if segments.is_plain { 0 } else { pixels * (planes + coefficients) };
                (PictureSource::Jpeg(bytes, segments), memory)
            }
            _ => {
                riff_is_whole(&bytes).map_err(|why| damaged(&facts, why))?;
                let kind = WebPDecoder::new(Cursor::new(&bytes[..]));
                let is_lossy = kind.is_ok_and(|mut kind| kind.is_lossy() && !kind.has_alpha());
                // Lossy ones are decoded into planes of 1.5 bytes per pixel and copied into 3, lossless
                // ones into 4 and copied into 3 or 4.
                let memory = if is_lossy { pixels * 9 / 2 } else { pixels * 8 };
                (PictureSource::Webp(bytes), memory)
            }
        };
        Ok(PictureVerification { facts, source, memory: held + memory })
    }

    /// The memory in bytes that it needs at most, including what it holds already.
    pub fn memory(&self) -> u64 {
        self.memory.min(VERIFICATION_MEMORY_MAX)
    }

    /// Decodes the picture and drops it. Returns whether something is seen through it: whether a
    /// thousandth of its pixels is transparent, as far as it was decoded.
    ///
    /// # Errors
    /// It is damaged, cut short, or an animation.
    pub fn run(self) -> Result<bool, MediaError> {
        let fits = self.memory <= VERIFICATION_MEMORY_MAX;
        let pixels = u64::from(self.facts.size.0) * u64::from(self.facts.size.1);
        let transparent = match self.source {
            PictureSource::Png(file) => decode_png(file),
            // The decoder passes over much that is wrong, also in its strict mode.
            PictureSource::Jpeg(bytes, segments) => {
                let read = check_scans(&bytes);
                let read =
                    read.and_then(|()| if fits { decode_jpeg(&bytes, &segments) } else { Ok(()) });
                read.map(|()| 0).map_err(PictureFault::from)
            }
            PictureSource::Webp(bytes) => decode_webp(&bytes, fits),
        };
        let transparent = transparent.map_err(|fault| match fault {
            PictureFault::Damage(why) => damaged(&self.facts, why),
            PictureFault::Animation(pictures) => {
                MediaError::AnimatedImage { format: self.facts.format, pictures }
            }
        })?;
        Ok(transparent > 0 && transparent * 1_000 >= pixels)
    }
}

fn damaged(facts: &ImageFacts, reason: impl Into<String>) -> MediaError {
    MediaError::DamagedImage { format: facts.format, reason: reason.into() }
}

/// Why a picture cannot be used.
enum PictureFault {
    Damage(String),
    /// It has so many pictures.
    Animation(u32),
}

impl From<String> for PictureFault {
    fn from(why: String) -> Self {
        PictureFault::Damage(why)
    }
}

/// Opacities below this are seen through, of 255.
const OPAQUE: u8 = 250;

/// How many pixels are seen through, of so many bytes each, of which the last sample is the opacity
/// and begins with its high byte.
fn transparent_in(row: &[u8], bytes_per_pixel: usize, opacity_at: usize) -> u64 {
    let pixels = row.chunks_exact(bytes_per_pixel);
    pixels.filter(|pixel| pixel[opacity_at] < OPAQUE).count() as u64
}

/// What is said of pixels that cannot be decoded. The decoders' own words are of their insides.
const UNDECODABLE: &str = "its pixels cannot be decoded (the data is damaged)";

fn undecodable<E>(_: E) -> String {
    UNDECODABLE.to_string()
}

/// Decodes a PNG and returns how many pixels are seen through.
fn decode_png(file: impl BufRead + Seek) -> Result<u64, PictureFault> {
    let said = |error: png::DecodingError| match error {
        png::DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            CUT_SHORT.to_string()
        }
        other => undecodable(other),
    };
    let mut decoder = png::Decoder::new(file);
    // As for drawing: a picture of colour numbers needs its palette.
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(said)?;
    if let Some(animation) = reader.info().animation_control.filter(|it| it.num_frames > 1) {
        return Err(PictureFault::Animation(animation.num_frames));
    }
    let (colour, depth) = reader.output_color_type();
    let sample_bytes = if depth == png::BitDepth::Sixteen { 2 } else { 1 };
    let opacity = match colour {
        png::ColorType::Rgba => Some((4 * sample_bytes, 3 * sample_bytes)),
        png::ColorType::GrayscaleAlpha => Some((2 * sample_bytes, sample_bytes)),
        _ => None,
    };
    let mut transparent = 0;
    while let Some(row) = reader.next_interlaced_row().map_err(said)? {
        if let Some((bytes, at)) = opacity {
            transparent += transparent_in(row.data(), bytes, at);
        }
    }
    reader.finish().map_err(said)?;
    Ok(transparent)
}

fn decode_jpeg(bytes: &[u8], segments: &JpegSegments) -> Result<(), String> {
    let space = if segments.keeps_colours { ColorSpace::RGB } else { ColorSpace::Luma };
    // What lies between segments is skipped by browsers, and refused by a strict decoder.
    let options = DecoderOptions::default()
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(space)
        .set_strict_mode(!segments.has_stray_bytes);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    match segments.is_plain {
        // Its codes were read, so the pixels would say nothing new.
        true => decoder.decode_headers(),
        false => decoder.decode().map(drop),
    }
    .map_err(undecodable)
}

/// Decodes a WebP, if that `fits` into memory, and returns how many pixels are seen through.
fn decode_webp(bytes: &[u8], fits: bool) -> Result<u64, PictureFault> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(undecodable)?;
    if decoder.is_animated() && decoder.num_frames() > 1 {
        return Err(PictureFault::Animation(decoder.num_frames()));
    }
    check_lossless(bytes)?;
    if !fits {
        return Ok(0);
    }
    let mut pixels =
        vec![0; decoder.output_buffer_size().ok_or_else(|| "it has no size".to_string())?];
    decoder.read_image(&mut pixels).map_err(undecodable)?;
    Ok(if decoder.has_alpha() { transparent_in(&pixels, 4, 3) } else { 0 })
}

/// Whether the file is as long as its first chunk says.
fn riff_is_whole(bytes: &[u8]) -> Result<(), &'static str> {
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
    match length {
        Some(length) if bytes.len() as u64 >= u64::from(length) + 8 => Ok(()),
        _ => Err(CUT_SHORT),
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;
    use crate::media::probe::probe_image;

    const FORMATS: [image::ImageFormat; 3] =
        [image::ImageFormat::Jpeg, image::ImageFormat::Png, image::ImageFormat::WebP];

    fn encoded(format: image::ImageFormat) -> Vec<u8> {
        let noise =
            |x: u32, y: u32| Rgb([((x * 7) ^ (y * 13)) as u8, (x * y) as u8, (x + y) as u8]);
        let mut bytes = Cursor::new(Vec::new());
        let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(120, 90, noise));
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn verified(bytes: &[u8]) -> Result<bool, String> {
        let facts = probe_image(Cursor::new(bytes)).map_err(|error| error.to_string())?;
        PictureVerification::of(Cursor::new(bytes.to_vec()), facts)
            .and_then(PictureVerification::run)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn whole_pictures_pass_and_what_follows_them_does_not_matter() {
        for format in FORMATS {
            let mut bytes = encoded(format);
            assert_eq!(verified(&bytes), Ok(false), "{format:?}");
            bytes.extend(b"what a phone appends");
            assert_eq!(verified(&bytes), Ok(false), "{format:?}");
        }
    }

    #[test]
    fn pictures_that_are_seen_through_are_told_from_those_that_only_might_be() {
        let is_seen_through = |picture: DynamicImage, format| {
            let mut bytes = Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).unwrap();
            verified(&bytes.into_inner()).unwrap()
        };
        for format in [image::ImageFormat::Png, image::ImageFormat::WebP] {
            for (opacity, expected) in [(255, false), (251, false), (249, true), (0, true)] {
                let picture = RgbaImage::from_fn(40, 30, |x, _| {
                    Rgba([9, 9, 9, if x < 2 { opacity } else { 255 }])
                });
                let (deep, grey) = (DynamicImage::from(picture.clone()), picture.clone());
                assert_eq!(is_seen_through(picture.into(), format), expected, "{opacity}");
                if format == image::ImageFormat::Png {
                    let deep = DynamicImage::ImageRgba16(deep.into_rgba16());
                    assert_eq!(is_seen_through(deep, format), expected, "16 bits, {opacity}");
                    let grey = DynamicImage::from(grey).into_luma_alpha8();
                    assert_eq!(is_seen_through(grey.into(), format), expected, "grey, {opacity}");
                }
            }
        }
    }

    #[test]
    fn pictures_that_were_cut_short_do_not_pass() {
        for format in FORMATS {
            let bytes = encoded(format);
            let ends = (bytes.len() / 4..bytes.len()).step_by(bytes.len() / 40);
            for end in ends.chain([bytes.len() - 2]) {
                let message = verified(&bytes[..end]).unwrap_err();
                assert!(message.contains("cut short"), "{format:?} to {end}: {message}");
            }
        }
    }

    #[test]
    fn half_a_picture_and_zeros_do_not_pass() {
        // As of a download into a file that was made as long as it should become.
        for format in FORMATS {
            let mut bytes = encoded(format);
            let half = bytes.len() / 2;
            bytes[half..].fill(0);
            assert!(verified(&bytes).is_err(), "{format:?}");
        }
    }

    /// 96 × 64 pixels, with chroma at half size, in ten scans of which some refine others.
    const PROGRESSIVE: &[u8] = include_bytes!("fixtures/progressive.jpg");

    #[test]
    fn a_jpeg_that_is_damaged_in_the_middle_does_not_pass() {
        let baseline = encoded(image::ImageFormat::Jpeg);
        for whole in [&baseline[..], PROGRESSIVE] {
            assert_eq!(verified(whole), Ok(false));
            let scan = memchr::memmem::find(whole, b"\xff\xda").unwrap() + 20;
            let places: Vec<usize> = (scan..whole.len() - 300).step_by(100).collect();
            // What is left may end by chance where it should, give or take a few bytes.
            let without = |at: &&usize| verified(&[&whole[..**at], &whole[*at + 100..]].concat());
            let missed = places.iter().filter(|at| without(at).is_ok()).count();
            assert!(missed * 4 <= places.len(), "{missed} of {}", places.len());
        }
    }

    #[test]
    fn a_plain_jpeg_that_passes_can_be_drawn() {
        let picture = RgbImage::from_fn(40, 30, |x, y| Rgb([(x * 6) as u8, (y * 8) as u8, 90]));
        let mut whole = Cursor::new(Vec::new());
        picture.write_to(&mut whole, image::ImageFormat::Jpeg).unwrap();
        let whole = whole.into_inner();
        let (mut state, mut passed) = (1u32, 0);
        for _ in 0..3_000 {
            let mut damaged = whole.clone();
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            damaged[2 + (state >> 8) as usize % (whole.len() - 2)] ^= 1 << (state >> 29);
            if verified(&damaged).is_ok() {
                passed += 1;
                assert!(image::load_from_memory(&damaged).is_ok(), "state {state:#x}");
            }
        }
        assert!(passed > 100, "most of these only change a colour: {passed}");
        let tables = memchr::memmem::find(&whole, b"\xff\xdb").unwrap();
        let mut without = whole.clone();
        without[tables + 1] = 0xe5;
        let message = verified(&without).unwrap_err();
        assert!(message.contains("it has no quantisation table for a colour"), "{message}");
    }

    #[test]
    fn a_jpeg_that_is_too_large_to_be_decoded_is_read_code_by_code() {
        let facts =
            ImageFacts { format: ImageFormat::Jpeg, size: (9_000, 9_000), is_turned: false };
        let run = |bytes: Vec<u8>| PictureVerification::of(Cursor::new(bytes), facts)?.run();
        assert!(run(PROGRESSIVE.to_vec()).is_ok());
        let middle = PROGRESSIVE.len() / 2;
        let damaged = [&PROGRESSIVE[..middle], &PROGRESSIVE[middle + 60..]].concat();
        let error = run(damaged).unwrap_err().to_string();
        assert!(error.contains("its pixels cannot be decoded"), "{error}");
    }

    #[test]
    fn a_lossy_webp_of_20_million_pixels_is_decoded() {
        let facts =
            ImageFacts { format: ImageFormat::Webp, size: (5_000, 4_000), is_turned: false };
        let memory = |bytes: &'static [u8]| {
            PictureVerification::of(Cursor::new(bytes), facts).unwrap().memory
        };
        let (lossy, lossless) = (
            memory(include_bytes!("fixtures/lossy.webp")),
            memory(include_bytes!("fixtures/lossless.webp")),
        );
        assert!(lossy <= VERIFICATION_MEMORY_MAX && lossless > VERIFICATION_MEMORY_MAX);
    }

    #[test]
    fn memory_is_bounded() {
        let facts =
            ImageFacts { format: ImageFormat::Webp, size: (16_000, 6_000), is_turned: false };
        let bytes = encoded(image::ImageFormat::WebP);
        let verification = PictureVerification::of(Cursor::new(bytes), facts).unwrap();
        assert_eq!(verification.memory(), VERIFICATION_MEMORY_MAX);
        assert!(verification.run().is_ok());
    }
}
