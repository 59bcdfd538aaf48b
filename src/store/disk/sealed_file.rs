//! Sealed files: files whose loss costs only time, each with the digest of what it contains.
//!
//! They are not synced, so a power cut may damage them. Each ends with the SHA-256 of what is before
//! it, in hexadecimal; one that does not counts as absent.

use std::io;
use std::path::Path;

use super::atomic_file::{UNFINISHED, folder_of, read_state};
use super::contract::{Disk, Mode};
use crate::base::Digest;

/// The length of a SHA-256 in hexadecimal digits.
const DIGEST_BYTES: usize = 64;

/// What a sealed file contains; `None` if it is absent or damaged.
pub fn read_sealed(disk: &dyn Disk, path: &Path) -> Option<Vec<u8>> {
    let mut bytes = read_state(disk, path).ok()?;
    let digest = bytes.split_off(bytes.len().checked_sub(DIGEST_BYTES)?);
    (Digest::of(&bytes).to_string().as_bytes() == digest).then_some(bytes)
}

/// Writes a sealed file, in a folder that is created if it is missing.
///
/// # Errors
/// The folder cannot be written; nothing is changed then.
pub fn write_sealed(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    disk.make_folder(folder)?;
    let mut draft = disk.draft(folder, UNFINISHED)?;
    draft.write_all(bytes)?;
    draft.write_all(Digest::of(bytes).to_string().as_bytes())?;
    draft.set_mode(Mode::Ordinary)?;
    draft.keep_as(path)
}
