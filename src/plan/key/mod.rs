//! What decides a take's picture: its recipe, the readable listing of it, and the key of both.

mod recipe;

mod listing;

pub use recipe::{Input, Listing, PreviewInputs, ProviderFamily, Recipe};
