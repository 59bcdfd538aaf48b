//! Resolution: from the document to the film.

mod defaults;
pub(in crate::storyboard) mod inputs;

mod scene;

mod ids;
pub(in crate::storyboard) mod scenes;

mod scene_names;

mod cuts;
mod dependencies;
mod uncut;
mod unused;

pub(in crate::storyboard) mod assemble;
