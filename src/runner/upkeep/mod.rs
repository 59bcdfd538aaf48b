//! What commands do beside a build: projects begun, the store kept, doubts settled, videos salvaged.

mod new_project;
mod store_commands;
mod settle;
mod salvage;

pub use new_project::NewProject;
pub use salvage::{Salvage, SalvageReport};
