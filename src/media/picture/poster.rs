//! Posters: one small picture that shows what a video is about.

use std::io::{Read, Seek};

use anyhow::Result;
use image::DynamicImage;
use image::imageops::FilterType;

use super::decode::decode_sample;
use super::still::to_jpeg;
use crate::media::mp4::{Movie, SampleFacts};

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
    let image = DynamicImage::ImageRgb8(decoded.picture.to_rgb(decoded.space));
    let small = if image.width().max(image.height()) > LONG_SIDE {
        image.resize(LONG_SIDE, LONG_SIDE, FilterType::Triangle)
    } else {
        image
    };
    to_jpeg(&small, QUALITY)
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
