//! Which scenes a command is about, as its words and flags say.

mod selector;

mod selection;

pub use selection::{Selection, named, with_needed};
