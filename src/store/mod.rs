//! The store: artifacts by digest, the ledger, and files in the build directory.
//!
//! Everything that was paid for is here, outside the project, so that `rm -rf build` costs nothing.
//! Several processes may use one store at once.

mod disk;
mod home;
mod claims;
mod output_dir;
mod posters;
mod file_facts;
mod ledger;
mod objects;

pub use claims::{Claim, Claims};
pub use disk::{
    Disk, DiskEntry, DiskLock, EntryKind, LocalDisk, Mode, NewFile, OpenDatabase, PendingFile,
    SharedDisk, Stamp, UNFINISHED, folder_of, free_space, read_state, real_path, replace,
    sweep_unfinished, twins, write_atomically,
};
pub use file_facts::{FactsCache, forget_facts};
pub use home::Home;
pub use ledger::{
    ArtifactOrigin, DecisionRow, Intent, IntentNote, KnownArtifact, KnownLock, KnownTake,
    KnownTask, Ledger, LedgerError, LedgerRow, NamedTaskCheck, NewSubmission,
};
pub use objects::{Damage, DamageKind, Garbage, Incoming, Objects, UnusedArtifact, verify};
pub use output_dir::{OutputDir, OutputError, Placed, digest_of};
pub use posters::Posters;
