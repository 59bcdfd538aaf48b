//! Publishing: writes the results of a build to the lock and the build directory.

mod context;
mod manifest;
mod directory_owner;
mod lock;
mod posters;
mod scenes;
mod cuts;
mod timelines;
mod build_dir;
mod steps;

pub use build_dir::PublishResult;
pub use context::{KnownTakes, StoredRoll, StoredTakes};
pub use directory_owner::refuse_unfit_build_dir;
pub use lock::{
    WrittenLock, full_path, remember_former_lock, remember_lock, seconds_of, update_lock,
};
pub use steps::{Extent, publish};
