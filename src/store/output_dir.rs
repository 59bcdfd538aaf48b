//! The output: our files in the build directory, and only those.
//!
//! Artifacts are placed by reflink or copy, so that editing them cannot harm the store. A file that
//! is already right is not touched, and neither is a file that we did not create. Our files are
//! recorded with their stamps in a small, disposable file, so that nothing is hashed twice.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{
    Disk, EntryKind, Mode, NewFile, SharedDisk, Stamp, UNFINISHED, folder_of, read_state, replace,
    sweep, write_atomically,
};
use crate::base::{Digest, DigestWriter};

/// The name of the record in the build directory.
const MEMORY: &str = ".kling-build.json";

/// A build directory.
#[derive(Debug)]
pub struct OutputDir {
    disk: SharedDisk,
    root: PathBuf,
    before: BTreeMap<String, PlacedFile>,
    now: BTreeMap<String, PlacedFile>,
    /// The folders with files that were placed since they were synced.
    unsynced: BTreeSet<PathBuf>,
    swept: bool,
}

/// The record of a file of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PlacedFile {
    stamp: Stamp,
    digest: Digest,
    /// The bytes that are about to replace it, if a build has announced them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Digest>,
}

impl PlacedFile {
    /// A file that was not seen yet: it has any stamp, and these bytes where they are known.
    fn unseen(digest: Option<Digest>) -> PlacedFile {
        let digest = digest.unwrap_or(Digest::from_bytes([0; 32]));
        PlacedFile::new(Stamp::default(), digest)
    }

    fn new(stamp: Stamp, digest: Digest) -> PlacedFile {
        PlacedFile { stamp, digest, next: None }
    }
}

/// Whether a file had to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It was already right.
    AsItWas,
    /// It is new or has new bytes.
    Written,
}

/// Why a file could not be placed.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file that is not ours has that name.
    #[error("`{0}` is in the way and was not made by kling-build")]
    NotOurs(PathBuf),
    /// The bytes of an artifact are not those of its digest, or have been moved away for that.
    #[error("the stored video {0} is damaged")]
    Damaged(Digest),
    /// The disk returned an error.
    #[error("`{path}` cannot be written: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
}

impl OutputDir {
    /// The build directory at a path, which need not exist yet. A missing or invalid record only
    /// makes this slower: files are hashed instead.
    pub fn open(disk: SharedDisk, root: impl Into<PathBuf>) -> OutputDir {
        let root = root.into();
        let mut before: BTreeMap<String, PlacedFile> = read_state(&*disk, &root.join(MEMORY))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        before.retain(|name, _| is_inside(name));
        let (now, unsynced) = (BTreeMap::new(), BTreeSet::new());
        OutputDir { disk, root, before, now, unsynced, swept: false }
    }

    /// Durably records that files with these names are about to be written, and with which bytes
    /// where that is known, so that a build that is killed half-way still recognises its own files.
    /// A name of a file that is not ours is not recorded.
    pub fn announce<'a>(
        &mut self,
        names: impl Iterator<Item = (&'a str, Option<Digest>)>,
    ) -> Result<(), OutputError> {
        let mut is_new = false;
        for (name, digest) in names.filter(|(name, _)| is_inside(name)) {
            let announced = match self.before.get(name) {
                Some(known) if known.stamp != Stamp::default() => {
                    let next = digest.filter(|digest| *digest != known.digest);
                    PlacedFile { next: next.or(known.next), ..*known }
                }
                None if self.disk.entry(&self.path(name)).is_ok() => continue,
                _ => PlacedFile::unseen(digest),
            };
            is_new |= self.before.insert(name.to_string(), announced) != Some(announced);
        }
        if is_new { self.save(&self.before) } else { Ok(()) }
    }

    /// Treats a file as ours whatever its bytes are now, because the manifest lists it.
    pub fn adopt(&mut self, name: &str) {
        if !is_inside(name) {
            return;
        }
        self.before.entry(name.to_string()).or_insert(PlacedFile::unseen(None));
    }

    /// The path of a file, given its name inside the directory, such as `scenes/dawn.mp4`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Places a copy of an artifact under a name. `is_intact` says whether it has the bytes of its
    /// digest, and is asked before they are copied.
    ///
    /// # Errors
    /// `Damaged` if it has not, or is gone; nothing is placed then.
    pub fn place_artifact(
        &mut self,
        name: &str,
        artifact: &Path,
        digest: Digest,
        is_intact: impl FnOnce() -> io::Result<bool>,
    ) -> Result<Placed, OutputError> {
        let disk = SharedDisk::clone(&self.disk);
        let damaged = Cell::new(false);
        let placed = self.place(name, digest, |path| {
            damaged.set(!is_intact()?);
            match damaged.get() {
                true => Err(io::ErrorKind::InvalidData.into()),
                false => copy_beside(&*disk, artifact, path),
            }
        });
        if damaged.get() { Err(OutputError::Damaged(digest)) } else { placed }
    }

    /// Places bytes under a name.
    pub fn place_bytes(&mut self, name: &str, bytes: &[u8]) -> Result<Placed, OutputError> {
        let disk = SharedDisk::clone(&self.disk);
        self.place(name, Digest::of(bytes), |path| replace(&*disk, path, bytes))
    }

    /// The recorded digest of a file of ours that is unchanged, without reading it.
    pub fn remembered(&self, name: &str) -> Option<Digest> {
        let known = self.now.get(name).or_else(|| self.before.get(name))?;
        (self.disk.stamp(&self.path(name)).ok()? == known.stamp).then_some(known.digest)
    }

    /// Keeps an unchanged file of ours.
    pub fn keep(&mut self, name: &str) {
        if let Some(known) = self.before.get(name) {
            self.now.insert(name.to_string(), *known);
        }
    }

    /// Keeps a file of ours although it has changed: a build may have been killed just after
    /// rewriting it, and the next one must still be able to replace it.
    pub fn keep_changed(&mut self, name: &str) {
        let there = self.disk.stamp(&self.path(name));
        let known = self.before.get(name).copied();
        if let (Some(known), Ok(stamp)) = (known, there)
            && stamp != known.stamp
        {
            self.now.insert(name.to_string(), known);
        }
    }

    /// Makes sure that every file that was placed survives a power cut: what is written from here
    /// on may list them. Their bytes are synced one by one, the folders only here, because a film
    /// has thousands of files in a few folders.
    ///
    /// # Errors
    /// A folder cannot be synced.
    pub fn make_durable(&mut self) -> Result<(), OutputError> {
        for folder in std::mem::take(&mut self.unsynced) {
            self.disk.sync_folder(&folder).map_err(|error| io_error(&folder, error))?;
        }
        Ok(())
    }

    /// Every file that was placed or kept, with its stamp.
    pub fn stamps(&self) -> impl Iterator<Item = (PathBuf, Stamp)> + '_ {
        self.now.iter().map(|(name, known)| (self.path(name), known.stamp))
    }

    /// Removes our files that were neither placed nor kept, and records the rest. A file that was
    /// changed since we wrote it is left alone, and replaced only when its name is needed again.
    pub fn finish(&mut self) -> Result<(), OutputError> {
        self.make_durable()?;
        let mut unsure = Vec::new();
        let mut emptied = BTreeSet::new();
        for (name, known) in self.before.iter().filter(|entry| !self.now.contains_key(entry.0)) {
            let path = self.path(name);
            let there = self.disk.stamp(&path);
            let is_unseen = known.stamp == Stamp::default();
            let is_ours = match is_unseen {
                // A killed build has written it if it has the bytes that were announced.
                true => digest_of(&*self.disk, &path).is_ok_and(|found| found == known.digest),
                false if there.as_ref().is_ok_and(|stamp| *stamp == known.stamp) => true,
                // Or has replaced it.
                false => known.next.is_some_and(|next| {
                    digest_of(&*self.disk, &path).is_ok_and(|found| found == next)
                }),
            };
            if is_ours {
                self.disk.remove_file(&path).map_err(|error| io_error(&path, error))?;
                emptied.insert(folder_of(&path).to_path_buf());
            } else if there.is_ok() {
                // A killed build may have written it, and a later build must be able to replace it.
                unsure.push((name.clone(), *known));
            } else if self.disk.entry(folder_of(&path)).is_ok() {
                // A build that was killed may have removed it a moment ago.
                emptied.insert(folder_of(&path).to_path_buf());
            }
        }
        self.now.extend(unsure);
        for folder in emptied {
            // Sync before they leave the record: a power cut could bring them back, and they would
            // no longer count as ours.
            self.disk.sync_folder(&folder).map_err(|error| io_error(&folder, error))?;
        }
        if self.now == self.before {
            return Ok(());
        }
        self.save(&self.now)
    }

    /// A temporary file inside the directory, removed afterwards.
    pub fn temporary(&mut self) -> io::Result<Box<dyn NewFile>> {
        self.sweep();
        self.disk.make_folder(&self.root)?;
        self.disk.draft(&self.root, UNFINISHED)
    }

    /// Removes half-written files of a killed build. This build writes the same files, so it is
    /// enough to look before the first write; an idle build never does.
    fn sweep(&mut self) {
        if !std::mem::replace(&mut self.swept, true) {
            for folder in ["", "scenes", "posters", "cuts"] {
                sweep(&*self.disk, &self.root.join(folder), UNFINISHED);
            }
        }
    }

    fn save(&self, files: &BTreeMap<String, PlacedFile>) -> Result<(), OutputError> {
        let path = self.path(MEMORY);
        let text = serde_json::to_vec(files).expect("plain values go into JSON");
        write_atomically(&*self.disk, &path, &text).map_err(|error| io_error(&path, error))
    }

    fn place(
        &mut self,
        name: &str,
        digest: Digest,
        write: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<Placed, OutputError> {
        let path = self.path(name);
        let known = self.before.get(name).copied();
        let there = match self.disk.entry_itself(&path) {
            Ok(entry) => Some(entry),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(io_error(&path, error)),
        };
        if let Some(entry) = there {
            let (stamp, is_file) = (entry.stamp, entry.kind == EntryKind::File);
            let as_left = known.is_some_and(|known| known.stamp == stamp);
            let right = if as_left {
                known.is_some_and(|known| known.digest == digest)
            } else {
                is_file && digest_of(&*self.disk, &path).is_ok_and(|found| found == digest)
            };
            if right {
                self.now.insert(name.to_string(), PlacedFile::new(stamp, digest));
                return Ok(Placed::AsItWas);
            }
            if known.is_none() || !is_file {
                return Err(OutputError::NotOurs(path));
            }
        }
        self.sweep();
        write(&path).map_err(|error| io_error(&path, error))?;
        self.unsynced.insert(folder_of(&path).to_path_buf());
        let stamp = self.disk.stamp(&path).map_err(|error| io_error(&path, error))?;
        self.now.insert(name.to_string(), PlacedFile::new(stamp, digest));
        Ok(Placed::Written)
    }
}

/// Whether a name is that of a file inside the directory. Record and manifest may have been edited,
/// and the files they list are removed once they are not needed.
fn is_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

fn io_error(path: &Path, error: io::Error) -> OutputError {
    OutputError::Io { path: path.to_path_buf(), error }
}

/// Copies a file to a temporary name next to its destination and renames it; its folder is not
/// synced yet.
fn copy_beside(disk: &dyn Disk, source: &Path, place: &Path) -> io::Result<()> {
    let folder = folder_of(place);
    disk.make_folder(folder)?;
    let mut draft = disk.copy(source, folder, UNFINISHED)?;
    draft.set_mode(Mode::Ordinary)?;
    draft.sync()?;
    draft.keep_as(place)
}

/// The digest of a file's bytes.
pub fn digest_of(disk: &dyn Disk, path: &Path) -> io::Result<Digest> {
    let mut writer = DigestWriter::new(io::sink());
    io::copy(&mut disk.open(path)?, &mut writer)?;
    Ok(writer.finish().1)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::store::LocalDisk;

    fn open(root: &Path) -> OutputDir {
        OutputDir::open(Arc::new(LocalDisk), root)
    }

    fn names_in(root: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn placing_again_touches_nothing() {
        let root = tempfile::tempdir().unwrap();
        let place = |bytes: &[u8]| {
            let mut output = open(root.path());
            let placed = output.place_bytes("a.txt", bytes).unwrap();
            output.finish().unwrap();
            (placed, LocalDisk.stamp(&root.path().join("a.txt")).unwrap())
        };
        let first = place(b"one");
        assert_eq!(first.0, Placed::Written);
        assert_eq!(place(b"one"), (Placed::AsItWas, first.1));
        assert_eq!(place(b"two").0, Placed::Written);
        fs::remove_file(root.path().join(MEMORY)).unwrap();
        assert_eq!(place(b"two").0, Placed::AsItWas, "without a memory the bytes are compared");
    }

    #[test]
    fn half_written_files_of_a_killed_build_are_removed_by_the_next_write() {
        let root = tempfile::tempdir().unwrap();
        let mut output = open(root.path());
        output.place_bytes("a.txt", b"one").unwrap();
        output.finish().unwrap();
        fs::write(root.path().join(".new-a.txt-x1"), b"tw").unwrap();
        fs::create_dir_all(root.path().join("scenes/.new-x2")).unwrap();
        fs::write(root.path().join("scenes/.new-x2/copy"), b"half").unwrap();
        let mut output = open(root.path());
        output.place_bytes("a.txt", b"two").unwrap();
        output.finish().unwrap();
        assert_eq!(names_in(root.path()), [MEMORY, "a.txt", "scenes"]);
        assert!(names_in(&root.path().join("scenes")).is_empty());
    }

    #[test]
    fn a_build_killed_half_way_recognises_its_own_files() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("theirs.txt"), b"mine").unwrap();
        let mut output = open(root.path());
        let one = Some(Digest::of(b"one"));
        let names = [("ours.txt", None), ("gone.txt", one), ("theirs.txt", one)];
        output.announce(names.into_iter()).unwrap();
        output.place_bytes("ours.txt", b"one").unwrap();
        output.place_bytes("gone.txt", b"one").unwrap();
        drop(output);
        let mut output = open(root.path());
        assert_eq!(output.place_bytes("ours.txt", b"two").unwrap(), Placed::Written);
        assert!(output.place_bytes("theirs.txt", b"two").is_err());
        output.finish().unwrap();
        assert_eq!(names_in(root.path()), [MEMORY, "ours.txt", "theirs.txt"]);
    }

    #[test]
    fn a_file_that_a_killed_build_replaced_is_in_nobodys_way() {
        let root = tempfile::tempdir().unwrap();
        let build = |bytes: Option<&[u8]>, is_killed: bool| {
            let mut output = open(root.path());
            output.announce(bytes.map(|_| ("a.txt", None)).into_iter()).unwrap();
            let placed = bytes.map(|bytes| output.place_bytes("a.txt", bytes));
            if !is_killed {
                output.finish().unwrap();
            }
            placed.is_none_or(|placed| placed.is_ok())
        };
        assert!(build(Some(b"one"), false));
        assert!(build(Some(b"two"), true));
        assert!(build(None, false), "its scene is gone");
        assert!(build(Some(b"three"), false), "and comes again");
    }

    #[test]
    fn a_file_that_a_killed_build_replaced_goes_with_its_scene() {
        let root = tempfile::tempdir().unwrap();
        let place = |bytes: &[u8]| {
            let mut output = open(root.path());
            output.announce([("a.txt", Some(Digest::of(bytes)))].into_iter()).unwrap();
            output.place_bytes("a.txt", bytes).unwrap();
            output
        };
        place(b"one").finish().unwrap();
        drop(place(b"two"));
        open(root.path()).finish().unwrap();
        assert_eq!(names_in(root.path()), [MEMORY]);
        // What somebody else wrote there since is left alone.
        place(b"one").finish().unwrap();
        drop(place(b"two"));
        fs::write(root.path().join("a.txt"), b"edited").unwrap();
        open(root.path()).finish().unwrap();
        assert_eq!(fs::read(root.path().join("a.txt")).unwrap(), b"edited");
    }

    #[test]
    fn a_damaged_artifact_is_not_placed() {
        let root = tempfile::tempdir().unwrap();
        let (artifact, digest) = (root.path().join("artifact"), Digest::of(b"one"));
        let place = |bytes: Option<&[u8]>| {
            let _ = fs::remove_file(&artifact);
            if let Some(bytes) = bytes {
                fs::write(&artifact, bytes).unwrap();
            }
            let is_intact = || match digest_of(&LocalDisk, &artifact) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                found => Ok(found? == digest),
            };
            open(&root.path().join("build")).place_artifact("a.mp4", &artifact, digest, is_intact)
        };
        assert!(matches!(place(Some(b"two")), Err(OutputError::Damaged(_))));
        // The other scene that has the same take met the damage first.
        assert!(matches!(place(None), Err(OutputError::Damaged(_))));
        assert_eq!(place(Some(b"one")).unwrap(), Placed::Written);
    }

    #[test]
    fn other_files_are_never_touched() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.txt"), b"mine").unwrap();
        let mut output = open(root.path());
        assert!(matches!(output.place_bytes("a.txt", b"one"), Err(OutputError::NotOurs(_))));
        output.place_bytes("b.txt", b"b").unwrap();
        output.place_bytes("c.txt", b"c").unwrap();
        output.finish().unwrap();
        fs::write(root.path().join("c.txt"), b"edited").unwrap();
        open(root.path()).finish().unwrap();
        assert_eq!(names_in(root.path()), [MEMORY, "a.txt", "c.txt"]);
        assert_eq!(fs::read(root.path().join("c.txt")).unwrap(), b"edited");
    }
}
