//! What decides a take's picture: its recipe, the readable listing of the recipe, and the key.

pub mod fields;

mod recipe;

mod change;
mod listing;

mod likeness;

pub use change::{Change, differences};
pub(super) use likeness::Likeness;
pub use listing::family_of;
pub(super) use listing::seed_of;
pub use recipe::{Input, Listing, PreviewInputs, ProviderFamily, Recipe};
