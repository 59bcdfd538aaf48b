//! Atomic files: a reader sees the old bytes or the new ones, whatever happens in between.

use std::io;
use std::path::Path;

use super::disk::{Disk, Mode};

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
