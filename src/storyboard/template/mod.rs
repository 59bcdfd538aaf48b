//! Templates: handlebars in strict mode, with errors found before anything is rendered.

pub(in crate::storyboard) mod errors;

pub(in crate::storyboard) mod helpers;
mod sizes;

mod mustaches;
mod references;

pub(in crate::storyboard) mod compiled;
mod partials;

pub(in crate::storyboard) mod names;

pub(in crate::storyboard) mod scene_values;

mod precheck;

pub(in crate::storyboard) mod renderer;

pub(in crate::storyboard) mod locate;
pub(crate) mod verbatim;
