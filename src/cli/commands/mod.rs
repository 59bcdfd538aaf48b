//! What each command does.

mod options;
pub mod build;
pub mod inspect;
pub mod project;
pub mod takes;
pub mod upkeep;
pub mod sim;
