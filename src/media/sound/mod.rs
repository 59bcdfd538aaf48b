//! Sound: a recorded voice, split into samples that an MP4 can store.
//!
//! MP3 and AAC are copied frame by frame; other sound is decoded and encoded again as AAC. The input
//! is a user's file: every reader here is bounded by its length, and none panics.

mod sample_entry;
mod resample;
mod decode;
mod voice_track;
mod encode;
mod frame_row;
mod wav;
mod ogg;
mod mp4;
mod recording;
mod waveform;

pub(super) use decode::MonoSound;
pub(super) use encode::VoiceEncoder;
pub(super) use mp4::decoded_samples;
pub use recording::unheard_in_previews;
pub(super) use sample_entry::MPEG4_AUDIO;
pub(super) use voice_track::VoiceFrame;
pub use voice_track::VoiceTrack;
