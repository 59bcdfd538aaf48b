//! Probing: the properties of a media file, read from its headers.
//!
//! Nothing is decoded. A file may be hostile: whatever it claims, a probe ends in bounded time and
//! memory with facts or with a [`MediaError`](super::MediaError).

mod image;
mod video;
mod ogg;
mod packets;
mod voice;

pub use image::{ImageFacts, probe_image};
pub(super) use packets::{PacketReader, no_sound};
pub use video::{VideoFacts, container_of, probe_video};
pub use voice::{VoiceFacts, probe_voice};
pub(super) use voice::{behind_tag, voice_format};
