//! The local disk: the machine's own file system.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::atomic_file::folder_of;
use super::contract::{
    Disk, DiskEntry, DiskLock, EntryKind, Mode, NewFile, OpenDatabase, PendingFile,
};
use super::stamp::Stamp;
use crate::base::Readable;

/// How often to retry a lock whose file was removed by its holder between open and lock.
const LOCK_TRIES: usize = 100;

/// The machine's own file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn entry(&self, path: &Path) -> io::Result<DiskEntry> {
        Ok(entry_of(&fs::metadata(path)?))
    }

    fn entry_itself(&self, path: &Path) -> io::Result<DiskEntry> {
        Ok(entry_of(&fs::symlink_metadata(path)?))
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Readable>> {
        Ok(Box::new(File::open(path)?))
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.as_os_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        let above = folder_of(folder);
        self.make_folder(above)?;
        match fs::create_dir(folder) {
            // Another process may be creating it too.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Err(_) if !folder.is_dir() => Err(io::ErrorKind::NotADirectory.into()),
            _ => self.sync_folder(above),
        }
    }

    fn draft(&self, folder: &Path, prefix: &str) -> io::Result<Box<dyn NewFile>> {
        let file = tempfile::Builder::new().prefix(prefix).tempfile_in(folder)?;
        Ok(Box::new(New(file)))
    }

    fn copy(&self, source: &Path, folder: &Path, prefix: &str) -> io::Result<Box<dyn PendingFile>> {
        let mut draft = tempfile::Builder::new();
        draft.prefix(prefix);
        // Apple's systems clone a file only to a name that is free.
        if cfg!(target_vendor = "apple") {
            let copied = draft.make_in(folder, |path| {
                reflink_copy::reflink_or_copy(source, path)?;
                File::open(path)
            });
            return Ok(Box::new(New(copied?)));
        }
        let mut copy = draft.tempfile_in(folder)?;
        let mut bytes = File::open(source)?;
        if reflink_copy::reflink_file(&bytes, copy.as_file()).is_err() {
            io::copy(&mut bytes, copy.as_file_mut())?;
        }
        Ok(Box::new(New(copy)))
    }

    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        File::create_new(path)?.write_all(bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir_all(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Windows cannot open folders as files; NTFS journals its renames.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn lock(&self, path: &Path, note: &str) -> io::Result<Result<Box<dyn DiskLock>, String>> {
        for _ in 0..LOCK_TRIES {
            let mut file =
                File::options().read(true).write(true).create(true).truncate(false).open(path)?;
            match file.try_lock() {
                Ok(()) if !is_still_at(&file, path) => continue,
                Ok(()) => {
                    file.set_len(0)?;
                    file.rewind()?;
                    file.write_all(note.as_bytes())?;
                    return Ok(Ok(Box::new(Locked { path: path.to_path_buf(), _file: file })));
                }
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // A holder writes its note after it gets the lock, so the note may be missing
                    // briefly.
                    let _ = file.take(1_000).read_to_string(&mut holder);
                    return Ok(Err(holder));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::other(format!("`{}` keeps being removed", path.display())))
    }

    fn database(&self, path: &Path) -> rusqlite::Result<OpenDatabase> {
        rusqlite::Connection::open(path).map(OpenDatabase::from)
    }

    #[cfg(unix)]
    fn make_private(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }
}

/// A locked file. The system releases the lock when its holder dies in any way.
#[derive(Debug)]
struct Locked {
    path: PathBuf,
    _file: File,
}

impl DiskLock for Locked {}

impl Drop for Locked {
    fn drop(&mut self) {
        // Remove it while it is still locked: a process that opened it meanwhile sees that it is
        // gone and opens it again. A file that stays is harmless.
        let _ = fs::remove_file(&self.path);
    }
}

fn is_still_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(opened), Ok(there)) => {
            Stamp::of_metadata(&opened).same_file(&Stamp::of_metadata(&there))
        }
        _ => false,
    }
}

/// A file under a temporary name.
struct New(NamedTempFile);

impl Write for New {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl PendingFile for New {
    fn path(&self) -> &Path {
        self.0.path()
    }

    fn set_mode(&mut self, mode: Mode) -> io::Result<()> {
        set_mode(self.0.as_file(), mode)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.as_file().sync_all()
    }

    fn keep_as(self: Box<Self>, path: &Path) -> io::Result<()> {
        self.0.persist(path).map(drop).map_err(|error| error.error)
    }
}

fn entry_of(metadata: &Metadata) -> DiskEntry {
    let kind = match metadata {
        file if file.is_file() => EntryKind::File,
        folder if folder.is_dir() => EntryKind::Folder,
        _ => EntryKind::Other,
    };
    DiskEntry { kind, stamp: Stamp::of_metadata(metadata) }
}

fn set_mode(file: &File, mode: Mode) -> io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(
        &mut permissions,
        match mode {
            Mode::Ordinary => 0o644,
            Mode::ReadOnly => 0o444,
        },
    );
    #[cfg(not(unix))]
    permissions.set_readonly(mode == Mode::ReadOnly);
    file.set_permissions(permissions)
}
/// The bytes that this user can still write where a folder is or would be; `None` if the system
/// does not say.
pub fn free_space(folder: &Path) -> Option<u64> {
    let is_there = |path: &&Path| path.is_dir() || path.as_os_str().is_empty();
    let there = folder.ancestors().find(is_there)?;
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    #[cfg(unix)]
    {
        let found = rustix::fs::statvfs(there).ok()?;
        Some(found.f_bavail.saturating_mul(found.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = there;
        None
    }
}
