//! The [`Disk`] trait: the file system as far as this program needs one.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::stamp::Stamp;
use crate::base::Readable;

/// A disk that several parts of a session share.
pub type SharedDisk = Arc<dyn Disk>;

/// A file system.
///
/// A call that has returned is seen by every process. What survives a power cut is less: the bytes
/// of a file once it was synced, and its name once its folder was synced.
pub trait Disk: fmt::Debug + Send + Sync {
    /// What stands at a path; symbolic links are followed.
    fn entry(&self, path: &Path) -> io::Result<DiskEntry>;

    /// What stands at a path, a symbolic link itself if it is one.
    fn entry_itself(&self, path: &Path) -> io::Result<DiskEntry>;

    /// The absolute path without symbolic links.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;

    /// The paths in a folder, in no order.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Opens a file for reading.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Readable>>;

    /// Makes a folder and those above it, where they are missing, so that they survive a power
    /// cut.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// Begins a file in a folder under a new name that begins with `prefix`.
    fn draft(&self, folder: &Path, prefix: &str) -> io::Result<Box<dyn NewFile>>;

    /// Begins a file in a folder with the bytes of another, which share their place on the disk
    /// where it can do that.
    fn copy(&self, source: &Path, folder: &Path, prefix: &str) -> io::Result<Box<dyn PendingFile>>;

    /// Writes a file that must not be there yet.
    ///
    /// # Errors
    /// `AlreadyExists` where anything has that name, also a symbolic link that leads nowhere.
    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Moves a file to another name on the same disk, over what stands there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with all that is in it.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes the names in a folder survive a power cut.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Locks a file, which is made if it is missing, until the answer is dropped or this process
    /// dies; or says who holds it: the note that they left.
    fn lock(&self, path: &Path, note: &str) -> io::Result<Result<Box<dyn DiskLock>, String>>;

    /// Opens a SQLite database, which is made if it is missing.
    fn database(&self, path: &Path) -> rusqlite::Result<rusqlite::Connection>;

    /// Whether calls can take so long that they belong on a thread of their own.
    fn is_slow(&self) -> bool {
        true
    }

    /// Whether a regular file stands at a path.
    fn has_file(&self, path: &Path) -> bool {
        self.entry(path).is_ok_and(|entry| entry.kind == EntryKind::File)
    }

    /// The stamp of the file at a path; symbolic links are followed.
    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        self.entry(path).map(|entry| entry.stamp)
    }

    /// The whole of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskEntry {
    /// What it is.
    pub kind: EntryKind,
    /// Length, time of change and identity.
    pub stamp: Stamp,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Something else: a symbolic link, a pipe, a device.
    Other,
}

/// A file that has no name of its own yet; gone when dropped, unless it was kept.
pub trait PendingFile: Send + Sync {
    /// Where it is written.
    fn path(&self) -> &Path;

    /// Says who may do what with the file.
    fn set_mode(&mut self, mode: Mode) -> io::Result<()>;

    /// Makes its bytes survive a power cut.
    fn sync(&mut self) -> io::Result<()>;

    /// Gives it its name, over what stands there.
    fn keep_as(self: Box<Self>, path: &Path) -> io::Result<()>;
}

/// A draft that is written to.
pub trait NewFile: PendingFile + Write {}

impl<T: PendingFile + Write> NewFile for T {}

/// Who may do what with a file. A draft is its writer's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An ordinary file: its owner may write it, everybody may read it.
    Ordinary,
    /// Nobody may write it.
    ReadOnly,
}

/// A lock that is held until it is dropped.
pub trait DiskLock: fmt::Debug + Send + Sync {}
