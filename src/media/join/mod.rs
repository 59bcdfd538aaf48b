//! Joining: several videos in one file, without encoding anything again.
//!
//! Pictures and sound are copied unchanged; only the index is new. Size and codec must be the same,
//! except for the sound of animatics, which is encoded again where it differs.
//! Memory contains the indexes, never the videos.

mod part;
mod silence;
mod sound;
mod sample_bytes;
mod encoded_sound;
mod picture_rate;
mod splice;

pub use part::{JoinClip, JoinedClip, JoinedVideo, SoundShape};
pub use splice::{join, join_animatics};
