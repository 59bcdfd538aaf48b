//! The lock: the file in git that says which takes each scene has, and which one the film uses.

mod take;
mod scene;
mod version_1;
mod conflict;
mod file;
mod rows;
mod blocks;

pub use blocks::{LockBlocks, LockPrinter};
pub use conflict::Disagreement;
pub use file::{LOCK_VERSION, Lock, LockError};
pub use rows::{LockRow, TakeRow};
pub use scene::LockedScene;
pub use take::LockedTake;
