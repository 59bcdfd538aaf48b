//! Frames: one picture of a video, as a still image.

use std::io::{Read, Seek};

use image::RgbImage;

use super::colour::{ColourSpace, Yuv420};
use super::decode::{Decoded, check_sample, decode_sample};
use crate::media::error::MediaError;
use crate::media::mp4::{Movie, SampleFacts};
use crate::storyboard::FrameAt;

/// Extracts a frame of an H.264 video, in the video's stated colours.
///
/// The last frame is the one shown last, regardless of decoding order. It is decoded in this
/// process; a 5 s clip in 1080p takes one to three seconds of one processor.
pub fn extract(video: &mut (impl Read + Seek), at: FrameAt) -> Result<RgbImage, MediaError> {
    let (picture, space) = extract_yuv(video, at)?;
    Ok(picture.to_rgb(space))
}

/// Extracts a frame of an H.264 video without converting its colours.
pub fn extract_yuv(
    video: &mut (impl Read + Seek),
    at: FrameAt,
) -> Result<(Yuv420, ColourSpace), MediaError> {
    let track = Movie::read(video)?.into_video()?;
    let samples: Vec<SampleFacts> = track.samples().collect();
    let wanted = choose(&samples, at, track.timescale.get())?;
    check_sample(&track, &samples[wanted])?;
    let Decoded { picture, space } = decode_sample(video, &track, &samples, wanted)?;
    Ok((picture, space))
}

/// Whether a video's index promises that the frame can be extracted; reads no picture.
///
/// # Errors
/// What [`extract`] would say.
pub fn check(video: &mut (impl Read + Seek), at: FrameAt) -> Result<(), MediaError> {
    let track = Movie::read(video)?.into_video()?;
    let samples: Vec<SampleFacts> = track.samples().collect();
    let wanted = choose(&samples, at, track.timescale.get())?;
    check_sample(&track, &samples[wanted])
}

/// The index of the sample that is shown then.
fn choose(samples: &[SampleFacts], at: FrameAt, timescale: u32) -> Result<usize, MediaError> {
    let shown = samples.iter().map(|sample| sample.shown_at).enumerate();
    let first = shown.clone().min_by_key(|(_, shown_at)| *shown_at);
    let last = shown.clone().max_by_key(|(_, shown_at)| *shown_at);
    let chosen = match at {
        FrameAt::First => first,
        FrameAt::Last => last,
        FrameAt::Millis(millis) => {
            let start = first.map_or(0, |(_, shown_at)| shown_at);
            let end = samples.iter().fold(start, |end, sample| {
                end.max(sample.shown_at.saturating_add(sample.duration.into()))
            });
            let ticks = u128::from(millis) * u128::from(timescale) / 1_000;
            let moment = i64::try_from(ticks).map_or(i64::MAX, |t| start.saturating_add(t));
            if moment >= end {
                return Err(MediaError::NoSuchFrame {
                    at: millis as f64 / 1_000.0,
                    length: (end - start) as f64 / f64::from(timescale),
                });
            }
            shown.filter(|(_, shown_at)| *shown_at <= moment).max_by_key(|(_, at)| *at)
        }
    };
    chosen
        .map(|(number, _)| number)
        .ok_or_else(|| MediaError::Damaged("it holds no picture".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples in decoding order, shown at these ticks, each for 10.
    fn samples(shown: &[i64]) -> Vec<SampleFacts> {
        let sample = |(number, shown_at): (usize, &i64)| SampleFacts {
            offset: 0,
            size: 0,
            decoded_at: number as u64 * 10,
            shown_at: *shown_at,
            duration: 10,
            sync: number == 0,
            entry: 0,
        };
        shown.iter().enumerate().map(sample).collect()
    }

    #[test]
    fn display_order_decides() {
        let samples = samples(&[20, 60, 40, 30, 50]);
        assert_eq!(choose(&samples, FrameAt::First, 1_000).unwrap(), 0);
        assert_eq!(choose(&samples, FrameAt::Last, 1_000).unwrap(), 1);
        assert_eq!(choose(&samples, FrameAt::Millis(0), 1_000).unwrap(), 0);
        assert_eq!(choose(&samples, FrameAt::Millis(19), 1_000).unwrap(), 3);
        assert_eq!(choose(&samples, FrameAt::Millis(49), 1_000).unwrap(), 1);
    }

    #[test]
    fn there_is_no_frame_past_the_end() {
        let error = choose(&samples(&[0, 10]), FrameAt::Millis(20), 1_000).unwrap_err();
        let words = "there is no frame at 0.02 s, the video is 0.02 s long";
        assert_eq!(error.to_string(), words);
        assert!(choose(&[], FrameAt::Last, 1_000).is_err());
    }
}
