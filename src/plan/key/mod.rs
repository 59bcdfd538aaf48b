//! What decides a take's picture: its recipe, the readable listing of it, and the key of both.

mod recipe;

mod likeness;
mod listing;

pub(super) use likeness::{Likeness, seed_of};
pub use recipe::{Input, Listing, PreviewInputs, ProviderFamily, Recipe};
