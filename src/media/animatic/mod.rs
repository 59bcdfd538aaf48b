//! The animatic: a scene as a slate to watch before the real video is paid for.
//!
//! [`render()`] turns a [`Card`] into a complete MP4, with its voice. It promises the same bytes for the same card
//! and fonts, on every run and thread; it knows nothing of recipes, stores or providers.

mod card;
mod clock;
mod fonts;
mod layout;
mod paint;
mod palette;
mod push_in;
mod render;
mod sheet;
mod sound;
mod stage;
mod text;
mod words;

pub use card::{Card, CardImage, CardVoice};
pub use fonts::Fonts;
pub use render::{RENDERER, render};
pub use sound::Recording;
