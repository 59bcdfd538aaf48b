//! Expand: the film as resolved, with where each value came from, as YAML that is a storyboard
//! again and as data.

#[expect(clippy::module_inception, reason = "the folder's verb has a file of its own")]
mod expand;
mod expansion;
mod lines;
mod origin;
mod scalar;
mod storyboard;

pub use expansion::{EXPANSION_VERSION, Expansion};
