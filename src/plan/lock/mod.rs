//! The lock: the file in git that says which take each scene has.

mod file;

pub use file::{LOCK_VERSION, Lock, LockError, LockedTake};
