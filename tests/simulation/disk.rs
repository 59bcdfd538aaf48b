//! A disk in memory that forgets at a power cut what was not synced.
//!
//! It models a journaling file system at its worst: the name changes in a folder since its last
//! sync survive up to some point in their order; a file's bytes since its last sync survive not at
//! all, in part, or as zeros. Of the ledger's commits, those since the last one that was synced
//! survive all or not at all.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{self, Cursor, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use kling_build::base::{Digest, Readable};
use kling_build::store::{
    Disk, DiskEntry, DiskLock, EntryKind, Mode, NewFile, OpenDatabase, PendingFile, Stamp,
    write_atomically,
};
use rusqlite::{Connection, OpenFlags, ffi};

use crate::process::Process;
use crate::wall::Wall;

/// Where the store is.
pub const HOME: &str = "/home/.kling";

/// The disk of a machine, shared by the processes that run on it.
pub struct Machine {
    wall: Wall,
    files: Mutex<Files>,
    /// Keeps the ledger's database alive between processes.
    ledger: Mutex<Database>,
}

/// A database in memory. A commit that was synced and has returned survives everything, as SQLite
/// promises, and so do those before it; one that has not returned never happened.
struct Database {
    uri: String,
    keeper: Arc<Mutex<Connection>>,
    /// The database as it survives a power cut for certain, if that is not as it is.
    certain: Arc<Mutex<Option<(String, Connection)>>>,
    /// Connections of processes that have ended, with the statements that they have prepared.
    idle: Arc<Mutex<Vec<Connection>>>,
}

#[derive(Default)]
struct Files {
    names: BTreeMap<PathBuf, Node>,
    /// The names that survive a power cut for certain.
    synced: BTreeMap<PathBuf, Node>,
    /// Changes of names since their folders were synced, in order.
    unsynced: Vec<Change>,
    inodes: HashMap<u64, Inode>,
    inodes_made: u64,
    locks: HashMap<PathBuf, (u64, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Folder,
    File(u64),
}

#[derive(Clone, Debug)]
enum Change {
    Made(PathBuf, Node),
    Removed(PathBuf),
    Renamed { from: PathBuf, to: PathBuf, node: Node },
}

impl Change {
    fn folder(&self) -> &Path {
        let (Change::Made(path, _) | Change::Removed(path) | Change::Renamed { to: path, .. }) =
            self;
        path.parent().unwrap_or(Path::new("/"))
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Change::Made(path, node) => drop(names.insert(path, node)),
            Change::Removed(path) => drop(names.remove(&path)),
            Change::Renamed { from, to, node } => {
                names.remove(&from);
                names.insert(to, node);
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Inode {
    bytes: Arc<Vec<u8>>,
    synced: Option<Arc<Vec<u8>>>,
    changed_nanos: u64,
}

impl Files {
    fn change(&mut self, change: Change) {
        change.clone().apply(&mut self.names);
        self.unsynced.push(change);
    }

    fn sync(&mut self, folder: &Path) {
        let changes = std::mem::take(&mut self.unsynced);
        for change in changes {
            if change.folder() == folder {
                change.apply(&mut self.synced);
            } else {
                self.unsynced.push(change);
            }
        }
    }

    fn file(&self, path: &Path) -> io::Result<u64> {
        match self.names.get(path) {
            Some(Node::File(inode)) => Ok(*inode),
            Some(Node::Folder) => Err(ErrorKind::IsADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn new_inode(&mut self, bytes: Arc<Vec<u8>>, changed_nanos: u64) -> u64 {
        self.inodes_made += 1;
        self.inodes.insert(self.inodes_made, Inode { bytes, synced: None, changed_nanos });
        self.inodes_made
    }
}

static DATABASES: AtomicU64 = AtomicU64::new(0);

/// Histories on several threads would wait for each other where SQLite counts its memory.
static UNCOUNTED: LazyLock<i32> = LazyLock::new(|| {
    // SAFETY: no database has been opened yet, and the option takes one integer.
    unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0) }
});

impl Database {
    fn new() -> Database {
        assert_eq!(*UNCOUNTED, ffi::SQLITE_OK);
        let uri = new_uri();
        let keeper = open(&uri).expect("a database in memory");
        Database::kept(uri, keeper)
    }

    fn kept(uri: String, keeper: Connection) -> Database {
        let keeper = Arc::new(Mutex::new(keeper));
        Database { uri, keeper, certain: Arc::default(), idle: Arc::default() }
    }
}

fn new_uri() -> String {
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    format!("file:ledger-{number}?mode=memory&cache=shared")
}

/// A copy of a database as it is now, and what keeps it alive.
fn copied(of: &Connection) -> (String, Connection) {
    let uri = new_uri();
    let keeper = open(&uri).expect("a database in memory");
    of.execute("VACUUM INTO ?1", [&uri]).expect("nothing is being written");
    (uri, keeper)
}

fn open(uri: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags)
}

impl Machine {
    pub fn new(wall: Wall) -> Machine {
        let mut files = Files::default();
        files.names.insert("/".into(), Node::Folder);
        files.synced.insert("/".into(), Node::Folder);
        Machine { wall, files: Mutex::new(files), ledger: Mutex::new(Database::new()) }
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().expect("no process panics while it holds the disk")
    }

    /// Writes a file as its owner does: completely and synced.
    pub fn put(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        let path = path.as_ref();
        let mut files = self.files();
        let above: Vec<&Path> = path.ancestors().skip(1).collect();
        for folder in above.into_iter().rev() {
            files.names.insert(folder.into(), Node::Folder);
            files.synced.insert(folder.into(), Node::Folder);
        }
        let nanos = self.nanos();
        let inode = files.new_inode(Arc::new(bytes.to_vec()), nanos);
        let node = files.inodes.get_mut(&inode).expect("made just now");
        node.synced = Some(Arc::clone(&node.bytes));
        files.names.insert(path.into(), Node::File(inode));
        files.synced.insert(path.into(), Node::File(inode));
    }

    /// The bytes of a file.
    pub fn get(&self, path: impl AsRef<Path>) -> Option<Arc<Vec<u8>>> {
        let files = self.files();
        let inode = files.file(path.as_ref()).ok()?;
        Some(Arc::clone(&files.inodes[&inode].bytes))
    }

    /// The files in a folder and in the folders inside it.
    pub fn files_in(&self, folder: impl AsRef<Path>) -> Vec<PathBuf> {
        let files = self.files();
        let inside = files.names.iter().filter(|(name, node)| {
            matches!(node, Node::File(_)) && name.starts_with(folder.as_ref())
        });
        inside.map(|(name, _)| name.clone()).collect()
    }

    /// The artifacts in the store, with their bytes.
    pub fn artifacts(&self) -> Vec<(Digest, Arc<Vec<u8>>)> {
        let paths = self.files_in(format!("{HOME}/objects"));
        let named = paths.into_iter().filter_map(|path| {
            let digest = path.file_name()?.to_str()?.parse().ok()?;
            Some((digest, self.get(path)?))
        });
        named.collect()
    }

    /// Whether an artifact is in the store, undamaged.
    pub fn has_artifact(&self, digest: &Digest) -> bool {
        let name = digest.to_string();
        let bytes = self.get(format!("{HOME}/objects/{}/{name}", &name[..2]));
        bytes.is_some_and(|bytes| Digest::of(&bytes) == *digest)
    }

    /// Flips a bit of a file, as an ageing disk does: neither its length nor its time changes.
    pub fn damage(&self, path: &Path, at: usize) {
        let mut files = self.files();
        let Ok(number) = files.file(path) else { return };
        let inode = files.inodes.get_mut(&number).expect("inodes are never forgotten");
        let mut bytes = inode.bytes.to_vec();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
        inode.bytes = Arc::new(bytes);
        inode.synced = Some(Arc::clone(&inode.bytes));
    }

    /// Removes a file or a folder with all that is in it, for good.
    pub fn wipe(&self, path: impl AsRef<Path>) {
        let path = path.as_ref();
        let mut files = self.files();
        files.names.retain(|name, _| !name.starts_with(path));
        files.synced.retain(|name, _| !name.starts_with(path));
        files.unsynced.retain(|change| !change.folder().starts_with(path));
    }

    /// Loses the ledger.
    pub fn wipe_ledger(&self) {
        *self.ledger.lock().expect("never held across a panic") = Database::new();
    }

    /// Releases what a process held.
    pub fn bury(&self, process: &Process) {
        self.files().locks.retain(|_, (holder, _)| *holder != process.id);
    }

    /// Cuts the power: chance decides which unsynced data is lost.
    pub fn cut_power(&self, chance: &mut fastrand::Rng) {
        let mut files = self.files();
        let mut changes: BTreeMap<PathBuf, Vec<Change>> = BTreeMap::new();
        for change in std::mem::take(&mut files.unsynced) {
            changes.entry(change.folder().into()).or_default().push(change);
        }
        for changes in changes.into_values() {
            let survive = chance.usize(..=changes.len());
            for change in changes.into_iter().take(survive) {
                change.apply(&mut files.synced);
            }
        }
        files.names = files.synced.clone();
        files.locks.clear();
        let mut ledger = self.ledger.lock().expect("never held across a panic");
        let certain = ledger.certain.lock().expect("not held across a panic").take();
        // Another source of chance: the histories of known seeds stay what they are.
        let is_lost = fastrand::Rng::with_seed(chance.get_seed()).bool();
        if let Some((uri, keeper)) = certain.filter(|_| is_lost) {
            *ledger = Database::kept(uri, keeper);
        }
        let mut inodes: Vec<_> = files.inodes.iter_mut().collect();
        inodes.sort_by_key(|entry| *entry.0);
        for (_, inode) in inodes {
            let whole = inode.synced.as_ref().is_some_and(|synced| *synced == inode.bytes);
            if !whole {
                let lost = match chance.u8(..4) {
                    0 => inode.synced.clone().unwrap_or_default(),
                    1 => Arc::new(inode.bytes[..chance.usize(..=inode.bytes.len())].to_vec()),
                    2 => Arc::new(vec![0; inode.bytes.len()]),
                    _ => Arc::clone(&inode.bytes),
                };
                inode.bytes = Arc::clone(&lost);
                inode.synced = Some(lost);
            }
        }
    }

    fn nanos(&self) -> u64 {
        self.wall.now().millis() as u64 * 1_000_000
    }
}

/// The disk as one process sees it.
#[derive(Clone)]
pub struct SimDisk {
    pub machine: Arc<Machine>,
    pub process: Arc<Process>,
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimDisk")
    }
}

/// Bytes that several readers share.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl SimDisk {
    fn begin(&self, folder: &Path, prefix: &str, bytes: Arc<Vec<u8>>) -> io::Result<SimDraft> {
        self.process.step_writing()?;
        let nanos = self.machine.nanos();
        let mut files = self.machine.files();
        if files.names.get(folder) != Some(&Node::Folder) {
            return Err(ErrorKind::NotFound.into());
        }
        let inode = files.new_inode(bytes, nanos);
        let path = folder.join(format!("{prefix}{inode}"));
        files.change(Change::Made(path.clone(), Node::File(inode)));
        Ok(SimDraft { disk: self.clone(), path, inode, kept: false })
    }
}

impl Disk for SimDisk {
    fn entry(&self, path: &Path) -> io::Result<DiskEntry> {
        let files = self.machine.files();
        match files.names.get(path) {
            Some(Node::Folder) => {
                Ok(DiskEntry { kind: EntryKind::Folder, stamp: Stamp::default() })
            }
            Some(Node::File(number)) => {
                let inode = &files.inodes[number];
                let stamp = Stamp::new(inode.bytes.len() as u64, inode.changed_nanos, *number);
                Ok(DiskEntry { kind: EntryKind::File, stamp })
            }
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn entry_itself(&self, path: &Path) -> io::Result<DiskEntry> {
        self.entry(path)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.entry(path).map(|_| path.to_path_buf())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let files = self.machine.files();
        if files.names.get(folder) != Some(&Node::Folder) {
            return Err(ErrorKind::NotFound.into());
        }
        let inside = files.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.cloned().collect())
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Readable>> {
        let bytes = self.machine.get(path).ok_or(ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(Shared(bytes))))
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let missing: Vec<PathBuf> = {
            let files = self.machine.files();
            let above = folder.ancestors();
            above.filter(|path| !files.names.contains_key(*path)).map(Path::to_path_buf).collect()
        };
        for folder in missing.into_iter().rev() {
            self.process.step_writing()?;
            let mut files = self.machine.files();
            files.change(Change::Made(folder.clone(), Node::Folder));
            files.sync(folder.parent().unwrap_or(Path::new("/")));
        }
        Ok(())
    }

    fn draft(&self, folder: &Path, prefix: &str) -> io::Result<Box<dyn NewFile>> {
        Ok(Box::new(self.begin(folder, prefix, Arc::default())?))
    }

    fn copy(&self, source: &Path, folder: &Path, prefix: &str) -> io::Result<Box<dyn PendingFile>> {
        let bytes = self.machine.get(source).ok_or(ErrorKind::NotFound)?;
        Ok(Box::new(self.begin(folder, prefix, bytes)?))
    }

    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self.entry_itself(path) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(_) => write_atomically(self, path, bytes),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.process.step()?;
        let mut files = self.machine.files();
        let node = Node::File(files.file(from)?);
        files.change(Change::Renamed { from: from.into(), to: to.into(), node });
        self.process.placed(to);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.machine.files().file(path)?;
        self.process.step()?;
        self.machine.files().change(Change::Removed(path.into()));
        Ok(())
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.process.step()?;
        let mut files = self.machine.files();
        let inside: Vec<PathBuf> =
            files.names.keys().filter(|path| path.starts_with(folder)).cloned().collect();
        for path in inside.into_iter().rev() {
            files.change(Change::Removed(path));
        }
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.process.step()?;
        self.machine.files().sync(folder);
        Ok(())
    }

    fn lock(&self, path: &Path, note: &str) -> io::Result<Result<Box<dyn DiskLock>, String>> {
        self.process.step_writing()?;
        let mut files = self.machine.files();
        if let Some((_, note)) = files.locks.get(path) {
            return Ok(Err(note.clone()));
        }
        files.locks.insert(path.into(), (self.process.id, note.into()));
        Ok(Ok(Box::new(SimLock { disk: self.clone(), path: path.into() })))
    }

    fn database(&self, path: &Path) -> rusqlite::Result<OpenDatabase> {
        if !self.has_file(path) {
            self.machine.put(path, b"SQLite format 3\0");
        }
        let database = self.machine.ledger.lock().expect("not held across a panic");
        let idle = Arc::clone(&database.idle);
        let known = idle.lock().expect("not held across a panic").pop();
        let connection = known.map_or_else(|| open(&database.uri), Ok)?;
        let (process, is_synced) = (Arc::clone(&self.process), Arc::new(AtomicBool::new(true)));
        let (certain, synced) = (Arc::clone(&database.certain), Arc::clone(&is_synced));
        connection.commit_hook(Some(move || {
            let is_broken = process.step_writing().is_err();
            if !is_broken && synced.load(Ordering::Relaxed) {
                *certain.lock().expect("not held across a panic") = None;
            }
            // True turns the commit into a rollback.
            is_broken
        }));
        let (certain, keeper) = (Arc::clone(&database.certain), Arc::clone(&database.keeper));
        let give_back = move |connection| {
            idle.lock().expect("not held across a panic").push(connection);
        };
        Ok(OpenDatabase::shared(connection, give_back, move |each| {
            is_synced.store(each, Ordering::Relaxed);
            let mut certain = certain.lock().expect("not held across a panic");
            if !each && certain.is_none() {
                *certain = Some(copied(&keeper.lock().expect("not held across a panic")));
            }
        }))
    }

    fn is_slow(&self) -> bool {
        false
    }
}

#[derive(Debug)]
struct SimLock {
    disk: SimDisk,
    path: PathBuf,
}

impl DiskLock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        if !self.disk.process.is_dead() {
            self.disk.machine.files().locks.remove(&self.path);
        }
    }
}

struct SimDraft {
    disk: SimDisk,
    path: PathBuf,
    inode: u64,
    kept: bool,
}

impl Write for SimDraft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.process.step_writing()?;
        let nanos = self.disk.machine.nanos();
        let mut files = self.disk.machine.files();
        let inode = files.inodes.get_mut(&self.inode).expect("inodes are never forgotten");
        Arc::make_mut(&mut inode.bytes).extend_from_slice(bytes);
        inode.changed_nanos = nanos;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl PendingFile for SimDraft {
    fn path(&self) -> &Path {
        &self.path
    }

    fn set_mode(&mut self, _: Mode) -> io::Result<()> {
        self.disk.process.step()
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.process.step_writing()?;
        let mut files = self.disk.machine.files();
        let inode = files.inodes.get_mut(&self.inode).expect("inodes are never forgotten");
        inode.synced = Some(Arc::clone(&inode.bytes));
        Ok(())
    }

    fn keep_as(mut self: Box<Self>, path: &Path) -> io::Result<()> {
        self.disk.rename(&self.path, path)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for SimDraft {
    fn drop(&mut self) {
        if !self.kept && !self.disk.process.is_dead() {
            let mut files = self.disk.machine.files();
            if files.names.contains_key(&self.path) {
                files.change(Change::Removed(self.path.clone()));
            }
        }
    }
}
