//! The plan: what a build would do and why, as a value, before anything costs money.

mod recipe;

pub use recipe::{Family, Input, Listing, Recipe, Slate};
