//! Atomic files: a reader sees the old bytes or the new ones, whatever happens in between.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file: write beside it, sync, rename, sync the folder. Makes the folder if needed.
///
/// # Errors
/// Any error leaves the old file as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let mut temporary = tempfile::Builder::new().prefix(&unfinished(path)).tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    make_readable(temporary.as_file())?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// How the names begin under which files of a folder are written before they are renamed.
pub const UNFINISHED: &str = ".new-";

/// How the names begin under which one file is written before it is renamed.
fn unfinished(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{UNFINISHED}{name}-")
}

/// Removes what writers of this file left behind who were killed. Nobody may be writing it now.
pub fn sweep_unfinished(path: &Path) {
    sweep(folder_of(path), &unfinished(path));
}

/// Removes the files and folders whose names begin so. What cannot be removed is litter, no harm.
pub fn sweep(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            let path = entry.path();
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
    }
}

/// Makes a rename in a folder survive a power cut.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows cannot open folders as files; NTFS journals its renames.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The folder that a path lies in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Temporary files are private; what they become is as readable as any other file.
pub fn make_readable(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
