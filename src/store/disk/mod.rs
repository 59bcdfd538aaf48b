//! The file system behind one trait.
//!
//! All code that reads or writes files goes through [`Disk`], so that tests can run the real code
//! on a disk that fails, fills up and loses what was not synced. [`LocalDisk`] is the real one.

mod stamp;
mod contract;
mod atomic_file;
mod local;
mod real_path;
mod sealed_file;

pub use atomic_file::{
    UNFINISHED, folder_of, read_state, replace, sweep, sweep_unfinished, write_atomically,
};
pub use contract::{
    Disk, DiskEntry, DiskLock, EntryKind, Mode, NewFile, OpenDatabase, PendingFile, SharedDisk,
};
pub use local::{LocalDisk, free_space};
pub use real_path::{real_path, twins};
pub use sealed_file::{read_sealed, write_sealed};
pub use stamp::Stamp;
