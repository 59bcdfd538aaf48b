//! The animatic: a scene as simple pictures, to watch before the real video is paid for.
//!
//! [`render()`] turns an [`AnimaticScene`] into a complete MP4, with its voice. The same scene and
//! fonts give the same bytes on every run and thread; recipes, stores and providers are unknown
//! here.

mod scene;
mod frame_times;
mod font_face;
mod scripts;
mod fonts;
mod palette;
mod text;
mod layout;
mod drawing_area;
mod paint;
mod camera;
mod moving_still;
mod text_layer;
mod static_layer;
mod encode;
mod frames;
mod drawn;
mod render;

pub use drawing_area::{panel_of_frame, words_of_frame};
pub use drawn::{DRAWING, DrawnContent, DrawnScene, draw};
pub use font_face::{FaceFitness, FontFace};
pub use fonts::{Fonts, SystemFace, without_builtin_glyph};
pub use render::{RENDERER, render};
pub use scene::{AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticShot, AnimaticVoice};
pub use scripts::script_name;
