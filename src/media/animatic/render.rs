//! Rendering: a scene in, a complete MP4 out.

use std::iter::Peekable;
use std::num::NonZeroU32;

use anyhow::{Context, Result, bail, ensure};
use shiguredo_mp4::TrackKind;

use super::fonts::Fonts;
use super::frame_times::{FrameTimes, TICKS_PER_SECOND};
use super::frames::{FrameRenderer, moves};
use super::scene::{AnimaticScene, AnimaticVoice};
use crate::media::mp4::{NewSample, Timescales, write_head};
use crate::media::picture::encode::VideoEncoder;
use crate::media::sound::{VoiceFrame, VoiceTrack};

/// The version of picture and sound. It is part of every preview's key, so increment it when a pixel
/// or what is heard changes; old previews then become stale.
pub const RENDERER: u32 = 4;

/// The longest animatic in milliseconds.
const MILLIS_MAX: u64 = 60 * 60 * 1_000;

/// Frames of the time code between two pictures: 12 pictures per second for a camera move, 8 if only
/// figures change.
const FRAMES_MOVING: u64 = 2;
const FRAMES_STILL: u64 = 3;

/// Seconds between two keyframes.
const KEYFRAME_SECONDS: f32 = 2.0;

/// Renders a scene as an MP4: H.264, yuv420p, BT.709, index in front, and the voice as its track has
/// it.
///
/// The picture is exactly as long as the scene says. The voice ends with it at the latest, to
/// within a frame of sound; up to 50 ms of encoder padding in front of it may be heard as silence.
///
/// Equal scenes and fonts give equal bytes. Rendering takes a second or two of one processor, and
/// memory for a few pictures and the video itself. Fails if the size or the length is out of range
/// (see [`AnimaticScene`]).
pub fn render(scene: &AnimaticScene, fonts: &Fonts) -> Result<Vec<u8>> {
    check(scene)?;
    let frames = if moves(scene) { FRAMES_MOVING } else { FRAMES_STILL };
    let times = FrameTimes::new(scene.millis, frames);
    let mut renderer =
        FrameRenderer::new(scene, fonts).context("no memory for a picture of this size")?;
    let keyframe_every = (times.rate() * KEYFRAME_SECONDS) as u32;
    let mut encoder = VideoEncoder::new(times.rate(), keyframe_every)?;
    let mut samples = Vec::with_capacity(times.moment_count() as usize);
    let mut data = Vec::new();
    let mut voice = Voice::of(scene);
    for moment in times.moments() {
        let picture = encoder.encode(renderer.show(&moment))?;
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
    write_head(&mut video, &samples, Timescales { video: ticks, audio })?;
    video.extend(data);
    Ok(video)
}

/// A scene's voice while it is written.
struct Voice<'a> {
    recording: &'a VoiceTrack,
    frames: Peekable<Box<dyn Iterator<Item = VoiceFrame<'a>> + 'a>>,
    begun: bool,
}

impl<'a> Voice<'a> {
    fn of(scene: &'a AnimaticScene) -> Option<Voice<'a>> {
        let AnimaticVoice::Recorded(recording) = &scene.voice else { return None };
        let frames: Box<dyn Iterator<Item = VoiceFrame<'a>> + 'a> =
            Box::new(recording.frames_within(scene.millis));
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

fn check(scene: &AnimaticScene) -> Result<()> {
    let (width, height) = (scene.size.width, scene.size.height);
    ensure!(
        width % 2 == 0 && height % 2 == 0,
        "a picture of {width}x{height} cannot be drawn: both sides must be even"
    );
    let short_enough = width.max(height) <= 3_840 && width.min(height) <= 2_160;
    ensure!(
        short_enough && width.min(height) >= 64,
        "a picture of {width}x{height} cannot be drawn: sides go from 64x64 to 3840x2160"
    );
    if scene.millis == 0 || scene.millis > MILLIS_MAX {
        bail!("a preview of {} ms cannot be drawn: it must take 1 ms to an hour", scene.millis);
    }
    Ok(())
}
