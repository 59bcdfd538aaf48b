//! The storyboard language: from YAML text to a [`Film`].
//!
//! bytes → `yaml` → tree → `reader` → document → `resolve` → film. Nothing here reads a file, and
//! nothing stops at a mistake: each step reports what is wrong and goes on with the rest.

mod characters;
mod collection;
mod cuts;
mod data;
mod defaults;
mod dependencies;
mod desk;
mod document;
mod files;
mod film;
mod findings;
mod for_each;
mod former;
mod ids;
mod include;
mod matrix;
mod offers;
mod origin;
mod outside;
mod part;
mod partials;
mod paths;
mod places;
mod read;
mod reader;
mod resolve;
mod roster;
mod scene;
mod scenes;
mod schema;
mod secrets;
mod shape;
mod sources;
mod suggest;
mod template;
mod uncut;
mod unknown_field;
mod unused;
mod variables;
mod written;
mod yaml;

pub use files::{Files, NoFiles};
pub use film::{
    Clip, Cut, Film, FormerName, FrameAt, Hosting, ImageSource, Scene, Seed, Shot, VoiceSource,
};
pub use origin::{Origin, Origins, SceneField};
pub use places::Places;
pub use read::{INPUT_MAX_BYTES, Overrides, Reading, read, read_with};
pub use schema::{json_schema, json_schema_of_included};
pub(crate) use suggest::closest;
pub use template::verbatim;

#[cfg(test)]
mod tests;
