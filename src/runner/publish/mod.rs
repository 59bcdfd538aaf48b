//! Publishing: what a build has made goes into the lock and the build directory.

mod directory_owner;
mod steps;

pub use directory_owner::refuse_unfit_build_dir;
pub use steps::{PublishResult, publish};
