//! The storyboard language: from YAML text to a [`Film`].

mod film;
mod places;
mod scan;

pub use film::{Clip, Cut, Film, FrameAt, Hosting, ImageSource, Scene, Seed, Shot, VoiceSource};
pub use places::Places;
