//! Rendering: a scene in, a complete MP4 out.

use anyhow::{Context, Result};

use super::encode::{Voice, check_frame, encode};
use super::fonts::Fonts;
use super::frame_times::FrameTimes;
use super::frames::{FrameRenderer, moves};
use super::scene::AnimaticScene;

/// The version of picture and sound. It is part of every preview's key, so increment it when a pixel
/// or what is heard changes; old previews then become stale.
pub const RENDERER: u32 = 6;

/// Frames of the time code between two pictures: 12 pictures per second for a camera move, 8 if only
/// figures change.
const FRAMES_MOVING: u64 = 2;
const FRAMES_STILL: u64 = 3;

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
    check_frame(scene.size, scene.millis)?;
    let frames = if moves(scene) { FRAMES_MOVING } else { FRAMES_STILL };
    let times = FrameTimes::new(scene.millis, frames);
    let mut renderer =
        FrameRenderer::new(scene, fonts).context("no memory for a picture of this size")?;
    encode(times, Voice::of(&scene.voice, scene.millis), &mut renderer)
}
