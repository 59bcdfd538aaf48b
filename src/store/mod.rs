//! The store: artifacts by digest, the ledger, and files in the build directory.
//!
//! What is paid for lives here, outside the project, so that `rm -rf build` costs nothing. Several
//! processes may use one store at once.

mod atomic;
mod claim;
mod disk;
mod garbage;
mod home;
mod ledger;
mod objects;
mod output;
mod stamp;
mod state_file;
mod verify;

pub use atomic::{UNFINISHED, folder_of, sweep_unfinished, write_atomically};
pub use claim::{Claim, Claims};
pub use disk::{Disk, Draft, Entry, Held, Kind, LocalDisk, Mode, NewFile, SharedDisk};
pub use garbage::{Garbage, Unused};
pub use home::Home;
pub use ledger::{
    Intent, IntentNote, KnownArtifact, KnownLock, KnownTake, KnownTask, Ledger, LedgerError,
    LedgerRow, Naming, NewSubmission, Origin,
};
pub use objects::{Incoming, Objects};
pub use output::{OutputDir, OutputError, Placed, digest_of};
pub use stamp::Stamp;
pub use state_file::read_state;
pub use verify::{Damage, DamageKind, verify};
