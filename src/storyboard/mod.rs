//! The storyboard language: from YAML text to a [`Film`].
//!
//! bytes → [scan] → tree → [reader] → document → [resolve] → film. Nothing here reads a file.
//!
//! [scan]: self::scan
//! [reader]: self::reader
//! [resolve]: self::resolve

mod cuts;
mod dependencies;
mod desk;
mod document;
mod film;
mod findings;
mod names;
mod places;
mod read;
mod reader;
mod resolve;
mod scalar;
mod scan;
mod scene;
mod schema;
mod secrets;
mod sources;
mod suggest;
mod syntax;
mod template;
mod tree;
mod unknown_field;
mod variables;
mod written;

pub use film::{Clip, Cut, Film, FrameAt, Hosting, ImageSource, Scene, Seed, Shot, VoiceSource};
pub use places::Places;
pub use read::{INPUT_MAX_BYTES, Overrides, Reading, read};
pub use schema::json_schema;
