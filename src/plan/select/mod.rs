//! Selection: which scenes a command applies to, given its arguments and flags.

mod selector;

mod selection;

pub use selection::{Selection, named, with_needed};
