//! The ledger: what this machine intended, submitted, paid and received.
//!
//! SQLite in WAL mode with full synchronisation: data survives a power cut once the call that wrote
//! it has returned.

mod rows;
mod schema;
mod connection;
mod artifacts;
mod submissions;
mod tasks;
mod callbacks;
mod locks;
mod decisions;
mod hosted_files;
mod requests;

pub use artifacts::{ArtifactOrigin, KnownArtifact};
pub use callbacks::NamedTaskCheck;
pub use connection::{Ledger, LedgerError};
pub use decisions::DecisionRow;
pub use locks::KnownLock;
pub use rows::{IntentNote, KnownTake, LedgerRow, NewSubmission};
pub use submissions::Intent;
pub use tasks::KnownTask;
