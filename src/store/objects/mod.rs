//! Artifacts: the bytes that were paid for, named by their SHA-256, and their maintenance.

mod local;
mod verify;
mod garbage;

pub use garbage::{Garbage, UnusedArtifact};
pub use local::{Incoming, Objects};
pub use verify::{Damage, DamageKind, verify};
