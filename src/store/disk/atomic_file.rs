//! Files that are replaced as a whole: a reader sees the old bytes or the new ones, whatever happens
//! in between.
//!
//! The small state files that this program leaves in a project (lock, manifest, memory) are read
//! here as well. They lie where anybody may have put something else: only regular files are read,
//! up to a limit, so a pipe, a device or a film under that name is an error at once.

use std::io::{self, Read};
use std::path::Path;

use super::contract::{Disk, EntryKind, Mode};

/// The most bytes of a state file; that of a film of ten thousand scenes has about 15 MB.
const STATE_MAX_BYTES: u64 = 128 << 20;

/// Replaces a file: write beside it, sync, rename, sync the folder. Makes the folder if needed.
///
/// # Errors
/// Any error leaves the old file as it was.
pub fn write_atomically(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    disk.make_folder(folder)?;
    let mut draft = disk.draft(folder, &unfinished(path))?;
    draft.write_all(bytes)?;
    draft.set_mode(Mode::Ordinary)?;
    draft.sync()?;
    draft.keep_as(path)?;
    disk.sync_folder(folder)
}

/// How the names begin under which files of a folder are written before they are renamed.
pub const UNFINISHED: &str = ".new-";

/// How the names begin under which one file is written before it is renamed.
fn unfinished(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{UNFINISHED}{name}-")
}

/// Removes what writers of this file left behind who were killed. Nobody may be writing it now.
pub fn sweep_unfinished(disk: &dyn Disk, path: &Path) {
    sweep(disk, folder_of(path), &unfinished(path));
}

/// Removes the files and folders whose names begin so. What cannot be removed is litter, no harm.
pub fn sweep(disk: &dyn Disk, folder: &Path, prefix: &str) {
    let Ok(paths) = disk.list(folder) else { return };
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(prefix) {
            let _ = disk.remove_file(&path).or_else(|_| disk.remove_folder(&path));
        }
    }
}

/// The folder that a path lies in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Reads a lock, a manifest or a memory whole.
///
/// # Errors
/// `InvalidData` for what is no such file, else what the system says.
pub fn read_state(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let refuse = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    // A pipe could keep us waiting for ever, so it is not even opened.
    if disk.entry(path)?.kind != EntryKind::File {
        return refuse("it is not a file");
    }
    let mut bytes = Vec::new();
    disk.open(path)?.take(STATE_MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > STATE_MAX_BYTES {
        return refuse("it is larger than any such file");
    }
    Ok(bytes)
}
