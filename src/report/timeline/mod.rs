//! Timelines: a cut for editing programs, and the film for spreadsheet programs.
//!
//! All formats are written from one [`Timeline`], so they agree to the frame: clips on one picture
//! track, without gaps, at the frames at which the join has put them. They begin at 0, as the cut's
//! video does. Media are named relative to the file, so a folder that is moved or sent stays whole,
//! and the same film gives the same bytes on every machine. A take that is longer than its use
//! keeps the rest as a handle.
//!
//! Transitions, music and titles are to become fields of [`Timeline`] and its clips; each format
//! then writes what it can say, and an EDL notes what it cannot.

mod clips;
pub mod otio;
mod xml;
pub mod fcpxml;
pub mod edl;
pub mod shot_list;

pub use clips::{OtherTake, Timeline};
