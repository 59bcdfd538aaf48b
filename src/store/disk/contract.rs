//! The [`Disk`] trait: the parts of a file system that this program needs.

use std::fmt;
use std::io::{self, Write};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::stamp::Stamp;
use crate::base::Readable;

/// A disk shared by several parts of a session.
pub type SharedDisk = Arc<dyn Disk>;

/// A file system.
///
/// The effect of a completed call is visible to every process. A power cut can undo more: a file's
/// bytes survive it once the file was synced, and its name once its folder was synced.
pub trait Disk: fmt::Debug + Send + Sync {
    /// The entry at a path; symbolic links are followed.
    fn entry(&self, path: &Path) -> io::Result<DiskEntry>;

    /// The entry at a path; symbolic links are not followed.
    fn entry_itself(&self, path: &Path) -> io::Result<DiskEntry>;

    /// The absolute path without symbolic links.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;

    /// The paths in a folder, in any order.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Opens a file for reading.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Readable>>;

    /// Creates a folder and its missing parents, durably.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// Starts a file in a folder under a new name that begins with `prefix`.
    fn draft(&self, folder: &Path, prefix: &str) -> io::Result<Box<dyn NewFile>>;

    /// Starts a file in a folder with the bytes of another one, sharing its disk blocks if the disk
    /// supports that.
    fn copy(&self, source: &Path, folder: &Path, prefix: &str) -> io::Result<Box<dyn PendingFile>>;

    /// Writes a file that must not exist yet.
    ///
    /// # Errors
    /// `AlreadyExists` if anything has that name, including a dangling symbolic link.
    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Moves a file to another name on the same disk, replacing what is there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with everything in it.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Locks a file, creating it if it is missing, until the returned lock is dropped or this
    /// process dies; or returns the holder's note.
    fn lock(&self, path: &Path, note: &str) -> io::Result<Result<Box<dyn DiskLock>, String>>;

    /// Opens a SQLite database, creating it if it is missing.
    fn database(&self, path: &Path) -> rusqlite::Result<OpenDatabase>;

    /// Leaves a file or folder to its owner alone, where the system has such permissions.
    fn make_private(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Creates a folder with its missing parents if it is missing, for its owner alone. One that
    /// exists keeps the permissions that its owner gave it.
    fn make_private_folder(&self, folder: &Path) -> io::Result<()> {
        if self.entry(folder).is_ok() {
            return Ok(());
        }
        self.make_folder(folder)?;
        self.make_private(folder)
    }

    /// Whether calls can take so long that they need a thread of their own.
    fn is_slow(&self) -> bool {
        true
    }

    /// Whether there is a regular file at a path.
    fn has_file(&self, path: &Path) -> bool {
        self.entry(path).is_ok_and(|entry| entry.kind == EntryKind::File)
    }

    /// The stamp of the file at a path; symbolic links are followed.
    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        self.entry(path).map(|entry| entry.stamp)
    }

    /// The contents of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The entry at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskEntry {
    /// Its kind.
    pub kind: EntryKind,
    /// Length, modification time and identity.
    pub stamp: Stamp,
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Something else: a symbolic link, a pipe, a device.
    Other,
}

/// A file without a final name; removed when dropped unless it was kept.
pub trait PendingFile: Send + Sync {
    /// The path it is written to.
    fn path(&self) -> &Path;

    /// Sets the permissions of the file.
    fn set_mode(&mut self, mode: Mode) -> io::Result<()>;

    /// Makes its bytes durable.
    fn sync(&mut self) -> io::Result<()>;

    /// Renames it to its final name, replacing what is there.
    fn keep_as(self: Box<Self>, path: &Path) -> io::Result<()>;
}

/// A draft to write to.
pub trait NewFile: PendingFile + Write {}

impl<T: PendingFile + Write> NewFile for T {}

/// A connection to a database. The disk gets it back when it is dropped, and may keep it for the
/// next process that opens the database.
pub struct OpenDatabase {
    /// `Some` until it is dropped.
    connection: Option<rusqlite::Connection>,
    give_back: Option<Box<dyn FnOnce(rusqlite::Connection) + Send>>,
    /// Called with whether the commits that follow are synced one by one.
    on_syncs: Option<Box<dyn Fn(bool) + Send>>,
}

impl OpenDatabase {
    /// A connection that `give_back` is called with when it is dropped, and `on_syncs` with whether
    /// the commits that follow are synced one by one.
    #[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
    pub fn shared(
        connection: rusqlite::Connection,
        give_back: impl FnOnce(rusqlite::Connection) + Send + 'static,
        on_syncs: impl Fn(bool) + Send + 'static,
    ) -> OpenDatabase {
        OpenDatabase {
            connection: Some(connection),
            give_back: Some(Box::new(give_back)),
            on_syncs: Some(Box::new(on_syncs)),
        }
    }

    /// Decides whether each of the commits that follow is synced, or only with the next one that is.
    /// It cannot be decided inside a transaction.
    ///
    /// # Errors
    /// The database returned an error.
    pub fn sync_commits(&self, each: bool) -> rusqlite::Result<()> {
        self.pragma_update(None, "synchronous", if each { "FULL" } else { "NORMAL" })?;
        if let Some(tell) = &self.on_syncs {
            tell(each);
        }
        Ok(())
    }
}

impl From<rusqlite::Connection> for OpenDatabase {
    /// A connection that is closed when it is dropped.
    fn from(connection: rusqlite::Connection) -> OpenDatabase {
        OpenDatabase { connection: Some(connection), give_back: None, on_syncs: None }
    }
}

impl Deref for OpenDatabase {
    type Target = rusqlite::Connection;

    fn deref(&self) -> &rusqlite::Connection {
        self.connection.as_ref().expect("it is there until the drop")
    }
}

impl DerefMut for OpenDatabase {
    fn deref_mut(&mut self) -> &mut rusqlite::Connection {
        self.connection.as_mut().expect("it is there until the drop")
    }
}

impl Drop for OpenDatabase {
    fn drop(&mut self) {
        if let (Some(connection), Some(give_back)) = (self.connection.take(), self.give_back.take())
        {
            give_back(connection);
        }
    }
}

/// The permissions of a file. A draft is accessible only to its writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An ordinary file: writable by its owner, readable by everyone.
    Ordinary,
    /// Read-only for everyone.
    ReadOnly,
}

/// A lock, held until it is dropped.
pub trait DiskLock: fmt::Debug + Send + Sync {}
