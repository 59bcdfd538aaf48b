//! Takes: the commands with which people decide about takes. They change the lock and nothing else,
//! and need no network.

mod editor;
mod decide;
mod adopt;
mod export;

pub use adopt::AdoptedTake;
pub use decide::{DecidedTake, Undone};
pub use editor::LockEditor;
