//! Probing: the properties of a media file, read from its headers.
//!
//! Nothing is decoded. A file may be hostile: whatever it claims, a probe ends in bounded time and
//! memory with facts or with a [`MediaError`](super::MediaError).

mod window;
mod odd_picture;
mod image;
mod video;
mod frames;
mod mpeg;
mod adts;
mod wav;
mod ogg_page;
mod ogg_clock;
mod ogg;
mod flac;
mod voice;

pub(super) use adts::{AAC_FRAME, AAC_RATES, adts_header};
pub(super) use frames::{FrameHeader, FrameWalk};
pub use image::{ImageFacts, probe_image};
pub(super) use mpeg::{encoder_note, layer_of, mpeg_header};
pub(super) use ogg::ogg_links;
pub use video::{VideoFacts, container_of, probe_video};
pub use voice::{VoiceFacts, probe_voice};
pub(super) use voice::{no_sound, voice_format};
pub(super) use wav::{WavSound, codec};
