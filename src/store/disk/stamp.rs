//! Stamps: enough file metadata to know that a file has not changed since it was hashed.

use std::fmt;
use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::base::Moment;

/// Length, modification time and identity of a file.
///
/// Git and ninja rely on the same: a write changes the time, a replacement changes the inode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp(u64, u64, u64);

impl Stamp {
    /// A stamp from its parts: length in bytes, nanoseconds since 1970, identity.
    #[cfg(feature = "internals")]
    pub const fn new(bytes: u64, changed_nanos: u64, identity: u64) -> Stamp {
        Stamp(bytes, changed_nanos, identity)
    }

    /// The stamp in this metadata.
    pub fn of_metadata(metadata: &Metadata) -> Stamp {
        let changed = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_nanos() as u64);
        Stamp(metadata.len(), changed, inode(metadata))
    }

    /// The length in bytes.
    pub fn bytes(&self) -> u64 {
        self.0
    }

    /// Whether two stamps are of the same file, changed or not; always true if files have no
    /// identity.
    pub fn same_file(&self, other: &Stamp) -> bool {
        self.2 == other.2
    }

    /// Whether the file changed less than two seconds ago, so that another write could have left
    /// the same stamp on a coarse clock (git calls this "racily clean").
    pub fn is_racy(&self, now: Moment) -> bool {
        i128::from(self.1) + 2_000_000_000 > i128::from(now.millis()) * 1_000_000
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.0, self.1, self.2)
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}
