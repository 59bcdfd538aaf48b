//! What decides a take's picture: its recipe, the readable listing of the recipe, and the key.

pub mod fields;

mod choice;
mod recipe;

mod change;
mod listing;

mod likeness;
mod texts;

pub use change::{Change, differences};
pub use choice::TakeChoice;
pub(super) use likeness::Likeness;
pub use listing::choice_of;
pub use listing::family_of;
pub(super) use listing::{recipe_id, seed_of, uses_video, with_choice, with_video, without_choice};
pub use recipe::{
    DrawingInputs, Input, Listing, Narrator, PreviewInputs, ProviderFamily, Recipe, SlatePlace,
    SourceSlate,
};
pub(super) use texts::has_trailing_blanks;
