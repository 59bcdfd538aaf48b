//! What decides a take's picture: its recipe, the readable listing of the recipe, and the key.

mod recipe;

pub mod fields;

mod change;
mod likeness;
mod listing;

pub use change::{Change, differences};
pub(super) use fields::seed_of;
pub(super) use likeness::Likeness;
pub use recipe::{Input, Listing, PreviewInputs, ProviderFamily, Recipe};
