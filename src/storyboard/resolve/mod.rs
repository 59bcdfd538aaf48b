//! Resolution: from the document to the film.

mod defaults;
mod inputs;

mod former_names;

mod scene;

mod ids;
mod profiles;
mod row_cells;
mod scenes;

mod scene_names;

mod catalog;
mod cut_clips;
mod cuts;
mod dependencies;
mod frames;
mod unused;

mod hosting;
pub(in crate::storyboard) mod assemble;
