//! Sound: a recorded voice, split into samples that an MP4 can store.
//!
//! The input is a user's file: every reader here is bounded by its length, and none panics.

mod voice_track;

pub use voice_track::VoiceTrack;
pub(super) use voice_track::{MPEG4_AUDIO, VoiceFrame};
