//! Encoding an animatic: pictures at their moments and a voice, as a complete MP4.

use std::iter::Peekable;
use std::num::NonZeroU32;

use anyhow::{Result, bail, ensure};
use shiguredo_mp4::TrackKind;

use super::frame_times::{FrameTime, FrameTimes, TICKS_PER_SECOND};
use super::scene::AnimaticVoice;
use crate::catalog::FrameSize;
use crate::media::mp4::{DisplayMatrix, NewSample, Timescales, write_head};
use crate::media::picture::colour::Yuv420;
use crate::media::picture::encode::VideoEncoder;
use crate::media::sound::{VoiceFrame, VoiceTrack};

/// The longest video in milliseconds.
const MILLIS_MAX: u64 = 60 * 60 * 1_000;

/// Seconds between two keyframes.
const KEYFRAME_SECONDS: f32 = 2.0;

/// What is seen at each moment.
pub(super) trait ShownPicture {
    /// The picture at a moment; moments come in order.
    fn at(&mut self, moment: &FrameTime) -> &Yuv420;
}

/// Encodes what is seen at these moments, and a voice: H.264, yuv420p, BT.709, index in front, and
/// the voice as its track has it.
pub(super) fn encode(
    times: FrameTimes,
    mut voice: Option<Voice<'_>>,
    shown: &mut dyn ShownPicture,
) -> Result<Vec<u8>> {
    let keyframe_every = (times.rate() * KEYFRAME_SECONDS) as u32;
    let mut encoder = VideoEncoder::new(times.rate(), keyframe_every)?;
    let mut samples = Vec::with_capacity(times.moment_count() as usize);
    let mut data = Vec::new();
    for moment in times.moments() {
        let picture = encoder.encode(shown.at(&moment))?;
        samples.push(NewSample {
            kind: TrackKind::Video,
            entry: encoder.sample_entry().filter(|_| samples.is_empty()).cloned(),
            keyframe: picture.keyframe,
            duration: moment.duration,
            shown_later: 0,
            size: picture.data.len(),
        });
        data.extend(picture.data);
        // Sound follows the picture that it starts with, so that a player need not seek.
        if let Some(voice) = &mut voice {
            voice.lay_until(moment.at + u64::from(moment.duration), &mut samples, &mut data);
        }
    }
    let ticks = NonZeroU32::new(TICKS_PER_SECOND).expect("24,000 is not zero");
    let mut video = Vec::with_capacity(data.len() + 64 * samples.len() + 4_096);
    let audio = voice.map_or(ticks, |voice| voice.recording.timescale());
    let clocks = Timescales { video: ticks, audio };
    write_head(&mut video, &samples, clocks, DisplayMatrix::PLAIN)?;
    video.extend(data);
    Ok(video)
}

/// A scene's voice while it is written.
pub(super) struct Voice<'a> {
    recording: &'a VoiceTrack,
    frames: Peekable<Box<dyn Iterator<Item = VoiceFrame<'a>> + 'a>>,
    begun: bool,
}

impl<'a> Voice<'a> {
    /// The voice of a scene of this length, if one is heard.
    pub(super) fn of(voice: &'a AnimaticVoice, millis: u64) -> Option<Voice<'a>> {
        let AnimaticVoice::Recorded(recording) = voice else { return None };
        let frames: Box<dyn Iterator<Item = VoiceFrame<'a>> + 'a> =
            Box::new(recording.frames_within(millis));
        Some(Voice { recording, frames: frames.peekable(), begun: false })
    }

    /// Adds the sound that starts before a tick of the picture's clock.
    fn lay_until(&mut self, ticks: u64, samples: &mut Vec<NewSample>, data: &mut Vec<u8>) {
        let rate = u128::from(self.recording.timescale().get());
        let end = u128::from(ticks) * rate;
        let begins =
            |frame: &VoiceFrame<'_>| u128::from(frame.at) * u128::from(TICKS_PER_SECOND) < end;
        while let Some(frame) = self.frames.next_if(begins) {
            samples.push(NewSample {
                kind: TrackKind::Audio,
                entry: (!self.begun).then(|| self.recording.entry().clone()),
                keyframe: true,
                duration: frame.ticks,
                shown_later: 0,
                size: frame.bytes.len(),
            });
            data.extend(frame.bytes);
            self.begun = true;
        }
    }
}

/// Checks that pictures of this size and a video of this length can be drawn.
///
/// # Errors
/// A side is odd or out of range, or the length is.
pub(super) fn check_frame(size: FrameSize, millis: u64) -> Result<()> {
    let (width, height) = (size.width, size.height);
    ensure!(
        width % 2 == 0 && height % 2 == 0,
        "a picture of {width}x{height} cannot be drawn: both sides must be even"
    );
    let short_enough = width.max(height) <= 3_840 && width.min(height) <= 2_160;
    ensure!(
        short_enough && width.min(height) >= 64,
        "a picture of {width}x{height} cannot be drawn: sides go from 64x64 to 3840x2160"
    );
    if millis == 0 || millis > MILLIS_MAX {
        bail!("a video of {millis} ms cannot be drawn: it must take 1 ms to an hour");
    }
    Ok(())
}
