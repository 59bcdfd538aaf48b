//! Resolving a scene: from its fields and the defaults to a scene of the film.

mod fields;
mod scene_type;

mod model_choice;
mod seed;

mod settings;
mod references;
mod elements;
mod shots;

mod clip;
mod tags;
mod text_fields;
mod drawn;
mod picture_fits;

pub(in crate::storyboard) mod profile_check;

pub(in crate::storyboard) mod result;
