//! Selection: which scenes a command applies to, given its arguments and flags.

mod selector;

mod selection;

pub use selection::{Selection, names_scene, with_needed};
