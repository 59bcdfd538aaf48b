//! What decides a take's picture: its recipe, the readable listing of the recipe, and the key.

mod recipe;

mod likeness;
mod listing;

pub(super) use likeness::{Likeness, seed_of};
pub use recipe::{Input, Listing, PreviewInputs, ProviderFamily, Recipe};
