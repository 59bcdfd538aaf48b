//! Posters: one small picture that shows what a video is about.

use std::io::{Read, Seek};

use anyhow::Result;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::DynamicImage;

use super::colour::Yuv420;
use super::decode::decode_sample;
use super::still::to_jpeg;
use crate::catalog::FrameSize;
use crate::media::mp4::{Movie, SampleFacts};

/// The version of the drawing: it is counted up when posters of the same video change.
pub const POSTER_VERSION: u32 = 2;

/// The long side of a poster in pixels.
const LONG_SIDE: u32 = 640;

/// The JPEG quality, from 1 to 100.
const QUALITY: u8 = 82;

/// A JPEG of an H.264 video, 640 pixels on its long side.
///
/// It shows the keyframe nearest to a third of the video, because that costs only one decoded
/// picture. The first picture is often still black: if it is the only keyframe, the poster shows
/// the twenty-fourth picture instead. The same video gives the same bytes.
pub fn poster_jpeg(video: &mut (impl Read + Seek)) -> Result<Vec<u8>> {
    let track = Movie::read(video)?.into_video()?;
    let samples: Vec<SampleFacts> = track.samples().collect();
    let number = telling(&samples, track.ticks() / 3);
    let decoded = decode_sample(video, &track, &samples, number)?;
    let small = match poster_size(decoded.picture.size) {
        size if size == decoded.picture.size => decoded.picture,
        size => shrunk(&decoded.picture, size, &mut Resizer::new())?,
    };
    to_jpeg(&DynamicImage::ImageRgb8(small.to_rgb(decoded.space)), QUALITY)
}

/// The size of a poster of a video: of its shape, but for the half-size chroma planes' even sides.
fn poster_size(video: FrameSize) -> FrameSize {
    let long = video.width.max(video.height);
    if long <= LONG_SIDE {
        return video;
    }
    let even = |side: u32| (side * LONG_SIDE).div_ceil(2 * long).max(1) * 2;
    FrameSize { width: even(video.width), height: even(video.height) }
}

/// The picture in a smaller size. Shrinking its planes takes half the work of shrinking its colours,
/// which have three values for each pixel.
fn shrunk(picture: &Yuv420, size: FrameSize, resizer: &mut Resizer) -> Result<Yuv420> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    let mut plane = |bytes: &[u8], part: u32| -> Result<Vec<u8>> {
        let (width, height) = (picture.size.width / part, picture.size.height / part);
        let from = ImageRef::new(width, height, bytes, PixelType::U8)?;
        let mut to = Image::new(size.width / part, size.height / part, PixelType::U8);
        resizer.resize(&from, &mut to, &options)?;
        Ok(to.into_vec())
    };
    let (y, u, v) = (plane(&picture.y, 1)?, plane(&picture.u, 2)?, plane(&picture.v, 2)?);
    Ok(Yuv420 { size, y, u, v })
}

/// The most pictures to decode for a poster if a video has only one keyframe.
const DECODED_MAX: usize = 24;

/// The index of a sample that is representative and cheap to decode.
fn telling(samples: &[SampleFacts], third: u64) -> usize {
    let keyframes = samples.iter().enumerate().filter(|(_, sample)| sample.sync);
    let nearest = keyframes.min_by_key(|(_, sample)| sample.decoded_at.abs_diff(third));
    match nearest {
        Some((number, _)) if number > 0 => number,
        // The only keyframe is at the start: go as far in as is cheap.
        _ => {
            let until_third = samples.iter().take_while(|sample| sample.decoded_at < third);
            until_third.count().min(DECODED_MAX).min(samples.len().saturating_sub(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use fast_image_resize::CpuExtensions;

    use super::*;

    #[test]
    fn posters_have_the_shape_of_their_video() {
        let of = |width, height| {
            let size = poster_size(FrameSize { width, height });
            (size.width, size.height)
        };
        assert_eq!(of(1920, 1080), (640, 360));
        assert_eq!(of(1080, 1920), (360, 640));
        assert_eq!(of(768, 768), (640, 640));
        assert_eq!(of(2520, 1080), (640, 276));
        assert_eq!(of(640, 362), (640, 362));
        assert_eq!(of(4096, 2), (640, 2));
    }

    #[test]
    fn a_poster_has_the_same_pixels_on_every_processor() {
        let size = FrameSize { width: 1280, height: 720 };
        let mut picture = Yuv420::black(size);
        let mut chance = fastrand::Rng::with_seed(7);
        for plane in [&mut picture.y, &mut picture.u, &mut picture.v] {
            plane.iter_mut().for_each(|value| *value = chance.u8(..));
        }
        let (mut fast, mut plain) = (Resizer::new(), Resizer::new());
        // SAFETY: every processor can do without extensions.
        unsafe { plain.set_cpu_extensions(CpuExtensions::None) };
        let small = poster_size(size);
        let [fast, plain] =
            [&mut fast, &mut plain].map(|resizer| shrunk(&picture, small, resizer).unwrap());
        assert_eq!(fast, plain);
        let mean =
            |plane: &[u8]| plane.iter().map(|v| u64::from(*v)).sum::<u64>() / plane.len() as u64;
        assert!(mean(&fast.y).abs_diff(mean(&picture.y)) <= 1);
    }
}
