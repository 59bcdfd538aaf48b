//! Atomically replaced files: a reader sees the old bytes or the new ones, whatever happens in
//! between.
//!
//! The small state files that this program leaves in a project (lock, manifest, record) are read
//! here as well. Anything may be at their paths, so only regular files are read, up to a limit; a
//! pipe, a device or a film under that name is an error at once.

use std::io::{self, Read};
use std::path::Path;

use super::contract::{Disk, EntryKind, Mode};

/// The largest state file in bytes; a film of ten thousand scenes needs about 15 MB.
const STATE_MAX_BYTES: u64 = 128 << 20;

/// Replaces a file: write a temporary file, sync, rename, sync the folder. Creates the folder if
/// needed.
///
/// # Errors
/// After any error the old file is unchanged.
pub fn write_atomically(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(disk, path, bytes)?;
    disk.sync_folder(folder_of(path))
}

/// [`write_atomically`] without its last step: who writes many files into a folder syncs it once.
///
/// # Errors
/// After any error the old file is unchanged.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    disk.make_folder(folder)?;
    let mut draft = disk.draft(folder, &unfinished(path))?;
    draft.write_all(bytes)?;
    draft.set_mode(Mode::Ordinary)?;
    draft.sync()?;
    draft.keep_as(path)
}

/// The prefix of all files that are written but not renamed yet.
pub const UNFINISHED: &str = ".new-";

/// The prefix under which one file is written before it is renamed.
fn unfinished(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{UNFINISHED}{name}-")
}

/// Removes the files of killed writers of this file. No process may be writing it now.
pub fn sweep_unfinished(disk: &dyn Disk, path: &Path) {
    sweep(disk, folder_of(path), &unfinished(path));
}

/// Removes the files and folders with this prefix. Failures are ignored: leftovers are harmless.
pub fn sweep(disk: &dyn Disk, folder: &Path, prefix: &str) {
    let Ok(paths) = disk.list(folder) else { return };
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(prefix) {
            let _ = disk.remove_file(&path).or_else(|_| disk.remove_folder(&path));
        }
    }
}

/// The folder that contains a path.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Reads a whole lock, manifest or record.
///
/// # Errors
/// `InvalidData` if it is not a regular file or too large, else the system's error.
pub fn read_state(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let refuse = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    // Opening a pipe could block for ever, so do not even open it.
    let there = disk.entry(path)?;
    if there.kind != EntryKind::File {
        return refuse("it is not a file");
    }
    // One byte more, so that its end is seen without more memory.
    let length = there.stamp.bytes().min(STATE_MAX_BYTES) as usize;
    let mut bytes = Vec::with_capacity(length + 1);
    disk.open(path)?.take(STATE_MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > STATE_MAX_BYTES {
        return refuse("it is larger than any such file");
    }
    Ok(bytes)
}
