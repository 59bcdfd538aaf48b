//! Probing: what a media file is, read from its headers.
//!
//! Nothing is decoded. A file may be hostile: whatever it claims, a probe ends in bounded time and
//! memory with facts or with a [`MediaError`](super::MediaError).

mod image;
mod ogg;
mod video;
mod voice;

pub use image::{ImageFacts, probe_image};
pub use video::{VideoFacts, probe_video};
pub(super) use voice::voice_format;
pub use voice::{VoiceFacts, probe_voice};
