//! Joining: several videos in one file, without encoding anything again.
//!
//! Pictures and sound are copied unchanged; only the index is new. Size and codec must be the same.
//! Memory contains the indexes, never the videos.

mod part;
mod silence;
mod sound;
mod splice;

pub use part::JoinClip;
pub use splice::join;
