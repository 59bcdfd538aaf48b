//! Joining: videos one after another in one file, without encoding anything again.
//!
//! Pictures and sound are copied as they are; only the index is made anew. Size and codec must be
//! alike. Memory holds the indexes, never the videos.

mod part;
mod silence;
mod sound;
mod splice;

pub use splice::join;
