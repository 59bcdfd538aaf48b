//! The animatic: a scene as simple pictures, to watch before the real video is paid for.
//!
//! [`render()`] turns an [`AnimaticScene`] into a complete MP4, with its voice. It promises the
//! same bytes for the same scene and fonts, on every run and thread; it knows nothing of recipes, stores or providers.

mod scene;
mod frame_times;
mod fonts;
mod palette;
mod text;
mod layout;
mod paint;
mod push_in;
mod text_layer;
mod static_layer;
mod frames;
mod render;

pub use fonts::Fonts;
pub use render::{RENDERER, render};
pub use scene::{AnimaticImage, AnimaticScene, AnimaticVoice};
