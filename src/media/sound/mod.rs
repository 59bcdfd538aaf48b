//! Sound: a recorded voice, taken apart into samples that an MP4 can hold.
//!
//! MP3 and AAC are copied frame by frame, nothing is decoded. What comes in is a user's file:
//! every reader here is bounded by its length, and none panics.

pub(super) mod aac;
mod adts;
mod m4a;
mod mp3;
mod voice_track;

pub(super) use voice_track::Frame;
pub use voice_track::VoiceTrack;
