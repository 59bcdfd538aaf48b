//! The storyboard language: from YAML text to a [`Film`].
//!
//! bytes → `text` → tree → `schema` → document → `expand`, `resolve` → film. Nothing here reads a
//! file, and no error stops it: each step reports errors and continues with the rest.

mod limits;

mod text;

mod film;
mod schema;

mod template;

mod data;

mod scope;

mod expand;

mod resolve;

mod read;

pub use film::camera_move::{CameraMove, UnknownCameraMove};
pub use film::places::Places;
pub use film::resolved::{
    BucketPlace, Clip, ClipSettings, ClipShot, Cut, CutClip, DrawnFrame, Element, Film, FormerName,
    FrameAt, Hosting, Scene, SceneInput, ScratchVoice, Seed, Shot, selecting,
};
pub use film::value_origin::{SceneField, SceneOrigins, ValueOrigin};
pub use limits::INPUT_MAX_BYTES;
pub use read::{Reading, read, read_with};
pub use schema::json_schema::{json_schema, json_schema_of_included};
pub use scope::declarations::Overrides;
pub use template::verbatim::verbatim;
pub use text::files::{Files, NoFiles};
pub(crate) use text::suggestions::closest;
pub use text::yaml::block_end::{BlockEnd, block_end};

#[cfg(test)]
mod tests;
