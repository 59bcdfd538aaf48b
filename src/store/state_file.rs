//! State files: the small files that this program leaves for itself in a project.
//!
//! They lie where anybody may have put something else: only regular files are read, and never more
//! than such a file can have, so a pipe, a device or a film under that name is an error at once.

use std::io::{self, Read};
use std::path::Path;

use super::disk::{Disk, Kind};

/// The most bytes of a state file; that of a film of ten thousand scenes has about 15 MB.
const STATE_MAX_BYTES: u64 = 128 << 20;

/// Reads a lock, a manifest or a memory whole.
///
/// # Errors
/// `InvalidData` for what is no such file, else what the system says.
pub fn read_state(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let refuse = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    // A pipe could keep us waiting for ever, so it is not even opened.
    if disk.entry(path)?.kind != Kind::File {
        return refuse("it is not a file");
    }
    let mut bytes = Vec::new();
    disk.open(path)?.take(STATE_MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > STATE_MAX_BYTES {
        return refuse("it is larger than any such file");
    }
    Ok(bytes)
}
