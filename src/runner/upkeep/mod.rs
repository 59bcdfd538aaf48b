//! Commands other than builds: start a project, manage the store, settle doubts, salvage videos.

mod new_project;
mod store_commands;
mod settle;
mod salvage;

pub use new_project::NewProject;
pub use salvage::{Salvage, SalvageReport};
